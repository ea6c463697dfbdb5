"""Following what happens to nodes, plugins and towns, in the same transaction."""

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy import select

from stadtkern.content import Node, events
from stadtkern.jobs import enqueue
from stadtkern.plugins.events import PluginDisabled, PluginEnabled
from stadtkern.search.index import NOW, Index
from stadtkern.search.jobs import REINDEX
from stadtkern.search.models import NODES, SearchEntry
from stadtkern.search.sources import enabled_sources
from stadtkern.tenants import tenant_by_id
from stadtkern.tenants.events import LocaleAdded, TenantCreated

SAVED = (events.NodeCreated, events.NodeChanged)
TURNED = (events.NodePublished, events.NodeUnpublished, events.NodeUndeleted)


def follow(event: events.NodeEvent) -> None:
    """Keep up with a node; a working copy is not found until it is published."""
    if isinstance(event, events.NodeDeleted):
        index_of(event).hide_deleted(event.node.id)
    elif isinstance(event, SAVED):
        index_of(event).nodes([event.node])
    elif isinstance(event, TURNED):
        index = index_of(event)
        index.nodes([event.node])
        index.show(event.node)
    elif isinstance(event, events.NodeMoved) and _above(event.old_path) != _above(event.node.path):
        # Below the same page it is seen, or not, as before: addresses are the nodes' own.
        index_of(event).show(event.node)


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def index_of(event: events.NodeEvent) -> Index:
    """Return the index of a transaction: which plugins the town has is asked once."""
    session = event.session
    within = session.get_transaction()
    noted = session.info.get("search_index")
    if noted is not None and noted[0] is within and not session.info.get("plugins_changed"):
        found: Index = noted[1]
        return found
    made = Index(session, event.registry, event.tenant_id)
    session.info["search_index"] = within, made
    return made


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
