"""What plugins say: ``add_exchange_area``, ``add_exchange_format``, ``add_exchange_target``."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.accounts import Permission
from stadtkern.exchange.models import ACCEPTED, ERROR, HINT, OPEN, WARNING
from stadtkern.plugins import owner_of
from stadtkern.tenants import Tenant

_NAME = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*")
AFTER_AREAS, AFTER_FORMATS = 10, 20
"""Order of actions: what is named by others of the same commit is known by then."""


class Mend(NamedTuple):
    """One click that mends: the words of its button, and what it changes.

    ``fields``: paths of the payload (``a.b``) with their new values; ``decisions``: what a person
    has chosen, for the format's ``check``.
    """

    label: Any
    fields: Mapping[str, Any] = {}
    decisions: Mapping[str, Any] = {}


class Found(NamedTuple):
    """Something found in a record; ``text`` is a message to translate that says what to do."""

    severity: str
    code: str
    field: str
    text: Any
    mends: tuple[Mend, ...] = ()

    @classmethod
    def error(cls, code: str, field: str, text: Any, *mends: Mend) -> "Found":
        """Return what keeps a record from being proposed."""
        return cls(ERROR, code, field, text, mends)

    @classmethod
    def warning(cls, code: str, field: str, text: Any, *mends: Mend) -> "Found":
        """Return what a person must look at: such a record is released by itself."""
        return cls(WARNING, code, field, text, mends)

    @classmethod
    def hint(cls, code: str, field: str, text: Any, *mends: Mend) -> "Found":
        """Return what is good to know."""
        return cls(HINT, code, field, text, mends)


class Parsed(NamedTuple):
    """One record as a format has read it."""

    payload: dict[str, Any]
    entry: str
    number: int
    findings: tuple[Found, ...] = ()
    unmapped: int = 0


class Question(NamedTuple):
    """A record to be checked; ``id`` 0 for one that is just being read."""

    payload: dict[str, Any]
    decisions: Mapping[str, Any] = {}
    id: int = 0
    edited: bool = False
    """Whether a person has changed the payload: it is no longer what the reader has judged."""


class Checked(NamedTuple):
    """What a format says about a record after looking at what the town holds."""

    key: str
    """The same fact twice has the same key, in this municipality and format."""
    kind: str
    subject: str
    summary: str
    findings: tuple[Found, ...] = ()
    state: str = OPEN
    """``open``, or ``aside`` for what is not this municipality's."""
    proposal: Mapping[str, Any] = {}


class Desk(NamedTuple):
    """Where formats and targets work: within a transaction of the town."""

    session: Session
    registry: Registry
    tenant: Tenant


class Source(NamedTuple):
    """A delivery's bytes, as formats see them."""

    path: Path
    name: str

    def head(self, size: int = 65_536) -> bytes:
        """Return the first bytes."""
        with self.path.open("rb") as stream:
            return stream.read(size)


class Outgoing(NamedTuple):
    """A released record as a target gets it; ``reference`` is the same at each attempt."""

    record_id: int
    reference: str
    format: str
    payload: Mapping[str, Any]
    decisions: Mapping[str, Any]
    proposal: Mapping[str, Any]


class Receipt(NamedTuple):
    """What a target says to one record; ``status`` None: it answers later."""

    status: str | None = ACCEPTED
    reference: str = ""
    note: str = ""


class Field(NamedTuple):
    """A value that people may read by its title and change.

    ``kind``: text, whole, cents (typed in euros), day, or yes. ``choices``: what coded values mean,
    by the text of the value.
    """

    title: Any
    kind: str = "text"
    choices: Mapping[str, Any] = {}


Detect = Callable[[Source], bool]
Read = Callable[[Source], Iterator[Parsed]]
Check = Callable[[Desk, Sequence[Question]], Sequence[Checked]]
Allow = Callable[[Desk, int, Iterable[Mapping[str, Any]], Iterable[int | None]], Any]
"""Why somebody may not release proposals; None: they may."""
Send = Callable[[Desk, Sequence[Outgoing]], Sequence[Receipt]]


@dataclass(frozen=True)
class Area:
    """What belongs to one desk of the town hall: its formats, its people."""

    name: str
    title: str
    read: str
    edit: str
    release: str
    owner: str | None
    allow: "Allow | None" = None


