"""Into a folder of this machine that the accounting system reads."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from stadtkern_finance.bookings.rendering import Artifact
from stadtkern_finance.ledger.ways.failing import NotDelivered

HIDDEN = ".incoming-"
"""Begins the name of a file that is not whole yet."""


def deliver(folder: Path, file: Artifact) -> None:
    """Write the file under another name first, so that nobody reads half of it."""
    target = folder / file.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if target.exists():
            if target.read_bytes() == file.data:
                return
            raise NotDelivered("exists", lasting=True)
        _write(folder, target, file.data)
    except OSError:
        raise NotDelivered("folder") from None


def _write(folder: Path, target: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=HIDDEN, dir=folder)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        # Whoever reads the folder is often another user of this machine, of our group.
        Path(name).chmod(0o640)
        Path(name).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    # The name itself must outlive a power cut as well.
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
