"""``stadtkern privacy …``: hand out, erase, run the rules, see what is held."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from pyramid.i18n import TranslationString
from sqlalchemy.orm import Session

from stadtkern.db import work
from stadtkern.privacy import persons, queries
from stadtkern.privacy.archive import archive
from stadtkern.privacy.holds import PrivacyRefused
from stadtkern.privacy.kinds import rules_of
from stadtkern.privacy.retention import RetentionFailed, days_of, desk_for, due_now, sweep
from stadtkern.tenants import Tenant, TenantRefused, tenant_by_slug
from stadtkern.web.console import Console, Refused, json_option
from stadtkern.web.i18n import in_english

tenant_option = click.option(
    "--tenant", "slug", required=True, help="The municipality's short name."
)
mail_option = click.option("--mail", prompt="Mail address", help="Asked for if it is not given.")
"""What is asked for stands in no history of commands."""

LINES = ("data", "part", "number", "held", "fate", "why")


@click.group(name="privacy")
def group() -> None:
    """Hand out and erase data of persons, and delete what is old."""


def _tenant(console: Console, slug: str) -> Tenant:
    with console.refusing(TenantRefused), work(console.database(), write=False) as session:
        return tenant_by_slug(session, slug)


def _english(text: str) -> str:
    return in_english(text) if isinstance(text, TranslationString) else str(text)


def _rows(found: persons.Preview) -> list[dict[str, Any]]:
    return [
        {
            "data": line.data.name,
            "part": _english(line.part.title),
            "number": line.part.number,
            "held": line.held,
            "fate": line.part.fate,
            "why": _english(line.part.why),
        }
        for line in found.lines
    ]


@group.command()
@tenant_option
@mail_option
@json_option
@click.pass_obj
def show(console: Console, *, slug: str, mail: str, as_json: bool) -> None:
    """Show what is stored of a person and what erasure would do; nothing is changed."""
    registry = console.registry()
    tenant = _tenant(console, slug)
    with work(console.database(), tenant.id) as session:
        found = persons.look(session, registry, tenant, mail)
        console.table(_rows(found), LINES, as_json=as_json)


@group.command()
@tenant_option
@mail_option
@click.option(
    "--output", required=True, type=click.Path(path_type=Path), help="The ZIP file to write."
)
@click.pass_obj
def export(console: Console, *, slug: str, mail: str, output: Path) -> None:
    """Write all that is stored of a person to a ZIP: JSON and a readable page."""
    registry = console.registry()
    tenant = _tenant(console, slug)
    if output.exists():
        raise Refused(f"{output} exists already. Give another name.")
    with work(console.database(), tenant.id) as session:
        packed = archive(session, registry, tenant, mail)
    output.touch(mode=0o600)
    output.write_bytes(packed)
    click.echo(f"Written to {output}. Hand it over safely and delete it here.")


@group.command()
@tenant_option
@mail_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def erase(console: Console, *, slug: str, mail: str, yes: bool, as_json: bool) -> None:
    """Erase what is stored of a person, all or nothing, and certify it."""
    registry = console.registry()
    tenant = _tenant(console, slug)
    with work(console.database(), tenant.id) as session:
        found = persons.look(session, registry, tenant, mail)
    if not yes:
        console.table(_rows(found), LINES)
        click.confirm("Erase this? It cannot be taken back.", abort=True)
    with (
        console.refusing(PrivacyRefused),
        work(console.database(), tenant.id) as session,
    ):
        made = persons.erase(session, registry, tenant, mail, by=None, seen=found.seen)
        report = {"certificate": made.number, "sha256": made.digest, "document": made.document}
    console.say(f"Erased. Certificate {report['certificate']}.", report, as_json=as_json)


@group.command()
@tenant_option
@click.option("--dry-run", is_flag=True, help="Only count.")
@json_option
@click.pass_obj
def retention(console: Console, *, slug: str, dry_run: bool, as_json: bool) -> None:
    """Delete what is older than its retention period, as it happens each night."""
    registry = console.registry()
    tenant = _tenant(console, slug)
    if dry_run:
        with work(console.database(), tenant.id) as session:
            state = registry["plugin_states"].of_id(tenant.id, session)
            desk = desk_for(session, registry, tenant)
            rows: list[dict[str, Any]] = []
            for rule in rules_of(registry, state.enabled):
                days = days_of(state, rule)
                found = due_now(desk, rule, days)
                rows.append(
                    {"rule": rule.name, "days": days, "due": found.erased, "held": found.held}
                )
        console.table(rows, ("rule", "days", "due", "held"), as_json=as_json)
        return

    def unit() -> AbstractContextManager[Session]:
        return work(console.database(), tenant.id)

    try:
        results = sweep(registry, tenant, unit, f"command-{uuid4()}")
    except RetentionFailed as error:
        raise Refused(
            f"Some rules failed ({error.code}); the others ran. The report in the back office "
            "names them."
        ) from error
    rows = [{"rule": name, **line} for name, line in sorted(results.items())]
    console.table(rows, ("rule", "days", "erased", "held"), as_json=as_json)


@group.command()
@tenant_option
@json_option
@click.pass_obj
def holds(console: Console, *, slug: str, as_json: bool) -> None:
    """List legal holds that count now; whom and why is seen in the back office only."""
    tenant = _tenant(console, slug)
    with work(console.database(), tenant.id, write=False) as session:
        rows = [
            {
                "id": row.id,
                "kind": row.kind,
                "subject": "" if row.kind == "person" else row.subject,
                "until": row.until,
                "created": row.created_at,
            }
            for row in queries.active_holds(session, tenant.today())
        ]
    console.table(rows, ("id", "kind", "subject", "until", "created"), as_json=as_json)
