"""The master keys: where they come from, and what they wrap."""

import base64
import binascii
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyramid.settings import asbool

ENVIRONMENT = "STADTKERN_MASTER_KEY"
SETTING = "stadtkern.master_key_file"
LENGTH = 32
"""Bytes of every key: AES-256."""
NONCE = 12
"""Bytes; random for each sealing (NIST SP 800-38D, 8.2.2: up to 2^32 under one key)."""


class NoMasterKey(Exception):  # noqa: N818 - what operators read
    """There is no master key, or none of the version that is asked for."""


@dataclass(frozen=True)
class Ring:
    """Master keys by version; the highest wraps, older ones still open."""

    keys: Mapping[int, bytes]

    @property
    def current(self) -> int:
        """Return the version that wraps."""
        return max(self.keys)


def parse(text: str) -> Ring:
    """Read lines of ``VERSION BASE64``; blank ones and comments (#) are passed over.

    Raises ``NoMasterKey`` for anything else, without repeating it.
    """
    keys: dict[int, bytes] = {}
    for line in text.replace(",", "\n").splitlines():
        parts = line.partition("#")[0].split()
        if not parts:
            continue
        try:
            version, key = int(parts[0]), base64.b64decode(parts[1], validate=True)
        except (ValueError, IndexError, binascii.Error):
            raise NoMasterKey("A line of the master key is not “VERSION BASE64”.") from None
        if len(key) != LENGTH or version < 1 or version in keys or len(parts) != 2:  # noqa: PLR2004
            raise NoMasterKey("A master key must have 32 bytes and a version of its own.")
        keys[version] = key
    if not keys:
        raise NoMasterKey("The master key is empty.")
    return Ring(keys)


def add_key(path: Path) -> int:
    """Write a new master key behind those in the file (mode 600); return its version."""
    known = parse(path.read_text("ascii")).keys if path.exists() else {}
    version = max(known, default=0) + 1
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    with path.open("a", encoding="ascii") as file:
        file.write(f"{version} {base64.b64encode(secrets.token_bytes(LENGTH)).decode()}\n")
    return version


class Vault:
    """Keys of one process: the master's ring, and data keys that were unwrapped once."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._ring: Ring | None = None
        self.unwrapped: dict[tuple[int | None, str, int], bytes] = {}

    def ring(self, *, version: int | None = None) -> Ring:
        """Return the master keys; read anew if ``version`` is not among them.

        From the environment (``STADTKERN_MASTER_KEY``), else from the file that
        ``stadtkern.master_key_file`` names. Development makes one beside the signing secret.
        """
        if self._ring is None or (version is not None and version not in self._ring.keys):
            self._ring = self._read()
        if version is not None and version not in self._ring.keys:
            raise NoMasterKey(
                f"Version {version} of the master key is missing; the database still needs it."
            )
        return self._ring

    def _read(self) -> Ring:
        given = os.environ.get(ENVIRONMENT)
        if given:
            return parse(given)
        named = self._settings.get(SETTING)
        path = Path(named) if named else None
        if path is None and asbool(self._settings.get("stadtkern.development", False)):
            secret = Path(self._settings.get("stadtkern.secret_file", "var/secret"))
            path = secret.with_name("master-key")
            if not path.exists():
                add_key(path)
        if path is None:
            raise NoMasterKey(
                f"No master key: make one with `stadtkern vault new-key FILE` and name it in "
                f"{SETTING}, or set {ENVIRONMENT}."
            )
        try:
            return parse(path.read_text("ascii"))
        except (OSError, UnicodeDecodeError) as error:
            raise NoMasterKey(f"{SETTING} cannot be read ({type(error).__name__}).") from None

    def forget(self) -> None:
        """Drop all keys from memory (they are read again when needed)."""
        self._ring = None
        self.unwrapped.clear()

    def wrap(self, key: bytes, label: str) -> tuple[int, str]:
        """Encrypt a data key; return the master's version and the wrapped key."""
        ring = self.ring()
        nonce = secrets.token_bytes(NONCE)
        bound = f"stadtkern.key\0{label}\0{ring.current}".encode()
        sealed = AESGCM(ring.keys[ring.current]).encrypt(nonce, key, bound)
        return ring.current, base64.b64encode(nonce + sealed).decode()

    def unwrap(self, wrapped: str, master: int, label: str) -> bytes:
        """Return a data key; ``NoMasterKey`` if the master's key of that version is another."""
        ring = self.ring(version=master)
        data = base64.b64decode(wrapped)
        bound = f"stadtkern.key\0{label}\0{master}".encode()
        try:
            return AESGCM(ring.keys[master]).decrypt(data[:NONCE], data[NONCE:], bound)
        except InvalidTag:
            raise NoMasterKey(
                f"Version {master} of the master key is not the one that wrapped the data keys."
            ) from None
