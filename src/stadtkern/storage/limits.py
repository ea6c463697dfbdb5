"""How large files may be, as an installation's settings say."""

from pyramid.registry import Registry

MEGABYTE = 1_000_000


def most_bytes(registry: Registry, setting: str, default: int, *, highest: int = 100_000) -> int:
    """Return a setting in megabytes as bytes; ``default`` (megabytes) where it is not usable.

    Whole numbers from 1 to ``highest`` are usable; others are passed over.
    """
    value = str((registry.settings or {}).get(setting, ""))
    usable = value.isascii() and value.isdigit() and len(value) <= len(str(highest))
    megabytes = int(value) if usable else 0
    return (megabytes if 1 <= megabytes <= highest else default) * MEGABYTE
