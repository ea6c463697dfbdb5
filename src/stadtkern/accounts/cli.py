"""``stadtkern accounts …``: the first login of a municipality."""

import sys

import click

from stadtkern.accounts import queries, services
from stadtkern.accounts.errors import AccountRefused
from stadtkern.accounts.passwords import PasswordRefused
from stadtkern.db import work
from stadtkern.tenants import Tenant, tenant_by_slug
from stadtkern.tenants.services import TenantRefused
from stadtkern.web.console import Console, json_option


@click.group(name="accounts")
def group() -> None:
    """People who log in."""


def _tenant(console: Console, slug: str) -> Tenant:
    with console.refusing(TenantRefused), work(console.database(), write=False) as session:
        return tenant_by_slug(session, slug)


@group.command()
@click.argument("mail")
@click.option("--tenant", required=True, help="Short name of the municipality.")
@click.option("--role", "roles", multiple=True, required=True, help="Role; may be repeated.")
@click.option("--name", default="", help="Name shown to colleagues.")
@click.option("--operator", is_flag=True, help="Also operates the installation.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@json_option
@click.pass_obj
def add(
    console: Console,
    *,
    mail: str,
    tenant: str,
    roles: tuple[str, ...],
    name: str,
    operator: bool,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Give MAIL a role in a municipality; asks for a password unless the account has one."""
    registry = console.registry()
    found = _tenant(console, tenant)
    with work(console.database(), write=False) as session:
        known = queries.account_by_mail(session, mail)
        has_password = known is not None and known.password_hash is not None
    password = None
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif not has_password and sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with console.refusing(AccountRefused, PasswordRefused):
        account = services.add_member(
            registry, found, mail=mail, roles=roles, name=name, password=password, operator=operator
        )
    hint = "" if password or has_password else " No password yet: use “Forgotten?” at the login."
    console.say(
        f"{account.mail} is now {', '.join(roles)} in {tenant}.{hint}",
        {"mail": account.mail, "tenant": tenant, "roles": list(roles)},
        as_json=as_json,
    )


@group.command("reset-factor")
@click.argument("mail")
@json_option
@click.pass_obj
def reset_factor(console: Console, *, mail: str, as_json: bool) -> None:
    """Take away the second factor of MAIL and end all logins; ask back before you do."""
    console.registry()
    with console.refusing(AccountRefused):
        account = services.reset_factor_by_command(console.database(), mail)
    console.say(
        f"{account.mail} has no second factor any more and is logged out everywhere.",
        {"mail": account.mail},
        as_json=as_json,
    )


@group.command("list")
@click.option("--tenant", required=True)
@json_option
@click.pass_obj
def list_(console: Console, *, tenant: str, as_json: bool) -> None:
    """List a municipality's members."""
    found = _tenant(console, tenant)
    with work(console.database(), found.id, write=False) as session:
        rows = [services.describe(account, member) for account, member in queries.members(session)]
    console.table(rows, ("mail", "name", "roles"), as_json=as_json)
