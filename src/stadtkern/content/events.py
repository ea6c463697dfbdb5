"""What the content room tells the rooms above it; all within the writing transaction."""

from dataclasses import dataclass

from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.content.models import Node


@dataclass(frozen=True)
class NodeEvent:
    """Something happened to a node."""

    session: Session
    registry: Registry
    tenant_id: int
    node: Node


@dataclass(frozen=True)
class NodeCreated(NodeEvent):
    """A node was made."""


@dataclass(frozen=True)
class NodeChanged(NodeEvent):
    """Its title, fields or blocks were saved."""


@dataclass(frozen=True)
class NodePublished(NodeEvent):
    """It is public from now on (if all above it is)."""


@dataclass(frozen=True)
class NodeUnpublished(NodeEvent):
    """It is a draft again."""


@dataclass(frozen=True)
class NodeMoved(NodeEvent):
    """It has a new address; ``old_path`` redirects."""

    old_path: str


@dataclass(frozen=True)
class NodeDeleted(NodeEvent):
    """It and all below it are gone from the site."""
