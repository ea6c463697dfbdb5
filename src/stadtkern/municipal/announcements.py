"""Official announcements stay as they were published.

The time of publication is set when an announcement goes public, together with the sha256 of what
is shown. From then on its contents, its state and its place in the archive are fixed on every way
of writing: forms, bulk changes, imports, restoring an old version, the schedule and the trash.
Whoever announced something wrong withdraws it: it then says so, with the reason, and stays.
"""

import hashlib
import json
import re
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from stadtkern.accounts import Permission
from stadtkern.content import (
    Content,
    ContentRefused,
    Node,
    Reference,
    Transition,
    events,
    queries,
)
from stadtkern.content.links import found_in, meant
from stadtkern.content.links.extract import MEDIA, is_plain, on_site, split
from stadtkern.db import utcnow
from stadtkern.media.types import KINDS
from stadtkern.tenants import hosts_of
from stadtkern.web.i18n import _

TYPE = "announcement"
FIXED = ("published_at", "sha256", "withdrawn_at", "withdrawn_reason")
WITHDRAWN = ("withdrawn_at", "withdrawn_reason")
PUBLISHED = "published"
BYTES = ("stored", "captions", "poster")
"""Fields of the library that hold a file."""


def is_official(node: Any) -> bool:
    """Tell whether a node is an announcement that has been published."""
    return node.type == TYPE and bool(_fields(node.body).get("published_at"))


def _fields(body: Any) -> dict[str, Any]:
    return dict((body or {}).get("fields") or {})


def digest(session: Session, values: Any) -> str:
    """Return the sha256 over what an announcement shows, as lower-case hex.

    Over the JSON (UTF-8, sorted keys, no blanks) of title, summary, fields, blocks and the
    sha256 of each attachment, without what is set at or after publishing.
    """
    body = values["body"] or {}
    fields = {name: value for name, value in _fields(body).items() if name not in FIXED}
    files = [row.get("file") for row in fields.get("attachments") or () if row.get("file")]
    found = queries.by_ids(session, files, drafts=True)
    shown = {
        "title": values["title"],
        "summary": values["summary"],
        "fields": fields,
        "blocks": body.get("blocks") or [],
        "files": [
            (_fields(found[number].body).get("stored") or {}).get("sha")
            if number in found
            else None
            for number in files
        ],
    }
    text = json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _contents(values: Any) -> Any:
    body = values["body"] or {}
    fields = {
        name: value
        for name, value in _fields(body).items()
        if name not in WITHDRAWN and value not in (None, "", [])
    }
    return values["title"], values["summary"], fields, body.get("blocks") or []


def _stored(node: Node) -> dict[str, Any]:
    return {"title": node.title, "summary": node.summary, "body": node.body}


REFUSED = _(
    "This announcement is published: its text and its date can no longer be changed. Withdraw it "
    "with a reason and publish a new one."
)


def keep_contents(event: events.NodeSaving) -> None:
    """Refuse changes of what is published; a draft carries nothing that publishing sets."""
    node = event.node
    if node.type != TYPE:
        return
    if is_official(node):
        before, after = _fields(node.body), _fields(event.values["body"])
        if _contents(event.values) != _contents(_stored(node)):
            raise ContentRefused(REFUSED)
        if any(before.get(name) not in {None, after.get(name)} for name in WITHDRAWN):
            raise ContentRefused(_("This announcement is withdrawn already."))
        return
    body = dict(event.values["body"])
    body["fields"] = {name: value for name, value in _fields(body).items() if name not in FIXED}
    event.values["body"] = body


def forget_origin(event: events.NodeCreated) -> None:
    """Let a copy of a published announcement be an announcement of its own."""
    node = event.node
    if is_official(node) and node.state != PUBLISHED:
        body = dict(node.body)
        body["fields"] = {name: value for name, value in _fields(body).items() if name not in FIXED}
        node.body, node.sort_at = body, None
        event.session.flush()


