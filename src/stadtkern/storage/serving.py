"""Stored bytes as the body of an answer."""

from collections.abc import Iterator
from pathlib import Path

CHUNK = 1 << 18


class StoredBytes:
    """A stored file as a response's body, the whole or a part, never in memory at once."""

    def __init__(self, path: Path, start: int = 0, stop: int | None = None) -> None:
        self._path = path
        self._start = start
        self._stop = path.stat().st_size if stop is None else stop

    def __iter__(self) -> Iterator[bytes]:
        """Yield pieces."""
        left = self._stop - self._start
        with self._path.open("rb") as stream:
            stream.seek(self._start)
            while left > 0 and (piece := stream.read(min(CHUNK, left))):
                left -= len(piece)
                yield piece

    def app_iter_range(self, start: int, stop: int) -> "StoredBytes":
        """Return the part from ``start`` to before ``stop``; WebOb asks for ranges so."""
        return StoredBytes(self._path, start, stop)
