"""What the content room tells the rooms above it; all within the writing transaction."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.content.models import Node
from stadtkern.tenants import Tenant

if TYPE_CHECKING:
    from stadtkern.content.workflows import Transition


@dataclass(frozen=True)
class NodeEvent:
    """Something happened to a node. ``deed``: its name in the audit; none for what is about to."""

    deed: ClassVar[str] = ""

    session: Session
    registry: Registry
    tenant_id: int
    node: Node


@dataclass(frozen=True)
class NodeCreated(NodeEvent):
    """A node was made."""

    deed: ClassVar[str] = "node.create"


@dataclass(frozen=True)
class NodeChanged(NodeEvent):
    """Its title, fields or blocks were saved."""

    deed: ClassVar[str] = "node.save"


@dataclass(frozen=True)
class NodeSaving(NodeEvent):
    """Contents are about to be stored, or a working copy to become the page.

    Raise ``ContentRefused`` to stop it. ``values``: title, summary, in_nav, body_version and
    body, as they will be stored; ``state``: the state that the node will have then.
    """

    values: dict[str, Any]
    state: str


@dataclass(frozen=True)
class NodeDrafted(NodeEvent):
    """A published node got, or lost, a working copy; visitors see no change."""

    deed: ClassVar[str] = "node.draft"


@dataclass(frozen=True)
class NodePublishing(NodeEvent):
    """A node or its working copy is about to go public: raise ``ContentRefused`` to stop it."""


@dataclass(frozen=True)
class NodePublished(NodeEvent):
    """It is public from now on (if all above it is)."""


@dataclass(frozen=True)
class NodeUnpublishing(NodeEvent):
    """It is about to leave the site, now or at a time: raise ``ContentRefused`` to stop it.

    What stands below it would be hidden with it.
    """


@dataclass(frozen=True)
class NodeUnpublished(NodeEvent):
    """It is a draft again."""


@dataclass(frozen=True)
class NodeTransitioned(NodeEvent):
    """Somebody, or the schedule, took a step of the workflow; its deed names the new state."""

    tenant: Tenant
    step: "Transition"
    comment: str


@dataclass(frozen=True)
class NodeScheduled(NodeEvent):
    """Its times of publishing and expiry were set."""

    deed: ClassVar[str] = "node.schedule"


@dataclass(frozen=True)
class NodeMoving(NodeEvent):
    """It is about to go below ``parent``: raise ``ContentRefused`` to stop it.

    With its present parent it is about to get another name, and so another address.
    """

    parent: Node


@dataclass(frozen=True)
class NodeMoved(NodeEvent):
    """It has a new address; ``old_path`` redirects."""

    deed: ClassVar[str] = "node.move"

    old_path: str


@dataclass(frozen=True)
class NodeDeleting(NodeEvent):
    """It is about to go into the trash: raise ``ContentRefused`` to stop it."""


@dataclass(frozen=True)
class NodeDeleted(NodeEvent):
    """It and all below it lie in the trash."""

    deed: ClassVar[str] = "node.trash"


@dataclass(frozen=True)
class NodeUndeleted(NodeEvent):
    """It came back from the trash with all that went with it."""

    deed: ClassVar[str] = "node.restore"


@dataclass(frozen=True)
class NodePurged(NodeEvent):
    """It and all below it are about to be gone for good."""

    deed: ClassVar[str] = "node.purge"
