"""Refusals and notices: what happened, why, what to do next, in words for editors."""

from __future__ import annotations

from typing import Any

from lxml import etree
from pyramid.i18n import TranslationStringFactory

from stadtkern_cityguide.gpx.texts import clean_text

_ = TranslationStringFactory("stadtkern_cityguide")

_MIB = 1024 * 1024


class GpxError(ValueError):
    """A file that we refuse.

    ``code`` is stable and for programs; ``message`` is a translation string for editors: what
    happened, why, what to do next.
    """

    def __init__(self, code: str, message: Any) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        """Return the untranslated message with its values filled in."""
        return str(self.message.interpolate())


def too_large(limit: int) -> GpxError:
    """Say how large a file may be."""
    return GpxError(
        "too_large",
        _(
            "The file is too large: at most ${limit} MB are accepted. Export the route "
            "with fewer points, many apps call this “simplify”, and upload it again.",
            mapping={"limit": f"{limit / _MIB:g}"},
        ),
    )


def refuse_other_kinds(text: bytes) -> None:
    """Refuse by the first bytes what is no XML at all, with an advice that fits."""
    if not text:
        raise GpxError(
            "empty",
            _(
                "The file is empty. Export the route again and upload the new file.",
            ),
        )
    if text.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise GpxError(
            "zipped",
            _(
                "The file is compressed. Unpack it first, then upload the .gpx file "
                "that is inside.",
            ),
        )
    head = text[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    # EBCDIC and other rare encodings are not worth a guess: GPX is UTF-8 in practice.
    if not head.startswith(b"<"):
        raise GpxError(
            "not_xml",
            _(
                "This is not a GPX file: it does not contain XML. In your map or sports "
                "app, choose “Export as GPX” and upload that file.",
            ),
        )


def syntax_error(error: Exception, text: bytes) -> GpxError:
    """Turn the parser's complaint about ``text`` into one that an editor understands."""
    kinds = etree.ErrorTypes
    code = getattr(error, "code", None)
    encoding = {
        kinds.ERR_INVALID_ENCODING,
        kinds.ERR_UNKNOWN_ENCODING,
        kinds.ERR_UNSUPPORTED_ENCODING,
        kinds.ERR_ENCODING_NAME,
        kinds.I18N_NO_HANDLER,
        kinds.I18N_CONV_FAILED,
        kinds.I18N_NO_OUTPUT,
    }
    if code in encoding or isinstance(error, LookupError | UnicodeError):
        return GpxError(
            "encoding",
            _(
                "The file's characters cannot be read: they do not match the encoding "
                "that the file names in its first line. Export the route again as UTF-8.",
            ),
        )
    line = getattr(error, "lineno", None) or 1
    # Whole files end with a tag; one that was cut off behind a tag leaves an element open.
    if code == kinds.ERR_TAG_NOT_FINISHED or not text.rstrip(b" \t\r\n\0").endswith(b">"):
        return GpxError(
            "truncated",
            _(
                "The file ends too early (line ${line}); probably a download or copy "
                "broke off. Export or download it again.",
                mapping={"line": line},
            ),
        )
    return GpxError(
        "damaged",
        _(
            "The file is damaged at line ${line} and cannot be read. Export the route "
            "again; if it was edited by hand, undo the last change.",
            mapping={"line": line},
        ),
    )


def web_page() -> GpxError:
    """Refuse HTML, which is what a click on "save link" often brings."""
    return GpxError(
        "html",
        _(
            "This is a web page, not a GPX file. On that page, look for a download of "
            "the route as GPX and upload the file you get there.",
        ),
    )


def too_many(limit: int, *, places: bool) -> GpxError:
    """Refuse more points or waypoints than the limit."""
    if places:
        return GpxError(
            "too_many_waypoints",
            _(
                "The file has more than ${limit} waypoints. Keep only the stops of this "
                "tour, then upload it again.",
                mapping={"limit": limit},
            ),
        )
    return GpxError(
        "too_many_points",
        _(
            "The file has more than ${limit} points. Export the route with fewer "
            "points, many apps call this “simplify”, and upload it again.",
            mapping={"limit": limit},
        ),
    )


def bad_coordinate(number: int, written: str, *, places: bool) -> GpxError:
    """Refuse a point that lies nowhere on earth."""
    values = {"number": number, "written": clean_text(written, 90)}
    if places:
        message = _(
            "Waypoint ${number} has no valid coordinates (${written}): latitude must be "
            "a number from -90 to 90, longitude from -180 to 180, with a decimal point. Correct "
            "or delete this waypoint and upload the file again.",
            mapping=values,
        )
    else:
        message = _(
            "Point ${number} of the line has no valid coordinates (${written}): latitude "
            "must be a number from -90 to 90, longitude from -180 to 180, with a decimal point. "
            "Correct or delete this point and upload the file again.",
            mapping=values,
        )
    return GpxError("coordinates", message)


def no_line(waypoint_count: int) -> GpxError:
    """Refuse a file from which no tour can be drawn."""
    if waypoint_count:
        return GpxError(
            "only_waypoints",
            _(
                "The file holds ${count} single places but no line. Export the route as "
                "a “track” or “route” from your app and upload that file.",
                mapping={"count": waypoint_count},
            ),
        )
    return GpxError(
        "no_line",
        _(
            "The file holds no route: at least two points in a track are needed. Check "
            "in your app that the recording is not empty, then export it again.",
        ),
    )


def doctype() -> GpxError:
    """Refuse every document type: GPX has none, and entities are how XML files attack."""
    return GpxError(
        "doctype",
        _(
            "The file contains a DOCTYPE, which GPX files do not have and which "
            "is refused for safety. Export the route again with a map or sports app.",
        ),
    )


def too_deep() -> GpxError:
    """Refuse nesting beyond every real file."""
    return GpxError(
        "too_deep",
        _(
            "The file is nested more deeply than any real GPX file and was "
            "refused for safety. Export the route again with a map or sports app.",
        ),
    )


def too_tangled() -> GpxError:
    """Return the error for a line that jumps to and fro with many stops beside it."""
    return GpxError(
        "too_tangled",
        _(
            "The line in this file jumps to and fro so much that the stops cannot be placed on it. "
            "Please check the recording, or save the line with fewer points, and try again."
        ),
    )


def kml() -> GpxError:
    """Refuse the other format that map programs export."""
    return GpxError(
        "kml",
        _(
            "This is a KML file, not GPX. In your map app, choose “Export "
            "as GPX” and upload that file.",
        ),
    )


def not_gpx(name: str) -> GpxError:
    """Refuse XML of another kind."""
    return GpxError(
        "not_gpx",
        _(
            "This is an XML file but not GPX: it begins with “${element}” "
            "instead of “gpx”. In your map or sports app, choose “Export as GPX”.",
            mapping={"element": clean_text(name, 40)},
        ),
    )


def notices(
    *, missing: int, total: int, pieces: int, mail_removed: bool, shortened: bool
) -> list[Any]:
    """Say what an editor should know before saving."""
    found = []
    if missing == total:
        found.append(
            _(
                "The file has no elevations, so no ascent can be computed.",
            )
        )
    elif missing:
        found.append(
            _(
                "${missing} of ${total} points have no usable elevation; the gaps are "
                "bridged in a straight line.",
                mapping={"missing": missing, "total": total},
            )
        )
    if pieces > 1:
        found.append(
            _(
                "The line has ${count} separate pieces; gaps between them do not count "
                "towards the length.",
                mapping={"count": pieces},
            )
        )
    if mail_removed:
        found.append(
            _(
                "A mail address was found in the texts and left out.",
            )
        )
    if shortened:
        found.append(
            _(
                "A text was too long and has been shortened; it ends with “…”.",
            )
        )
    return found
