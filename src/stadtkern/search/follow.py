"""Following what happens to nodes, plugins and towns, in the same transaction."""

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy import event as orm_event
from sqlalchemy import select
from sqlalchemy.orm import Session, SessionTransaction

from stadtkern.content import Node, events
from stadtkern.db import TenantSession, bind_tenant
from stadtkern.jobs import enqueue
from stadtkern.plugins.events import PluginDisabled, PluginEnabled
from stadtkern.search.index import CHUNK, NOW, Index
from stadtkern.search.jobs import REINDEX
from stadtkern.search.models import NODES, SearchEntry
from stadtkern.search.sources import enabled_sources
from stadtkern.tenants import tenant_by_id
from stadtkern.tenants.events import LocaleAdded, TenantCreated

WAITING = "search_waiting"
INDEXES = "search_indexes"
Waiting = dict[int, dict[int, tuple[Node, bool]]]
"""By tenant and node: the node, and whether what stands below it is seen otherwise now."""
SAVED = (events.NodeCreated, events.NodeChanged)
TURNED = (events.NodePublished, events.NodeUnpublished, events.NodeUndeleted)


def follow(event: events.NodeEvent) -> None:
    """Note that a node has changed; a working copy is not found until it is published.

    What is noted is indexed once, before the commit (``settle``): saving and publishing are one
    look at the page, and publishing a hundred pages asks as often as publishing one.
    """
    if isinstance(event, events.NodeDeleted):
        index_of(event).hide_deleted(event.node.id)
        return
    shows = isinstance(event, TURNED) or (
        # Below the same page it is seen, or not, as before: addresses are the nodes' own.
        isinstance(event, events.NodeMoved) and _above(event.old_path) != _above(event.node.path)
    )
    if not shows and not isinstance(event, SAVED):
        return
    session = event.session
    waiting: Waiting = session.info.setdefault(WAITING, {})
    town = waiting.setdefault(event.tenant_id, {})
    known = town.get(event.node.id)
    town[event.node.id] = event.node, shows or (known is not None and known[1])
    index_of(event)
    if len(town) >= CHUNK:
        settle(session)


def settle(session: Session) -> None:
    """Index what has changed in this transaction so far; for whoever searches before its end."""
    waiting: Waiting = session.info.pop(WAITING, {})
    if not waiting:
        return
    session.flush()
    here = session.info.get("tenant_id")
    indexes: dict[int, Index] = session.info[INDEXES][1]
    for tenant_id, noted in waiting.items():
        if tenant_id != session.info.get("tenant_id"):
            bind_tenant(session, tenant_id)
        nodes = _still_there(session, {key: node for key, (node, _shows) in noted.items()})
        indexes[tenant_id].follow(nodes, [node for node in nodes if noted[node.id][1]])
    if session.info.get("tenant_id") != here:
        bind_tenant(session, here)


def _still_there(session: Session, noted: dict[int, Node]) -> list[Node]:
    """Return the nodes that are rows yet: a savepoint may have taken some back."""
    held = {key: node for key, node in noted.items() if node in session}
    gone = noted.keys() - held.keys()
    if gone:
        for node in session.scalars(select(Node).where(Node.id.in_(gone))):
            held[node.id] = node
    return [held[key] for key in noted if key in held]


def _before_commit(session: Session) -> None:
    if session.get_nested_transaction() is None:
        settle(session)


def _after_soft_rollback(session: Session, previous: SessionTransaction) -> None:
    if not previous.nested:
        session.info.pop(WAITING, None)


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def index_of(event: events.NodeEvent) -> Index:
    """Return a town's index in a transaction; made anew when its plugins were switched."""
    session = event.session
    within = session.get_transaction()
    noted = session.info.get(INDEXES)
    if noted is None or noted[0] is not within:
        noted = session.info[INDEXES] = (within, {})
    found: dict[int, Index] = noted[1]
    if event.tenant_id not in found or session.info.get("plugins_changed"):
        found[event.tenant_id] = Index(session, event.registry, event.tenant_id)
    return found[event.tenant_id]


def switched(event: PluginEnabled | PluginDisabled) -> None:
    """Find what a plugin brings, or nothing of it any more."""
    session, registry = event.session, event.registry
    index = Index(session, registry, event.tenant_id)
    index.show_all()
    if isinstance(event, PluginEnabled):
        tenant = tenant_by_id(session, event.tenant_id)
        for name, source in enabled_sources(registry, index.plugins).items():
            if source.owner == event.plugin:
                index.source(name, tenant)
    # Pages with its blocks say more, or less, from now on.
    types = [name for name, kind in index.types.items() if kind.owner == event.plugin]
    rows = session.execute(
        select(SearchEntry.node_id, SearchEntry.plugins).where(
            SearchEntry.source == NODES, SearchEntry.node_id.is_not(None)
        )
    )
    ids = [row.node_id for row in rows if event.plugin in (row.plugins or ())]
    if types:
        ids += session.scalars(select(Node.id).where(Node.type.in_(types)))
    wanted = sorted(set(ids))
    nodes = list(session.scalars(select(Node).where(Node.id.in_(wanted[:NOW]))))
    index.nodes(nodes)
    if len(wanted) > NOW:
        index.hide(wanted[NOW:])
        enqueue(session, registry, REINDEX, tenant_id=event.tenant_id)


def _all_sources(registry: Registry, event: TenantCreated | LocaleAdded) -> None:
    index = Index(event.session, registry, event.tenant.id)
    for name in enabled_sources(registry, index.plugins):
        index.source(name, event.tenant)


def configure(config: Configurator) -> None:
    """Listen."""
    registry = config.registry
    config.add_subscriber(follow, events.NodeEvent)
    config.add_subscriber(switched, PluginEnabled)
    config.add_subscriber(switched, PluginDisabled)

    def created(event: TenantCreated) -> None:
        _all_sources(registry, event)

    def spoken(event: LocaleAdded) -> None:
        _all_sources(registry, event)

    config.add_subscriber(created, TenantCreated)
    config.add_subscriber(spoken, LocaleAdded)


# Registered once on the class, as the audit's own listeners are.
orm_event.listen(TenantSession, "before_commit", _before_commit)
orm_event.listen(TenantSession, "after_soft_rollback", _after_soft_rollback)
