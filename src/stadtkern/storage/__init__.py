"""Bytes by sha256: stored once, never changed, found by their own hash."""

from pyramid.config import Configurator

from stadtkern.storage.serving import StoredBytes
from stadtkern.storage.store import FileStore, TooLarge

__all__ = ["FileStore", "StoredBytes", "TooLarge", "includeme"]


def includeme(config: Configurator) -> None:
    """Open the folder that ``stadtkern.files`` names."""
    config.registry["storage"] = FileStore(
        config.get_settings().get("stadtkern.files", "var/files")
    )
