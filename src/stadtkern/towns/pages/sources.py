"""Where pages come from: folders and ZIP archives of Markdown, HTML and pictures.

Everything is listed first and read one by one later; nothing is ever unpacked to disk, and no
name of an archive is used as a path.
"""

import os
import posixpath
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import unquote, urlsplit

from stadtkern.content.slugs import slugify
from stadtkern.towns.archive import check_directory
from stadtkern.towns.errors import TownRefused, bomb, damaged
from stadtkern.towns.pages.reading import Page, Unreadable, read_html, read_markdown
from stadtkern.web.i18n import _

MARKDOWN = frozenset({".md", ".markdown"})
HTML = frozenset({".html", ".htm", ".xhtml"})
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".svg"})
INDEX = frozenset({"index", "readme", "_index"})
MAX_FILES = 20_000
MAX_PAGE = 2_000_000
"""Bytes of one text."""
MAX_PICTURE = 15_000_000
MAX_TOTAL = 2 * 2**30
MAX_RATIO = 300
RATIO_FROM = 2**20
MAX_DEEP = 12
"""Folders within each other."""


@dataclass
class Item:
    """A page to be: ``place`` names it within its source, ``parent`` another item's place."""

    place: str
    parent: str | None
    slug: str
    name: str
    """Its title, if the text has none."""
    file: str | None = None
    """None: a folder without a text of its own."""


class Source(Protocol):
    """Something that holds pages."""

    items: list[Item]
    """Parents before what stands below them."""
    left: list[tuple[str, str]]
    """What is not taken, with a translatable reason."""

    def page(self, item: Item) -> Page:
        """Read one page; ``Unreadable`` says why not."""

    def item(self, item: Item, href: str) -> tuple[str, str] | None:
        """Return the place that a link of an item leads to, and its fragment (``#…`` or "")."""

    def picture(self, item: Item, src: str) -> str | None:
        """Return the name of the picture that an item shows."""

    def picture_bytes(self, name: str) -> bytes:
        """Return a picture's bytes; ``Unreadable`` if they are too many or lost."""


@dataclass
class _Files:
    """What folders and archives of files have in common."""

    items: list[Item] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    by_place: dict[str, Item] = field(default_factory=dict)
    _files: dict[str, str] = field(default_factory=dict)
    _pictures: set[str] = field(default_factory=set)

    def _arrange(self, names: list[str]) -> None:
        """Make the tree of the items from the files' names (posix, relative)."""
        if len(names) > MAX_FILES:
            raise TownRefused(
                _("There are more than ${n} files. Please import parts.", mapping={"n": MAX_FILES})
            )
        taken: dict[str, set[str]] = {}
        for name in sorted(names, key=_order):
            path = PurePosixPath(name)
            suffix = path.suffix.lower()
            if any(part.startswith((".", "__MACOSX")) for part in path.parts):
                continue
            if len(path.parts) > MAX_DEEP:
                self.left.append((name, _("It lies in too many folders within each other.")))
            elif suffix in PICTURES:
                self._pictures.add(name)
            elif suffix in MARKDOWN | HTML:
                self._add(path, taken)
            else:
                self.left.append((name, _("Files of this kind become no pages.")))

    def _add(self, path: PurePosixPath, taken: dict[str, set[str]]) -> None:
        parent = self._folder(path.parent, taken)
        if path.stem.lower() in INDEX:
            place = path.parent.as_posix()
            known = self.by_place.get(place)
            if place == "." and known is None:
                known = self._put(Item(".", None, "", "", path.as_posix()))
            if known is not None and known.file in {None, path.as_posix()}:
                known.file = path.as_posix()
                self._files[path.as_posix()] = place
                return
        item = self._put(Item(path.as_posix(), parent, path.stem, path.stem, path.as_posix()))
        item.slug = _free(slugify(path.stem), taken.setdefault(parent or "", set()))
        self._files[path.as_posix()] = item.place

    def _folder(self, path: PurePosixPath, taken: dict[str, set[str]]) -> str | None:
        place = path.as_posix()
        if place == ".":
            return None
        if place not in self.by_place:
            parent = self._folder(path.parent, taken)
            item = self._put(Item(place, parent, "", path.name))
            item.slug = _free(slugify(path.name), taken.setdefault(parent or "", set()))
        return place

    def _put(self, item: Item) -> Item:
        self.items.append(item)
        self.by_place[item.place] = item
        return item

    def _target(self, item: Item, address: str) -> tuple[str, str] | None:
        """Return the name of the file that a relative address means, and the fragment."""
        try:
            parts = urlsplit(address.strip())
        except ValueError:
            return None
        if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
            return None
        base = posixpath.dirname(item.file or f"{item.place}/x")
        name = posixpath.normpath(posixpath.join(base, unquote(parts.path)))
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        return (name, fragment) if not name.startswith("../") else None

    def item(self, item: Item, href: str) -> tuple[str, str] | None:
        """Return the place that a link leads to, and its fragment."""
        found = self._target(item, href)
        if found is None:
            return None
        name, fragment = found
        for candidate in (name, f"{name}.md", f"{name}.html"):
            place = self._files.get(candidate)
            if place is not None:
                return place, fragment
        return (name, fragment) if name in self.by_place else None

    def picture(self, item: Item, src: str) -> str | None:
        """Return the name of the picture that an item shows."""
        found = self._target(item, src)
        return found[0] if found is not None and found[0] in self._pictures else None

    def page(self, item: Item) -> Page:
        """Read one page."""
        if item.file is None:
            return Page()
        data = self._read(item.file, MAX_PAGE)
        if PurePosixPath(item.file).suffix.lower() in MARKDOWN:
            return read_markdown(data)
        return read_html(data)

    def picture_bytes(self, name: str) -> bytes:
        """Return a picture's bytes."""
        return self._read(name, MAX_PICTURE)

    def _read(self, name: str, maximum: int) -> bytes:
        raise NotImplementedError


