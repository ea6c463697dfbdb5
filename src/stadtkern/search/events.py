"""What this room tells the rooms above it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Searched:
    """Somebody has searched a town's public pages.

    ``terms``: the words that were looked for, folded and in their order; nothing that could be a
    number, a code or an address of a person. ``results``: how many pages have all of them (0 where
    only some words were found, or others that are spelt alike). Notified by a request that must
    not write.
    """

    tenant_id: int
    terms: tuple[str, ...]
    results: int