def fix_date(event: events.NodePublishing) -> None:
    """Set the time of publication and the hash of what is shown, once."""
    node, session = event.node, event.session
    if node.type != TYPE or is_official(node):
        return
    hidden = _hidden_at(session, *queries.prefixes(node.path)[:-1])
    if hidden is not None:
        raise ContentRefused(
            _(
                "Nobody would see it: “${title}” above it is not published, and the date of an "
                "announcement is the day on which it can be read. Publish that page first.",
                mapping={"title": hidden},
            )
        )
    _refuse_live(event.registry, node)
    # Whoever is replacing one of its files is waited for; whoever comes later is refused.
    _lock(session, _files_of(session, event.registry, node))
    now = utcnow()
    body = dict(node.body)
    body["fields"] = _fields(body) | {
        "published_at": now.isoformat(),
        "sha256": digest(event.session, _stored(node)),
    }
    # An end from before this was refused would hide it from the search.
    node.body, node.sort_at, node.expire_at = body, now, None


def _refuse_live(registry: Registry, node: Node) -> None:
    """Refuse blocks that show what other pages say: they would change, the hash would not."""
    known = registry["block_types"]
    for number, block in enumerate((node.body or {}).get("blocks") or (), start=1):
        kind = known.get(str(block.get("type")))
        if kind is not None and kind.shows_others:
            raise ContentRefused(
                _(
                    "Block ${n}, “${kind}”, shows what other pages say and would change with "
                    "them; what is announced must stay. Write it into the text, or attach it as "
                    "a file.",
                    mapping={"n": number, "kind": kind.title},
                )
            )


def _hidden_at(session: Session, *paths: str) -> str | None:
    """Return the title of a page at one of these addresses that visitors do not see."""
    found: str | None = session.scalar(
        select(Node.title)
        .where(Node.path.in_(paths), Node.deleted_at.is_(None), Node.state != PUBLISHED)
        .order_by(Node.path)
        .limit(1)
    )
    return found


def _files_of(session: Session, registry: Registry, node: Node) -> set[int]:
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


def _lock(session: Session, ids: set[int]) -> None:
    if ids:
        session.execute(select(Node.id).where(Node.id.in_(sorted(ids))).with_for_update()).all()


FILE_REFUSED = _(
    "“${title}” is announced with this file: it can no longer be replaced or deleted. Upload the "
    "new one as a file of its own."
)


def _announced_with(session: Session, *conditions: Any) -> str | None:
    """Return the title of a published announcement that attaches, shows or links some files."""
    source, target = aliased(Node), aliased(Node)
    found: str | None = session.scalar(
        select(source.title)
        .join(Reference, Reference.source_id == source.id)
        .join(target, target.id == Reference.target_id)
        .where(
            source.type == TYPE,
            source.state == PUBLISHED,
            source.deleted_at.is_(None),
            target.type.in_(KINDS),
            *(condition(target) for condition in conditions),
        )
        .limit(1)
    )
    return found


def keep_files(event: events.NodeSaving) -> None:
    """Refuse other bytes for a file or picture that is part of what was announced."""
    node = event.node
    before, after = (
        [(_fields(body).get(name) or {}).get("sha") for name in BYTES]
        for body in (node.body, event.values["body"])
    )
    if node.type not in KINDS or before == after:
        return
    title = _announced_with(event.session, lambda target: target.id == node.id)
    if title is not None:
        raise ContentRefused(FILE_REFUSED % {"title": title})


def keep_files_there(event: events.NodeDeleting) -> None:
    """Refuse to delete such a file, or a page with one below it."""
    title = _file_within(event.session, event.node)
    if title is not None:
        raise ContentRefused(FILE_REFUSED % {"title": title})


def _official_within(session: Session, node: Node) -> str | None:
    """Return the title of a published announcement that is, or stands below, a node."""
    found: str | None = session.scalar(
        select(Node.title)
        .where(
            or_(Node.id == node.id, queries.below(Node.path, node.path)),  # type: ignore[arg-type]
            Node.deleted_at.is_(None),
            Node.type == TYPE,
            Node.state == PUBLISHED,
        )
        .order_by(Node.path)
        .limit(1)
    )
    return found


def _file_within(session: Session, node: Node) -> str | None:
    """Return the title of an announcement with a file that is, or stands below, a node."""
    return _announced_with(
        session,
        lambda target: or_(target.id == node.id, queries.below(target.path, node.path)),
        lambda target: target.deleted_at.is_(None),
    )


def keep_entries(event: events.NodeDeleting) -> None:
    """Refuse to delete a published announcement, or a page with one below it."""
    if _official_within(event.session, event.node) is not None:
        raise ContentRefused(
            _(
                "Published announcements stay in the archive and cannot be deleted. Withdraw them "
                "with a reason instead, or move them elsewhere first."
            )
        )


