"""Indexing whole towns: by a job, at night, or by the command."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from stadtkern.content import Node
from stadtkern.jobs import Job
from stadtkern.search.backends import backend_of
from stadtkern.search.index import Index, Met, note_state, replace_words, vocabulary
from stadtkern.search.models import NODES, SearchEntry
from stadtkern.search.sources import enabled_sources
from stadtkern.search.words import Terms
from stadtkern.tenants import Tenant, bump_generation
from stadtkern.web.i18n import _

REINDEX = "search.reindex"
GENERATION = "search"
"""Of what can be found beside nodes, and of the town's words: answers are kept as long as it."""
BATCH = 400

Work = Callable[..., AbstractContextManager[Session]]


@dataclass
class Done:
    """What indexing a town has come to."""

    nodes: int = 0
    entries: int = 0
    changed: int = 0
    words: int = 0


def reindex(
    registry: Registry,
    tenant: Tenant,
    work: Work,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Done:
    """Bring a whole town's index in line with what is published; each batch commits by itself.

    ``work(write=True)`` opens a unit of work bound to the town. The first time, the texts are
    gone through twice: which words the town has decides how compounds are taken apart.
    """
    with work(write=False) as session:
        known = vocabulary(session)
        total = session.scalar(select(func.count()).select_from(Node)) or 0
    done = Done()
    met = Met()
    rounds = (True,) if known else (False, True)
    for turn, stored in enumerate(rounds):
        after, count, gone_through = 0, 1, 0
        met = Met()
        terms: dict[str, Terms] = {}
        while count and not cancelled():
            with work(write=stored) as session:
                index = Index(session, registry, tenant.id, known=known, terms=terms)
                index.met = met
                after, count = _batch(index, after, done if stored else None)
                gone_through += count
                progress(gone_through + turn * total, len(rounds) * total)
        done.nodes = gone_through
        if cancelled():
            return done
        known = set(met.words())
    with work(write=True) as session:
        index = Index(session, registry, tenant.id, known=known)
        index.met = met
        sources = enabled_sources(registry, index.plugins)
        for name in sources:
            index.source(name, tenant)
        session.execute(
            delete(SearchEntry)
            .where(SearchEntry.source.not_in([NODES, *sources]))
            .execution_options(synchronize_session=False)
        )
        done.words = replace_words(index)
        backend_of(session).settle(session, done.changed)
        done.entries = session.scalar(select(func.count()).select_from(SearchEntry)) or 0
        note_state(session, tenant.id, done.entries)
        bump_generation(session, registry["tenants"], tenant.id, GENERATION)
    return done


def _batch(index: Index, after: int, done: Done | None) -> tuple[int, int]:
    """Index the next nodes; return the last one's id and how many there were.

    Without ``done`` only their words are noted.
    """
    statement = select(Node).where(Node.id > after).order_by(Node.id).limit(BATCH)
    if done is not None:
        statement = statement.with_for_update(read=True)
    nodes = list(index.session.scalars(statement))
    if not nodes:
        return after, 0
    # Asked of what stands above these nodes only: a town full of drafts costs no more.
    visible = index.seen_now(nodes)
    if done is None:
        index.meet(nodes, visible)
    else:
        done.changed += index.nodes(nodes, visible=visible)
    last = nodes[-1].id
    index.session.expunge_all()
    return last, len(nodes)


def reindex_town(job: Job) -> None:
    """Index the job's town anew."""
    if job.tenant is not None:
        reindex(job.registry, job.tenant, job.work, progress=job.progress, cancelled=job.cancelled)


def configure(config: Configurator) -> None:
    """Register the job; at night it also finds compounds of words that are new in the town."""
    config.add_job(REINDEX, reindex_town, title=_("Build the search index"))
    config.add_schedule(REINDEX, job=REINDEX, cron="10 2 * * *")
