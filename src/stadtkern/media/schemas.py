"""What editors fill in about pictures, files, sound and film, and about their blocks."""

from collections.abc import Iterable, Mapping
from typing import Any

import colander

from stadtkern.content import clean_html, node_choice
from stadtkern.forms import fields as f
from stadtkern.media.intake import (
    ACCEPT_AUDIO,
    ACCEPT_CAPTIONS,
    ACCEPT_FILE,
    ACCEPT_IMAGE,
    ACCEPT_VIDEO,
)
from stadtkern.media.limits import DEFAULTS, MAX_TEXT_TRACK, maximum
from stadtkern.storage.limits import MEGABYTE
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

LANGUAGES = [
    ("de", "Deutsch"),
    ("en", "English"),
    ("fr", "Français"),
    ("pl", "Polski"),
    ("ru", "Русский"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("ar", "العربية"),
]
"""Of captions, named in themselves."""

MAX_TRANSCRIPT = 200_000
Findings = list[tuple[str, str]]
"""(field, what is missing), in words for editors."""


def _upload(title: str, accept: str, kind: str, **kw: Any) -> Any:
    """Return a file field whose largest size is the installation's setting."""
    node = f.upload(
        title,
        accept=accept,
        maximum=DEFAULTS[kind] * MEGABYTE,
        required=False,
        optional_mark=False,
        **kw,
    )

    @colander.deferred
    def widget(_node: Any, bindings: dict[str, Any]) -> Any:
        request = bindings.get("request")
        size = DEFAULTS[kind] * MEGABYTE if request is None else maximum(request.registry, kind)
        return f.UploadWidget(accept=accept, maximum=size)

    node.widget = widget
    return node


def _transcript(value: Any) -> Any:
    if isinstance(value, str) and len(value) <= MAX_TRANSCRIPT:
        return clean_html(value)
    return value


def _told(values: Mapping[str, Any], node: Any, findings: Findings) -> None:
    """Raise what is missing as errors at the fields."""
    del values
    if findings:
        error = colander.Invalid(node)
        for name, message in findings:
            error[name] = message
        raise error


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

    upload = _upload(
        _("Picture"),
        ACCEPT_IMAGE,
        "image",
        description=_("A new file replaces the present one; the page and its address stay."),
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
    focal_x = colander.SchemaNode(colander.Float(), missing=None, kept=True)
    focal_y = colander.SchemaNode(colander.Float(), missing=None, kept=True)

    def validator(self, node: Any, values: dict[str, Any]) -> None:
        """Demand a text or the statement that none is needed."""
        _told(values, node, [one for one in image_lacks(values) if one[0] == "alt"])


class FileSchema(colander.MappingSchema):
    """A file to download."""

    upload = _upload(
        _("File"),
        ACCEPT_FILE,
        "file",
        description=_("A new file replaces the present one; the page and its address stay."),
    )
    stored = Stored(missing=None, kept=True)


class AudioSchema(colander.MappingSchema):
    """A recording to hear, with its words to read."""

    upload = _upload(_("Sound file"), ACCEPT_AUDIO, "audio")
    transcript = f.text(
        _("Transcript"),
        maximum=MAX_TRANSCRIPT,
        rows=8,
        required=False,
        optional_mark=False,
        description=_("What is said, to read. A blank line begins a new paragraph."),
    )
    transcript.preparer = _transcript
    silent = f.yes(_("Nothing is said: needs no transcript"))
    credit = f.line(_("Credit"), description=_("Who made the recording."))
    licence = f.choice(_("Licence"), LICENCES, ask=True)
    stored = Stored(missing=None, kept=True)

    def validator(self, node: Any, values: dict[str, Any]) -> None:
        """Demand the words or the statement that there are none."""
        _told(values, node, [one for one in audio_lacks(values) if one[0] == "transcript"])


class VideoSchema(colander.MappingSchema):
    """A film, with captions for those who do not hear and a transcript."""

    upload = _upload(_("Film"), ACCEPT_VIDEO, "video")
    captions_upload = f.upload(
        _("Captions (WebVTT)"),
        accept=ACCEPT_CAPTIONS,
        maximum=MAX_TEXT_TRACK,
        required=False,
        optional_mark=False,
        description=_("A file that ends in .vtt. Programs for subtitles export it."),
    )
    captions_language = f.choice(_("Language of the captions"), LANGUAGES, default="de")
    captions_remove = f.yes(_("Take the present captions away"))
    silent = f.yes(_("Nothing is said: needs no captions"))
    transcript = f.text(
        _("Transcript"),
        maximum=MAX_TRANSCRIPT,
        rows=8,
        required=False,
        description=_("What is said and shown, to read. A blank line begins a new paragraph."),
    )
    transcript.preparer = _transcript
    poster_upload = _upload(
        _("Still picture"),
        ACCEPT_IMAGE,
        "image",
        description=_("Stands in the film's place until it is played."),
    )
    credit = f.line(_("Credit"), description=_("Who made the film."))
    licence = f.choice(_("Licence"), LICENCES, ask=True)
    stored = Stored(missing=None, kept=True)
    captions = Stored(missing=None, kept=True)
    poster = Stored(missing=None, kept=True)


class ImageBlock(colander.MappingSchema):
    """A picture of the library with a caption."""

    image = node_choice(_("Picture"), "image")
    caption = f.line(_("Caption"), maximum=300, required=False)


class DownloadBlock(colander.MappingSchema):
    """A file of the library to download."""

    file = node_choice(_("File"), "file")
    label = f.line(_("Text of the link"), maximum=160, required=False)


# What is missing before the public may see it


def _origin_lacks(values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    if not values.get("credit"):
        yield "credit", _("Please say who made it.")
    if not values.get("licence"):
        yield "licence", _("Please choose the licence.")


def image_lacks(values: Mapping[str, Any]) -> Findings:
    """Return what a picture's fields lack: words or “decorative”, credit, licence."""
    found: Findings = []
    if not values.get("alt") and not values.get("decorative"):
        found.append(("alt", _("Please describe the picture, or tick that it is only decoration.")))
    return [*found, *_origin_lacks(values)]


def audio_lacks(values: Mapping[str, Any]) -> Findings:
    """Return what a recording's fields lack (EN 301 549, 9.1.2.1)."""
    found: Findings = []
    if not values.get("transcript") and not values.get("silent"):
        found.append(
            ("transcript", _("Please write down what is said, or tick that nothing is said."))
        )
    return [*found, *_origin_lacks(values)]


def video_lacks(values: Mapping[str, Any]) -> Findings:
    """Return what a film's fields lack (EN 301 549, 9.1.2.2)."""
    found: Findings = []
    if not values.get("captions") and not values.get("silent"):
        found.append(("captions_upload", _("Please add captions, or tick that nothing is said.")))
    return [*found, *_origin_lacks(values)]


def nothing_lacks(_values: Mapping[str, Any]) -> Findings:
    """Return nothing: a file to download needs no more than itself."""
    return []


LACKS = {
    "image": image_lacks,
    "file": nothing_lacks,
    "audio": audio_lacks,
    "video": video_lacks,
}
"""By content type: tells from the fields what keeps a node from being published."""
