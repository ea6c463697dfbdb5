"""What a town consists of: the tables whose rows leave and come with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.registry import Registry
from sqlalchemy import Column, Table
from sqlalchemy.orm import Session

from stadtkern.plugins import owner_of
from stadtkern.storage import FileStore
from stadtkern.towns.values import can_travel

ACCOUNT = "account"
"""What columns that hold an account's id refer to: it travels as a mail address."""
Row = dict[str, Any]

LEFT_OUT: dict[str, str] = {
    "reference": "made anew from the contents",
    "submission_mail": "made anew from the entries",
    "search_entry": "made anew from the contents",
    "search_text": "made anew from the contents",
    "search_word": "made anew from the contents",
    "search_state": "says when this installation indexed the town",
    "edit_lock": "a lease of a form that is open here",
    "autosave": "what somebody has typed and not saved; it belongs to an open form",
    "preview_link": "a secret; links lead to the old host",
    "bulk_run": "a log of deeds done here",
    "bulk_item": "a log of deeds done here",
    "api_token": "a secret",
    "vault_key": "a secret of this installation; nothing that it seals leaves",
    "webhook_endpoint": "holds a secret that only this installation can open",
    "webhook_delivery": "a log of what was sent from here",
    "mail_message": "mail on its way, or sent from here",
    "subscription_notice": "what the next mail from here tells",
    "retention_run": "a report of what was deleted here",
    "audit_entry": "its chain and its actors' numbers hold for this installation",
    "audit_seal": "its chain holds for this installation",
    "town_export": "archives that lie here for a few days",
    "town_page_file": "files with pages that were sent here",
    "town_import_id": "only while a town is coming in",
}
"""Tables of towns whose rows do not leave, each with its reason. A test compares."""


class Private(NamedTuple):
    """How bytes travel that lie encrypted: each row has its own."""

    column: str
    """Holds the sha256 of the stored bytes; in an archive that of the bytes in clear."""
    leave: Callable[[Session, Registry, int, Row], tuple[Row, bytes]]
    """From a stored row (session, registry, tenant, row) the one that travels, and its bytes."""
    arrive: Callable[[Session, Registry, int, Row, bytes], Row]
    """From a row that has come and its bytes the one to store; ``ValueError`` for an odd one."""
    forget: Callable[[Registry, int], None]
    """Throws all such bytes of a town away (registry, tenant)."""


@dataclass(frozen=True)
class TownData:
    """One table of a town, as ``add_town_data`` names it."""

    name: str
    model: Any
    references: Mapping[str, str] = field(default_factory=dict)
    numbered: bool = False
    leave_out: frozenset[str] = frozenset()
    only: Callable[[], Any] | None = None
    files: Callable[[Mapping[str, Any]], Iterable[str]] | None = None
    prepare: Callable[[Row], None] | None = None
    move: Callable[[Any, Row], None] | None = None
    version: int = 1
    upgrade: Callable[[int, Row], Row] | None = None
    private: Private | None = None
    store: Callable[[Registry, int], FileStore] | None = None
    ordered: bool = False
    late: bool = False
    owner: str | None = None

    @cached_property
    def table(self) -> Table:
        """Return the table."""
        table: Table = self.model.__table__
        return table

    @cached_property
    def key(self) -> Column[Any] | None:
        """Return the column of a number that the database gives, if that is the key."""
        keys = list(self.table.primary_key)
        lone = len(keys) == 1 and keys[0].name == "id" and not keys[0].foreign_keys
        return keys[0] if lone else None

    @cached_property
    def columns(self) -> dict[str, Column[Any]]:
        """Return the columns that travel, by name."""
        gone = {"tenant_id", *self.leave_out}
        if self.key is not None and not self.numbered:
            gone.add(self.key.name)
        return {column.name: column for column in self.table.columns if column.name not in gone}

    @cached_property
    def own(self) -> tuple[str, ...]:
        """Return the columns that refer to rows of the same table."""
        return tuple(name for name, part in self.references.items() if part == self.name)

    @property
    def twice(self) -> bool:
        """Tell whether its rows are gone through once more, when others have their numbers."""
        return bool(self.own) or self.late

    @property
    def member(self) -> str:
        """Return the name of its file within an archive."""
        return f"data/{self.name}.jsonl"


