"""The bytes of web push: a device's address and keys, encryption, the town's signature."""

import base64
import binascii
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

CURVE = ec.SECP256R1()
MAX_ENDPOINT = 1_000
AUTH_BYTES = 16
HOURS_VALID = 12
"""Of a signature; RFC 8292 allows 24."""


class BadDevice(ValueError):  # noqa: N818
    """What a device has sent is no address of web push."""


@dataclass(frozen=True)
class Address:
    """Where a device's service takes messages, and the keys that only the device can open with."""

    endpoint: str
    p256dh: bytes
    auth: bytes

    @property
    def origin(self) -> str:
        """Return the service's origin, for which signatures are made."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def service(self) -> str:
        """Return who runs the service: the last two parts of its host's name."""
        return ".".join((urlsplit(self.endpoint).hostname or "").split(".")[-2:])

    def as_bytes(self) -> bytes:
        """Return what the vault seals."""
        keys = {"p256dh": encode(self.p256dh), "auth": encode(self.auth)}
        return json.dumps({"endpoint": self.endpoint, "keys": keys}).encode()


def encode(data: bytes) -> str:
    """Return base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Read base64url with or without padding; ``BadDevice`` for anything else."""
    try:
        plain = text.rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadDevice from error


def address_of(data: Any) -> Address:
    """Read a ``PushSubscription`` as browsers write it; ``BadDevice`` for what is none."""
    if not isinstance(data, dict) or not isinstance(data.get("keys"), dict):
        raise BadDevice
    endpoint, keys = data.get("endpoint"), data["keys"]
    texts = (endpoint, keys.get("p256dh"), keys.get("auth"))
    if not all(isinstance(text, str) and 0 < len(text) <= MAX_ENDPOINT for text in texts):
        raise BadDevice
    try:
        parts = urlsplit(str(endpoint))
        bare = parts.scheme == "https" and parts.hostname and parts.username is None
    except ValueError as error:
        raise BadDevice from error
    if not bare or not str(endpoint).isascii():
        raise BadDevice
    address = Address(str(endpoint), decode(keys["p256dh"]), decode(keys["auth"]))
    if len(address.auth) != AUTH_BYTES:
        raise BadDevice
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, address.p256dh)
    except ValueError as error:
        raise BadDevice from error
    return address


def new_key() -> tuple[str, bytes]:
    """Return a new key pair: the public point as devices want it, the private key as DER."""
    key = ec.generate_private_key(CURVE)
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return encode(_point(key)), private


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypted(payload: bytes, address: Address) -> bytes:
    """Encrypt a message for one device (RFC 8291, content coding ``aes128gcm``)."""
    sealed: bytes = http_ece.encrypt(
        payload,
        private_key=ec.generate_private_key(CURVE),
        dh=address.p256dh,
        auth_secret=address.auth,
        version="aes128gcm",
    )
    return sealed


def authorization(key: ec.EllipticCurvePrivateKey, origin: str, subject: str) -> str:
    """Return the header that tells a service who sends (RFC 8292).

    ``subject``: an address of ours that a service may turn to, ``https:`` or ``mailto:``.
    """
    claims = {"aud": origin, "exp": int(time.time()) + HOURS_VALID * 3600, "sub": subject}
    parts = ({"typ": "JWT", "alg": "ES256"}, claims)
    signed = ".".join(encode(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    signature = encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={signed}.{signature}, k={encode(_point(key))}"
