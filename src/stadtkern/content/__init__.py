"""The content tree: nodes, their types, their blocks, and the way from a path to a view."""

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.content import blocks, queries, seeding, traversal, types
from stadtkern.content.errors import Conflict, ContentRefused
from stadtkern.content.models import Node
from stadtkern.content.resources import Resource, Site
from stadtkern.content.services import Content
from stadtkern.content.traversal import resource_for
from stadtkern.content.types import BlockType, ContentType

__all__ = [
    "BlockType",
    "Conflict",
    "Content",
    "ContentRefused",
    "ContentType",
    "Node",
    "Resource",
    "Site",
    "directives",
    "includeme",
    "queries",
    "resource_for",
]


def directives(config: Configurator) -> None:
    """Offer ``add_content_type`` and ``add_block_type``."""
    types.directives(config)


def _content(request: Request) -> Content:
    identity = request.identity
    return Content(
        request.registry,
        request.db,
        request.tenant,
        plugins=request.plugins.enabled,
        actor_id=None if identity is None else identity.account_id,
    )


def includeme(config: Configurator) -> None:
    """Traverse tenants' trees and name the core's types and blocks."""
    config.set_root_factory(traversal.root_factory)
    config.add_request_method(_content, "content", reify=True)
    types.configure(config)
    blocks.configure(config)
    config.add_subscriber(seeding.seed_tenant, "stadtkern.tenants.events.TenantCreated")
