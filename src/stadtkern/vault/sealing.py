"""Sealing and opening: AES-256-GCM, bound to the municipality and to a context."""

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.vault import queries
from stadtkern.vault.keyring import LENGTH, NONCE, Vault

DATA, INDEX = "data", "index"
FORMAT = "v1"


class NotOurs(Exception):  # noqa: N818
    """It was changed, belongs to another municipality or context, or its key is gone."""


def _label(tenant_id: int | None, purpose: str, version: int) -> str:
    scope = "installation" if tenant_id is None else f"tenant {tenant_id}"
    return f"{scope}\0{purpose}\0{version}"


def _bound(tenant_id: int | None, version: int, context: str) -> bytes:
    return f"stadtkern.sealed\0{_label(tenant_id, DATA, version)}\0{context}".encode()


def _same_tenant(session: Session, tenant_id: int | None) -> None:
    if tenant_id is not None and session.info.get("tenant_id") != tenant_id:
        raise NotOurs("the session is bound to another municipality")


def make_key(
    session: Session, vault: Vault, tenant_id: int | None, purpose: str, version: int
) -> None:
    """Make and store a new key of this version."""
    fresh = secrets.token_bytes(LENGTH)
    master, wrapped = vault.wrap(fresh, _label(tenant_id, purpose, version))
    queries.add(session, tenant_id, purpose, version, master, wrapped)


def _key(
    session: Session, vault: Vault, tenant_id: int | None, purpose: str, version: int
) -> bytes:
    known = vault.unwrapped.get((tenant_id, purpose, version))
    if known is not None:
        return known
    row = queries.key(session, tenant_id, purpose, version)
    if row is None:
        raise NotOurs("there is no key of this version")
    found = vault.unwrap(row.wrapped, row.master, _label(tenant_id, purpose, version))
    # A key that this very transaction has made may vanish with it.
    if not session.info.get("write", False):
        vault.unwrapped[tenant_id, purpose, version] = found
    return found


def seal(
    session: Session,
    registry: Registry,
    tenant_id: int | None,
    plaintext: bytes,
    context: str,
) -> str:
    """Encrypt ``plaintext``; return one word of ASCII, about 4/3 as long plus 50 characters.

    Args:
        tenant_id: the municipality that it belongs to (the session's), or None: the installation.
        context: what it is and of which row (``"factor:17"``); it must be the same when opening.

    """
    _same_tenant(session, tenant_id)
    vault: Vault = registry["vault"]
    version = queries.current(session, tenant_id, DATA)
    if version is None:
        version = 1
        make_key(session, vault, tenant_id, DATA, version)
    key = _key(session, vault, tenant_id, DATA, version)
    nonce = secrets.token_bytes(NONCE)
    sealed = AESGCM(key).encrypt(nonce, plaintext, _bound(tenant_id, version, context))
    return f"{prefix(version)}{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def open_(
    session: Session, registry: Registry, tenant_id: int | None, sealed: str, context: str
) -> bytes:
    """Decrypt what ``seal`` has returned for the same municipality and context.

    Raises ``NotOurs`` if anything of it differs, ``NoMasterKey`` where the key is not at hand.
    """
    _same_tenant(session, tenant_id)
    version, data = _parts(sealed)
    key = _key(session, registry["vault"], tenant_id, DATA, version)
    try:
        return AESGCM(key).decrypt(data[:NONCE], data[NONCE:], _bound(tenant_id, version, context))
    except InvalidTag:
        raise NotOurs("it was changed, or sealed for another place") from None


def _parts(sealed: str) -> tuple[int, bytes]:
    try:
        form, version, text = sealed.split(".")
        data = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        number = int(version)
    except (ValueError, binascii.Error):
        raise NotOurs("it is not sealed") from None
    if form != FORMAT or len(data) < NONCE + 16:
        raise NotOurs("it is not sealed")
    return number, data


def prefix(version: int) -> str:
    """Return how everything begins that is sealed by this version of the data key."""
    return f"{FORMAT}.{version}."


def blind_index(
    session: Session, registry: Registry, tenant_id: int | None, value: str, context: str
) -> str:
    """Return a keyed hash (HMAC-SHA256, 64 hexadecimal digits) to look a secret value up by.

    Equal values of one municipality and context have equal hashes; without the key nobody can try
    values out. Its key is not rotated: it is wrapped anew with the master key.
    """
    _same_tenant(session, tenant_id)
    vault: Vault = registry["vault"]
    if queries.current(session, tenant_id, INDEX) is None:
        if not session.info.get("write", False):
            # Nothing has been stored under it yet: nothing can be found.
            return secrets.token_hex(32)
        make_key(session, vault, tenant_id, INDEX, 1)
    key = _key(session, vault, tenant_id, INDEX, 1)
    return hmac.new(key, f"{context}\0{value}".encode(), hashlib.sha256).hexdigest()


__all__: list[Any] = ["NotOurs", "blind_index", "make_key", "open_", "prefix", "seal"]
