"""``stadtkern webhooks …``: what was sent to other systems; send it again."""

import click

from stadtkern.db import MAX_ID, work
from stadtkern.notify.webhooks import queries, services
from stadtkern.notify.webhooks.models import STATES
from stadtkern.tenants import TenantRefused, tenant_by_slug
from stadtkern.web.console import Console, Refused, json_option

COLUMNS = ("id", "receiver", "event", "state", "attempts", "status", "problem", "created")


@click.group(name="webhooks")
def group() -> None:
    """Messages to other systems."""


@group.command("list")
@click.option("--tenant", required=True, help="The municipality's short name.")
@click.option("--state", default="", type=click.Choice(["", *STATES]), help="Only these.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@json_option
@click.pass_obj
def list_(console: Console, *, tenant: str, state: str, limit: int, as_json: bool) -> None:
    """List messages, the newest first."""
    with console.refusing(TenantRefused):
        with work(console.database(), write=False) as session:
            tenant_id = tenant_by_slug(session, tenant).id
        with work(console.database(), tenant_id, write=False) as session:
            rows = [
                {
                    "id": row.id,
                    "receiver": name,
                    "event": row.event,
                    "state": row.state,
                    "attempts": row.attempts,
                    "status": row.status,
                    "problem": row.problem,
                    "created": row.created_at,
                }
                for row, name in queries.recent(session, state=state, limit=limit)
            ]
    console.table(rows, COLUMNS, as_json=as_json)


@group.command("replay")
@click.argument("ids", nargs=-1, required=True, type=click.IntRange(1, MAX_ID))
@click.option("--tenant", required=True, help="The municipality's short name.")
@click.pass_obj
def replay(console: Console, *, ids: tuple[int, ...], tenant: str) -> None:
    """Send messages again, by their numbers; all of them or none."""
    registry = console.registry()
    with console.refusing(TenantRefused):
        with work(console.database(), write=False) as session:
            tenant_id = tenant_by_slug(session, tenant).id
        with work(console.database(), tenant_id) as session:
            for number in ids:
                try:
                    services.replay(session, registry, number)
                except LookupError:
                    raise Refused(f"There is no message {number} in {tenant}.") from None
                except services.WebhookRefused as error:
                    raise Refused(f"{number}: {error.args[0].interpolate()}") from None
    click.echo(f"{len(ids)} set going.")
