"""``stadtkern serve``: the web server of the embedded default, with a graceful stop."""

import gc
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any

import click
import plaster
import structlog
import waitress
from pyramid.registry import Registry
from pyramid.settings import asbool

from stadtkern.cli.logs import configure_logging
from stadtkern.web.console import Console, Refused

WAITRESS = ("threads", "connection_limit", "channel_timeout", "max_request_body_size")


def server_settings(console: Console) -> dict[str, Any]:
    """Return waitress's arguments from the ini's ``[server:main]`` and ``stadtkern.*``."""
    ini = console.settings.get("stadtkern.ini")
    section = plaster.get_settings(ini, "server:main") if ini else {}
    given: dict[str, Any] = {
        "host": section.get("host", "127.0.0.1"),
        "port": int(section.get("port", 6543)),
        "threads": int(section.get("threads", 8)),
        # A little above the largest upload; larger bodies are refused while they arrive.
        "max_request_body_size": int(section.get("max_request_body_size", 64_000_000)),
        "ident": None,
    }
    proxy = console.settings.get("stadtkern.trusted_proxy")
    if proxy:
        given |= {
            "trusted_proxy": proxy,
            "trusted_proxy_count": 1,
            "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto x-forwarded-host",
            "clear_untrusted_proxy_headers": True,
        }
    return given


@click.command()
@click.pass_obj
def serve(console: Console) -> None:
    """Serve the site until SIGTERM or Ctrl-C; running requests are answered first."""
    development = asbool(console.settings.get("stadtkern.development", False))
    configure_logging(development=development)
    app = import_module("stadtkern.app")
    try:
        config = app.build(console.settings)
    except app.NotMigrated as error:
        raise Refused(str(error)) from error
    wsgi = config.make_wsgi_app()
    arguments = server_settings(console)
    try:
        server = waitress.create_server(wsgi, **arguments)
    except OSError as error:
        raise Refused(
            f"Port {arguments['port']} cannot be opened ({error.strerror}). "
            "Is another server running?"
        ) from error

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    runner = start_jobs(console, config.registry)
    if development:
        announce(console, arguments["port"])
    # What the application is made of lives as long as the process: no collection looks through it.
    gc.collect()
    gc.freeze()
    structlog.get_logger("stadtkern").info("serving", port=arguments["port"])
    try:
        server.run()
    except SystemExit:
        pass
    finally:
        # Waits for running requests, then lets go of the database.
        server.close()
        server.task_dispatcher.shutdown(cancel_pending=True, timeout=20)
        if runner is not None:
            runner.stop()
        # What was counted since it was stored last.
        config.registry["counts"].hand_over()
        config.registry["database"].dispose()


def start_jobs(console: Console, registry: Registry) -> Any:
    """Run jobs in this process too, in the background; None where workers do it."""
    if not asbool(console.settings.get("stadtkern.jobs_in_server", True)):
        return None
    # DBOS is imported by those who run jobs only.
    running = import_module("stadtkern.jobs.runner")
    runner = running.Runner(registry, "serve")
    try:
        runner.start()
    except running.JobsNotMigrated as error:
        raise Refused(str(error)) from error
    return runner


def announce(console: Console, port: int) -> None:
    """Print where to look and how to log in; development only."""
    password = console.settings.get("stadtkern.demo_password", "")
    lines = [
        "",
        f"  Site          http://localhost:{port}/",
        f"  Back office   http://localhost:{port}/admin",
    ]
    if password:
        lines += [
            f"  Logins        admin@demo.example   {password}",
            f"                editor@demo.example  {password}",
        ]
    sys.stdout.write("\n".join([*lines, "", "  Stop with Ctrl-C.", ""]) + "\n")
    sys.stdout.flush()
