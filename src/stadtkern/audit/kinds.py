"""Words for what is audited: kinds of objects and names of deeds, in every language."""

from collections.abc import Callable
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.i18n import TranslationString
from pyramid.registry import Registry

from stadtkern.web.i18n import _


@dataclass(frozen=True)
class Kind:
    """A kind of object. ``of``: the kind whose id its subject is (a redirect: ``node``)."""

    name: str
    title: str
    of: str


def add_audit_kind(config: Configurator, name: str, *, title: str, of: str | None = None) -> None:
    """Name a table, or what deeds are about, in the history: ``add_audit_kind("redirect", …)``.

    ``of``: entries show up in the history of that kind's object, too (``"node"``, ``"account"``),
    whose id the model's ``__audit_subject__`` must then be.
    """
    kind = Kind(name, title, of or name)

    def register() -> None:
        config.registry["audit_kinds"][name] = kind

    intr = config.introspectable("audit kinds", name, str(title), "audit kind")
    intr["name"] = name
    config.action(("audit kind", name), register, introspectables=(intr,))


def add_audit_deed(config: Configurator, deed: str, *, title: str) -> None:
    """Name a deed in the history: ``add_audit_deed("node.publish", title=_("published"))``."""

    def register() -> None:
        config.registry["audit_deeds"][deed] = title

    intr = config.introspectable("audit deeds", deed, str(title), "audit deed")
    intr["name"] = deed
    config.action(("audit deed", deed), register, introspectables=(intr,))


def title_of(registry: Registry, deed: str, kind: str) -> tuple[TranslationString | str, str]:
    """Return the words for a deed and for its kind."""
    known = registry["audit_kinds"].get(kind)
    title = known.title if known is not None else kind
    named = registry["audit_deeds"].get(deed)
    if named is not None:
        return named, title
    verb = VERBS.get(deed.rpartition(".")[2])
    return verb if verb is not None else deed, title


VERBS = {"insert": _("added"), "update": _("changed"), "delete": _("deleted")}


def kinds_of(registry: Registry, of: str) -> list[str]:
    """Return the kinds whose entries belong to the history of an object of kind ``of``."""
    return sorted({of} | {kind.name for kind in registry["audit_kinds"].values() if kind.of == of})


def directives(config: Configurator) -> None:
    """Offer the directives of this room."""
    config.registry["audit_kinds"] = {}
    config.registry["audit_deeds"] = {}
    offered: tuple[tuple[str, Callable[..., None]], ...] = (
        ("add_audit_kind", add_audit_kind),
        ("add_audit_deed", add_audit_deed),
    )
    for name, directive in offered:
        config.add_directive(name, directive)


def configure(config: Configurator) -> None:
    """Name what rooms write that know nothing of the audit."""
    config.add_audit_kind("tenant_plugin", title=_("Plugin or settings"))
