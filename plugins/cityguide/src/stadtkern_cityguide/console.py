"""What the guide's commands share."""

from typing import Any

from stadtkern.content import Content
from stadtkern.db import TenantSession, bind_tenant
from stadtkern.tenants import tenant_by_slug
from stadtkern.web.console import Refused


def content_of(registry: Any, session: TenantSession, slug: str) -> tuple[Content, Any]:
    """Bind a session to a municipality; return its tree and the guide's settings.

    ``Refused`` where it has not switched the guide on, ``TenantRefused`` where there is none.
    """
    tenant = tenant_by_slug(session, slug)
    bind_tenant(session, tenant.id)
    state = registry["plugin_states"].of_id(tenant.id, session)
    if not state.has("cityguide"):
        raise Refused(switched_off(slug))
    content = Content(registry, session, tenant, plugins=state.enabled)
    return content, state.settings("cityguide")


def switched_off(slug: str) -> str:
    """Return what to tell where a municipality does not use the guide."""
    return (
        f"The city guide is switched off for {slug}. "
        f"`stadtkern plugins enable cityguide --tenant {slug}` switches it on."
    )
