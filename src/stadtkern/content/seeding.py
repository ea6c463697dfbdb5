"""What a new municipality begins with: a published, empty front page in each language."""

from uuid import uuid4

from stadtkern.content.models import Node
from stadtkern.tenants.events import TenantCreated

QUESTIONS = {"de": "Was möchten Sie erledigen?", "en": "What would you like to do?"}


def seed_tenant(event: TenantCreated) -> None:
    """Make the roots of the tree, linked as translations of each other."""
    group = str(uuid4())
    for index, locale in enumerate(event.tenant.locales):
        event.session.add(
            Node(
                parent_id=None,
                path="/" if index == 0 else f"/{locale}",
                slug="" if index == 0 else locale,
                type="home",
                state="published",
                language=locale,
                translation_group=group,
                position=index,
                title=event.tenant.name,
                body={
                    "fields": {"question": QUESTIONS.get(locale, event.tenant.name)},
                    "blocks": [],
                },
            )
        )
    event.session.flush()
