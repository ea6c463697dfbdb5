"""What machines read of the library's blocks (schema.org): pictures, sound and film with rights."""

from collections.abc import Iterable
from html import unescape
from re import compile as pattern
from typing import Any

from pyramid.request import Request

from stadtkern.media.files import media_path
from stadtkern.media.schemas import OPEN_LICENCES
from stadtkern.tenants import origin

Data = dict[str, Any]
TYPES = {"image": "ImageObject", "audio": "AudioObject", "video": "VideoObject"}
_TAG = pattern(r"<[^>]*>")


def media_object(request: Request, node: Any, *, name: str = "") -> Data | None:
    """Return a node of the library as a schema.org ``MediaObject``; None without a file.

    ``name``: in place of the node's title. Words for those who do not see or hear it are in it,
    the credit always, the licence where it gives rights to everybody.
    """
    path = media_path(request, node)
    if path is None:
        return None
    fields = node.body["fields"]
    data: Data = {
        "@type": TYPES.get(node.type, "MediaObject"),
        "name": name or node.title,
        "contentUrl": f"{origin(request)}{path}",
        "encodingFormat": fields["stored"]["type"],
    }
    if fields.get("alt") and not fields.get("decorative"):
        data["description"] = fields["alt"]
    if fields.get("transcript"):
        words = unescape(_TAG.sub(" ", fields["transcript"]))
        data["transcript"] = " ".join(words.split())
    if captions := media_path(request, node, "captions"):
        data["caption"] = {"@type": "MediaObject", "contentUrl": f"{origin(request)}{captions}"}
    if still := media_path(request, node, "poster"):
        data["thumbnailUrl"] = f"{origin(request)}{still}"
    if fields.get("credit"):
        data["creditText"] = fields["credit"]
    if licence := OPEN_LICENCES.get(fields.get("licence", "")):
        data["license"] = {"@type": "CreativeWork", "name": str(licence)}
    return data


def image_gallery(request: Request, block: Any, pictures: Iterable[tuple[Any, str]]) -> Data | None:
    """Return a block's pictures as a schema.org ``ImageGallery``; None if it has none.

    ``pictures``: the id in the library and the name of each; without a name it is the node's title.
    """
    made = [
        media_object(request, block.nodes[number], name=name)
        for number, name in pictures
        if number in block.nodes
    ]
    found = [one for one in made if one is not None]
    if not found:
        return None
    return {
        "@type": "ImageGallery",
        "name": block.data.get("title") or "",
        "associatedMedia": found,
    }


def gallery(request: Request, block: Any) -> Data | None:
    """Return a gallery with its pictures."""
    rows = block.data.get("images") or ()
    return image_gallery(request, block, [(row.get("image"), "") for row in rows])


def audio(request: Request, block: Any) -> Data | None:
    """Return a recording with its words."""
    node = block.nodes.get(block.data.get("audio"))
    return node and media_object(request, node, name=block.data.get("title") or "")


def video(request: Request, block: Any) -> Data | None:
    """Return a film of the library; one that lies elsewhere is its provider's to describe."""
    node = block.nodes.get(block.data.get("video"))
    if node is None:
        return None
    data = media_object(request, node, name=block.data.get("title") or "")
    if data is not None and block.data.get("text"):
        data["description"] = block.data["text"]
    return data
