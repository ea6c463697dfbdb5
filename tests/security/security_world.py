"""Two municipalities of one application, each with a row in every table that is a tenant's.

All that is written into a town holds markers: words that begin with the town's own prefix. A
marker of the one town in an answer to the other is a leak.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from json import dumps
from pathlib import Path
from typing import Any

from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from planting import plant
from pyramid.registry import Registry
from security_side import Answer, Ask, Side
from sqlalchemy import Engine, Table, create_engine, select, text

from stadtkern.accounts.tokens import digest, new_secret
from stadtkern.db import metadata
from stadtkern.testing.databases import TestDatabase
from stadtkern.testing.town import Town

Rows = dict[str, list[dict[str, Any]]]
"""Rows by table."""

VICTIM, OTHER = "quellort", "nebenort"


def _names_a_person(table: Table) -> bool:
    """Tell whether ``account_id`` is somebody's login; a plugin's may be an account of its own."""
    return "account_id" in table.c and any(
        key.column.table.name in {"account", "membership"}
        for key in table.c.account_id.foreign_keys
    )


class World:
    """Both towns over one database, with a way to look past all walls and to put things back."""

    def __init__(self, database: TestDatabase, town: Town, files: Path) -> None:
        self.database = database
        self.files = files
        self.registry: Registry = town.registry
        self.victim = Side(town, VICTIM)
        self.other = Side(town.second_tenant(), OTHER)
        # No filter, no row-level security, no foreign keys: only for looking and putting back.
        self.engine: Engine = create_engine(database.superuser_url)
        if not database.is_postgresql:
            # Nor triggers: on PostgreSQL `connection` switches them off.
            with self.engine.begin() as connection:
                names = connection.execute(
                    text("select name from sqlite_master where type = 'trigger'")
                ).scalars()
                for name in names.all():
                    connection.exec_driver_sql(f"drop trigger {name}")
        self._watch = self.engine.connect()
        self._seen: tuple[Any, Rows] | None = None
        self._raw: dict[str, list[Any]] = {}
        self._victims: tuple[Rows, Rows] | None = None
        for side in (self.victim, self.other):
            plant(side)
        self.before = self.snapshot()
        self._bytes = {path: Path(path).read_bytes() for path in self._files()}

    @property
    def sides(self) -> tuple[Side, Side]:
        """Return both towns."""
        return self.victim, self.other

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Open a connection that no wall binds."""
        with self.engine.begin() as connection:
            if self.database.is_postgresql:
                connection.execute(text("set session_replication_role = replica"))
            yield connection

    def snapshot(self) -> Rows:
        """Return every row of every table, not to be changed.

        The tables are read anew after a commit only, and turned into Python's types if they have
        changed; without a commit it is the same object.
        """
        mark = self._commits()
        if self._seen is None or self._seen[0] != mark:
            rows: Rows = dict(self._seen[1]) if self._seen else {}
            with self.connection() as connection:
                cursor = connection.connection.cursor()
                for name, table in metadata.tables.items():
                    cursor.execute(f'select * from "{name}"')  # noqa: S608 - our own tables
                    raw = cursor.fetchall()
                    if name not in rows or raw != self._raw[name]:
                        self._raw[name] = raw
                        found = connection.execute(select(table))
                        rows[name] = sorted((dict(row._mapping) for row in found), key=repr)
            self._seen = mark, rows
        return self._seen[1]

    def _commits(self) -> Any:
        """Return what differs after each transaction that has written, of whatever connection."""
        asked = (
            "select pg_snapshot_xmax(pg_current_snapshot())::text"
            if self.database.is_postgresql
            else "pragma data_version"
        )
        mark = self._watch.exec_driver_sql(asked).scalar()
        self._watch.rollback()
        return mark

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        """Return rows of one table as they are now."""
        made: Table = metadata.tables[table]
        statement = select(made)
        for name, value in where.items():
            statement = statement.where(made.c[name] == value)
        with self.connection() as connection:
            return [dict(row._mapping) for row in connection.execute(statement)]

    def restore(self) -> None:
        """Put every row and file back, and let the application forget what it has cached."""
        for path in self._bytes.keys() - self._files():
            Path(path).write_bytes(self._bytes[path])
        now = self.snapshot()
        changed = [name for name, rows in self.before.items() if now[name] != rows]
        if changed:
            with self.connection() as connection:
                for name in changed:
                    connection.execute(metadata.tables[name].delete())
                    if self.before[name]:
                        connection.execute(metadata.tables[name].insert(), self.before[name])
        registry = self.registry
        registry["tenants"].forget()
        registry["plugin_states"]._states.clear()
        registry["page_cache"].clear()
        registry["menus"]._menus.clear()
        registry["rate_limiter"] = MovingWindowRateLimiter(MemoryStorage())

    def of_victim(self) -> Rows:
        """Return all rows that are the victim's, those of global tables included.

        Without a commit since the last time it is the same object.
        """
        now = self.snapshot()
        if self._victims is None or self._victims[0] is not now:
            self._victims = now, self._of_victim(now)
        return self._victims[1]

    def _of_victim(self, now: Rows) -> Rows:
        tenant = self.victim.town.tenant_id
        people = {self.victim.admin.id, self.victim.member.id}
        found = {}
        for name, rows in now.items():
            if name == "tenant":
                found[name] = [row for row in rows if row["id"] == tenant]
            elif name == "account":
                found[name] = [row for row in rows if row["id"] in people]
            else:
                person = _names_a_person(metadata.tables[name])
                found[name] = [
                    row
                    for row in rows
                    if row.get("tenant_id") == tenant or (person and row["account_id"] in people)
                ]
        return found

    def stored_files(self) -> dict[str, int]:
        """Return the sizes of all stored files by name (which is their content's hash)."""
        return {path.rpartition(os.sep)[2]: size for path, size in self._files().items()}

    def _files(self) -> dict[str, int]:
        """Return the sizes of all stored files by path; asked often, so without objects."""
        found: dict[str, int] = {}
        left = [str(self.files)]
        while left:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    if entry.is_dir():
                        left.append(entry.path)
                    else:
                        found[entry.path] = entry.stat().st_size
        return found

    @contextmanager
    def token(self, side: Side) -> Iterator[str]:
        """Lend a token of whoever a side's ticket belongs to; gone without a trace afterwards."""
        secret = new_secret()
        table = metadata.tables["api_token"]
        (ticket,) = self.rows("login_ticket", token_hash=digest(side.ticket))
        now = datetime.now(UTC)
        with self.connection() as connection:
            connection.execute(
                table.insert().values(
                    id=10_000,
                    tenant_id=ticket["tenant_id"],
                    name="lent",
                    hint=secret[:16],
                    token_hash=digest(secret),
                    account_id=ticket["account_id"],
                    roles=[],
                    scopes=sorted(self.registry["token_scopes"]),
                    created_at=now,
                    expires_at=now + timedelta(days=1),
                )
            )
        try:
            yield secret
        finally:
            with self.connection() as connection:
                connection.execute(table.delete().where(table.c.id == 10_000))

    def ask_api(self, ask: Ask, side: Side, *, login: bool) -> Answer:
        """Send a request to the API, as whoever the side's ticket belongs to or as nobody."""
        headers = {"Accept-Language": "de", **ask.headers}
        if ask.seen:
            headers["If-Match"] = f'"{ask.seen}"'
        call = getattr(side.browser(login=False), ask.method.lower())
        given: dict[str, Any] = {"headers": headers, "status": "*"}
        if ask.fields is not None:
            given |= {"params": ask.fields, "content_type": "multipart/form-data"}
        elif ask.json is not None:
            given |= {"params": dumps(ask.json), "content_type": "application/json"}
        if login and side.ticket:
            with self.token(side) as secret:
                headers["Authorization"] = f"Bearer {secret}"
                found = call(ask.path, **given)
        else:
            found = call(ask.path, **given)
        text = f"{found.headers}\n{found.body.decode('utf-8', 'replace')}"
        return Answer(found.status_int, text, ask.words)

    def send(self, ask: Ask, side: Side, *, login: bool) -> Answer:
        """Send a request to a town's host, as its administrator or as nobody."""
        if ask.method:
            return self.ask_api(ask, side, login=login)
        browser = side.browser(login=login)
        if ask.fields is None:
            found = browser.get(ask.path, status="*")
        else:
            page = browser.get("/barriere-melden")
            token = page.forms[len(page.forms) - 1]["csrf_token"].value
            kind = {"content_type": "multipart/form-data"} if ask.multipart else {}
            params = [("csrf_token", token), *ask.fields]
            found = browser.post(ask.path, params, status="*", **kind)
        texts = [str(found.headers), found.body.decode("utf-8", "replace")]
        if 300 <= found.status_int < 400 and f"//{side.town.host}" in found.location:
            behind = found.follow(status="*")
            texts += [str(behind.headers), behind.body.decode("utf-8", "replace")]
        return Answer(found.status_int, "\n".join(texts), ask.words)

    def close(self) -> None:
        """Close the connections."""
        self._watch.close()
        self.engine.dispose()
