"""``stadtkern finance import|stock|rates``: what comes in, and what the town holds."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from stadtkern import audit
from stadtkern.db import TenantSession, bind_tenant, work
from stadtkern.exchange import (
    DeliveryRefused,
    Desk,
    ExchangeRefused,
    Source,
    keeping,
    models,
    queries,
    receiving,
    staging,
)
from stadtkern.tenants import Tenant, TenantRefused, tenant_by_slug
from stadtkern.web.console import Console, Refused, json_option
from stadtkern.web.i18n import as_message, in_english
from stadtkern_finance.formats.mapping import MappingBroken
from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.intake.configuring import AREA
from stadtkern_finance.records.schema import PROPERTY_KINDS, TRADE
from stadtkern_finance.stock import importing, mandates, resolutions
from stadtkern_finance.stock import queries as stocked

tenant_option = click.option(
    "--tenant", "slug", required=True, help="Short name of the municipality."
)
dry_option = click.option("--dry-run", is_flag=True, help="Only say what would be done.")
WAIT = 0.5
"""Seconds between looks while a worker reads a delivery."""


def town_of(console: Console, slug: str) -> Tenant:
    """Return the municipality, where the plugin is switched on."""
    registry = console.registry()
    installed = registry["plugins"]["finance"]
    if not installed.working:
        # It would look switched off: say what is really the matter.
        raise Refused(
            f"The finance interface is out of service: {installed.problem} "
            "`stadtkern plugins doctor` says more."
        )
    with console.refusing(TenantRefused), work(console.database(), write=False) as session:
        tenant = tenant_by_slug(session, slug)
        bind_tenant(session, tenant.id)
        if not registry["plugin_states"].of_id(tenant.id, session).has("finance"):
            raise Refused(
                f"The finance interface is switched off for {slug}. "
                f"`stadtkern plugins enable finance --tenant {slug}` switches it on."
            )
    return tenant


@click.command("import")
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@tenant_option
@dry_option
@json_option
@click.pass_obj
def import_(
    console: Console, *, paths: tuple[Path, ...], slug: str, dry_run: bool, as_json: bool
) -> None:
    """Take deliveries in and read them to their end. The same file twice changes nothing.

    Exit code 1 where one was refused; the others are in.
    """
    tenant = town_of(console, slug)
    look = _previewed if dry_run else _taken
    reports = [look(console, tenant, path) for path in paths]
    lines = [_sentence(report) for report in reports]
    data = {"tenant": slug, "dry_run": dry_run, "deliveries": reports}
    console.say("\n".join(lines), data, as_json=as_json)
    if any(report["state"] in {"refused", "failed"} for report in reports):
        raise click.exceptions.Exit(1)


def _taken(console: Console, tenant: Tenant, path: Path) -> dict[str, Any]:
    registry, database = console.registry(), console.database()
    most = keeping.maximum(registry)
    if path.stat().st_size > most:
        # Before gigabytes are copied only to be refused.
        reason = (
            f"is larger than {most // 1_000_000} MB. The setting exchange.delivery_mb raises "
            "that, or the sender splits it."
        )
        return {"file": path.name, "state": "refused", "reason": reason}
    try:
        with path.open("rb") as stream, work(database, tenant.id) as session:
            session.info["origin"] = "cli"
            got = receiving.receive(
                session, registry, area=AREA, stream=stream, name=path.name, source="command"
            )
            number, new = got.delivery.id, got.new
    except ExchangeRefused as refused:
        return {"file": path.name, "state": "refused", "reason": in_english(refused.message)}
    with work(database, tenant.id) as session:
        row = queries.delivery(session, AREA, number)
        if row is not None:
            receiving.confirm(row)

    @contextmanager
    def unit(*, write: bool = True) -> Iterator[TenantSession]:
        with work(database, tenant.id, write=write) as session:
            yield session

    reader = staging.Reader(registry, tenant, unit)
    while True:
        reader.run(last_attempt=True)
        with work(database, tenant.id, write=False) as session:
            row = queries.delivery(session, AREA, number)
            if row is None:
                raise Refused(f"{path.name} was deleted in the meantime.")
            if queries.ended(row.state):
                return _report(session, row, path, new=new)
        # A worker is at it.
        time.sleep(WAIT)


def _report(session: Any, row: Any, path: Path, *, new: bool) -> dict[str, Any]:
    counts = queries.counts(session, AREA, {"delivery": row.id})
    report: dict[str, Any] = {
        "file": path.name,
        "delivery": row.id,
        "sha256": row.sha,
        "state": row.state,
        "new": new,
        "format": row.format,
        "records": row.staged,
        "known": row.known,
        "errors": sum(one.number for one in counts if one.severity == models.ERROR),
        "warnings": sum(one.number for one in counts if one.severity == models.WARNING),
        "aside": sum(one.number for one in counts if one.state == models.ASIDE),
        "findings": {
            one.code: one.number for one in queries.codes(session, AREA, {"delivery": row.id})
        },
    }
    if row.reason is not None:
        report["place"] = row.reason.get("place", "")
        report["reason"] = in_english(as_message(row.reason))
    return report


def _previewed(console: Console, tenant: Tenant, path: Path) -> dict[str, Any]:
    """Read and check a file without storing anything."""
    found: Counter[str] = Counter()
    severities: Counter[str] = Counter()
    records = aside = 0
    with work(console.database(), tenant.id, write=False) as session:
        desk = Desk(session, console.registry(), tenant)
        try:
            for parsed, checked in staging.preview(desk, AREA, Source(path, path.name)):
                records += 1
                aside += checked.state == models.ASIDE
                both = (*parsed.findings, *checked.findings)
                found.update({one.code for one in both})
                severities.update({one.severity for one in both})
        except DeliveryRefused as refused:
            return {
                "file": path.name,
                "state": "refused",
                "place": refused.place,
                "reason": in_english(refused.message),
            }
    return {
        "file": path.name,
        "state": "dry-run",
        "records": records,
        "errors": severities[models.ERROR],
        "warnings": severities[models.WARNING],
        "aside": aside,
        "findings": dict(sorted(found.items())),
    }


def _sentence(report: dict[str, Any]) -> str:
    if "reason" in report:
        place = f" at {report['place']}" if report.get("place") else ""
        return f"{report['file']}: refused{place}: {report['reason']}"
    before = "" if report.get("new", True) else "was here already; "
    said = (
        f"{report['file']}: {before}{report['records']} records, {report['errors']} with errors, "
        f"{report['warnings']} with warnings, {report['aside']} for other municipalities"
    )
    known = report.get("known")
    return f"{said}, {known} known before." if known else f"{said}."


@click.group("stock")
def stock() -> None:
    """Accounts that the town has: Kassenzeichen, numbers, places, owners, base amounts."""


@stock.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@tenant_option
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file that says which column is which; without it the columns are ours.",
)
@dry_option
@json_option
@click.pass_obj
def stock_import(
    console: Console,
    *,
    file: Path,
    slug: str,
    mapping_file: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take accounts from a list (CSV): new ones and changes, by Kassenzeichen.

    Accounts that the list does not name stay. Exit code 1 where lines were left out.
    """
    tenant = town_of(console, slug)
    report = importing.Report()

    @contextmanager
    def unit() -> Iterator[TenantSession]:
        with work(console.database(), tenant.id, write=not dry_run) as session:
            session.info["origin"] = "cli"
            yield session
            if not dry_run:
                audit.record(session, "finance.stock", "finance_account", "list")

    with console.refusing(MappingBroken, OSError):
        mapping = importing.mapping_of(mapping_file)
        if file.stat().st_size > importing.LARGEST:
            raise Refused(
                f"{file.name} is larger than {importing.LARGEST // 1_000_000} MB. Split the list: "
                "accounts that it does not name stay."
            )
        data = file.read_bytes()
    try:
        rows = importing.lines(data, file.name, mapping, report, tenant.today())
        keep = partial(_mandates, console.registry(), tenant.today())
        importing.run(unit, rows, report, day=tenant.today(), dry=dry_run, keep=keep)
    except FileRefused as refused:
        raise Refused(f"{refused.entry}: {in_english(refused.text)}") from None
    problems = [
        {"line": line, "field": name, "reason": in_english(reason)}
        for line, name, reason in report.problems
    ]
    data_out = {
        "tenant": slug,
        "dry_run": dry_run,
        "new": report.new,
        "changed": report.changed,
        "renumbered": report.renumbered,
        "unchanged": report.unchanged,
        "left_out": report.left_out,
        "mandates": report.mandates,
        "problems": problems,
    }
    did = "would be " if dry_run else ""
    said = (
        f"{report.new} accounts {did}new, {report.changed} {did}changed "
        f"({report.renumbered} with another number), {report.unchanged} unchanged, "
        f"{report.left_out} left out; {report.mandates} mandates new or changed."
    )
    rest = [f"Line {one['line']}, {one['field']}: {one['reason']}" for one in problems]
    console.say("\n".join([said, *rest]), data_out, as_json=as_json)
    if report.left_out:
        raise click.exceptions.Exit(1)


