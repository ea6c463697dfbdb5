"""Signatures of Standard Webhooks (standardwebhooks.com, “Webhook headers”, “Signature scheme”)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
LENGTH = 32
"""Bytes of a secret; the standard allows 24 to 64."""


def new_secret() -> str:
    """Return a fresh secret as its receiver keeps it: ``whsec_`` and Base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(LENGTH)).decode()


def new_message_id() -> str:
    """Return the name of a message, by which receivers know a repetition."""
    return f"msg_{secrets.token_hex(16)}"


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return ``v1,`` and the Base64 of HMAC-SHA256 over id, time (whole seconds) and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(known: Iterable[str], message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a message, signed by each of the secrets."""
    timestamp = int(now.timestamp())
    return {
        "Content-Type": "application/json",
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": " ".join(
            signature(secret, message_id, timestamp, body) for secret in known
        ),
    }
