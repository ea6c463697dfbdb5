"""States: publishing, review, what is to happen at a time."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from stadtkern.content import events, queries
from stadtkern.content.completeness import Unfinished
from stadtkern.content.errors import ContentRefused
from stadtkern.content.models import Node, NodeComment, Revision
from stadtkern.content.services.editing import SNAPSHOT, Editing
from stadtkern.content.workflows import ARCHIVED, PUBLISHED, SUBMITTED, Transition
from stadtkern.db import utcnow
from stadtkern.web.i18n import _


def editing_state(node: Node) -> str:
    """Return the state of what editors work on: of the working copy, if there is one."""
    if node.draft_revision is not None:
        return node.draft_state or "draft"
    return node.state


class Stating(Editing):
    """Lead nodes through their workflow."""

    def transitions(self, node: Node) -> list[Transition]:
        """Return what may follow now, whoever asks: permissions are the caller's to check."""
        flow = self.workflow(node)
        steps = flow.steps_from(editing_state(node))
        if node.draft_revision is not None:
            steps += [step for step in flow.steps_from(node.state) if step not in steps]
        if node.parent_id is None:
            # A front page stays: only its changes are published.
            steps = [step for step in steps if node.state not in step.sources]
            if node.state != PUBLISHED:
                steps = flow.steps_from(node.state)
        return steps

    def transition(
        self, node_id: int, name: str, *, comment: str = "", version: int | None = None
    ) -> Node:
        """Take one step of the workflow.

        Raises ``ContentRefused`` when the step does not follow the present state, lacks its
        comment, or is a second person's to take.
        """
        node = self.get(node_id, lock=True)
        self._same_version(node, version)
        return self._transit(node, name, comment)

    def _transit(self, node: Node, name: str, comment: str = "") -> Node:
        """Take a step with a node that this unit of work has locked."""
        self.kind(node.type)
        flow = self.workflow(node)
        step = flow.transition(name)
        if step is None or step not in self.transitions(node):
            state = flow.states.get(editing_state(node), editing_state(node))
            raise ContentRefused(
                _(
                    "This step is not possible: the page is “${state}” now. Please look at it "
                    "again.",
                    mapping={"state": state},
                )
            )
        comment = comment.strip()
        if step.comment == "must" and not comment:
            raise ContentRefused(_("Please say why, so that the author knows."), "comment")
        self._second_person(node, step)
        if step.target in {SUBMITTED, PUBLISHED}:
            self._complete(node)
        self._take(node, step)
        self.session.add(
            NodeComment(
                tenant_id=self.tenant.id,
                node_id=node.id,
                transition=step.name,
                state=step.target,
                text=comment[:2_000] if step.comment != "no" else "",
                account_id=self.actor_id,
            )
        )
        self.session.flush()
        self._tell(events.NodeTransitioned, node, tenant=self.tenant, step=step, comment=comment)
        return node

    def publish(self, node_id: int, *, version: int | None = None) -> Node:
        """Make a node public (as far as all above it is), or publish its working copy.

        Nothing is done for a published node without working copy. ``ContentRefused`` where the
        workflow wants a review first.
        """
        return self._lead(node_id, PUBLISHED, version)

    def unpublish(self, node_id: int, *, version: int | None = None) -> Node:
        """Make a node a draft again; what stands below it is hidden with it."""
        return self._lead(node_id, "draft", version)

    def archive(self, node_id: int, *, version: int | None = None) -> Node:
        """Take a published node off the site for good; it stays in the back office."""
        return self._lead(node_id, ARCHIVED, version)

    def publish_below(
        self, node_id: int, *, limit: int, allowed: Collection[str] | None = None
    ) -> tuple[int, list[Node]]:
        """Publish a node and up to ``limit`` drafts below it, those above first.

        ``allowed``: permissions of who asks, on ``node_id`` and so on all below; None: all.
        Returns how many were published and the nodes that could not be (they want a review).
        """
        top = self.get(node_id)
        rows: Sequence[Node] = self.session.scalars(
            select(Node)
            .where(
                (Node.id == top.id) | queries.below(Node.path, top.path),  # type: ignore[arg-type]
                Node.deleted_at.is_(None),
                (Node.state != PUBLISHED) | Node.draft_revision.is_not(None),
            )
            .order_by(Node.path)
            .limit(limit)
        ).all()
        done, left = 0, []
        for node in rows:
            step = self.workflow(node).step_to(editing_state(node), PUBLISHED)
            if allowed is not None and step is not None and step.permission not in allowed:
                left.append(node)
                continue
            try:
                self.publish(node.id)
                done += 1
            except ContentRefused:
                left.append(node)
        return done, left

    def schedule(
        self,
        node_id: int,
        *,
        publish_at: datetime | None,
        expire_at: datetime | None,
        version: int | None = None,
    ) -> Node:
        """Say when a node (or its working copy) goes public and when it leaves; UTC, or None.

        A durable job takes the step at its time. ``ContentRefused`` for times that have passed
        or lie the wrong way round, and for an end where the workflow has no way off the site.
        """
        node = self.get(node_id, lock=True)
        self._same_version(node, version)
        if node.parent_id is None:
            raise ContentRefused(_("A front page stays published."))
        now = utcnow()
        if publish_at is not None and publish_at <= now and publish_at != node.publish_at:
            raise ContentRefused(_("This time has passed."), "publish_at")
        if expire_at is not None and expire_at <= max(publish_at or now, now):
            raise ContentRefused(
                _("The end must lie in the future and after the beginning."), "expire_at"
            )
        flow = self.workflow(node)
        step = flow.step_to(editing_state(node), PUBLISHED)
        if publish_at is not None and step is None:
            raise ContentRefused(
                _("Nothing waits to be published here, or a review comes first."), "publish_at"
            )
        if publish_at is not None and step is not None:
            self._second_person(node, step)
            if publish_at != node.publish_at:
                self._complete(node)
        # Without a way out it would stay, yet hide from what asks for the end, as the search does.
        if expire_at is not None and flow.way_out is None:
            raise ContentRefused(
                _("What is published in this way stays on the site: leave the end empty."),
                "expire_at",
            )
        if expire_at is not None:
            # Whoever would refuse it then says so now, while somebody reads it.
            self._tell(events.NodeUnpublishing, node)
        node.publish_at, node.expire_at = publish_at, expire_at
        self.session.flush()
        self._tell(events.NodeScheduled, node)
        return node

    def comments(self, node_id: int, *, limit: int = 20) -> list[NodeComment]:
        """Return the steps that were taken, newest first."""
        return list(
            self.session.scalars(
                select(NodeComment)
                .where(NodeComment.node_id == node_id)
                .order_by(NodeComment.id.desc())
                .limit(limit)
            )
        )

    def due(self, node_id: int, now: datetime) -> list[str]:
        """Take the scheduled steps of a node whose time has come; return their names.

        Does nothing for a node that has gone, or whose times were changed since.
        """
        node = self.session.scalars(
            select(Node)
            .where(Node.id == node_id, Node.deleted_at.is_(None))
            .with_for_update()
            .execution_options(populate_existing=True)
        ).first()
        if node is None or node.type not in self.types:
            return []
        taken = []
        flow = self.workflow(node)
        if node.publish_at is not None and node.publish_at <= now:
            node.publish_at = None
            step = flow.step_to(editing_state(node), PUBLISHED)
            if step is not None:
                self.transition(node.id, step.name)
                taken.append(step.name)
        if node.expire_at is not None and node.expire_at <= now:
            node.expire_at = None
            step = flow.step_to(node.state, ARCHIVED) or flow.step_to(node.state, "draft")
            if step is not None:
                self.transition(node.id, step.name)
                taken.append(step.name)
        self.session.flush()
        return taken

    # Within

    def _lead(self, node_id: int, target: str, version: int | None) -> Node:
        node = self.get(node_id, lock=True)
        self._same_version(node, version)
        state = editing_state(node) if target == PUBLISHED else node.state
        if state == target:
            return node
        if node.parent_id is None and target != PUBLISHED:
            raise ContentRefused(_("A front page stays published."))
        step = self.workflow(node).step_to(state, target)
        if step is None and state == ARCHIVED and target == PUBLISHED:
            # Out of the archive it is a draft first.
            self._lead(node_id, self.workflow(node).initial, None)
            step = self.workflow(node).step_to(node.state, target)
        if step is None:
            raise ContentRefused(
                _("“${title}” must be reviewed first.", mapping={"title": node.title})
                if target == PUBLISHED
                else _("“${title}” is not published.", mapping={"title": node.title})
            )
        return self._transit(node, step.name)

    def _complete(self, node: Node) -> None:
        """Refuse to hand on, plan or publish what is not finished."""
        lacks = self.lacks(node)
        if lacks:
            raise Unfinished(lacks)

    def _take(self, node: Node, step: Transition) -> None:
        """Change the state of the working copy or of the node itself."""
        copy = node.draft_revision is not None and editing_state(node) in step.sources
        if step.target == PUBLISHED:
            self._tell(events.NodePublishing, node)
        if copy and step.target != PUBLISHED:
            node.draft_state = step.target
            self.session.flush()
            return
        was = node.state
        if was == PUBLISHED and step.target != PUBLISHED:
            self._tell(events.NodeUnpublishing, node)
        if node.draft_revision is not None:
            # Published, or taken off the site: either way the working copy is the page now.
            self._adopt(node, step.target)
        if step.target == PUBLISHED:
            node.publish_at = None
        node.state = step.target
        if was == PUBLISHED and step.target != PUBLISHED:
            node.expire_at = None
        self.session.flush()
        if step.target == PUBLISHED:
            self._tell(events.NodeChanged if was == PUBLISHED else events.NodePublished, node)
        elif was == PUBLISHED:
            self._tell(events.NodeUnpublished, node)
        if PUBLISHED in {was, step.target}:
            self._changed()

    def _adopt(self, node: Node, state: str) -> None:
        """Let the working copy be the page, in its new state; whoever guards it is asked first."""
        number = node.draft_revision or 0
        draft = self.revision(node.id, number)
        values = {name: getattr(draft, name) for name in SNAPSHOT}
        self._tell(events.NodeSaving, node, values=values, state=state)
        self._put(node, values)
        node.live_revision, node.draft_revision, node.draft_state = number, None, None
        node.updated_at = utcnow()

    def _second_person(self, node: Node, step: Transition) -> None:
        """Refuse who has submitted a page, or changed it since, to publish it, too."""
        if not step.second or self.actor_id is None:
            return
        last = self.comments(node.id, limit=1)
        if last and last[0].account_id == self.actor_id:
            raise ContentRefused(
                _("You have submitted this yourself: a second person publishes it.")
            )
        changed = select(Revision.id).where(
            Revision.node_id == node.id, Revision.account_id == self.actor_id
        )
        if last:
            changed = changed.where(Revision.created_at >= last[0].created_at)
        if self.session.scalars(changed.limit(1)).first() is not None:
            # What they wrote into it nobody else has read.
            raise ContentRefused(
                _("You have changed this after it was submitted: a second person publishes it.")
            )
