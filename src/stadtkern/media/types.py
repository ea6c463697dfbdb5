"""Content types ``image`` and ``file``, blocks ``image`` and ``download``."""

from collections.abc import Callable
from typing import Any, BinaryIO

import colander
from pyramid.config import Configurator
from pyramid.registry import Registry

from stadtkern.content import ContentRefused, Resource
from stadtkern.forms import fields as f
from stadtkern.media.intake import (
    ACCEPT_FILE,
    ACCEPT_IMAGE,
    MAX_FILE,
    MAX_IMAGE,
    MediaRefused,
    StoredFile,
    store_file,
    store_image,
)
from stadtkern.media.widgets import node_choice
from stadtkern.storage import FileStore
from stadtkern.web.i18n import _

LICENCES = [
    ("own", _("Own work, all rights with the municipality")),
    ("licensed", _("Used by agreement with the author")),
    ("CC0-1.0", "CC0 1.0"),
    ("CC-BY-4.0", "CC BY 4.0"),
    ("CC-BY-SA-4.0", "CC BY-SA 4.0"),
    ("DL-DE-BY-2.0", "Datenlizenz Deutschland 2.0"),
    ("EUPL-1.2", "EUPL 1.2"),
]
OPEN_LICENCES = {name: title for name, title in LICENCES if name not in {"own", "licensed"}}
"""Those that visitors are told of; the others give them no rights."""


class Image(Resource):
    """A picture."""

    kind = "image"


class File(Resource):
    """A file to download."""

    kind = "file"


class Stored(colander.MappingSchema):
    """What is known of stored bytes; filled by the intake, not by hand."""

    sha = colander.SchemaNode(colander.String())
    name = colander.SchemaNode(colander.String())
    type = colander.SchemaNode(colander.String())
    size = colander.SchemaNode(colander.Integer())
    width = colander.SchemaNode(colander.Integer(), missing=None)
    height = colander.SchemaNode(colander.Integer(), missing=None)


class ImageSchema(colander.MappingSchema):
    """A picture needs words for those who do not see it, and its origin."""

    upload = f.upload(
        _("Picture"), accept=ACCEPT_IMAGE, maximum=MAX_IMAGE, required=False, optional_mark=False
    )
    alt = f.text(
        _("Alternative text"),
        maximum=500,
        rows=2,
        required=False,
        optional_mark=False,
        description=_("What the picture shows, for those who do not see it."),
    )
    decorative = f.yes(_("Only decoration: needs no alternative text"))
    credit = f.line(_("Credit"), description=_("Who made the picture."))
    licence = f.choice(_("Licence"), LICENCES, ask=True)
    stored = Stored(missing=None, kept=True)

    def validator(self, node: Any, values: dict[str, Any]) -> None:
        """Demand a text or the statement that none is needed."""
        if not values.get("alt") and not values.get("decorative"):
            error = colander.Invalid(node)
            error["alt"] = _("Please describe the picture, or tick that it is only decoration.")
            raise error


class FileSchema(colander.MappingSchema):
    """A file to download."""

    upload = f.upload(
        _("File"), accept=ACCEPT_FILE, maximum=MAX_FILE, required=False, optional_mark=False
    )
    stored = Stored(missing=None, kept=True)


class ImageBlock(colander.MappingSchema):
    """A picture of the library with a caption."""

    image = node_choice(_("Picture"), "image")
    caption = f.line(_("Caption"), maximum=300, required=False)


class DownloadBlock(colander.MappingSchema):
    """A file of the library to download."""

    file = node_choice(_("File"), "file")
    label = f.line(_("Text of the link"), maximum=160, required=False)


def _take(
    store: Callable[[FileStore, BinaryIO, str], StoredFile],
) -> Callable[[Registry, dict[str, Any]], dict[str, Any]]:
    def prepare(registry: Registry, values: dict[str, Any]) -> dict[str, Any]:
        sent = values.pop("upload", None)
        if sent is not None:
            try:
                stored = store(registry["storage"], sent.file, sent.filename)
            except MediaRefused as error:
                raise ContentRefused(error.args[0], "upload") from error
            values["stored"] = stored.as_field()
        if not values.get("stored"):
            raise ContentRefused(_("Please choose a file."), "upload")
        return values

    return prepare


def configure(config: Configurator) -> None:
    """Register types and blocks."""
    config.add_content_type(
        "image",
        title=_("Picture"),
        schema=ImageSchema,
        resource=Image,
        blocks=False,
        prepare=_take(store_image),
    )
    config.add_content_type(
        "file",
        title=_("File"),
        schema=FileSchema,
        resource=File,
        blocks=False,
        prepare=_take(store_file),
    )
    config.add_block_type(
        "image",
        title=_("Picture"),
        description=_("One picture of the library with a caption."),
        icon="image",
        schema=ImageBlock,
        template="stadtkern.media:templates/blocks/image.jinja2",
        references=("image",),
    )
    config.add_block_type(
        "download",
        title=_("Download"),
        description=_("A file of the library, with its kind and size."),
        icon="download",
        schema=DownloadBlock,
        template="stadtkern.media:templates/blocks/download.jinja2",
        references=("file",),
    )
