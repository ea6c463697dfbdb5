"""``stadtkern finance simulate|run|reconcile``: what is worked out over the whole stock."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from stadtkern.db import TenantSession, work
from stadtkern.exchange import DeliveryRefused, Desk, Source
from stadtkern.web.console import Console, Refused, json_option
from stadtkern.web.i18n import in_english
from stadtkern_finance.incoming import dry_option, tenant_option, town_of
from stadtkern_finance.reconcile import comparing
from stadtkern_finance.runs import queries, services
from stadtkern_finance.runs.calculating import Terms, preview, summary
from stadtkern_finance.runs.models import PREPAYMENTS, PROPERTY
from stadtkern_finance.stock import simulating
from stadtkern_finance.stock.resolutions import FIRST_YEAR, LAST_YEAR

MOST_EUROS = 10**12


@click.command("simulate")
@tenant_option
@click.option("--tax", type=click.Choice(simulating.TAXES), required=True, help="Which tax.")
@click.option("--percent", type=click.IntRange(0, 10_000), required=True, help="The rate to try.")
@click.option("--year", type=click.IntRange(1995, 2099), help="Compare with its rate; this year.")
@click.option("--revenue", help="Euros for the revenue-neutral rate, such as 1250000.50.")
@json_option
@click.pass_obj
def simulate(
    console: Console,
    *,
    slug: str,
    tax: str,
    percent: int,
    year: int | None,
    revenue: str | None,
    as_json: bool,
) -> None:
    """Say what another rate (Hebesatz) would bring over all accounts. Changes nothing."""
    tenant = town_of(console, slug)
    if percent < simulating.lowest(tax):
        raise Refused("A rate for trade tax is at least 200 (§ 16 (4) GewStG).")
    target = None if revenue is None else _cents(revenue)
    states = console.registry()["plugin_states"]
    with work(console.database(), tenant.id, write=False) as session:
        settings = states.of_id(tenant.id, session).settings("finance")
        try:
            found = simulating.simulate(
                session,
                settings,
                tax,
                percent,
                year=year or tenant.today().year,
                target_cent=target,
            )
        except simulating.NoRate as error:
            raise Refused(in_english(error.message)) from None
    made = found.as_json()
    lines = [
        f"{found.accounts} accounts, today at {found.percent_today} %: {made['today']} euros.",
        f"At {percent} %: {made['simulated']} euros, difference {made['difference']}.",
    ]
    lines += [
        f"  change of up to {one['up_to'] or 'more'}: {one['accounts']} accounts, "
        f"together {one['difference']}"
        for one in made["classes"]
    ]
    if made["neutral"] is not None:
        wanted = made["neutral"]
        lines.append(
            f"Revenue-neutral to {wanted['revenue']}: {wanted['percent']} % "
            f"({wanted['difference']} euros off)."
        )
    console.say("\n".join(lines), {"tenant": slug, **made}, as_json=as_json)


def _cents(text: str) -> int:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 <= amount <= MOST_EUROS and amount == round(amount, 2)):
        raise Refused(f"--revenue {text} is no amount in euros. Write it as 1250000.50.")
    return int(amount * 100)


@click.command("run")
@click.argument("year", type=click.IntRange(FIRST_YEAR, LAST_YEAR))
@click.option(
    "--of",
    "kind",
    type=click.Choice([PROPERTY, PREPAYMENTS]),
    default=PROPERTY,
    help="Property tax (as usual), or the prepayments of trade tax.",
)
@tenant_option
@dry_option
@json_option
@click.pass_obj
def run(console: Console, *, year: int, kind: str, slug: str, dry_run: bool, as_json: bool) -> None:
    """Work out the annual run (Jahreslauf) of YEAR, or go on where it was stopped.

    Nothing is assessed by it: two persons propose and release it in the back office. --dry-run
    stores nothing. Exit code 1 where no rate is in force for some accounts.
    """
    tenant = town_of(console, slug)
    database, states = console.database(), console.registry()["plugin_states"]

    def settings_of(session: Session) -> Any:
        return states.of_id(tenant.id, session).settings("finance")

    @contextmanager
    def unit(*, write: bool = True) -> Iterator[TenantSession]:
        with work(database, tenant.id, write=write) as session:
            session.info["origin"] = "cli"
            yield session

    made: dict[str, Any] = {"tenant": slug, "dry_run": dry_run}
    if dry_run:
        with unit(write=False) as session:
            made |= preview(session, Terms.of(session, settings_of(session), year, kind)).as_json()
    else:
        with unit() as session:
            number = services.start(session, console.registry(), tenant, year, None, kind).id
        services.calculate(unit, number, settings_of)
        with unit(write=False) as session:
            row = queries.run(session, number)
            if row is None:
                raise Refused("The run was deleted meanwhile.")
            made |= {"run": number, "state": row.state} | summary(session, row).as_json()
    lines = [
        (
            f"{made['accounts']} accounts: {made['unchanged']} as last year, {made['changed']} "
            f"changed, {made['new']} without last year, {made['assessed']} assessed already, "
            f"{made['no_rate']} without a rate, {made['no_base']} without a base amount."
        ),
        (
            f"{year - 1}: {made['before']} euros; {year}: {made['amount']} euros; difference of "
            f"those with both: {made['difference']}."
        ),
    ]
    lines += [
        f"  {one['kassenzeichen']}: {one['before']} → {one['amount']} ({one['difference']})"
        for one in made["top"]
    ]
    console.say("\n".join(lines), made, as_json=as_json)
    if made["no_rate"]:
        raise click.exceptions.Exit(1)


@click.command("reconcile")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--delivery", "number", type=int, help="A delivery that was taken in, by its id.")
@tenant_option
@json_option
@click.pass_obj
def reconcile(
    console: Console, *, file: Path | None, number: int | None, slug: str, as_json: bool
) -> None:
    """Compare the tax office's stock (FILE or --delivery) with our accounts (Bestandsabgleich).

    Stores nothing. Exit code 1 where something differs.
    """
    if (file is None) == (number is None):
        raise Refused("Name either a FILE or --delivery.")
    tenant = town_of(console, slug)
    with work(console.database(), tenant.id, write=False) as session:
        theirs = None
        if file is not None:
            try:
                desk = Desk(session, console.registry(), tenant)
                theirs = comparing.of_file(desk, Source(file, file.name))
            except DeliveryRefused as refused:
                raise Refused(f"{refused.place}: {in_english(refused.message)}") from None
        elif number is not None:
            theirs = comparing.of_delivery(session, number)
        if theirs is None:
            raise Refused(f"There is no delivery {number} that was read.")
        found = comparing.compare(session, theirs)
    made = found.as_json()
    lines = [f"{found.same} objects are the same on both sides."]
    lines += [
        f"{tax}: {one['objects_there']} there with {one['messbetrag_there']}, "
        f"{one['objects_here']} here with {one['messbetrag_here']}, difference {one['difference']}."
        for tax, one in made["taxes"].items()
    ]
    lines += [
        f"  {', '.join(one.kinds)}: {one.number or '-'} {one.kassenzeichen or '-'} "
        f"{in_english(comparing.WHAT_TO_DO[one.kinds[0]])}"
        for one in found.lines
    ]
    console.say("\n".join(lines), {"tenant": slug, **made}, as_json=as_json)
    if found.lines:
        raise click.exceptions.Exit(1)
