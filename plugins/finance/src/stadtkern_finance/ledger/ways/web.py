"""To a web address of the accounting system."""

from pyramid.registry import Registry

from stadtkern.web.egress import EgressError, EgressRefused, fetch
from stadtkern_finance.bookings.rendering import Artifact
from stadtkern_finance.ledger.ways.failing import NotDelivered

SECONDS = 60.0
MAX_ANSWER = 4_096
"""Bytes that are read of an answer that is no receipt."""
GOOD = range(200, 300)
WRONG = range(400, 500)
LATER = frozenset({408, 425, 429})
"""Of these answers: try again."""


def deliver(
    registry: Registry,
    url: str,
    token: str,
    batch: str,
    file: Artifact,
    *,
    most: int = MAX_ANSWER,
    seconds: float = SECONDS,
) -> bytes:
    """Post the file; return the answer's body, ``most`` bytes of it.

    The same batch has the same ``Idempotency-Key`` at each attempt: where the answer breaks off
    the file is posted once more, and the receiver takes it once.
    """
    headers = {
        "Content-Type": file.media_type,
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Idempotency-Key": batch,
    }
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        answer = fetch(
            registry,
            url,
            method="POST",
            headers=headers,
            body=file.data,
            seconds=seconds,
            max_bytes=most,
            whole=False,
            redirects=0,
        )
    except EgressRefused as error:
        raise NotDelivered(error.code, lasting=True) from None
    except EgressError as error:
        raise NotDelivered(error.code) from None
    if answer.status in GOOD:
        return bytes(answer.body)
    lasting = answer.status in WRONG and answer.status not in LATER
    raise NotDelivered("status", lasting=lasting)
