"""Which kind of source a path is."""

from pathlib import Path

from stadtkern.towns.errors import TownRefused
from stadtkern.towns.pages.sources import FolderSource, Source, ZipSource
from stadtkern.towns.pages.wordpress import WordPressSource
from stadtkern.web.i18n import _


def open_source(path: Path) -> Source:
    """Return what a path holds: a folder, a ZIP archive or a WordPress export.

    ``TownRefused`` for anything else, and for what would do harm.
    """
    if path.is_dir():
        return FolderSource(path)
    if not path.is_file():
        raise TownRefused(_("There is no file ${name}.", mapping={"name": path.name}))
    with path.open("rb") as stream:
        head = stream.read(4)
    if head.startswith(b"PK"):
        return ZipSource(path)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        return WordPressSource(path)
    raise TownRefused(
        _(
            "“${name}” is neither a folder nor a ZIP archive nor a WordPress export (XML).",
            mapping={"name": path.name},
        )
    )
