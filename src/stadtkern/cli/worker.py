"""``stadtkern worker``: a process that only runs jobs."""

import signal
import threading
from importlib import import_module
from types import FrameType

import click
from pyramid.settings import asbool

from stadtkern.cli.logs import configure_logging
from stadtkern.web.console import Console, Refused


@click.command()
@click.pass_obj
def worker(console: Console) -> None:
    """Run jobs until SIGTERM or Ctrl-C; what runs may end first."""
    configure_logging(development=asbool(console.settings.get("stadtkern.development", False)))
    registry = console.registry()
    # DBOS is imported by those who run jobs only.
    running = import_module("stadtkern.jobs.runner")
    runner = running.Runner(registry, "worker")
    done = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        done.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        runner.start()
    except running.JobsNotMigrated as error:
        raise Refused(str(error)) from error
    done.wait()
    runner.stop()
