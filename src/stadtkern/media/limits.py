"""How large files may be, by kind; an installation's settings may say otherwise."""

from pyramid.registry import Registry

from stadtkern.storage.limits import most_bytes

DEFAULTS = {"image": 15, "file": 50, "audio": 50, "video": 60}
"""Megabytes. A video stays below the server's own limit of a body (64 MB) as it is delivered."""
MAX_TEXT_TRACK = 500_000
"""Bytes of captions; four hours of speech have about 300,000."""


def maximum(registry: Registry, kind: str) -> int:
    """Return the most bytes that a file of this kind may have.

    ``kind``: image, file, audio or video. The setting is ``media.<kind>_mb``; values that are no
    whole number from 1 to 10,000 are passed over.
    """
    return most_bytes(registry, f"media.{kind}_mb", DEFAULTS[kind], highest=10_000)
