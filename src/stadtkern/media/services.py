"""Writes to the library: taking uploads in, describing them, saying what matters in a picture."""

import io
from collections.abc import Mapping
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
    return found if found is not None and found.deleted_at is None else None


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
    content: Content, node_id: int, *, version: int, title: str, values: Mapping[str, Any]
) -> Node:
    """Store title and some fields of a media node; the others stay as they are.

    ``Conflict`` if ``version`` is not the stored one.
    """
    node = content.get(node_id)
    if node.type not in KINDS:
        raise ContentRefused(_("This page no longer exists."))
    present = content.working_copy(node)
    fields = content.fields_of(content.kind(node.type), present) | dict(values)
    return content.save(
        node_id,
        version=version,
        title=title,
        summary=present.summary,
        in_nav=present.in_nav,
        fields=fields,
    )


def set_focal(content: Content, node_id: int, *, version: int, x: float, y: float) -> Node:
    """Say what matters in a picture: percent from the left and from the top."""
    node = content.get(node_id)
    title = content.working_copy(node).title
    values = {"focal_x": round(x, 1), "focal_y": round(y, 1)}
    return describe(content, node_id, version=version, title=title, values=values)


def replace(content: Content, node_id: int, *, version: int, stream: BinaryIO, name: str) -> Node:
    """Put other bytes in a node's place: page, address, words and uses stay.

    A picture stays a picture and a film a film; ``MediaRefused`` otherwise.
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
    title = content.working_copy(node).title
    return describe(content, node_id, version=version, title=title, values=values)
