"""A folder of files named by their sha256."""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

SHA256 = re.compile(r"[0-9a-f]{64}")
CHUNK = 1 << 20


class TooLarge(Exception):  # noqa: N818 - what happened, in a word
    """A stream was longer than allowed; nothing was kept."""


class FileStore:
    """Keeps bytes in ``root/ab/cd/<sha256>``; whole or not at all."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)

    def put(self, stream: BinaryIO, *, maximum: int) -> tuple[str, int]:
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

    def path(self, sha: str) -> Path:
        """Return where bytes with this hash lie (or would); ``ValueError`` for no hash."""
        if not SHA256.fullmatch(sha):
            raise ValueError("not a sha256")
        return self.root / sha[:2] / sha[2:4] / sha

    def read(self, sha: str) -> bytes:
        """Return the bytes; ``FileNotFoundError`` if they are not here."""
        return self.path(sha).read_bytes()