def _order(name: str) -> tuple[tuple[str, ...], int, str]:
    path = PurePosixPath(name)
    return path.parent.parts, path.stem.lower() not in INDEX, name


def _free(wanted: str, taken: set[str]) -> str:
    slug, number = wanted, 2
    while slug in taken:
        slug, number = f"{wanted}-{number}", number + 1
    taken.add(slug)
    return slug


def _too_large(maximum: int) -> Unreadable:
    return Unreadable(
        _("It is larger than ${n} MB.", mapping={"n": maximum // 1_000_000}),
    )


class FolderSource(_Files):
    """A folder; links out of it (symbolic ones) are not followed."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root.resolve()
        self._arrange(list(self._names()))

    def _names(self) -> Iterator[str]:
        for folder, inner, names in os.walk(self._root, followlinks=False):
            place = Path(folder)
            inner[:] = [name for name in inner if not (place / name).is_symlink()]
            for name in names:
                found = (place / name).relative_to(self._root).as_posix()
                if (place / name).is_symlink() or not (place / name).is_file():
                    self.left.append((found, _("It is a link or no plain file.")))
                else:
                    yield found

    def _read(self, name: str, maximum: int) -> bytes:
        try:
            with (self._root / name).open("rb") as stream:
                data = stream.read(maximum + 1)
        except OSError as error:
            raise Unreadable(_("It cannot be read.")) from error
        if len(data) > maximum:
            raise _too_large(maximum)
        return data


class ZipSource(_Files):
    """A ZIP archive; judged by its table of contents before anything is read."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        try:
            check_directory(path)
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise damaged() from error
        try:
            self._infos = _judged(self._zip)
        except TownRefused:
            self._zip.close()
            raise
        self._arrange(_without_common_folder(self._infos))

    def _read(self, name: str, maximum: int) -> bytes:
        broken = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
        try:
            with self._zip.open(self._infos[name]) as stream:
                data = stream.read(maximum + 1)
        except broken as error:
            raise Unreadable(_("It cannot be read.")) from error
        if len(data) > maximum:
            raise _too_large(maximum)
        return data


def _judged(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the files by name; ``TownRefused`` for what no honest archive holds."""
    found: dict[str, zipfile.ZipInfo] = {}
    total = 0
    if len(archive.infolist()) > MAX_FILES:
        raise bomb()
    for info in archive.infolist():
        name = info.filename
        if info.is_dir():
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)
        if _leads_out(name) or _leads_out(info.orig_filename) or "\0" in info.orig_filename:
            raise TownRefused(
                _(
                    "The archive holds “${name}”, which leads out of it. Nothing was taken.",
                    mapping={"name": info.orig_filename[:100]},
                )
            )
        if kind not in {0, stat.S_IFREG} or info.flag_bits & 0x1:
            raise TownRefused(
                _(
                    "“${name}” is no plain file (a link, a folder or encrypted).",
                    mapping={"name": name[:100]},
                )
            )
        if name in found:
            raise TownRefused(_("The archive holds “${name}” twice.", mapping={"name": name[:100]}))
        total += info.file_size
        packed = max(info.compress_size, 1)
        if total > MAX_TOTAL or (
            info.file_size > RATIO_FROM and info.file_size / packed > MAX_RATIO
        ):
            raise bomb()
        found[name] = info
    return found


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name


def _without_common_folder(infos: dict[str, zipfile.ZipInfo]) -> list[str]:
    """Drop the one folder that everything lies in, as archives of a folder have it."""
    names = [name for name in infos if not name.startswith("__MACOSX/")]
    first = {name.partition("/")[0] for name in names if "/" in name}
    if len(first) == 1 and all("/" in name for name in names):
        (folder,) = first
        shorter: Mapping[str, zipfile.ZipInfo] = {
            name.removeprefix(f"{folder}/"): infos[name] for name in names
        }
        infos.clear()
        infos.update(shorter)
    return list(infos)
