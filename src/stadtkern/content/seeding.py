"""What a new municipality begins with: a published, empty front page in each language."""

from uuid import uuid4

from sqlalchemy.orm import Session

from stadtkern.content.models import Node, Revision
from stadtkern.tenants import Tenant
from stadtkern.tenants.events import TenantCreated

QUESTIONS = {"de": "Was möchten Sie erledigen?", "en": "What would you like to do?"}


def seed_tenant(event: TenantCreated) -> None:
    """Make the roots of the tree, linked as translations of each other."""
    group = str(uuid4())
    for index, locale in enumerate(event.tenant.locales):
        add_root(event.session, event.tenant, locale, group, index)


def add_root(session: Session, tenant: Tenant, locale: str, group: str, position: int) -> Node:
    """Add the published, empty front page of one language; the first one has the path ``/``."""
    words = {
        "title": tenant.name,
        "in_nav": False,
        "body_version": 1,
        "body": {"fields": {"question": QUESTIONS.get(locale, tenant.name)}, "blocks": []},
    }
    root = Node(
        parent_id=None,
        path="/" if position == 0 else f"/{locale}",
        slug="" if position == 0 else locale,
        type="home",
        state="published",
        language=locale,
        translation_group=group,
        position=position,
        revision=1,
        live_revision=1,
        **words,
    )
    session.add(root)
    session.flush()
    session.add(Revision(tenant_id=tenant.id, node_id=root.id, number=1, kind="create", **words))
    session.flush()
    return root
