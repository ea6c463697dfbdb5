"""Files of a folder that others write into: no link is followed, nothing outside is touched.

Every step goes through the descriptor of the folder itself, so that a folder that is swapped for a
link meanwhile leads nowhere (CWE-59, CWE-367).
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

DONE, REFUSED = "done", "refused"
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".partial")
"""Endings of files that somebody is still writing."""
MAX_NAME = 180
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Entry(NamedTuple):
    """A file that lies in a folder; ``plain``: neither a link nor known by a second name."""

    name: str
    plain: bool
    size: int
    changed: float


@contextmanager
def opened(root: Path, name: str) -> Iterator[int]:
    """Open a folder directly below ``root``; ``OSError`` where it is none, or a link."""
    if not name or name in {".", ".."} or "/" in name or "\0" in name:
        raise NotADirectoryError(name)
    above = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        folder = os.open(name, _FOLDER, dir_fd=above)
    finally:
        os.close(above)
    try:
        yield folder
    finally:
        os.close(folder)


def finished(folder: int, now: float, quiet: float) -> list[Entry]:
    """Return what has not changed for ``quiet`` seconds, the oldest first; folders are left."""
    found = []
    for name in os.listdir(folder):
        if name.startswith(".") or name.lower().endswith(UNFINISHED):
            continue
        about = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISDIR(about.st_mode):
            continue
        plain = stat.S_ISREG(about.st_mode) and about.st_nlink == 1
        # A link says nothing of how old its target is.
        if now - about.st_mtime >= quiet:
            found.append(Entry(name, plain, about.st_size, about.st_mtime))
    return sorted(found, key=lambda one: (one.changed, one.name))


@contextmanager
def reading(folder: int, entry: Entry) -> Iterator[BinaryIO]:
    """Open a file that is still the one that was seen; ``OSError`` if it is not."""
    with os.fdopen(os.open(entry.name, _FILE, dir_fd=folder), "rb") as stream:
        if not same(stream, entry):
            raise FileNotFoundError(entry.name)
        yield stream


def same(stream: BinaryIO, entry: Entry) -> bool:
    """Tell whether an open file is a plain one and still as long and as old as it was seen."""
    about = os.fstat(stream.fileno())
    plain = stat.S_ISREG(about.st_mode) and about.st_nlink == 1
    return plain and (about.st_size, about.st_mtime) == (entry.size, entry.changed)


def move(folder: int, name: str, into: str, reason: str = "") -> None:
    """Move a file to ``done`` or ``refused``; beside a refused one lies a file with the reason."""
    with suppress(FileExistsError):
        os.mkdir(into, 0o750, dir_fd=folder)
    target = os.open(into, _FOLDER, dir_fd=folder)
    try:
        free = _free(target, name)
        if reason:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            note = os.open(f"{free}.reason.txt", flags, 0o640, dir_fd=target)
            with os.fdopen(note, "w", encoding="utf-8") as stream:
                stream.write(f"{reason}\n")
        os.rename(name, free, src_dir_fd=folder, dst_dir_fd=target)
    finally:
        os.close(target)


def _free(folder: int, name: str) -> str:
    """Return a name that is not taken: nothing that was moved before is written over."""
    taken = set(os.listdir(folder))
    stem, dot, ending = name[-MAX_NAME:].rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (ending, "")
    number, free = 1, f"{stem}{ending}"
    while free in taken or f"{free}.reason.txt" in taken:
        number += 1
        free = f"{stem}-{number}{ending}"
    return free
