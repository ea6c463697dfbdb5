"""Which single objects can be held, and whether one exists."""

from pyramid.registry import Registry
from sqlalchemy import Integer, select
from sqlalchemy.orm import Session

from stadtkern.audit import title_of
from stadtkern.db import metadata
from stadtkern.plugins import PluginState
from stadtkern.privacy.kinds import personal_data, rules

OWN = frozenset({"legal_hold", "privacy_certificate", "retention_run"})
NODE = "node"


def kinds_to_hold(registry: Registry, state: PluginState | None) -> list[tuple[str, str]]:
    """Return names and titles of the tables whose rows can be held by their number.

    ``state``: only those of the core and of the plugins that are switched on; None: all.
    """
    said = [(rule.owner, rule.kind) for rule in rules(registry).values()]
    said += [(data.owner, name) for data in personal_data(registry) for name in data.held]
    names = {NODE} | {
        name for owner, name in said if state is None or owner is None or state.has(owner)
    }
    return [
        (name, title_of(registry, f"{name}.update", name)[1])
        for name in sorted(names - OWN)
        if _numbered(name)
    ]


def _numbered(name: str) -> bool:
    table = metadata.tables.get(name)
    if table is None or "tenant_id" not in table.c or "id" not in table.c:
        return False
    return isinstance(table.c.id.type, Integer)


def exists(session: Session, kind: str, number: int) -> bool:
    """Tell whether the session's town has an object with this number."""
    table = metadata.tables[kind]
    # Beside the ORM the session does not filter by itself.
    found = session.execute(
        select(table.c.id).where(
            table.c.id == number, table.c.tenant_id == session.info["tenant_id"]
        )
    )
    return found.first() is not None
