"""``stadtkern mail …``."""

import click

from stadtkern.db import work
from stadtkern.mail import resend_waiting
from stadtkern.tenants import tenant_by_slug
from stadtkern.tenants.services import TenantRefused
from stadtkern.web.console import Console, json_option


@click.group(name="mail")
def group() -> None:
    """Outgoing mail."""


@group.command()
@click.option("--tenant", required=True)
@json_option
@click.pass_obj
def send(console: Console, *, tenant: str, as_json: bool) -> None:
    """Try once more what is waiting or has failed."""
    with console.refusing(TenantRefused), work(console.database(), write=False) as session:
        found = tenant_by_slug(session, tenant)
    tried = resend_waiting(console.registry()["outbox"], found.id)
    console.say(f"{tried} mail(s) tried.", {"tried": tried}, as_json=as_json)
