"""One deed on many nodes: chunk by chunk, each chunk one transaction, each node with its own say.

What a node was to undergo and what became of it is written in the transaction that does it, so
whoever takes over after a crash goes on behind the last finished chunk and does nothing twice.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from pyramid.config import Configurator
from pyramid.i18n import TranslationString
from sqlalchemy import ForeignKey, String, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from stadtkern.accounts import Permission
from stadtkern.accounts.acting import Acting, acting
from stadtkern.content.errors import Conflict, ContentRefused
from stadtkern.content.models import Node
from stadtkern.content.resources import Resource
from stadtkern.content.services import Content, editing_state
from stadtkern.content.traversal import resource_for
from stadtkern.content.workflows import PUBLISHED, SUBMITTED
from stadtkern.db import Base, TenantScoped, utcnow
from stadtkern.jobs import Job, enqueue
from stadtkern.web.i18n import _

CHUNK = 50
"""Nodes of one transaction; as many are done at once without a job."""
MOST = 5_000
"""Nodes of one run."""
JOB = "content.bulk"
DONE, SAME, REFUSED = "done", "same", "refused"

ACTIONS = {
    "publish": _("Publish"),
    "retract": _("Take back"),
    "submit": _("Submit for review"),
    "archive": _("Archive"),
    "move": _("Move"),
    "delete": _("Delete"),
    "expire": _("Set the end of publishing"),
    "show": _("Show in menus"),
    "hide": _("Take out of menus"),
}


class BulkRun(TenantScoped, Base):
    """What somebody has asked to be done with many nodes."""

    __tablename__ = "bulk_run"
    __audited__ = False  # what it does to each node has an entry of its own

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(String(20))
    values: Mapped[dict[str, Any]] = mapped_column(default=dict, doc="parent or expire_at")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    finished_at: Mapped[datetime | None]


class BulkItem(TenantScoped, Base):
    """One node of a run, with what became of it."""

    __tablename__ = "bulk_item"
    __audited__ = False  # the node's own entry stands for it

    run_id: Mapped[int] = mapped_column(
        ForeignKey("bulk_run.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"), index=True)
    version: Mapped[int] = mapped_column(doc="the version that was on the screen")
    title: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[str | None] = mapped_column(String(10), doc="done, same or refused")
    message: Mapped[dict[str, Any]] = mapped_column(default=dict, doc="msgid and mapping")


class Nothing(Exception):  # noqa: N818 - nothing went wrong
    """The node is already as it was asked to be."""


def begin(
    content: Content,
    action: str,
    nodes: Iterable[tuple[int, int]],
    values: Mapping[str, Any] | None = None,
) -> BulkRun:
    """Write down what is to be done; ``nodes`` are ids with the versions that were seen.

    ``values``: ``parent`` (a node's id) for “move”, ``expire_at`` (ISO 8601 with zone, or None)
    for “expire”. Nodes come in the order of their addresses, those above first.
    """
    if action not in ACTIONS:
        raise ContentRefused(_("Please choose what shall be done."))
    versions = dict(nodes)
    if not versions:
        raise ContentRefused(_("Please choose at least one page."))
    if len(versions) > MOST:
        raise ContentRefused(
            _("At most ${n} pages at a time: please narrow the list.", mapping={"n": MOST})
        )
    session = content.session
    rows: list[Any] = []
    wanted = sorted(versions)
    for start in range(0, len(wanted), 500):
        rows += session.execute(
            select(Node.id, Node.path, Node.title).where(
                Node.id.in_(wanted[start : start + 500]), Node.deleted_at.is_(None)
            )
        ).all()
    if not rows:
        raise ContentRefused(_("None of these pages exists any more."))
    run = BulkRun(action=action, values=dict(values or {}), account_id=content.actor_id)
    session.add(run)
    session.flush()
    session.execute(
        insert(BulkItem),
        [
            {
                "tenant_id": content.tenant.id,
                "run_id": run.id,
                "position": position,
                "node_id": row.id,
                "version": versions[row.id],
                "title": row.title,
                "message": {},
            }
            for position, row in enumerate(sorted(rows, key=lambda row: str(row.path)))
        ],
    )
    return run


def advance(content: Content, run_id: int, *, limit: int = CHUNK) -> int:
    """Do the next nodes of a run within the open transaction; return how many are left."""
    session = content.session
    run = session.scalars(select(BulkRun).where(BulkRun.id == run_id).with_for_update()).first()
    if run is None or run.finished_at is not None:
        return 0
    content.actor_id = run.account_id
    session.info["actor_id"] = run.account_id
    plugins = frozenset(content.registry["plugin_states"].of(content.tenant).enabled)
    who = acting(session, content.registry, run.account_id, plugins)
    items = list(
        session.scalars(
            select(BulkItem)
            .where(BulkItem.run_id == run_id, BulkItem.outcome.is_(None))
            .order_by(BulkItem.position)
            .limit(limit)
        )
    )
    for item in items:
        outcome, message = _one(content, who, run, item.node_id, item.version)
        item.outcome, item.message = outcome, _stored(message)
        session.flush()
    left = left_of(session, run_id)
    if not left:
        run.finished_at = utcnow()
    session.flush()
    return left


def go_on(job: Job, *, run: int) -> None:
    """Finish a run that was too long for one transaction; each chunk is committed by itself."""
    while not job.cancelled():
        with job.work(write=True) as session:
            left = advance(job.content(session), run)
            total = sum(counts(session, run).values())
        job.progress(total - left, total)
        if not left:
            break


def do(content: Content, run: BulkRun) -> None:
    """Do a run's first chunk now and leave the rest to a job."""
    if advance(content, run.id):
        enqueue(
            content.session, content.registry, JOB, tenant_id=content.tenant.id, run=int(run.id)
        )


def includeme(config: Configurator) -> None:
    """Name the job."""
    config.add_job(JOB, go_on, title=_("Change many pages at once"))


def left_of(session: Session, run_id: int) -> int:
    """Return how many nodes of a run have not had their turn."""
    return int(
        session.scalar(
            select(func.count())
            .select_from(BulkItem)
            .where(BulkItem.run_id == run_id, BulkItem.outcome.is_(None))
        )
        or 0
    )


def counts(session: Session, run_id: int) -> dict[str | None, int]:
    """Return how many nodes of a run had which outcome; None: not yet their turn."""
    rows = session.execute(
        select(BulkItem.outcome, func.count())
        .where(BulkItem.run_id == run_id)
        .group_by(BulkItem.outcome)
    )
    return {row[0]: row[1] for row in rows}


def _one(
    content: Content, who: Acting | None, run: BulkRun, node_id: int, version: int
) -> tuple[str, Any]:
    try:
        if who is None:
            raise ContentRefused(_("Your access has ended."))  # noqa: TRY301 - said like the others
        # What a refusal leaves half done is taken back, and only that.
        with content.session.begin_nested():
            deed = Deed(content, who, node_id, version, run.values)
            DEEDS[run.action](deed)
    except Nothing:
        return SAME, None
    except ContentRefused as error:
        if run.action == "delete" and _in_trash(content.session, node_id):
            # It went with the page above it.
            return SAME, None
        if isinstance(error, Conflict):
            return REFUSED, _("Somebody else has changed it meanwhile.")
        return REFUSED, error.args[0]
    return DONE, None


def _in_trash(session: Session, node_id: int) -> bool:
    return session.scalar(select(Node.deleted_at).where(Node.id == node_id)) is not None


def _stored(message: Any) -> dict[str, Any]:
    if message is None:
        return {}
    mapping = getattr(message, "mapping", None) or {}
    return {
        "msgid": str(message),
        "domain": getattr(message, "domain", "stadtkern"),
        "mapping": {
            name: _stored(value) if isinstance(value, TranslationString) else str(value)
            for name, value in mapping.items()
        },
    }


def message_of(item: Any) -> TranslationString | str:
    """Return why a node was left as it was, to be translated; empty if there is nothing to say."""
    stored = item.message or {}
    return _message(stored) if "msgid" in stored else ""


def _message(stored: Mapping[str, Any]) -> TranslationString:
    """Return a stored message with the messages within it."""
    mapping = {
        name: _message(value) if isinstance(value, Mapping) else value
        for name, value in stored["mapping"].items()
    }
    domain = stored.get("domain", "stadtkern")
    return TranslationString(stored["msgid"], domain=domain, mapping=mapping)


class Deed:
    """One action on one node, with the rights of who asked for it."""

    def __init__(
        self,
        content: Content,
        who: Acting,
        node_id: int,
        version: int,
        values: Mapping[str, Any],
    ) -> None:
        self.content = content
        self.who = who
        self.values = values
        self.version = version
        self.node = content.get(node_id, lock=True)
        self.context: Resource = resource_for(who, self.node)

    def same_version(self) -> None:
        """Refuse what has changed since it was on the screen."""
        if self.node.version != self.version:
            raise Conflict(self.node)

    def needs(self, permission: str, context: Resource | None = None) -> None:
        """Refuse what the person may not do."""
        if not self.who.has_permission(permission, context or self.context):
            raise ContentRefused(_("You may not do this here."))

    def lead(self, target: str, refusal: Any) -> None:
        """Take the step to a state, with the right that the workflow asks for."""
        flow = self.content.workflow(self.node)
        step = flow.step_to(editing_state(self.node), target) or flow.step_to(
            self.node.state, target
        )
        if step is None:
            raise ContentRefused(refusal)
        self.needs(step.permission)
        self.same_version()
        if step.comment == "must":
            raise ContentRefused(_("This step needs a comment: please take it on the page itself."))
        self.content.transition(self.node.id, step.name, version=self.version)


def _publish(deed: Deed) -> None:
    if editing_state(deed.node) == PUBLISHED:
        raise Nothing
    deed.lead(PUBLISHED, _("It must be reviewed first."))


def _retract(deed: Deed) -> None:
    if deed.node.state == "draft":
        raise Nothing
    if deed.node.parent_id is None:
        raise ContentRefused(_("A front page stays published."))
    deed.lead("draft", _("It cannot become a draft from its present state."))


def _submit(deed: Deed) -> None:
    if editing_state(deed.node) == SUBMITTED:
        raise Nothing
    deed.lead(SUBMITTED, _("It cannot be submitted from its present state."))


def _archive(deed: Deed) -> None:
    if deed.node.state == "archived":
        raise Nothing
    if deed.node.parent_id is None:
        raise ContentRefused(_("A front page stays published."))
    deed.lead("archived", _("Only published pages go into the archive."))


def _move(deed: Deed) -> None:
    content, node = deed.content, deed.node
    parent = content.get(int(deed.values["parent"]))
    if node.parent_id == parent.id:
        raise Nothing
    deed.needs(Permission.MOVE)
    target = resource_for(deed.who, parent)
    deed.needs(Permission.ADD, target)
    if content.is_public_below(node.path):
        # Moving what is published publishes it there.
        deed.needs(Permission.PUBLISH, target)
    content.move(node.id, parent.id, version=deed.version)


def _delete(deed: Deed) -> None:
    deed.needs(Permission.DELETE)
    if not deed.who.role_allows(Permission.DELETE, deed.context) and deed.content.has_below(
        deed.node
    ):
        raise ContentRefused(
            _("There are pages below your draft. Please ask an editor to delete it.")
        )
    deed.content.delete(deed.node.id, version=deed.version)


def _expire(deed: Deed) -> None:
    deed.needs(Permission.PUBLISH)
    text = deed.values.get("expire_at")
    moment = datetime.fromisoformat(text) if text else None
    if deed.node.expire_at == moment:
        raise Nothing
    deed.content.schedule(
        deed.node.id, publish_at=deed.node.publish_at, expire_at=moment, version=deed.version
    )


def _menus(*, shown: bool) -> Callable[[Deed], None]:
    def change(deed: Deed) -> None:
        node, content = deed.node, deed.content
        if node.in_nav == shown:
            raise Nothing
        deed.needs(Permission.EDIT)
        if node.draft_revision is not None:
            raise ContentRefused(_("It has a working copy: please publish or drop that first."))
        content.save(
            node.id,
            version=deed.version,
            title=node.title,
            summary=node.summary,
            in_nav=shown,
            fields=content.fields(node),
        )

    return change


DEEDS: dict[str, Callable[[Deed], None]] = {
    "publish": _publish,
    "retract": _retract,
    "submit": _submit,
    "archive": _archive,
    "move": _move,
    "delete": _delete,
    "expire": _expire,
    "show": _menus(shown=True),
    "hide": _menus(shown=False),
}