def _mandates(registry: Any, today: date, session: Any, given: Any) -> int:
    return mandates.take(session, registry, given, today)


@click.command("rates")
@tenant_option
@click.option("--set", "tax", type=click.Choice([*PROPERTY_KINDS, TRADE]), help="Which tax.")
@click.option("--percent", type=click.IntRange(0, 10_000), help="The rate (Hebesatz).")
@click.option("--from", "year", type=click.IntRange(1995, 2099), help="First year.")
@click.option(
    "--resolved", type=click.DateTime(["%Y-%m-%d"]), help="Day of the council's resolution."
)
@json_option
@click.pass_obj
def rates(
    console: Console,
    *,
    slug: str,
    tax: str | None,
    percent: int | None,
    year: int | None,
    resolved: datetime | None,
    as_json: bool,
) -> None:
    """List the resolutions on rates (Hebesätze), or add one by --set, --percent and --from."""
    tenant = town_of(console, slug)
    if tax is not None:
        if percent is None or year is None:
            raise Refused("--set needs --percent and --from.")
        _resolve(console, tenant, tax, percent, year, resolved)
    with work(console.database(), tenant.id, write=False) as session:
        found = [
            {
                "tax": row.tax,
                "from": row.first_year,
                "percent": row.percent,
                "resolved_on": None if row.resolved_on is None else row.resolved_on.isoformat(),
            }
            for row in stocked.rates(session)
        ]
    lines = [f"{one['tax']}: {one['percent']} % from {one['from']} on" for one in found]
    text = "\n".join(lines) or "No resolutions; the settings' rates count."
    console.say(text, {"tenant": slug, "rates": found}, as_json=as_json)


def _resolve(
    console: Console, tenant: Tenant, tax: str, percent: int, year: int, resolved: datetime | None
) -> None:
    day: date | None = None if resolved is None else resolved.date()
    states = console.registry()["plugin_states"]
    with work(console.database(), tenant.id) as session:
        session.info["origin"] = "cli"
        settings = states.of_id(tenant.id, session).settings("finance")
        try:
            resolutions.resolve(
                session, settings, tax=tax, first_year=year, percent=percent, resolved_on=day
            )
        except resolutions.ResolutionRefused as refused:
            raise Refused(in_english(refused.message)) from None
