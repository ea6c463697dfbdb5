"""``stadtkern finance simulate``: what is worked out over the whole stock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from stadtkern.db import utcnow, work
from stadtkern.web.console import Console, Refused, json_option
from stadtkern.web.i18n import in_english
from stadtkern_finance.incoming import tenant_option, town_of
from stadtkern_finance.stock import simulating


def _now(zone: str) -> datetime:
    return utcnow().astimezone(ZoneInfo(zone))


@click.command("simulate")
@tenant_option
@click.option("--tax", type=click.Choice(simulating.TAXES), required=True, help="Which tax.")
@click.option("--percent", type=click.IntRange(0, 10_000), required=True, help="The rate to try.")
@click.option("--year", type=click.IntRange(1995, 2099), help="Compare with its rate; this year.")
@click.option("--revenue", type=float, help="Euros for the revenue-neutral rate.")
@json_option
@click.pass_obj
def simulate(
    console: Console,
    *,
    slug: str,
    tax: str,
    percent: int,
    year: int | None,
    revenue: float | None,
    as_json: bool,
) -> None:
    """Say what another rate (Hebesatz) would bring over all accounts. Changes nothing."""
    tenant = town_of(console, slug)
    if percent < simulating.lowest(tax):
        raise Refused("A rate for trade tax is at least 200 (§ 16 (4) GewStG).")
    states = console.registry()["plugin_states"]
    with work(console.database(), tenant.id, write=False) as session:
        settings = states.of_id(tenant.id, session).settings("finance")
        try:
            found = simulating.simulate(
                session,
                settings,
                tax,
                percent,
                year=year or _now(tenant.timezone).year,
                target_cent=None if revenue is None else round(revenue * 100),
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
