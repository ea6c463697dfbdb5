"""A process that runs jobs: ``stadtkern worker`` with handlers for tests."""

import os
import signal
import threading
import time
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import text

from stadtkern.jobs import Job


def effect(job: Job, number: int) -> None:
    """Do something that must not be done twice, and finish by the same commit."""
    with job.work() as session:
        session.execute(text("insert into job_effect values (:number)"), {"number": number})
        job.finish()


def slow(job: Job, number: int, milliseconds: int) -> None:
    """Take a while, then do it."""
    time.sleep(milliseconds / 1000)
    effect(job, number)


def patient(job: Job) -> None:
    """Go on until cancelled."""
    for step in range(1, 1000):
        if job.cancelled():
            return
        job.progress(step, 1000)
        time.sleep(0.05)


def jobs(config: Configurator) -> None:
    """Name the handlers."""
    config.add_job("test.effect", effect, title="Effect")
    config.add_job("test.slow", slow, title="Slow")
    config.add_job("test.patient", patient, title="Patient")
    config.commit()


def main() -> None:
    """Run jobs until SIGTERM."""
    from stadtkern.app import build
    from stadtkern.jobs.runner import Runner

    settings: dict[str, Any] = {
        name.removeprefix("SETTING "): value
        for name, value in os.environ.items()
        if name.startswith("SETTING ")
    }
    config = build(settings)
    jobs(config)
    runner = Runner(config.registry, "worker")
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    runner.start()
    done.wait()
    runner.stop()


if __name__ == "__main__":
    main()
