"""Resources: nodes as views meet them. One class a type, plain and without SQL."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.accounts.policy import Identity, permissions_of


class Site:
    """Context of routes that belong to no node."""

    __name__ = ""
    __parent__ = None
    lineage_ids: tuple[int, ...] = ()

    def __init__(self, request: Request) -> None:
        self.request = request

    def __getitem__(self, name: str) -> object:
        raise KeyError(name)


class Resource:
    """A node in its place: knows its ancestors and who may see it."""

    kind: ClassVar[str] = "node"

    def __init__(self, node: Any, parent: "Resource | None", tree: Mapping[str, Any]) -> None:
        self.node = node
        self.__parent__ = parent
        self.__name__ = node.slug
        self._tree = tree
        self.translations: Mapping[str, str] = {}
        """Language → path of the translations that everybody may see, itself included."""

    def __getitem__(self, name: str) -> "Resource":
        found = self._tree.get(f"{self.node.path.rstrip('/')}/{name}")
        if found is None:
            raise KeyError(name)
        return found

    @property
    def lineage(self) -> list["Resource"]:
        """Return the resources from the language's root down to this one."""
        chain: list[Resource] = []
        step: Resource | None = self
        while step is not None:
            chain.append(step)
            step = step.__parent__
        return chain[::-1]

    @property
    def lineage_ids(self) -> tuple[int, ...]:
        """Return the ids of this node and its ancestors, for local roles."""
        return tuple(step.node.id for step in self.lineage)

    @property
    def visible(self) -> bool:
        """Whether everybody may see it: it and all above it are published."""
        return all(
            step.node.state == "published" and not isinstance(step, Missing)
            for step in self.lineage
        )

    @property
    def title(self) -> str:
        """Return the node's title."""
        return str(self.node.title)

    @property
    def path(self) -> str:
        """Return the address below the host."""
        return str(self.node.path)

    @property
    def fields(self) -> dict[str, Any]:
        """Return the fields of the node's type, as stored."""
        return dict((self.node.body or {}).get("fields", {}))

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Return the stored blocks."""
        return list((self.node.body or {}).get("blocks", []))

    def permits(self, request: Request, identity: Identity | None, permission: str) -> bool | None:
        """Decide what depends on this node's state or author; None leaves it to roles."""
        if permission == Permission.VIEW:
            if self.visible:
                return True
            if identity is None:
                return False
            return Permission.VIEW_DRAFTS in permissions_of(request, identity, self.lineage_ids)
        own = {
            "draft": {Permission.EDIT, Permission.DELETE, Permission.SUBMIT},
            "submitted": {Permission.SUBMIT},
        }
        if (
            permission in own.get(self.node.state, ())
            # What an editor has scheduled goes public as they have read it.
            and self.node.publish_at is None
            and identity is not None
            and self.node.author_id == identity.account_id
            and Permission.EDIT_OWN in permissions_of(request, identity, self.lineage_ids)
        ):
            return True
        return None


class Home(Resource):
    """A language's front page."""

    kind = "home"


class Page(Resource):
    """A page of blocks."""

    kind = "page"


class Folder(Resource):
    """A page that lists what stands below it."""

    kind = "folder"


class News(Resource):
    """A dated news item."""

    kind = "news"


class Event(Resource):
    """Something that takes place."""

    kind = "event"


class Link(Resource):
    """A menu entry that leads elsewhere."""

    kind = "link"


class Missing(Resource):
    """A node whose type no enabled plugin knows; kept, and shown to editors only."""

    kind = "missing"

    def permits(self, request: Request, identity: Identity | None, permission: str) -> bool | None:
        """Hide it from the public whatever its state."""
        if permission == Permission.VIEW:
            return False
        return super().permits(request, identity, permission)
