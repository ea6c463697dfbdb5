"""Shared by the benchmarks: servers of ours on loopback, and the CPU they use."""

import contextlib
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
STADTKERN = Path(sys.executable).parent / "stadtkern"
TICKS = os.sysconf("SC_CLK_TCK")

SETTINGS = """
[app:main]
use = egg:stadtkern
stadtkern.database_url = sqlite:///{here}/bench.sqlite
stadtkern.files = {here}/files
stadtkern.secret_file = {here}/secret
stadtkern.secure_cookies = false
stadtkern.demo = {root}/demo/taunusstein
{more}
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = {port}
threads = 4
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_seconds(pid: int) -> float:
    """Return a process's CPU time so far, user and kernel, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def cpu_now(pid: int) -> float:
    """Return a process's CPU time so far in microseconds, finer than the clock's ticks.

    Of the threads that live (``/proc/PID/task/*/schedstat``); for what is too short for
    ``cpu_seconds``.
    """
    used = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            used += int((thread / "schedstat").read_text("ascii").split()[0])
    return used / 1e3


def cpu_of_children(pid: int) -> float:
    """Return the CPU time so far of a process's children that live, in microseconds."""
    used = 0
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
        with contextlib.suppress(OSError):
            used += int(Path(f"/proc/{child}/schedstat").read_text("ascii").split()[0])
    return used / 1e3


def memory_mib(pid: int) -> float:
    """Return a process's resident memory in MiB."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("ascii"))
    return int(found.group(1)) / 1024 if found else 0.0


def fetch(url: str, headers: dict[str, str] | None = None) -> bytes:
    """Return one answer's body."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {})) as answer:
        return bytes(answer.read())


@contextlib.contextmanager
def running(command: list[str], url: str, env: dict[str, str] | None = None) -> Iterator[int]:
    """Start a server, wait until it answers, and stop it at the end; yields its process id."""
    process = subprocess.Popen(
        command,
        env=os.environ | (env or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tempfile.gettempdir(),
    )
    try:
        for _attempt in range(300):
            with contextlib.suppress(OSError):
                fetch(url)
                break
            time.sleep(0.1)
        else:
            raise RuntimeError(f"{command[0]} does not answer")
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextlib.contextmanager
def town(more: str = "") -> Iterator[tuple[str, int]]:
    """Serve a freshly loaded demo town; yields its address and process id."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        ini = Path(folder) / "bench.ini"
        ini.write_text(SETTINGS.format(here=folder, root=ROOT, port=port, more=more), "utf-8")
        for verb in (["db", "upgrade"], ["demo", "load"]):
            subprocess.run(
                [str(STADTKERN), "-c", str(ini), *verb], check=True, stdout=subprocess.DEVNULL
            )
        address = f"http://localhost:{port}"
        with running([str(STADTKERN), "-c", str(ini), "serve"], f"{address}/health/live") as pid:
            yield address, pid


def asker(url: str) -> Callable[[int], None]:
    """Return what asks for an address so many times.

    One connection kept open and gzip accepted, as a proxy in front would.
    """
    import http.client  # noqa: PLC0415 - only measured processes are kept small
    from urllib.parse import urlsplit  # noqa: PLC0415

    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "localhost", parts.port)
    path = parts.path + (f"?{parts.query}" if parts.query else "")

    def ask(count: int) -> None:
        for _index in range(count):
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{url} answered {answer.status}")

    return ask


def cpu_per_request(url: str, pid: int, *, requests: int, rounds: int = 5) -> float:
    """Return microseconds of the server's CPU for one request: the median of ``rounds``."""
    ask = asker(url)
    ask(max(20, requests // 5))
    measured = []
    for _round in range(rounds):
        before = cpu_seconds(pid)
        ask(requests)
        measured.append((cpu_seconds(pid) - before) / requests * 1e6)
    return statistics.median(measured)


class Bare:
    """A server to compare with, asked in turns with the one that is measured.

    Other work on the machine makes the same request cost up to twice as much: what is asked in
    the same second is comparable, what was asked a minute ago is not.
    """

    def __init__(self, url: str, pid: int) -> None:
        self.pid = pid
        self.ask = asker(url)
        self.ask(200)

    def cost(self, requests: int) -> float:
        """Return microseconds of CPU for one request, now."""
        before = cpu_now(self.pid)
        self.ask(requests)
        return (cpu_now(self.pid) - before) / requests

    def compare(
        self, url: str, pid: int, *, requests: int, rounds: int = 9, database: int | None = None
    ) -> tuple[float, float, float]:
        """Return microseconds of CPU for one request, times the bare one's, and the database's.

        Medians of ``rounds``. ``database``: the process whose children do part of the work.
        """
        ask = asker(url)
        ask(20)
        measured = []
        for _round in range(rounds):
            bare = self.cost(requests * 2)
            used = cpu_of_children(database) if database else 0.0
            before = cpu_now(pid)
            ask(requests)
            own = (cpu_now(pid) - before) / requests
            theirs = (cpu_of_children(database) - used) / requests if database else 0.0
            bare = (bare + self.cost(requests * 2)) / 2
            measured.append((own, own / bare, theirs))
        return tuple(statistics.median(column) for column in zip(*measured, strict=True))
