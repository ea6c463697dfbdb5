"""What a new municipality begins with: a published, empty front page in each language."""

from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.content.models import Node, Revision
from stadtkern.tenants import Tenant, TenantRefused
from stadtkern.tenants.events import LocaleAdded, TenantCreated
from stadtkern.web.languages import interface

QUESTIONS = {"de": "Was möchten Sie erledigen?", "en": "What would you like to do?"}
SIMPLE = {"de-simple": "Was wollen Sie machen?"}


def seed_tenant(event: TenantCreated) -> None:
    """Make the roots of the tree, linked as translations of each other."""
    group = str(uuid4())
    for index, locale in enumerate(event.tenant.locales):
        add_root(event.session, event.tenant, locale, group, index)


def seed_locale(event: LocaleAdded) -> None:
    """Make the root of a language that comes later; ``TenantRefused`` if a page is there."""
    session, tenant = event.session, event.tenant
    taken = session.scalar(
        select(Node.title).where(Node.path == f"/{event.locale}", Node.deleted_at.is_(None))
    )
    if taken is not None:
        raise TenantRefused(
            f"The page “{taken}” stands at /{event.locale}: give it another address first."
        )
    group = session.scalar(
        select(Node.translation_group).where(Node.path == "/", Node.deleted_at.is_(None))
    )
    place = tenant.locales.index(event.locale)
    add_root(session, tenant, event.locale, group or str(uuid4()), place)


def add_root(session: Session, tenant: Tenant, locale: str, group: str, position: int) -> Node:
    """Add the published, empty front page of one language; the first one has the path ``/``."""
    question = SIMPLE.get(locale) or QUESTIONS.get(interface(locale), tenant.name)
    words = {
        "title": tenant.name,
        "in_nav": False,
        "body_version": 1,
        "body": {"fields": {"question": question}, "blocks": []},
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
