"""``stadtkern serve`` as a process: what it still holds in memory is stored when it stops."""

import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from sqlalchemy import select

from stadtkern.site.misses import MissedPath
from stadtkern.testing.databases import TestDatabase
from stadtkern.testing.town import Town

SECONDS = 90


def ask(port: int, host: str, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_stopped_server_loses_no_counts(
    town: Town, database: TestDatabase, settings: dict[str, Any], tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    given = settings | {"stadtkern.jobs_in_server": "false", "stadtkern.plugins": ""}
    ini = tmp_path / "served.ini"
    lines = ["[app:main]", "use = egg:stadtkern", *(f"{k} = {v}" for k, v in given.items())]
    lines += ["[server:main]", "use = egg:waitress#main", "host = 127.0.0.1", f"port = {port}"]
    ini.write_text("\n".join(lines), "utf-8")
    command = [str(Path(sys.executable).with_name("stadtkern")), "-c", str(ini), "serve"]
    with subprocess.Popen(command, env=os.environ | database.environment) as server:
        try:
            until = time.monotonic() + SECONDS
            while True:
                assert server.poll() is None
                assert time.monotonic() < until, "nothing answers"
                try:
                    assert ask(port, town.host, "/health/live") == 200
                    break
                except ConnectionError:
                    time.sleep(0.1)
            for _time in range(2):
                assert ask(port, town.host, "/fehlt-hier") == 404
            with town.session(write=False) as session:
                assert session.scalars(select(MissedPath.path)).all() == []
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
    with town.session(write=False) as session:
        found = session.execute(select(MissedPath.path, MissedPath.hits)).all()
    assert [tuple(row) for row in found] == [("/fehlt-hier", 2)]
