"""What every part of the content service stands on."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pyramid.registry import Registry
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from stadtkern.audit import record
from stadtkern.content import events
from stadtkern.content.blocks import MAX_BLOCKS
from stadtkern.content.errors import Conflict, ContentRefused
from stadtkern.content.models import Node
from stadtkern.content.slugs import RESERVED, VALID
from stadtkern.content.types import ContentType, enabled_blocks, enabled_types
from stadtkern.content.values import read_fields, to_json
from stadtkern.content.workflows import SIMPLE, Workflow, workflow_of
from stadtkern.tenants import Tenant, bump_generation
from stadtkern.web.i18n import _

MAX_ADDRESS = 900
MAX_SLUG = 80
MAX_TITLE = 200
_TREE = 7_205_131  # PostgreSQL's advisory lock, together with the tenant's number


class ContentBase:
    """The tree of one tenant, for one unit of work: finding, and what writes share."""

    def __init__(
        self,
        registry: Registry,
        session: Session,
        tenant: Tenant,
        *,
        plugins: frozenset[str],
        actor_id: int | None = None,
    ) -> None:
        self.registry = registry
        self.session = session
        self.tenant = tenant
        self.actor_id = actor_id
        if actor_id is not None:
            # Where there is no request: a job or a command in somebody's name.
            session.info.setdefault("actor_id", actor_id)
        self._locked: dict[int, tuple[Any, Node]] = {}
        """Nodes whose rows were locked, and the transaction or savepoint that holds the lock."""
        self.types = enabled_types(registry, plugins)
        self.block_types = enabled_blocks(registry, plugins)
        self.workflows: dict[str, Workflow] = {
            name: flow
            for name, flow in registry["workflows"].items()
            if flow.owner is None or flow.owner in plugins
        }

    # Finding

    def get(self, node_id: int, *, lock: bool = False) -> Node:
        """Return a node by id; ``ContentRefused`` if the tenant has none. ``lock`` for writing."""
        # A savepoint that is taken back gives its locks back, too.
        within = self.session.get_nested_transaction() or self.session.get_transaction()
        held = self._locked.get(node_id) if lock else None
        if held is not None and held[0] is within and held[1].deleted_at is None:
            return held[1]
        statement = select(Node).where(Node.id == node_id, Node.deleted_at.is_(None))
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        node = self.session.scalars(statement).first()
        if node is None:
            raise ContentRefused(_("This page no longer exists."))
        if lock:
            within = self.session.get_nested_transaction() or self.session.get_transaction()
            self._locked[node_id] = within, node
        return node

    def kind(self, name: str) -> ContentType:
        """Return an enabled content type; ``ContentRefused`` for others."""
        found = self.types.get(name)
        if found is None:
            raise ContentRefused(
                _("The content type “${name}” is missing.", mapping={"name": name})
            )
        return found

    def fields(self, node: Any) -> dict[str, Any]:
        """Return a node's (or revision's) fields as its schema's types, upgraded.

        A revision knows no type: give ``fields_of`` the type then.
        """
        return self.fields_of(self.kind(node.type), node)

    def fields_of(self, kind: ContentType, stored: Any) -> dict[str, Any]:
        """Return the fields of ``stored`` (a body with its version) as ``kind`` has them."""
        fields = kind.fields(stored.body_version, (stored.body or {}).get("fields", {}))
        return read_fields(kind, fields, self.tenant.timezone)

    @property
    def settings(self) -> dict[str, Any]:
        """Return the town's settings of this room."""
        state = self.registry["plugin_states"].of(self.tenant)
        found: dict[str, Any] = state.settings("content")
        return found

    def workflow(self, node: Any) -> Workflow:
        """Return the workflow of a node (or of anything with its ``type``)."""
        kind = self.types.get(node.type)
        return self.workflow_of_type(kind)

    def workflow_of_type(self, kind: ContentType | None) -> Workflow:
        """Return a type's workflow: its own, else the town's choice."""
        own = None if kind is None else kind.workflow
        if own in self.workflows:
            return self.workflows[own]
        chosen = self.settings.get("workflow") or SIMPLE
        if chosen in self.workflows:
            return self.workflows[chosen]
        return workflow_of(self.registry, None, SIMPLE)

    # What writes share

    def queue(self, *, alone: bool) -> None:
        """Wait until nobody rewrites addresses below us; ``alone``: until nobody adds pages either.

        A move rewrites the paths that it sees. A page that another transaction adds below at the
        same moment would keep the old one, and a row lock on its parent cannot tell a move further
        up. SQLite has one writer anyway. Taken before any row is locked.
        """
        if self.session.get_bind().dialect.name == "postgresql":
            shared = "" if alone else "_shared"
            self.session.execute(
                text(f"select pg_advisory_xact_lock{shared}(:lock, :tenant)"),
                {"lock": _TREE, "tenant": self.tenant.id},
            )

    def _same_version(self, node: Node, version: int | None) -> None:
        if version is not None and node.version != version:
            raise Conflict(node)

    def _checked(self, parent: Node, slug: str, *, taken: bool | None = None) -> str:
        """Return a slug that is free below ``parent``; ``taken``: where that was asked already."""
        if not VALID.fullmatch(slug) or len(slug) > MAX_SLUG:
            raise ContentRefused(
                _(
                    "Please use only lower-case letters a–z, digits and single hyphens, at most "
                    "80 characters."
                ),
                "slug",
            )
        if _reserved(parent, slug, self.tenant.locales) or (
            self._taken(parent, slug) if taken is None else taken
        ):
            raise ContentRefused(
                _("The address “${slug}” is taken here.", mapping={"slug": slug}), "slug"
            )
        return slug

    def _free_slug(self, parent: Node, wanted: str) -> str:
        slug, number = wanted, 2
        while self._taken(parent, slug):
            slug, number = f"{wanted}-{number}", number + 1
        return slug

    def _taken(self, parent: Node, slug: str) -> bool:
        if _reserved(parent, slug, self.tenant.locales):
            return True
        found = self.session.scalar(
            select(Node.id).where(Node.path == join(parent.path, slug), Node.deleted_at.is_(None))
        )
        return found is not None

    def _accepts(self, parent: Node, kind: ContentType | None) -> None:
        parent_kind = self.types.get(parent.type)
        if kind is None or parent_kind is None or not parent_kind.accepts(kind):
            raise ContentRefused(
                _("“${parent}” cannot contain this.", mapping={"parent": parent.title}), "parent"
            )

    def _blocks(
        self, blocks: Iterable[Mapping[str, Any]] | None, kept: Iterable[Mapping[str, Any]] = ()
    ) -> list[dict[str, Any]]:
        """Return blocks as they are stored; those of unknown kinds byte for byte as before."""
        before = {block.get("id"): block for block in kept}
        stored = []
        for block in blocks or ():
            kind = self.block_types.get(str(block["type"]))
            if kind is None:
                old = before.get(block.get("id"))
                stored.append(dict(old if old is not None else block))
                continue
            stored.append(
                {
                    "id": str(block.get("id") or secrets.token_hex(4)),
                    "type": kind.name,
                    "version": kind.version,
                    "data": to_json(kind.schema(), block["data"], self.tenant.timezone),
                }
            )
        if len(stored) > MAX_BLOCKS:
            raise ContentRefused(_("A page holds at most ${n} blocks.", mapping={"n": MAX_BLOCKS}))
        return stored

    def _tell(self, event: type[events.NodeEvent], node: Node, **more: Any) -> None:
        happened = event(self.session, self.registry, self.tenant.id, node, **more)
        deed = happened.deed
        if isinstance(happened, events.NodeTransitioned):
            deed = f"node.to_{happened.step.target}"
        if deed:
            record(self.session, deed, "node", node.id)
        self.registry.notify(happened)

    def _changed(self) -> None:
        bump_generation(self.session, self.registry["tenants"], self.tenant.id, "content")


def _reserved(parent: Node, slug: str, locales: Collection[str]) -> bool:
    """Tell whether an address below a front page is the platform's own, or a language's."""
    return parent.path == "/" and (slug in RESERVED or slug in locales)


def join(parent_path: str, slug: str) -> str:
    """Return the address of a child."""
    return f"{parent_path.rstrip('/')}/{slug}"


def checked_title(title: str) -> str:
    """Return a title that fits; ``ContentRefused`` otherwise."""
    text = " ".join(title.split())
    if not text or len(text) > MAX_TITLE:
        raise ContentRefused(_("A title has 1 to 200 characters."), "title")
    return text


def check_length(path: str, below: int = 0) -> None:
    """Refuse addresses that would be longer than browsers and the database take."""
    if len(path) + below > MAX_ADDRESS:
        raise ContentRefused(_("The address would be too long: choose a shorter one."), "slug")
