"""A folder of files named by their sha256."""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Protocol

SHA256 = re.compile(r"[0-9a-f]{64}")
PART = re.compile(r"[a-z0-9-]+(?:/[a-z0-9-]+)*")
CHUNK = 1 << 20


class TooLarge(Exception):  # noqa: N818 - what happened, in a word
    """A stream was longer than allowed; nothing was kept."""


class Readable(Protocol):
    """Whatever gives its bytes piece by piece."""

    def read(self, size: int, /) -> Any:
        """Return at most ``size`` bytes; none at the end."""


class FileStore:
    """Keeps bytes in ``root/ab/cd/<sha256>``; whole or not at all."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)

    def put(self, stream: Readable, *, maximum: int) -> tuple[str, int]:
        """Store a stream and return its sha256 and size in bytes.

        Raises ``TooLarge`` beyond ``maximum`` bytes. The file appears under its name only when
        it is complete and on disk, so that a kill leaves nothing half.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        size = 0
        handle, name = tempfile.mkstemp(dir=self.root, prefix="incoming-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if size > maximum:
                        raise TooLarge(size)
                    digest.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            sha = digest.hexdigest()
            path = self.path(sha)
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        return sha, size

    def part(self, name: str) -> "FileStore":
        """Return a store of its own within this one, for what is thrown away by other rules.

        ``name``: folders of lower-case letters, digits and hyphens, e.g. ``renditions/12``, none
        of them as short as the two letters of a hash; ``ValueError`` for anything else.
        """
        first = name.partition("/")[0]
        if not PART.fullmatch(name) or len(first) <= 2:  # noqa: PLR2004
            raise ValueError("not the name of a part")
        return FileStore(self.root / name)

    def shas(self) -> Iterator[str]:
        """Yield the hashes of all bytes that are here, in no order; parts are not entered."""
        for path in self.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            if SHA256.fullmatch(path.name):
                yield path.name

    def has(self, sha: str) -> bool:
        """Tell whether these bytes are here."""
        return self.path(sha).is_file()

    def age(self, sha: str) -> float:
        """Return the seconds since these bytes were last put here."""
        return time.time() - self.path(sha).stat().st_mtime

    def remove(self, sha: str) -> None:
        """Throw bytes away; those that are not here are no error."""
        self.path(sha).unlink(missing_ok=True)

    def sweep(self, listed: Collection[str], *, older: float) -> int:
        """Throw away bytes that nothing lists; return how many.

        ``older``: seconds for which new ones are left alone, since what lists them may be on its
        way.
        """
        gone = [sha for sha in self.shas() if sha not in listed and self.age(sha) > older]
        for sha in gone:
            self.remove(sha)
        return len(gone)

    def path(self, sha: str) -> Path:
        """Return where bytes with this hash lie (or would); ``ValueError`` for no hash."""
        if not SHA256.fullmatch(sha):
            raise ValueError("not a sha256")
        return self.root / sha[:2] / sha[2:4] / sha

    def read(self, sha: str) -> bytes:
        """Return the bytes; ``FileNotFoundError`` if they are not here."""
        return self.path(sha).read_bytes()
