"""What the mail room tells the rooms above it, within the transaction that notes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.registry import Registry
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class MailJudged:
    """A mail server has taken a mail, or refused its recipient for good.

    ``headers``: the further ones that the mail was composed with. What a server takes and sends
    back later is not seen here.
    """

    session: Session
    registry: Registry
    tenant_id: int
    recipient: str
    headers: Mapping[str, Any]
    refused: bool