@dataclass(frozen=True)
class Format:
    """One kind of record that comes in."""

    name: str
    title: str
    area: str
    detect: Detect
    read: Read
    check: Check
    excerpt: Callable[[Source, str, int], str] | None = None
    count: Callable[[Source], int] | None = None
    show: Callable[[Any, Any], Any] | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)
    codes: Mapping[str, Any] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    order: int = 100
    owner: str | None = None


@dataclass(frozen=True)
class Target:
    """Where released records go."""

    name: str
    title: str
    area: str
    send: Send
    formats: frozenset[str] = field(default_factory=frozenset)
    local: bool = False
    batch: int = 100
    owner: str | None = None


def areas(registry: Registry) -> dict[str, Area]:
    """Return all areas by name."""
    found: dict[str, Area] = registry["exchange_areas"]
    return found


def formats(registry: Registry) -> dict[str, Format]:
    """Return all formats by name."""
    found: dict[str, Format] = registry["exchange_formats"]
    return found


def formats_of(registry: Registry, area: str) -> list[Format]:
    """Return an area's formats in the order in which they are tried."""
    found = (one for one in formats(registry).values() if one.area == area)
    return sorted(found, key=lambda one: (one.order, one.name))


def targets(registry: Registry) -> dict[str, Target]:
    """Return all targets by name."""
    found: dict[str, Target] = registry["exchange_targets"]
    return found


def targets_of(registry: Registry, area: str, format_name: str) -> list[Target]:
    """Return where released records of a format go."""
    return [
        one
        for _name, one in sorted(targets(registry).items())
        if one.area == area and (not one.formats or format_name in one.formats)
    ]


def _checked(what: str, config: Configurator, name: str) -> str | None:
    owner = owner_of(config)
    if not _NAME.fullmatch(name) or len(name) > 40:  # noqa: PLR2004 - the column
        raise ConfigurationError(
            f"{what} “{name}”: lower-case letters, digits, hyphens and dots, at most 40 characters."
        )
    if owner is not None and name != owner and not name.startswith(f"{owner}."):
        raise ConfigurationError(f"{what} {name}: names of this plugin begin with “{owner}.”.")
    return owner


def add_exchange_area(
    config: Configurator,
    name: str,
    *,
    title: str,
    read: str,
    edit: str,
    release: str,
    allow: Allow | str | None = None,
) -> None:
    """Open an inbox of the back office for records of other systems.

    Args:
        name: a plugin's is the plugin's own name, or begins with it and a dot.
        title: of the inbox, in the menu.
        read: the permission to see deliveries and records.
        edit: the permission to upload, mend, match and propose.
        release: the permission to release what somebody else has proposed.
        allow: ``allow(desk, account_id, proposals, proposers)`` is asked before a release, beside
            the rule of two persons: the message that says why these proposals may not be released
            by this person, or None. It may note in the history why they may.

    Whoever may use it needs ``exchange.use`` as well; give roles both.

    """
    owner = _checked("Exchange area", config, name)
    area = Area(
        *(name, title, str(read), str(edit), str(release), owner),
        config.maybe_dotted(allow),
    )

    def register() -> None:
        areas(config.registry)[name] = area

    intr = config.introspectable("exchange areas", name, str(title), "exchange area")
    intr.update(name=name, title=title, read=area.read, edit=area.edit, release=area.release)
    config.action(("exchange area", name), register, introspectables=(intr,))
    config.add_admin_item(
        f"exchange.{name}",
        title=title,
        route="admin.exchange",
        permission=Permission.EXCHANGE,
        order=20,
        values={"area": name},
    )


