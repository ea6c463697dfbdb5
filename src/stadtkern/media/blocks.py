"""Blocks of pictures, films and sound; ``external`` films are only ever loaded after a click."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import colander
from pyramid.config import Configurator

from stadtkern.content import node_choice
from stadtkern.forms import Lacking
from stadtkern.forms import fields as f
from stadtkern.media import structured
from stadtkern.web.i18n import _

MAX_PICTURES = 60

_YOUTUBE = re.compile(r"/(?:watch\?(?:[^#]*&)?v=|embed/|shorts/|live/)([\w-]{11})(?![\w-])")
_SHORT = re.compile(r"/([\w-]{11})(?![\w-])")
_VIMEO = re.compile(r"/(?:video/)?(\d{5,15})(?:/([0-9a-f]{6,20}))?(?:[?#]|$)")
_PEERTUBE = re.compile(r"/(?:w|videos/watch|videos/embed)/([\w-]{8,40})(?:[?#;]|$)")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")


@dataclass(frozen=True)
class External:
    """A film at somebody else's: ``provider`` as people call it, ``frame`` is what plays it."""

    provider: str
    page: str
    frame: str

    @property
    def origin(self) -> str:
        """Return the origin that the playing page must allow in a frame."""
        parts = urlsplit(self.frame)
        return f"{parts.scheme}://{parts.netloc}"


def external(address: str) -> External | None:
    """Return the film at an address of YouTube, Vimeo or a PeerTube server; None for others.

    The frame's address is built anew from the film's id, so nothing else of what was typed
    reaches it. YouTube's and Vimeo's variants with the fewest traces are taken.
    """
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if parts.scheme != "https" or port not in {None, 443} or not _HOST.fullmatch(host):
        return None
    rest = parts.path + (f"?{parts.query}" if parts.query else "")
    if host in {"youtube.com", "youtube-nocookie.com", "youtu.be"}:
        return _youtube((_SHORT if host == "youtu.be" else _YOUTUBE).match(rest))
    if host in {"vimeo.com", "player.vimeo.com"}:
        return _vimeo(_VIMEO.match(rest))
    return _peertube(parts.hostname or host, _PEERTUBE.match(rest))


def _youtube(match: re.Match[str] | None) -> External | None:
    if match is None:
        return None
    return External(
        "YouTube",
        f"https://www.youtube.com/watch?v={match[1]}",
        f"https://www.youtube-nocookie.com/embed/{match[1]}",
    )


def _vimeo(match: re.Match[str] | None) -> External | None:
    if match is None:
        return None
    hidden = match[2]
    return External(
        "Vimeo",
        f"https://vimeo.com/{match[1]}" + (f"/{hidden}" if hidden else ""),
        f"https://player.vimeo.com/video/{match[1]}?dnt=1" + (f"&h={hidden}" if hidden else ""),
    )


def _peertube(host: str, match: re.Match[str] | None) -> External | None:
    if match is None:
        return None
    return External(host, f"https://{host}/w/{match[1]}", f"https://{host}/videos/embed/{match[1]}")


def _known_film(node: Any, value: str) -> None:
    if external(value) is None:
        raise colander.Invalid(
            node,
            _(
                "This is no address of a film at YouTube, Vimeo or a PeerTube server. Please copy "
                "it from the page that shows the film; it begins with https://."
            ),
        )


class GalleryPicture(colander.MappingSchema):
    """One picture of a gallery."""

    image = node_choice(_("Picture"), "image")
    caption = f.line(_("Caption"), maximum=300, required=False)


class GalleryBlock(colander.MappingSchema):
    """Pictures of the library side by side."""

    title = f.line(
        _("Title of the gallery"),
        maximum=160,
        description=_("Says what the pictures show together. Screen readers read it first."),
    )
    images = f.rows(
        _("Pictures"),
        GalleryPicture(title=""),
        maximum=MAX_PICTURES,
        description=_("Leave a row empty to drop it."),
        validator=colander.Length(
            min=1,
            max=MAX_PICTURES,
            min_err=_("Please choose at least one picture."),
            max_err=_("Please choose at most ${max} pictures."),
        ),
    )


class VideoBlock(colander.MappingSchema):
    """A film of the library, or one that lies elsewhere."""

    video = node_choice(
        _("Film of the library"),
        "video",
        required=False,
        description=_("Films of your own need no consent and bring their captions along."),
    )
    address = f.line(
        _("Or: address at YouTube, Vimeo or a PeerTube server"),
        maximum=500,
        required=False,
        validator=_known_film,
        description=_("Nothing is loaded from there before a visitor presses the button."),
    )
    title = f.line(_("Title of the film"), maximum=160)
    text = f.text(
        _("What the film says"),
        maximum=5_000,
        rows=3,
        required=False,
        description=_("For those who do not see or hear it, or do not want to load it."),
    )

    def validator(self, node: Any, values: Mapping[str, Any]) -> None:
        """Demand one film, and words beside one whose captions nobody can check (EN 301 549)."""
        if bool(values.get("video")) == bool(values.get("address")):
            error = (colander.Invalid if values.get("video") else Lacking)(node)
            error["video"] = _("Please choose a film of the library or give an address, not both.")
            raise error
        if values.get("address") and not values.get("text"):
            error = Lacking(node)
            error["text"] = _(
                "Please write down what the film says: whether a film elsewhere has captions "
                "cannot be checked here."
            )
            raise error


class AudioBlock(colander.MappingSchema):
    """A recording of the library."""

    audio = node_choice(_("Recording"), "audio")
    title = f.line(_("Title of the recording"), maximum=160, required=False)


def configure(config: Configurator) -> None:
    """Register the blocks."""
    base = "stadtkern.media:templates/blocks"
    config.add_block_type(
        "gallery",
        title=_("Gallery"),
        description=_("Several pictures of the library, side by side."),
        icon="gallery",
        schema=GalleryBlock,
        template=f"{base}/gallery.jinja2",
        structured_data=structured.gallery,
        references=("images.image",),
        live=False,
        needs=("image",),
    )
    config.add_block_type(
        "video",
        title=_("Film"),
        description=_("A film of your own, or one that lies elsewhere behind a click."),
        icon="video",
        schema=VideoBlock,
        template=f"{base}/video.jinja2",
        structured_data=structured.video,
        references=("video",),
        live=False,
    )
    config.add_block_type(
        "audio",
        title=_("Recording"),
        description=_("Sound of the library, with its text."),
        icon="audio",
        schema=AudioBlock,
        template=f"{base}/audio.jinja2",
        structured_data=structured.audio,
        references=("audio",),
        live=False,
        needs=("audio",),
    )
    config.add_request_method(lambda _request, address: external(address), "external_video")
