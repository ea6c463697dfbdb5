"""Fetching what waits: kept first, confirmed after the commit, the same file twice harmless."""

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from stadtkern_finance.transfer.client import (
    Incomplete,
    NotKept,
    TransferClient,
    TransferFailed,
    Waiting,
)

IN_MEMORY = 5_000_000
"""Bytes of a file; larger ones lie on the disk while they are fetched."""


class Keeper(Protocol):
    """Where fetched files go."""

    def keep(self, waiting: Waiting, stream: BinaryIO) -> bool:
        """Store the bytes and return once that is committed: True if they were new.

        ``TransferFailed`` for a file that cannot be kept; it is not confirmed.
        """

    def passed_over(self, waiting: Waiting) -> bool:
        """Tell whether a file was turned away lately: it is not fetched again at once."""

    def turn_away(self, waiting: Waiting, error: TransferFailed) -> bool:
        """Tell people of a file that came broken; False if it is to be fetched again first."""

    def confirmed(self, waiting: Waiting) -> None:
        """Note that the other side knows that a file is here."""


@dataclass
class Collected:
    """What became of the files that waited.

    ``kept``: new here; ``known``: here already; ``left``: of kinds that nobody here reads;
    ``refused``: turned away, now or lately; ``unconfirmed``: kept, but the other side does not
    know it yet; ``failed``: by code, how often.
    """

    kept: int = 0
    known: int = 0
    left: int = 0
    refused: int = 0
    unconfirmed: int = 0
    failed: Counter[str] = field(default_factory=Counter)


def collect(client: TransferClient, keeper: Keeper) -> Collected:
    """Fetch, keep and confirm every file that waits; one that fails holds no other one up.

    A file whose confirmation is lost is listed again, found known, and confirmed then.
    """
    done = Collected()
    try:
        for one in client.waiting():
            if one.kind not in client.port.kinds:
                done.left += 1
                continue
            if keeper.passed_over(one):
                done.refused += 1
                continue
            _take(client, keeper, one, done)
    except TransferFailed as error:
        done.failed[error.code] += 1
    return done


def _take(client: TransferClient, keeper: Keeper, one: Waiting, done: Collected) -> None:
    try:
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as stream:
            client.fetch(one, stream)  # type: ignore[arg-type]
            stream.seek(0)
            new = keeper.keep(one, stream)  # type: ignore[arg-type]
    except TransferFailed as error:
        if isinstance(error, Incomplete | NotKept) and keeper.turn_away(one, error):
            done.refused += 1
        else:
            done.failed[error.code] += 1
        return
    if new:
        done.kept += 1
    else:
        done.known += 1
    try:
        client.confirm(one)
    except TransferFailed:
        done.unconfirmed += 1
    else:
        keeper.confirmed(one)