def add_exchange_format(
    config: Configurator,
    name: str,
    *,
    title: str,
    area: str,
    detect: Detect | str,
    read: Read | str,
    check: Check | str,
    excerpt: Callable[[Source, str, int], str] | str | None = None,
    count: Callable[[Source], int] | str | None = None,
    show: Callable[[Any, Any], Any] | str | None = None,
    fields: Mapping[str, Field] | None = None,
    codes: Mapping[str, Any] | None = None,
    numbers: Mapping[str, str] | None = None,
    order: int = 100,
) -> None:
    """Let records of one format come in.

    Args:
        name: a plugin's begins with the plugin's name and a dot.
        title: what people call it.
        area: whose it is, as in ``add_exchange_area``.
        detect: ``detect(source)`` tells whether a delivery is of this format; cheap. It raises
            ``DeliveryRefused`` for what looks like its own but is broken.
        read: ``read(source)`` yields ``Parsed`` records, one at a time and each time the same;
            raises ``DeliveryRefused`` for what cannot be read as a whole. What no mapping knows
            stays in the payload and is a finding.
        check: ``check(desk, questions)`` returns a ``Checked`` for each question, in their
            order, with a constant number of statements. It writes nothing.
        excerpt: ``excerpt(source, entry, number)`` returns a record's original as text.
        count: ``count(source)`` tells how many records there are about, for the progress.
        show: ``show(request, record)`` returns safe HTML of what releasing a record would do;
            asked only where there is a proposal.
        fields: paths of the payload (``a.b``, ``list[].c``) with what people call them: these they
            may change, others they see.
        codes: what its findings are called in lists, by their codes.
        numbers: names in decisions and proposals that hold ids of rows, with the name under which
            that table travels (``add_town_data``): they are written anew with a town that moves.
        order: of trying; small numbers first.

    A plugin that is switched off takes nothing in; what has come stays.

    """
    owner = _checked("Exchange format", config, name)
    maybe = config.maybe_dotted
    made = Format(
        name=name,
        title=title,
        area=area,
        detect=maybe(detect),
        read=maybe(read),
        check=maybe(check),
        excerpt=maybe(excerpt),
        count=maybe(count),
        show=maybe(show),
        fields=dict(fields or {}),
        codes=dict(codes or {}),
        numbers=dict(numbers or {}),
        order=order,
        owner=owner,
    )

    def register() -> None:
        _needs_area(config.registry, f"Exchange format {name}", area)
        formats(config.registry)[name] = made

    intr = config.introspectable("exchange formats", name, str(title), "exchange format")
    intr.update(name=name, title=title, area=area)
    config.action(("exchange format", name), register, order=AFTER_AREAS, introspectables=(intr,))


def add_exchange_target(
    config: Configurator,
    name: str,
    *,
    title: str,
    area: str,
    send: Send | str,
    formats: Iterable[str] = (),
    local: bool = False,
    batch: int = 100,
) -> None:
    """Let released records go somewhere, by a durable job.

    Args:
        name: a plugin's begins with the plugin's name and a dot.
        title: what people call it.
        area: whose records it takes.
        send: ``send(desk, outgoing)`` returns a ``Receipt`` for each; an error is tried again
            later, and after some times the records lie among the dead letters, from where
            people send them once more.
        formats: which of the area's formats it takes; none named: all.
        local: what ``send`` writes is stored with its receipts by one transaction: exactly once.
            A record that it rejects is open again and checked anew. Else it gets a session to
            read with, may take its time, and may be called again for what arrived without our
            noticing: ``Outgoing.reference`` tells.
        batch: how many records at once at most.

    """
    owner = _checked("Exchange target", config, name)
    made = Target(
        name=name,
        title=title,
        area=area,
        send=config.maybe_dotted(send),
        formats=frozenset(formats),
        local=local,
        batch=batch,
        owner=owner,
    )

    def register() -> None:
        _needs_area(config.registry, f"Exchange target {name}", area)
        targets(config.registry)[name] = made

    intr = config.introspectable("exchange targets", name, str(title), "exchange target")
    intr.update(name=name, title=title, area=area, local=local)
    config.action(("exchange target", name), register, order=AFTER_FORMATS, introspectables=(intr,))


def _needs_area(registry: Registry, what: str, area: str) -> None:
    if area not in areas(registry):
        raise ConfigurationError(f"{what}: there is no area “{area}”: declare it first.")


def directives(config: Configurator) -> None:
    """Offer all three."""
    for name in ("exchange_areas", "exchange_formats", "exchange_targets"):
        config.registry[name] = {}
    config.add_directive("add_exchange_area", add_exchange_area)
    config.add_directive("add_exchange_format", add_exchange_format)
    config.add_directive("add_exchange_target", add_exchange_target)
