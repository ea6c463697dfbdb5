"""Roles: named sets of permissions. Plugins bring their own and extend the core's."""

from collections.abc import Iterable

from pyramid.config import Configurator

from stadtkern.accounts.permissions import Permission
from stadtkern.web.i18n import _

AUTHOR = frozenset({Permission.OFFICE, Permission.VIEW_DRAFTS, Permission.ADD, Permission.EDIT_OWN})
EDITOR = AUTHOR | {
    Permission.EDIT,
    Permission.SUBMIT,
    Permission.PUBLISH,
    Permission.DELETE,
    Permission.MOVE,
    Permission.REPORTS,
    Permission.REDIRECTS,
}
REVIEWER = frozenset({Permission.OFFICE, Permission.VIEW_DRAFTS, Permission.REVIEW})
ADMINISTRATOR = (
    EDITOR
    | REVIEWER
    | {
        Permission.SETTINGS,
        Permission.PLUGINS,
        Permission.PEOPLE,
        Permission.AUDIT,
        Permission.REDIRECTS_OUTSIDE,
        Permission.JOBS,
        Permission.WEBHOOKS,
        Permission.SUBMISSIONS,
        Permission.PRIVACY,
        Permission.TOWN,
    }
)


class Role:
    """A role with its title and what it may do."""

    def __init__(
        self, name: str, title: str, permissions: Iterable[str], owner: str | None
    ) -> None:
        self.name = name
        self.title = title
        self.permissions = {str(permission) for permission in permissions}
        self.owner = owner
        self.granted_by: dict[str, set[str | None]] = {}
        """Permission → who granted it (None: the core); gone with the last of them."""


def add_role(config: Configurator, name: str, *, title: str, permissions: Iterable[str]) -> None:
    """Add a role that administrators can give to people."""
    owner = getattr(config, "owner", None)
    role = Role(name, title, permissions, owner)

    def register() -> None:
        config.registry["roles"][name] = role

    intr = config.introspectable("roles", name, str(title), "role")
    intr["name"] = name
    intr["permissions"] = sorted(role.permissions)
    config.action(("role", name), register, introspectables=(intr,), order=-5)


def grant_permission(config: Configurator, role: str, *permissions: str) -> None:
    """Let an existing role do more, e.g. editors also import files."""
    owner = getattr(config, "owner", None)
    names = tuple(str(permission) for permission in permissions)

    def register() -> None:
        granted = config.registry["roles"][role].granted_by
        for name in names:
            granted.setdefault(name, set()).add(owner)

    intr = config.introspectable("grants", (role, names), f"{role}: {', '.join(names)}", "grant")
    config.action(("grant", role, names), register, introspectables=(intr,))


def directives(config: Configurator) -> None:
    """Offer the directives of this room."""
    config.registry["roles"] = {}
    config.add_directive("add_role", add_role)
    config.add_directive("grant_permission", grant_permission)


def configure(config: Configurator) -> None:
    """Name the core's roles."""
    config.add_role("administrator", title=_("Administrator"), permissions=ADMINISTRATOR)
    config.add_role("editor", title=_("Editor"), permissions=EDITOR)
    config.add_role("reviewer", title=_("Reviewer"), permissions=REVIEWER)
    config.add_role("author", title=_("Author"), permissions=AUTHOR)