def keep_on_the_site(event: events.NodeUnpublishing) -> None:
    """Refuse to take off the site what an announcement, or one of its files, stands below."""
    title = _official_within(event.session, event.node)
    if title is not None:
        raise ContentRefused(
            _(
                "“${title}” is announced officially below this page and would disappear with it. "
                "Published announcements stay to be read: move them elsewhere first.",
                mapping={"title": title},
            )
        )
    _keep_file(event.session, event.node)


def keep_in_sight(event: events.NodeMoving) -> None:
    """Refuse to move an announcement, or one of its files, to where visitors do not see it."""
    session = event.session
    if event.parent.id == event.node.parent_id:
        return
    hidden = _hidden_at(session, *queries.prefixes(event.parent.path))
    if hidden is None:
        return
    title = _official_within(session, event.node)
    if title is not None:
        raise ContentRefused(
            _(
                "“${title}” is announced officially and would disappear there: “${hidden}” is not "
                "published. Publish that page first, or choose another place.",
                mapping={"title": title, "hidden": hidden},
            ),
            "parent",
        )
    _keep_file(session, event.node)


_BY_NUMBER = re.compile(r"(?:https?://[^/]*/|/|(?:[.]{1,2}/)*)media/[0-9]{1,9}/", re.IGNORECASE)
"""Addresses of the library, which name a file by its number wherever it stands."""


def keep_addresses(event: events.NodeMoving) -> None:
    """Refuse another address for a file that an announcement links by its address.

    Another file could take the old one, and the announcement would show that.
    """
    node = event.node
    source, target = aliased(Node), aliased(Node)
    rows = event.session.execute(
        select(source.title, Reference.target)
        .join(Reference, Reference.source_id == source.id)
        .join(target, target.id == Reference.target_id)
        .where(
            source.type == TYPE,
            source.state == PUBLISHED,
            source.deleted_at.is_(None),
            target.type.in_(KINDS),
            target.deleted_at.is_(None),
            Reference.kind.in_(("link", "field")),
            or_(target.id == node.id, queries.below(target.path, node.path)),  # type: ignore[arg-type]
        )
        .order_by(source.path)
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


def _keep_file(session: Session, node: Node) -> None:
    title = _file_within(session, node)
    if title is not None:
        raise ContentRefused(
            _(
                "“${title}” is announced with a file that would disappear from the site by this. "
                "What was announced stays to be read.",
                mapping={"title": title},
            )
        )


def withdraw(content: Content, node_id: int, reason: str, *, version: int | None = None) -> Node:
    """Mark a published announcement as withdrawn; it stays to be seen, with the reason.

    Raises ``ContentRefused`` for drafts, without a reason, and the second time.
    """
    node = content.get(node_id, lock=True)
    words = " ".join(reason.split())[:500]
    if not is_official(node):
        raise ContentRefused(_("Only a published announcement can be withdrawn."))
    if not words:
        raise ContentRefused(_("Please say why."), "reason")
    fields = content.fields(node)
    if fields.get("withdrawn_at"):
        raise ContentRefused(_("This announcement is withdrawn already."))
    return content.save(
        node.id,
        version=node.version if version is None else version,
        title=node.title,
        summary=node.summary,
        in_nav=node.in_nav,
        fields=fields | {"withdrawn_at": utcnow().isoformat(), "withdrawn_reason": words},
        note=words[:200],
    )


def configure(config: Configurator) -> None:
    """Register the workflow without a way back, and the guards."""
    config.add_workflow(
        TYPE,
        title=_("Official announcement"),
        states={"draft": _("draft"), PUBLISHED: _("published")},
        transitions=(
            Transition("publish", _("Publish"), ("draft",), PUBLISHED, Permission.PUBLISH),
        ),
    )
    base = "stadtkern.content.events"
    config.add_subscriber(keep_contents, f"{base}.NodeSaving")
    config.add_subscriber(forget_origin, f"{base}.NodeCreated")
    config.add_subscriber(fix_date, f"{base}.NodePublishing")
    config.add_subscriber(keep_entries, f"{base}.NodeDeleting")
    config.add_subscriber(keep_files, f"{base}.NodeSaving")
    config.add_subscriber(keep_files_there, f"{base}.NodeDeleting")
    config.add_subscriber(keep_on_the_site, f"{base}.NodeUnpublishing")
    config.add_subscriber(keep_in_sight, f"{base}.NodeMoving")
    config.add_subscriber(keep_addresses, f"{base}.NodeMoving")
