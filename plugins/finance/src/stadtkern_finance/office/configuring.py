"""The treasury's pages."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all of them."""
    for name in ("accounts", "rates", "simulation", "runs", "reconciling", "cases", "people"):
        config.include(f"stadtkern_finance.office.{name}")