def add_town_data(
    config: Configurator,
    name: str,
    model: Any,
    *,
    references: Mapping[str, str] | None = None,
    numbered: bool = False,
    leave_out: Sequence[str] = (),
    only: Callable[[], Any] | None = None,
    files: Callable[[Mapping[str, Any]], Iterable[str]] | None = None,
    prepare: Callable[[Row], None] | None = None,
    move: Callable[[Any, Row], None] | None = None,
    version: int = 1,
    upgrade: Callable[[int, Row], Row] | None = None,
    private: Private | tuple[Any, ...] | None = None,
    store: Callable[[Registry, int], FileStore] | None = None,
    ordered: bool = False,
    late: bool = False,
) -> None:
    """Let a table's rows leave and come with their town (``stadtkern tenants export``).

    Args:
        name: of the file in the archive; a plugin's begins with the plugin's name.
        model: the mapped class, ``TenantScoped``. A key ``id`` that the database gives does not
            travel, unless ``numbered``: then rows keep their numbers where these are free.
        references: columns that hold a number of another row: ``{"node_id": "node"}``. The value
            is the ``name`` under which the other table travels, or ``"account"``, which goes by
            mail address. Numbers are written anew where rows got other ones.
        leave_out: columns that stay: secrets, and what is made anew. They need a default.
        only: returns the condition for the rows that travel.
        files: returns from a row the sha256 of bytes in the storage that belong to it.
        prepare: ``prepare(row)`` changes a row in place before it is written.
        move: ``move(moving, row)`` changes a row in place before it is stored, where it names
            others within JSON or text: ``moving.node(12)`` is the number of node 12 in the new
            town (None: unknown), ``moving.number(part, 12)`` that of another numbered row,
            ``moving.values(schema, values)`` does it for stored values of a schema;
            ``session``, ``registry`` and ``tenant_id`` are the new town's.
        version: of the rows' meaning; ``upgrade(version, row)`` makes rows of an older one new.
        private: bytes of each row that lie encrypted under a key which does not travel:
            ``(column, leave, arrive, forget)``. ``column`` holds their sha256.
            ``leave(session, registry, tenant_id, row)`` returns the row as it travels, with the
            sha256 of the bytes in clear, and these bytes; ``FileNotFoundError`` if they are lost.
            ``arrive(session, registry, tenant_id, row, data)`` encrypts them for the new town and
            returns the row to store; ``ValueError`` for one that cannot be.
            ``forget(registry, tenant_id)`` throws all of a town's away.
        store: ``store(registry, tenant_id)`` returns where the bytes of ``files`` lie, if that is
            a store of the town's own and not the one that all towns share.
        ordered: the numbers of a numbered table keep their order: where one of them is taken, all
            behind it become new, too.
        late: ``move`` of a numbered table is called when the rows of all tables are in, so that it
            may ask for the number of any.

    A plugin's rows leave whether or not the town has it switched on. What the vault seals
    (``add_vault_field``) is in clear in the archive, and sealed anew where it comes in; leave out
    what nobody else may read.
    """
    part = TownData(
        name=name,
        model=model,
        references=dict(references or {}),
        numbered=numbered,
        leave_out=frozenset(leave_out),
        only=only,
        files=files,
        prepare=prepare,
        move=move,
        version=version,
        upgrade=upgrade,
        private=None if private is None else Private(*private),
        store=store,
        ordered=ordered,
        late=late,
        owner=owner_of(config),
    )
    _check(part)

    def register() -> None:
        config.registry["town_data"][name] = part

    intr = config.introspectable("town data", name, name, "town data")
    intr["name"] = name
    config.action(("town data", name), register, introspectables=(intr,))


def _check(part: TownData) -> None:
    if not part.name.isascii() or not part.name.replace("_", "a").isalnum():
        raise ConfigurationError(f"Town data {part.name}: letters, digits and _ only.")
    if part.owner is not None and not f"{part.name}_".startswith(f"{part.owner}_"):
        raise ConfigurationError(f"Town data {part.name}: the name must begin with {part.owner}_.")
    if "tenant_id" not in part.table.columns:
        raise ConfigurationError(f"Town data {part.name}: its rows belong to no town.")
    if part.private is not None and (part.numbered or part.own):
        raise ConfigurationError(f"Town data {part.name}: with bytes of its own not numbered.")
    if part.numbered and part.key is None:
        raise ConfigurationError(f"Town data {part.name}: no key “id” that the database gives.")
    if (part.ordered or part.late) and not part.numbered:
        raise ConfigurationError(f"Town data {part.name}: ordered or late, but not numbered.")
    if part.store is not None and part.files is None:
        raise ConfigurationError(f"Town data {part.name}: a store, but no files.")
    named = {*part.references, *part.leave_out, *(part.private[:1] if part.private else ())}
    unknown = sorted(named - {column.name for column in part.table.columns})
    if unknown:
        raise ConfigurationError(f"Town data {part.name}: no column {', '.join(unknown)}.")
    odd = [name for name, column in part.columns.items() if not can_travel(column)]
    if odd:
        raise ConfigurationError(f"Town data {part.name}: {', '.join(odd)} cannot be written.")


def parts(registry: Registry) -> list[TownData]:
    """Return all tables, each behind those that it refers to; numbered ones come early."""
    known: dict[str, TownData] = registry["town_data"]
    of_table = {part.table: part.name for part in known.values()}
    ordered: dict[str, TownData] = {}

    def place(part: TownData, above: tuple[str, ...]) -> None:
        if part.name in above:
            raise ConfigurationError(f"Town data {part.name}: refers to itself in a circle.")
        keys = {of_table.get(key.column.table) for key in part.table.foreign_keys} - {None}
        named = set(part.references.values()) - {ACCOUNT}
        for other in sorted(str(name) for name in (keys | named) - {part.name}):
            if other not in known:
                raise ConfigurationError(f"Town data {part.name}: there is no {other}.")
            place(known[other], (*above, part.name))
        ordered.setdefault(part.name, part)

    for name in sorted(
        known, key=lambda one: (not known[one].numbered, known[one].owner or "", one)
    ):
        place(known[name], ())
    return list(ordered.values())


def sealed_in(
    registry: Registry, part: TownData
) -> dict[str, Callable[[TownData, Mapping[str, Any]], str]]:
    """Return the columns of a table that the vault seals, with what makes the context of a row."""
    fields = registry["vault_fields"]
    found: dict[str, Callable[[TownData, Mapping[str, Any]], str]] = {}
    for name in part.columns:
        held = fields.get(f"{part.table.name}.{name}")
        if held is not None:
            found[name] = _context(held)
    return found


def _context(held: Any) -> Callable[[TownData, Mapping[str, Any]], str]:
    # The plugin's function expects a row; this one is never stored.
    return lambda part, values: str(held.context(part.model(**values)))
