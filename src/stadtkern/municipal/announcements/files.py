"""Files that were announced: their bytes, their addresses and their place stay."""

import re

from pyramid.registry import Registry
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from stadtkern.content import ContentRefused, Node, Reference, events, queries
from stadtkern.content.links import found_in, meant
from stadtkern.content.links.extract import MEDIA, is_plain, on_site, split
from stadtkern.media.types import KINDS
from stadtkern.municipal.announcements.official import PUBLISHED, TYPE, fields_of
from stadtkern.tenants import hosts_of
from stadtkern.web.i18n import _

BYTES = ("stored", "captions", "poster")
"""Fields of the library that hold a file."""


def files_of(session: Session, registry: Registry, node: Node) -> set[int]:
    """Return what an announcement attaches, shows or links of the library.

    Refuses addresses that may mean something else one day: those relative to the page, and old
    addresses of files, which another file may take.
    """
    kind = registry["content_types"].get(node.type)
    for one in found_in(kind, registry["block_types"], node.body or {}, node.body_version):
        if one.target and not is_plain(one.target):
            raise ContentRefused(
                _(
                    "The link “${link}” depends on where the page stands and could mean something "
                    "else one day. Write its whole address, or choose the page or file again.",
                    mapping={"link": one.target[:200]},
                )
            )
    rows = meant(session, registry, node)
    ids = {row[3] for row in rows if row[3] is not None}
    stored = session.execute(
        select(Node.id, Node.path).where(Node.id.in_(sorted(ids)), Node.type.in_(KINDS))
    )
    files: dict[int, str] = {row.id: row.path for row in stored}
    hosts = hosts_of(session, node.tenant_id)
    for _block, _kind, target, number in rows:
        now = files.get(number or 0)
        path = on_site(target, node.path, hosts) if now is not None else None
        if path is not None and not MEDIA.match(path) and split(path)[0] != now:
            raise ContentRefused(
                _(
                    "The link “${link}” is an old address of a file, which another one may take. "
                    "Choose the file again.",
                    mapping={"link": target[:200]},
                )
            )
    return set(files)


def lock(session: Session, ids: set[int]) -> None:
    """Keep these rows as they are until the commit."""
    if ids:
        session.execute(select(Node.id).where(Node.id.in_(sorted(ids))).with_for_update()).all()


FILE_REFUSED = _(
    "“${title}” is announced with this file: it can no longer be replaced or deleted. Upload the "
    "new one as a file of its own."
)


_Source, _Target = aliased(Node), aliased(Node)
_ANNOUNCED = (
    select(_Source.title, Reference.target)
    .join(Reference, Reference.source_id == _Source.id)
    .join(_Target, _Target.id == Reference.target_id)
    .where(
        _Source.type == TYPE,
        _Source.state == PUBLISHED,
        _Source.deleted_at.is_(None),
        _Target.type.in_(KINDS),
    )
)
"""Titles of published announcements that attach, show or link files, with the files' addresses."""


def _announced_with(session: Session, *conditions: ColumnElement[bool]) -> str | None:
    """Return the title of an announcement with a file (``_Target``) that fits."""
    found: str | None = session.scalar(_ANNOUNCED.where(*conditions).limit(1))
    return found


def _is_within(node: Node) -> ColumnElement[bool]:
    return or_(_Target.id == node.id, queries.below(_Target.path, node.path))  # type: ignore[arg-type]


def keep_files(event: events.NodeSaving) -> None:
    """Refuse other bytes for a file or picture that is part of what was announced."""
    node = event.node
    before, after = (
        [(fields_of(body).get(name) or {}).get("sha") for name in BYTES]
        for body in (node.body, event.values["body"])
    )
    if node.type not in KINDS or before == after:
        return
    title = _announced_with(event.session, _Target.id == node.id)
    if title is not None:
        raise ContentRefused(FILE_REFUSED % {"title": title})


def keep_files_there(event: events.NodeDeleting) -> None:
    """Refuse to delete such a file, or a page with one below it."""
    title = _file_within(event.session, event.node)
    if title is not None:
        raise ContentRefused(FILE_REFUSED % {"title": title})


def _file_within(session: Session, node: Node) -> str | None:
    """Return the title of an announcement with a file that is, or stands below, a node."""
    return _announced_with(session, _is_within(node), _Target.deleted_at.is_(None))


_BY_NUMBER = re.compile(r"(?:https?://[^/]*/|/|(?:[.]{1,2}/)*)media/[0-9]{1,9}/", re.IGNORECASE)
"""Addresses of the library, which name a file by its number wherever it stands."""


def keep_addresses(event: events.NodeMoving) -> None:
    """Refuse another address for a file that an announcement links by its address.

    Another file could take the old one, and the announcement would show that.
    """
    rows = event.session.execute(
        _ANNOUNCED.where(
            _is_within(event.node),
            _Target.deleted_at.is_(None),
            Reference.kind.in_(("link", "field")),
        ).order_by(_Source.path)
    )
    for title, address in rows:
        if not _BY_NUMBER.match(address):
            raise ContentRefused(
                _(
                    "“${title}” is announced with a link to a file by its address here. This "
                    "address, and with it the names of all above the file, can no longer change.",
                    mapping={"title": title},
                )
            )


def keep_file(session: Session, node: Node) -> None:
    """Refuse what would take a file that was announced, or a page above it, off the site."""
    title = _file_within(session, node)
    if title is not None:
        raise ContentRefused(
            _(
                "“${title}” is announced with a file that would disappear from the site by this. "
                "What was announced stays to be read.",
                mapping={"title": title},
            )
        )
