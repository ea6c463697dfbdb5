"""A private PostgreSQL server for tests.

The server lives in a folder of its own, listens on a Unix socket and on a free port of the loopback
interface, and is gone with the process that started it, however that process ended. It gives up
durability for speed, so it is for tests only.

`stadtkern.testing.postgres_binaries` says where its programs come from.
`python -m stadtkern.testing.postgres --ensure` makes sure that there are binaries and prints where.
"""

import argparse
import contextlib
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple, Self

import psycopg
from psycopg import sql

from stadtkern.testing.postgres_binaries import (
    START_SECONDS,
    PostgresError,
    copy_binaries,
    ensure_binaries,
    find_binaries,
    version,
)

OWNER_ROLE = "stadtkern_owner"
APP_ROLE = "stadtkern_app"
SUPERUSER = "postgres"
STOP_SECONDS = 30.0
LOGS_COPIES = 150_000
"""PostgreSQL 15."""

_FOLDER_PREFIX = "stadtkern-pg-"

# Nothing here survives a power cut, and nothing has to.
_SERVER_OPTIONS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "listen_addresses": "127.0.0.1",
}

# Waits for its input to end, which happens when the process holding the other end stops or dies
# by whatever signal; then ends the server and removes its folder. $1: folder of the server.
_WATCHDOG = """
trap '' INT TERM HUP
cat >/dev/null
pidfile="$1/data/postmaster.pid"
round=0
while [ -f "$pidfile" ] && [ "$round" -lt 250 ]; do
    case "$round" in
        0) kill -INT "$(head -n 1 "$pidfile")" 2>/dev/null ;;
        100) kill -QUIT "$(head -n 1 "$pidfile")" 2>/dev/null ;;
    esac
    round=$((round + 1))
    sleep 0.1
done
rm -rf -- "$1"
"""


