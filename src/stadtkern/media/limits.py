"""How large files may be, by kind; an installation's settings may say otherwise."""

from pyramid.registry import Registry

MEGABYTE = 1_000_000
DEFAULTS = {"image": 15, "file": 50, "audio": 50, "video": 60}
"""Megabytes. A video stays below the server's own limit of a body (64 MB) as it is delivered."""
MAX_TEXT_TRACK = 500_000
"""Bytes of captions; four hours of speech have about 300,000."""


def maximum(registry: Registry, kind: str) -> int:
    """Return the most bytes that a file of this kind may have.

    ``kind``: image, file, audio or video. The setting is ``media.<kind>_mb``; values that are no
    whole number from 1 to 10,000 are passed over.
    """
    value = str((registry.settings or {}).get(f"media.{kind}_mb", ""))
    megabytes = int(value) if value.isascii() and value.isdigit() and len(value) <= 5 else 0  # noqa: PLR2004
    if not 1 <= megabytes <= 10_000:  # noqa: PLR2004
        megabytes = DEFAULTS[kind]
    return megabytes * MEGABYTE
