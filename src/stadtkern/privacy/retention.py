"""Running the rules: each night, in small transactions, with a report that survives a crash."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.audit import record
from stadtkern.db import utcnow
from stadtkern.jobs import Job, Superseded
from stadtkern.plugins import PluginState
from stadtkern.privacy import queries
from stadtkern.privacy.holding import holds_of
from stadtkern.privacy.kinds import Desk, RetentionRule, rules, rules_of
from stadtkern.privacy.models import RetentionRun
from stadtkern.tenants import Tenant
from stadtkern.web.i18n import _

log = structlog.get_logger("stadtkern.privacy")

JOB = "privacy.retention"
BATCH = 500

Unit = Callable[[], AbstractContextManager[Session]]


class RetentionFailed(Exception):  # noqa: N818 - the word that operators read
    """Some rules could not be run; the report names them. ``code``: the kind of error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Batch:
    """What one transaction has done; ``last``: where the next one goes on, None at the end."""

    erased: int
    held: int
    last: int | str | None


def desk_for(session: Session, registry: Registry, tenant: Tenant) -> Desk:
    """Return what handlers work with."""
    now = utcnow()
    return Desk(session, registry, tenant, now, holds_of(session, tenant, now))


def days_of(state: PluginState, rule: RetentionRule) -> int:
    """Return how many days a town keeps what a rule is about."""
    chosen = (state.settings("privacy").get("periods") or {}).get(rule.name, rule.days)
    try:
        return min(max(int(chosen), rule.least), rule.most)
    except (TypeError, ValueError):
        return rule.days


def run_batch(
    desk: Desk, rule: RetentionRule, days: int, after: Any, *, dry: bool = False
) -> Batch:
    """Erase up to ``BATCH`` rows whose time is over, but those that are held."""
    rows = list(rule.due(desk, desk.now - timedelta(days=days), after, BATCH))
    ids: list[Any] = [row.id for row in rows]
    if (
        len(ids) > BATCH
        or sorted(set(ids)) != ids
        or (ids and after is not None and ids[0] <= after)
    ):
        raise ValueError(f"{rule.name}: due() must return ids in order, each once, after the last")
    free = [row.id for row in rows if not desk.is_held(rule.kind, row)]
    if free and not dry:
        rule.erase(desk, free)
        record(desk.session, "privacy.retention", rule.kind, rule.name)
    return Batch(len(free), len(rows) - len(free), ids[-1] if len(ids) == BATCH else None)


def sweep(
    registry: Registry,
    tenant: Tenant,
    unit: Unit,
    key: str,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> Mapping[str, Mapping[str, Any]]:
    """Run all rules of a town; return what each has done, by its name.

    ``unit()`` opens one transaction that commits at its end. ``key`` names the run: begun again
    after a crash it goes on with the same report, and what was counted was deleted. A rule that
    fails does not keep the others from running.
    """
    with unit() as session:
        if queries.run_by_key(session, key) is None:
            session.add(RetentionRun(key=key, started_at=utcnow(), results={}))
    problems = []
    for name in sorted(rules(registry)):
        try:
            _run_rule(registry, tenant, unit, key, rules(registry)[name], cancelled)
        except Superseded:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a rule raises, the others run
            log.warning("retention rule failed", rule=name, kind=type(error).__name__)
            problems.append(type(error).__name__)
            with unit() as session:
                _note(session, key, name, problem=type(error).__name__)
        if cancelled():
            break
    with unit() as session:
        report = queries.run_by_key(session, key)
        assert report is not None  # noqa: S101 - made above
        report.finished_at = utcnow()
        results: dict[str, Any] = report.results
    if problems:
        raise RetentionFailed(problems[0])
    return results


def _run_rule(
    registry: Registry,
    tenant: Tenant,
    unit: Unit,
    key: str,
    rule: RetentionRule,
    cancelled: Callable[[], bool],
) -> None:
    after: int | str | None = None
    while True:
        with unit() as session:
            state = registry["plugin_states"].of_id(tenant.id, session)
            if rule not in rules_of(registry, state.enabled):
                return
            days = days_of(state, rule)
            done = run_batch(desk_for(session, registry, tenant), rule, days, after)
            _note(
                session,
                key,
                rule.name,
                days=days,
                erased=done.erased,
                held=done.held,
                first=after is None,
            )
        if done.last is None or cancelled():
            return
        after = done.last


def _note(session: Session, key: str, name: str, **found: Any) -> None:
    """Add to a rule's line of the report, in the transaction that the numbers are true of."""
    report = queries.run_by_key(session, key)
    assert report is not None  # noqa: S101 - made before the first rule
    line = {"days": 0, "erased": 0, "held": 0, "problem": ""} | report.results.get(name, {})
    if found.get("first"):
        # Begun again after a crash it meets the same held rows.
        line["held"] = 0
    line["erased"] += found.get("erased", 0)
    line["held"] += found.get("held", 0)
    line["days"] = found.get("days", line["days"])
    line["problem"] = found.get("problem", "")
    report.results = {**report.results, name: line}


def due_now(desk: Desk, rule: RetentionRule, days: int) -> Batch:
    """Count what a rule would erase and what is held, without changing anything."""
    erased = held = 0
    after: int | str | None = None
    while True:
        found = run_batch(desk, rule, days, after, dry=True)
        erased, held, after = erased + found.erased, held + found.held, found.last
        if after is None:
            return Batch(erased, held, None)


def run_job(job: Job) -> None:
    """Run the rules of the job's town."""
    assert job.tenant is not None  # noqa: S101 - rules belong to a town
    sweep(job.registry, job.tenant, job.work, job.id, cancelled=job.cancelled)


def configure(config: Configurator) -> None:
    """Run each night."""
    config.add_job(JOB, run_job, title=_("Delete what is older than its retention period"))
    config.add_schedule(JOB, job=JOB, cron="31 2 * * *")