class DatabaseUrls(NamedTuple):
    """One database's addresses for SQLAlchemy, one for each role."""

    owner: str
    app: str
    superuser: str


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Return whom the server runs as when we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresError("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _free_port() -> int:
    """Return a port of the loopback interface that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _remove_leftovers() -> None:
    """Remove folders of servers whose process and watchdog were both killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*"):
        owner = folder.name.removeprefix(_FOLDER_PREFIX).partition("-")[0]
        try:
            os.kill(int(owner), 0)
        except ProcessLookupError:
            if not (folder / "data" / "postmaster.pid").exists():
                shutil.rmtree(folder, ignore_errors=True)
        except (ValueError, OSError):
            continue


class PostgresServer:
    """A private server: a context manager, or `start()` and `stop()`.

    >>> with PostgresServer() as server:
    ...     urls = server.create_database("town")

    The roles `stadtkern_owner` (migrates, owns the databases) and `stadtkern_app` (serves; neither
    superuser nor past row-level security) exist from the start and may log in with passwords that
    are made anew for each server. `port` is the server's port on 127.0.0.1.
    """

    def __init__(self, binaries: Path | None = None) -> None:
        self._binaries = binaries
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._passwords = {
            role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER_ROLE, APP_ROLE)
        }
        self.port = 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_failure: object) -> None:
        self.stop()

    # Life

    def start(self) -> Self:
        """Start the server and wait until it answers; a running one stays as it is.

        Raises PostgresError with the end of the server's log if it does not come up.
        """
        if self._process is not None:
            return self
        binaries = self._binaries or ensure_binaries()
        _remove_leftovers()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER_PREFIX}{os.getpid()}-"))
        self._watchdog = subprocess.Popen(  # noqa: S603 -- our own script, above
            ["/bin/sh", "-c", _WATCHDOG, "watchdog", str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl-C in the terminal is for the tests; they end first, the server after them.
            start_new_session=True,
        )
        try:
            binaries = self._prepare(self._folder, binaries)
            self._serve(self._folder, binaries)
            self._create_roles()
        except BaseException:
            self.stop()
            raise
        return self

    @property
    def pid(self) -> int | None:
        """Return the server's process id, whose children do the work; None where none runs."""
        return None if self._process is None else self._process.pid

    def stop(self) -> None:
        """Stop the server and remove its folder. Does nothing where none runs."""
        watchdog, process = self._watchdog, self._process
        self._watchdog = self._process = self._folder = None
        if watchdog is None:
            return
        if watchdog.stdin is not None:
            watchdog.stdin.close()
        if process is not None:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        watchdog.wait()

    def _prepare(self, folder: Path, binaries: Path) -> Path:
        """Create the cluster in `folder` and return where its binaries are to be called."""
        user = _unprivileged_user()
        (folder / "socket").mkdir()
        password_file = folder / "password"
        password_file.write_text(self._passwords[SUPERUSER], encoding="utf-8")
        if user is not None:
            for path in (folder, folder / "socket", password_file):
                os.chown(path, user.pw_uid, user.pw_gid)
            if not self._can_run(binaries, folder):
                # A virtual environment below root's home is closed to everyone else.
                binaries = copy_binaries(binaries, folder / "binaries")
        initdb = [
            str(binaries / "initdb"),
            f"--pgdata={folder / 'data'}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-sync",
            "--no-instructions",
        ]
        # Not every system knows C.UTF-8; C sorts the same way.
        for locale in ("C.UTF-8", "C"):
            done = self._run([*initdb, f"--locale={locale}"], folder)
            if done.returncode == 0:
                break
            shutil.rmtree(folder / "data", ignore_errors=True)
        else:
            raise PostgresError(f"initdb failed: {done.stdout.strip()[-2000:]}")
        password_file.unlink()
        return binaries

    def _serve(self, folder: Path, binaries: Path) -> None:
        """Start the server process; a port that was taken meanwhile is changed for another."""
        user = _unprivileged_user()
        log = folder / "server.log"
        for _ in range(3):
            self.port = _free_port()
            options = {
                **_SERVER_OPTIONS,
                "port": str(self.port),
                "unix_socket_directories": str(folder / "socket"),
            }
            with log.open("wb") as output:
                self._process = subprocess.Popen(  # noqa: S603 -- the binary that we looked up
                    [
                        str(binaries / "postgres"),
                        "-D",
                        str(folder / "data"),
                        *(f"--{name}={value}" for name, value in options.items()),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    env=self._environment(),
                    start_new_session=True,
                    **self._identity(user),
                )
            if self._wait_until_ready():
                return
            self._process.wait()
        tail = log.read_text(encoding="utf-8", errors="replace").strip()[-2000:]
        raise PostgresError(f"PostgreSQL did not start: {tail}")

    def _wait_until_ready(self) -> bool:
        """Return True once the server answers, False when its process has ended."""
        if self._process is None:
            return False
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError), self._connect():
                return True
            if time.monotonic() > deadline:
                self._process.kill()
            time.sleep(0.05)
        return False

    @staticmethod
    def _environment() -> dict[str, str]:
        """Return the environment of PostgreSQL's programs, without another server's settings."""
        return {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PG", "LC_")) and name not in {"LANG", "LANGUAGE"}
        }

    @staticmethod
    def _identity(user: pwd.struct_passwd | None) -> dict[str, Any]:
        """Return subprocess's arguments that make a program run as `user`."""
        if user is None:
            return {}
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def _run(self, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the server's user, its output in one text."""
        return subprocess.run(  # noqa: S603 -- a binary that we looked up ourselves
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=self._environment(),
            check=False,
            **self._identity(_unprivileged_user()),
        )

    def _can_run(self, binaries: Path, folder: Path) -> bool:
        """Tell whether the server's user may run the binaries where they are."""
        try:
            return self._run([str(binaries / "postgres"), "--version"], folder).returncode == 0
        except OSError:
            return False

    # Databases

    def _connect(self) -> psycopg.Connection:
        """Open a superuser's connection outside of any transaction."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self._passwords[SUPERUSER],
            dbname="postgres",
            autocommit=True,
        )

    def _create_roles(self) -> None:
        """Create the two roles that an installation has."""
        with self._connect() as connection:
            for role in (OWNER_ROLE, APP_ROLE):
                connection.execute(
                    sql.SQL(
                        "create role {} login nosuperuser nocreatedb nocreaterole nobypassrls"
                        " password {}"
                    ).format(sql.Identifier(role), sql.Literal(self._passwords[role]))
                )

    def urls(self, name: str) -> DatabaseUrls:
        """Return the addresses of the database `name`, whether it exists or not."""
        owner, app, superuser = (
            f"postgresql+psycopg://{role}:{self._passwords[role]}@127.0.0.1:{self.port}/{name}"
            for role in (OWNER_ROLE, APP_ROLE, SUPERUSER)
        )
        return DatabaseUrls(owner, app, superuser)

    def create_database(self, name: str, template: str | None = None) -> DatabaseUrls:
        """Create a database that `stadtkern_owner` owns and return its addresses.

        With `template`, it starts as a copy of that database, which is much faster than migrating
        again; connections to the template are closed first, since PostgreSQL copies only what
        nobody uses. `name`: letters, digits and underscores. Raises psycopg.Error if the name is
        taken.
        """
        if not re.fullmatch(r"[A-Za-z0-9_]{1,63}", name):
            raise ValueError(f"not a database's name: {name!r}")
        with self._connect() as connection:
            if template is not None:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
                    (template,),
                )
            # From then on every page of a copy is written to the log, too, unless one asks.
            logs = connection.info.server_version >= LOGS_COPIES
            copied = " strategy file_copy" if logs else ""
            connection.execute(
                sql.SQL("create database {} owner {} template {}" + copied).format(
                    sql.Identifier(name),
                    sql.Identifier(OWNER_ROLE),
                    sql.Identifier(template or "template1"),
                )
            )
            # Nobody but the two roles; by default every role of a server may connect.
            connection.execute(
                sql.SQL("revoke connect, temporary on database {} from public").format(
                    sql.Identifier(name)
                )
            )
            connection.execute(
                sql.SQL("grant connect on database {} to {}").format(
                    sql.Identifier(name), sql.Identifier(APP_ROLE)
                )
            )
        return self.urls(name)

    def drop_database(self, name: str) -> None:
        """Drop a database together with the connections to it; a missing one is no error."""
        with self._connect() as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )


def main(arguments: list[str] | None = None) -> int:
    """Print where PostgreSQL's binaries are; with `--ensure`, install them where they are missing.

    Returns the exit code: 0, or 1 with the reason on stderr.
    """
    parser = argparse.ArgumentParser(prog="python -m stadtkern.testing.postgres")
    parser.add_argument("--ensure", action="store_true", help="install PostgreSQL if it is missing")
    options = parser.parse_args(arguments)
    try:
        folder = ensure_binaries() if options.ensure else find_binaries()
    except PostgresError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if folder is None:
        sys.stderr.write("no PostgreSQL found; --ensure installs it\n")
        return 1
    sys.stdout.write(f"PostgreSQL {version(folder)} in {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
