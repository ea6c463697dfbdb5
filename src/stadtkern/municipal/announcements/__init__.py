"""Official announcements stay as they were published.

The time of publication is set when an announcement goes public, together with the sha256 of what
is shown. From then on its contents, its state and its place in the archive are fixed on every way
of writing: forms, bulk changes, imports, restoring an old version, the schedule and the trash.
Whoever announced something wrong withdraws it: it then says so, with the reason, and stays.
"""

from pyramid.config import Configurator

from stadtkern.accounts import Permission
from stadtkern.content import Content, ContentRefused, Node, Transition
from stadtkern.db import utcnow
from stadtkern.municipal.announcements import contents, files, places
from stadtkern.municipal.announcements.official import PUBLISHED, TYPE, is_official
from stadtkern.web.i18n import _

__all__ = ["TYPE", "configure", "is_official", "withdraw"]


def withdraw(content: Content, node_id: int, reason: str, *, version: int | None = None) -> Node:
    """Mark a published announcement as withdrawn; it stays to be seen, with the reason.

    Raises ``ContentRefused`` for drafts, without a reason, and the second time.
    """
    node = content.get(node_id, lock=True)
    words = " ".join(reason.split())[:500]
    if not is_official(node):
        raise ContentRefused(_("Only a published announcement can be withdrawn."))
    if not words:
        raise ContentRefused(_("Please say why."), "reason")
    fields = content.fields(node)
    if fields.get("withdrawn_at"):
        raise ContentRefused(_("This announcement is withdrawn already."))
    return content.save(
        node.id,
        version=node.version if version is None else version,
        title=node.title,
        summary=node.summary,
        in_nav=node.in_nav,
        fields=fields | {"withdrawn_at": utcnow().isoformat(), "withdrawn_reason": words},
        note=words[:200],
    )


def configure(config: Configurator) -> None:
    """Register the workflow without a way back, and the guards."""
    config.add_workflow(
        TYPE,
        title=_("Official announcement"),
        states={"draft": _("draft"), PUBLISHED: _("published")},
        transitions=(
            Transition("publish", _("Publish"), ("draft",), PUBLISHED, Permission.PUBLISH),
        ),
    )
    base = "stadtkern.content.events"
    config.add_subscriber(contents.keep_contents, f"{base}.NodeSaving")
    config.add_subscriber(contents.forget_origin, f"{base}.NodeCreated")
    config.add_subscriber(contents.fix_date, f"{base}.NodePublishing")
    config.add_subscriber(places.keep_entries, f"{base}.NodeDeleting")
    config.add_subscriber(files.keep_files, f"{base}.NodeSaving")
    config.add_subscriber(files.keep_files_there, f"{base}.NodeDeleting")
    config.add_subscriber(places.keep_on_the_site, f"{base}.NodeUnpublishing")
    config.add_subscriber(places.keep_in_sight, f"{base}.NodeMoving")
    config.add_subscriber(files.keep_addresses, f"{base}.NodeMoving")
