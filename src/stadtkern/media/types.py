"""Content types of the library and the blocks that show them."""

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import colander
from pyramid.config import Configurator
from pyramid.registry import Registry

from stadtkern.content import ContentRefused, Resource
from stadtkern.media import schemas
from stadtkern.media.errors import MediaRefused
from stadtkern.media.intake import (
    StoredFile,
    store_audio,
    store_captions,
    store_file,
    store_image,
    store_video,
)
from stadtkern.media.limits import maximum
from stadtkern.storage import FileStore
from stadtkern.web.i18n import _

KINDS = ("image", "file", "audio", "video")
"""The content types of the library."""
PLACE = "media_folder"
"""The content type of the places where they are kept."""

Store = Callable[[FileStore, BinaryIO, str, int], StoredFile]
STORES: Mapping[str, Store] = {
    "image": store_image,
    "file": store_file,
    "audio": store_audio,
    "video": store_video,
}


class Image(Resource):
    """A picture."""

    kind = "image"


class File(Resource):
    """A file to download."""

    kind = "file"


class Audio(Resource):
    """A recording to hear."""

    kind = "audio"


class Video(Resource):
    """A film."""

    kind = "video"


class MediaFolder(Resource):
    """A place of the library; the public site does not list it."""

    kind = PLACE


class MediaFolderSchema(colander.MappingSchema):
    """A place has a title only."""


def take(registry: Registry, kind: str, stream: BinaryIO, name: str) -> dict[str, Any]:
    """Check and store a file of this kind; return the field ``stored``.

    Raises ``MediaRefused`` in words for editors.
    """
    stored = STORES[kind](registry["storage"], stream, name, maximum(registry, kind))
    return stored.as_field()


def _prepare(kind: str) -> Callable[[Registry, dict[str, Any]], dict[str, Any]]:
    def prepare(registry: Registry, values: dict[str, Any]) -> dict[str, Any]:
        sent = values.pop("upload", None)
        if sent is not None:
            before = values.get("stored") or {}
            values["stored"] = _taken(registry, kind, "upload", sent)
            if "focal_x" in values and before.get("sha") != values["stored"]["sha"]:
                # What mattered in the old picture lies elsewhere in the new one.
                values["focal_x"] = values["focal_y"] = None
        if not values.get("stored"):
            raise ContentRefused(_("Please choose a file."), "upload")
        if kind == "video":
            _beside(registry, values)
        return values

    return prepare


def _beside(registry: Registry, values: dict[str, Any]) -> None:
    """Take in what stands beside a film: captions and the still picture."""
    if values.pop("captions_remove", False):
        values["captions"] = None
    words = values.pop("captions_upload", None)
    if words is not None:
        try:
            stored = store_captions(registry["storage"], words.file, words.filename)
        except MediaRefused as error:
            raise ContentRefused(error.args[0], "captions_upload") from error
        values["captions"] = stored.as_field()
    still = values.pop("poster_upload", None)
    if still is not None:
        values["poster"] = _taken(registry, "image", "poster_upload", still)
    missing = [one for one in schemas.video_lacks(values) if one[0] == "captions_upload"]
    if missing:
        raise ContentRefused(missing[0][1], "captions_upload")


def _taken(registry: Registry, kind: str, field: str, sent: Any) -> dict[str, Any]:
    try:
        return take(registry, kind, sent.file, sent.filename)
    except MediaRefused as error:
        raise ContentRefused(error.args[0], field) from error


def configure(config: Configurator) -> None:
    """Register types and blocks."""
    types = (
        ("image", _("Picture"), _("With its alternative text."), schemas.ImageSchema, Image),
        ("file", _("File"), _("A document to download."), schemas.FileSchema, File),
        ("audio", _("Sound"), _("A recording with its words."), schemas.AudioSchema, Audio),
        ("video", _("Film"), _("With captions."), schemas.VideoSchema, Video),
    )
    for name, title, description, schema, resource in types:
        config.add_content_type(
            name,
            title=title,
            description=description,
            group=_("Media"),
            schema=schema,
            resource=resource,
            blocks=False,
            in_sitemap=False,
            unfinished=False,
            searchable=name != "image",
            search_weight=0.6,
            prepare=_prepare(name),
        )
    config.add_content_type(
        PLACE,
        title=_("Media folder"),
        description=_("A place of the library; visitors do not see it."),
        group=_("Media"),
        schema=MediaFolderSchema,
        resource=MediaFolder,
        blocks=False,
        contains=(*KINDS, PLACE),
        listed=False,
    )
    base = "stadtkern.media:templates/blocks"
    config.add_block_type(
        "image",
        title=_("Picture"),
        description=_("One picture of the library with a caption."),
        icon="image",
        schema=schemas.ImageBlock,
        template=f"{base}/image.jinja2",
        references=("image",),
        live=False,
    )
    config.add_block_type(
        "download",
        title=_("Download"),
        description=_("A file of the library, with its kind and size."),
        icon="download",
        schema=schemas.DownloadBlock,
        template=f"{base}/download.jinja2",
        references=("file",),
        live=False,
    )
