"""To a web address of the accounting system."""

from pyramid.registry import Registry

from stadtkern.web.egress import EgressError, EgressRefused, fetch
from stadtkern_finance.bookings.rendering import Artifact
from stadtkern_finance.ledger.ways.failing import NotDelivered

SECONDS = 60.0
MAX_ANSWER = 4_096
GOOD = range(200, 300)
WRONG = range(400, 500)
LATER = frozenset({408, 425, 429})
"""Of these answers: try again."""


def deliver(registry: Registry, url: str, token: str, batch: str, file: Artifact) -> None:
    """Post the file; the same batch has the same ``Idempotency-Key`` at each attempt."""
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
            seconds=SECONDS,
            max_bytes=MAX_ANSWER,
            whole=False,
            redirects=0,
        )
    except EgressRefused as error:
        raise NotDelivered(error.code, lasting=True) from None
    except EgressError as error:
        raise NotDelivered(error.code) from None
    if answer.status in GOOD:
        return
    lasting = answer.status in WRONG and answer.status not in LATER
    raise NotDelivered("status", lasting=lasting)
