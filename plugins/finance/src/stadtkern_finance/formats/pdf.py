"""Text and attachments of PDF files, with PDFium; what is no whole PDF is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pypdfium2

from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.i18n import _

MAX_PAGES = 100
MAX_PIECES = 20_000
MAX_ATTACHMENTS = 20
MAX_ATTACHED = 64 * 1024 * 1024
_HEAD = 1024
_HYPHEN = "\x02"
"""What PDFium gives for a hyphen at the end of a line."""
_SAME_LINE = 0.5
"""Part of a piece's height by which its middle may differ from its line's."""


class Piece(NamedTuple):
    """Text that stands together, from ``left`` to ``right`` in points."""

    left: float
    right: float
    text: str


class Line(NamedTuple):
    """Pieces of one height, from left to right."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """Return the whole line with single spaces."""
        return " ".join(piece.text for piece in self.pieces)


def looks_like_pdf(data: bytes) -> bool:
    """Tell whether bytes begin as PDF does."""
    return b"%PDF-" in data[:_HEAD]


@contextmanager
def _opened(data: bytes, entry: str) -> Iterator[Any]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        reason = _("cannot be read as PDF: ${reason}", mapping={"reason": str(error)[:200]})
        raise FileRefused(entry, reason) from None
    try:
        if len(document) > MAX_PAGES:
            reason = _("has more than ${count} pages", mapping={"count": MAX_PAGES})
            raise FileRefused(entry, reason)
        yield document
    except pypdfium2.PdfiumError as error:
        reason = _("cannot be read as PDF: ${reason}", mapping={"reason": str(error)[:200]})
        raise FileRefused(entry, reason) from None
    finally:
        document.close()


def embedded_xml(data: bytes, entry: str) -> tuple[str, bytes] | None:
    """Return name and bytes of the XML that a PDF carries; None without, refused with several."""
    found = []
    with _opened(data, entry) as document:
        for index in range(min(document.count_attachments(), MAX_ATTACHMENTS)):
            attachment = document.get_attachment(index)
            name = attachment.get_name()
            if name.lower().endswith(".xml"):
                content = bytes(attachment.get_data())
                if len(content) > MAX_ATTACHED:
                    reason = _(
                        "is larger than ${count} bytes unpacked", mapping={"count": MAX_ATTACHED}
                    )
                    raise FileRefused(f"{entry}/{name}", reason)
                found.append((name, content))
    if len(found) > 1:
        raise FileRefused(entry, _("carries more than one XML file"))
    return found[0] if found else None


def printed_lines(data: bytes, entry: str) -> tuple[Line, ...]:
    """Return the lines of all pages from top to bottom, whatever order they were drawn in."""
    made: list[Line] = []
    with _opened(data, entry) as document:
        for page in document:
            try:
                made += _page_lines(page, entry)
            finally:
                page.close()
    return tuple(made)


def _page_lines(page: Any, entry: str) -> list[Line]:
    text = page.get_textpage()
    try:
        count = text.count_rects()
        if count > MAX_PIECES:
            raise FileRefused(
                entry, _("has more than ${count} pieces of text", mapping={"count": MAX_PIECES})
            )
        boxes = [text.get_rect(index) for index in range(count)]
        pieces = [(box, _plain(text.get_text_bounded(*box))) for box in boxes]
    finally:
        text.close()
    rows: list[tuple[float, list[Piece]]] = []
    for (left, bottom, right, top), words in sorted(pieces, key=lambda one: -one[0][3]):
        if not words:
            continue
        middle = (top + bottom) / 2
        # Pieces of one line differ a little in height, by letters with and without tails.
        if rows and abs(rows[-1][0] - middle) <= (top - bottom) * _SAME_LINE:
            rows[-1][1].append(Piece(left, right, words))
        else:
            rows.append((middle, [Piece(left, right, words)]))
    return [Line(tuple(sorted(row))) for _middle, row in rows]


def _plain(text: str) -> str:
    """Return a piece's words with single spaces, hyphens at line ends as printed."""
    text = text.replace(_HYPHEN, "-")
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
