"""Log lines: JSON in production, readable in development; never what people typed."""

import logging
import sys

import structlog


def configure_logging(*, development: bool) -> None:
    """Set structlog up for a serving process."""
    logging.getLogger("waitress").setLevel(logging.ERROR)
    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if development:
        processors.append(structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty()))
    else:
        processors.append(structlog.processors.JSONRenderer())
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
