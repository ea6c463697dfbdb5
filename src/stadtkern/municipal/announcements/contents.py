"""The contents of an announcement: fixed when it is published."""

import hashlib
import json
from collections.abc import Collection
from typing import Any

from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.content import ContentRefused, Node, events, queries
from stadtkern.db import utcnow
from stadtkern.municipal.announcements.files import files_of, lock
from stadtkern.municipal.announcements.official import (
    FIXED,
    PUBLISHED,
    TYPE,
    WITHDRAWN,
    fields_of,
    hidden_at,
    is_official,
)
from stadtkern.web.i18n import _


def digest(session: Session, values: Any) -> str:
    """Return the sha256 over what an announcement shows, as lower-case hex.

    Over the JSON (UTF-8, sorted keys, no blanks) of title, summary, fields, blocks and the
    sha256 of each attachment, without what is set at or after publishing.
    """
    body = values["body"] or {}
    fields = _without(body, FIXED)
    files = [row.get("file") for row in fields.get("attachments") or () if row.get("file")]
    found = queries.by_ids(session, files, drafts=True)
    shown = {
        "title": values["title"],
        "summary": values["summary"],
        "fields": fields,
        "blocks": body.get("blocks") or [],
        "files": [
            (fields_of(found[number].body).get("stored") or {}).get("sha")
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
        for name, value in fields_of(body).items()
        if name not in WITHDRAWN and value not in (None, "", [])
    }
    return values["title"], values["summary"], fields, body.get("blocks") or []


def _stored(node: Node) -> dict[str, Any]:
    return {"title": node.title, "summary": node.summary, "body": node.body}


REFUSED = _(
    "This announcement is published: its text and its date can no longer be changed. Withdraw it "
    "with a reason and publish a new one."
)


def _without(body: Any, names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in fields_of(body).items() if name not in names}


def keep_contents(event: events.NodeSaving) -> None:
    """Refuse changes of what is published; a draft carries nothing that publishing sets."""
    node = event.node
    if node.type != TYPE:
        return
    if is_official(node):
        before, after = fields_of(node.body), fields_of(event.values["body"])
        if _contents(event.values) != _contents(_stored(node)):
            raise ContentRefused(REFUSED)
        if any(before.get(name) not in {None, after.get(name)} for name in WITHDRAWN):
            raise ContentRefused(_("This announcement is withdrawn already."))
        return
    body = dict(event.values["body"])
    body["fields"] = _without(body, FIXED)
    event.values["body"] = body


def forget_origin(event: events.NodeCreated) -> None:
    """Let a copy of a published announcement be an announcement of its own."""
    node = event.node
    if is_official(node) and node.state != PUBLISHED:
        body = dict(node.body)
        body["fields"] = {
            name: value for name, value in fields_of(body).items() if name not in FIXED
        }
        node.body, node.sort_at = body, None
        event.session.flush()


def fix_date(event: events.NodePublishing) -> None:
    """Set the time of publication and the hash of what is shown, once."""
    node, session = event.node, event.session
    if node.type != TYPE or is_official(node):
        return
    hidden = hidden_at(session, *queries.prefixes(node.path)[:-1])
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
    lock(session, files_of(session, event.registry, node))
    now = utcnow()
    body = dict(node.body)
    body["fields"] = fields_of(body) | {
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
