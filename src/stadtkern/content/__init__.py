"""The content tree: nodes, their types, their blocks, and the way from a path to a view."""

from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from sqlalchemy.orm import Session

from stadtkern.content import (
    blocks,
    bulk,
    events,
    jobs,
    judging,
    leading,
    links,
    locks,
    merging,
    moving,
    notices,
    persons,
    queries,
    redirect_table,
    redirects,
    scope,
    seeding,
    traversal,
    types,
    workflows,
)
from stadtkern.content.blocks import referred_nodes, structured_blocks
from stadtkern.content.choices import Pages, known_ids, node_choice, pages
from stadtkern.content.errors import Conflict, ContentRefused, Contradictory
from stadtkern.content.models import PATH, Node, Reference, Revision
from stadtkern.content.resources import Resource, Site
from stadtkern.content.rights import permitted
from stadtkern.content.sanitize import clean_html, rich_text
from stadtkern.content.schemas import ContentSettings
from stadtkern.content.services import Content, editing_state
from stadtkern.content.traversal import resource_by_id, resource_for
from stadtkern.content.types import BlockType, ContentType, enabled_blocks, enabled_types
from stadtkern.content.values import read_block, read_typed
from stadtkern.content.workflows import Transition, Workflow
from stadtkern.tenants import Tenant
from stadtkern.web.i18n import _

__all__ = [
    "PATH",
    "BlockType",
    "Conflict",
    "Content",
    "ContentRefused",
    "ContentType",
    "Contradictory",
    "Node",
    "Pages",
    "Reference",
    "Resource",
    "Revision",
    "Site",
    "Transition",
    "Workflow",
    "bulk",
    "clean_html",
    "directives",
    "editing_state",
    "enabled_blocks",
    "enabled_types",
    "events",
    "includeme",
    "known_ids",
    "links",
    "locks",
    "merging",
    "moving",
    "node_choice",
    "pages",
    "permitted",
    "queries",
    "read_block",
    "read_typed",
    "redirect_table",
    "redirects",
    "referred_nodes",
    "resource_by_id",
    "resource_for",
    "rich_text",
    "scope",
    "structured_blocks",
]


def directives(config: Configurator) -> None:
    """Offer ``add_content_type``, ``add_block_type`` and ``add_workflow``."""
    types.directives(config)
    workflows.directives(config)


def _content(request: Request) -> Content:
    identity = request.identity
    return Content(
        request.registry,
        request.db,
        request.tenant,
        plugins=request.plugins.enabled,
        actor_id=None if identity is None else identity.actor_id,
    )


def audit_words(config: Configurator) -> None:
    """Name this room's deeds in the history."""
    config.add_audit_kind("node", title=_("Page"))
    config.add_audit_kind("redirect", title=_("Redirect"), of="node")
    config.add_audit_kind("preview_link", title=_("Preview link"), of="node")
    for deed, title in (
        ("create", _("added")),
        ("save", _("changed")),
        ("draft", _("working copy changed")),
        ("schedule", _("scheduled")),
        ("move", _("moved or renamed")),
        ("order", _("moved among its siblings")),
        ("trash", _("put into the trash")),
        ("restore", _("taken out of the trash")),
        ("purge", _("deleted for good")),
        ("to_draft", _("made a draft")),
        ("to_submitted", _("handed in for review")),
        ("to_published", _("published")),
        ("to_archived", _("archived")),
        ("takeover", _("form taken over from somebody else")),
    ):
        config.add_audit_deed(f"node.{deed}", title=title)


def _of_tenant(registry: Registry, session: Session, tenant: Tenant) -> Content:
    """Return a tenant's tree outside of requests; ``session`` is bound to the tenant."""
    enabled = registry["plugin_states"].of_id(tenant.id, session).enabled
    return Content(registry, session, tenant, plugins=enabled)


def includeme(config: Configurator) -> None:
    """Traverse tenants' trees and name the core's types and blocks."""
    config.set_root_factory(traversal.root_factory)
    config.add_request_method(_content, "content", reify=True)
    config.add_settings_schema("content", ContentSettings, _("Pages and review"))
    workflows.configure(config)
    # Jobs stand on a lower floor and cannot import the tree.
    config.registry["content_of_tenant"] = _of_tenant
    types.configure(config)
    blocks.configure(config)
    leading.configure(config)
    audit_words(config)
    jobs.configure(config)
    persons.configure(config)
    config.add_subscriber(notices.tell_people, events.NodeTransitioned)
    judging.includeme(config)
    bulk.includeme(config)
    links.configure(config)
    config.add_subscriber(seeding.seed_tenant, "stadtkern.tenants.events.TenantCreated")
    config.add_subscriber(seeding.seed_locale, "stadtkern.tenants.events.LocaleAdded")
