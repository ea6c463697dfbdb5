"""Writes to the library: taking uploads in, describing them, saying what matters in a picture."""

import io
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, BinaryIO

from stadtkern.content import Content, ContentRefused, Node
from stadtkern.media import playable
from stadtkern.media.errors import MediaRefused
from stadtkern.media.types import KINDS, PLACE, take
from stadtkern.web.i18n import _

PLACE_KEY = "media"
PLACE_TITLES = {"de": "Medien", "en": "Media library"}
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
MAX_TITLE = 200


def place(content: Content) -> Node:
    """Return the tenant's folder for media; made, published, when it is first needed."""
    found = _place(content)
    if found is None:
        root = content.by_path("/")
        if root is None:
            raise ContentRefused(_("This page no longer exists."))
        # Two first uploads at once: the second waits here and then finds the folder.
        root = content.get(root.id, lock=True)
        found = _place(content)
        if found is None:
            title = PLACE_TITLES.get(root.language, PLACE_TITLES["en"])
            found = content.create(root, PLACE, title=title, key=PLACE_KEY, in_nav=False)
            content.publish(found.id)
    return found


def _place(content: Content) -> Node | None:
    found = content.by_key(PLACE_KEY)
    here = found is not None and found.type == PLACE and found.deleted_at is None
    return found if here else None


def kind_of(stream: BinaryIO) -> str:
    """Return the content type that an upload's bytes ask for: image, audio, video or file."""
    stream.seek(0)
    head = stream.read(2000)
    if head.startswith(PICTURES) or head[8:12] == b"WEBP" or b"<svg" in head.lower():
        kind = "image"
    else:
        try:
            kind = "video" if playable.sniff(stream).is_video else "audio"
        except playable.NotPlayable:
            kind = "file"
    stream.seek(0)
    return kind


def title_of(name: str) -> str:
    """Return a title made from a file's name."""
    stem = PurePath(name.replace("\\", "/")).stem
    words = " ".join(stem.replace("_", " ").replace("-", " ").split())
    return words[:MAX_TITLE] or "Datei"


def add_upload(content: Content, parent: Node, stream: BinaryIO, name: str) -> Node:
    """Keep an upload as a draft below ``parent``; what it is, its bytes say.

    Raises ``MediaRefused`` for what is not taken and ``ContentRefused`` where it cannot stand.
    """
    kind = kind_of(stream)
    stored = take(content.registry, kind, stream, name)
    return content.create(parent, kind, title=title_of(name), fields={"stored": stored})


def describe(
    content: Content,
    node_id: int,
    *,
    version: int,
    title: str,
    values: Mapping[str, Any],
    live: bool,
) -> Node:
    """Store title and some fields of a media node; the others stay as they are.

    What differs from the working copy is changed in it, and it stays a working copy. With
    ``live`` (the caller may publish) the same is changed in what visitors see, and nothing else:
    what somebody has not finished stays unpublished. Where the workflow asks for a review, only
    the working copy is changed.

    ``Conflict`` if ``version`` is not the stored one.
    """
    node = content.get(node_id)
    if node.type not in KINDS:
        raise ContentRefused(_("This page no longer exists."))
    return _amend(content, node, version, title, lambda _stored: values, live=live)


def _amend(
    content: Content,
    node: Node,
    version: int,
    title: str | None,
    values: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    *,
    live: bool,
) -> Node:
    """Change what the public sees and the working copy alike.

    ``values`` gets the ``stored`` of the one that is changed and says what to change there.
    """
    kind = content.kind(node.type)
    copy = content.working_copy(node)
    known = content.fields_of(kind, copy)
    shown = values(known.get("stored") or {})
    if node.state != "published" or not live or not content.workflow(node).direct:
        return content.save_draft(
            node.id, version=version, **_snapshot(copy, title, known | dict(shown))
        )
    waits = node.draft_revision is not None
    before = content.fields_of(kind, node)
    wanted = values(before.get("stored") or {})
    changed = {
        name: value
        for name, value in wanted.items()
        if not waits or name not in shown or not _same(value, known.get(name))
    }
    public = node.title if waits and title == copy.title else title
    saved = content.save(node.id, version=version, **_snapshot(node, public, before | changed))
    if waits:
        # Storing what visitors see has ended the working copy: it goes on, with the change.
        saved = content.save_draft(
            node.id, version=saved.version, **_snapshot(copy, title, known | dict(shown))
        )
    return saved


def _snapshot(stored: Any, title: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": stored.title if title is None else title,
        "summary": stored.summary,
        "in_nav": stored.in_nav,
        "fields": fields,
    }


def _same(value: Any, other: Any) -> bool:
    """Tell whether two values of a field say the same; nothing, "" and no tick do."""

    def empty(one: Any) -> bool:
        return one is None or one is False or one == ""

    return value == other or (empty(value) and empty(other))


def set_focal(
    content: Content, node_id: int, *, version: int, x: float, y: float, live: bool
) -> Node:
    """Say what matters in a picture: percent from the left and from the top.

    It is the picture that is on the site, if there is one; other bytes that wait in a working
    copy keep their own point. ``live`` as in ``describe``.
    """
    node = content.get(node_id)
    if node.type not in KINDS:
        raise ContentRefused(_("This page no longer exists."))
    sha = (((node.body or {}).get("fields") or {}).get("stored") or {}).get("sha")

    def values(stored: Mapping[str, Any]) -> Mapping[str, Any]:
        if stored.get("sha") != sha:
            return {}
        return {"focal_x": round(x, 1), "focal_y": round(y, 1)}

    return _amend(content, node, version, None, values, live=live)


def replace(
    content: Content,
    node_id: int,
    *,
    version: int,
    stream: BinaryIO,
    name: str,
    live: bool,
) -> Node:
    """Put other bytes in a node's place: page, address, words and uses stay.

    ``live`` as in ``describe``; a working copy gets the new bytes, too. A picture stays a picture
    and a film a film; ``MediaRefused`` otherwise.
    """
    node = content.get(node_id)
    if node.type not in KINDS:
        raise ContentRefused(_("This page no longer exists."))
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if not size:
        raise MediaRefused(_("Please choose a file."))
    stored = take(content.registry, node.type, stream, name)
    values: dict[str, Any] = {"stored": stored}
    if node.type == "image":
        values |= {"focal_x": None, "focal_y": None}
    return _amend(content, node, version, None, lambda _stored: values, live=live)
