"""The core's events: what happens to pages that everybody may see."""

from pyramid.config import Configurator

from stadtkern.content import enabled_types, events
from stadtkern.content.workflows import PUBLISHED
from stadtkern.notify.emitting import emit
from stadtkern.notify.webhooks.queries import listening, open_above
from stadtkern.web.i18n import _

NAMES: dict[type[events.NodeEvent], str] = {
    events.NodePublished: "node.published",
    events.NodeUndeleted: "node.published",
    events.NodeChanged: "node.changed",
    events.NodeUnpublished: "node.unpublished",
    events.NodeMoved: "node.moved",
    events.NodeDeleted: "node.deleted",
}
INSTEAD = {"node.moved": ("node.published", "node.unpublished")}
"""A page that is moved below a draft leaves the site; moved out of there it goes public."""
EXAMPLE: dict[str, int | str | bool | None] = {
    "id": 1234,
    "type": "news",
    "path": "/aktuelles/freibad-oeffnet",
    "language": "de",
}


def follow(event: events.NodeEvent) -> None:
    """Tell what happened to a node, if visitors could see it before or can see it now."""
    name = NAMES.get(type(event))
    session, node = event.session, event.node
    if name is None or not any(listening(session, each) for each in (name, *INSTEAD.get(name, ()))):
        return
    if node.state != PUBLISHED and not isinstance(event, events.NodeUnpublished):
        return
    state = event.registry["plugin_states"].seen(event.tenant_id, session)
    if node.type not in enabled_types(event.registry, state.enabled):
        return
    data: dict[str, int | str | bool | None] = {
        "id": node.id,
        "type": node.type,
        "path": node.path,
        "language": node.language,
    }
    seen = open_above(session, node.path)
    if isinstance(event, events.NodeMoved):
        was_seen = open_above(session, event.old_path)
        if seen and was_seen:
            data["old_path"] = event.old_path
        elif seen:
            name = "node.published"
        elif was_seen:
            # Where it stands now is no visitor's business.
            name, seen = "node.unpublished", True
            data["path"] = event.old_path
    if seen:
        emit(session, event.registry, event.tenant_id, name, **data)


def configure(config: Configurator) -> None:
    """Name the events and listen."""
    for name, title in (
        ("node.published", _("A page went public")),
        ("node.changed", _("A public page was changed")),
        ("node.unpublished", _("A page left the site")),
        ("node.deleted", _("A page was deleted, with all below it")),
    ):
        config.add_webhook_event(name, title=title, example=EXAMPLE)
    config.add_webhook_event(
        "node.moved",
        title=_("A page was moved, with all below it"),
        example=EXAMPLE | {"old_path": "/aktuelles/freibad"},
    )
    config.add_subscriber(follow, events.NodeEvent)
