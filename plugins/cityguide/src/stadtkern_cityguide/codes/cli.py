"""``stadtkern cityguide codes``."""

from pathlib import Path

import click

from stadtkern.content import Content
from stadtkern.db import work
from stadtkern.tenants import TenantRefused, mail_origin
from stadtkern.web.console import Console, Refused, json_option
from stadtkern_cityguide.codes import printing, queries, services
from stadtkern_cityguide.console import content_of


@click.command("codes")
@click.option("--tenant", "slug", required=True, help="Short name of the municipality.")
@click.option("--make", is_flag=True, help="Give codes to what is public and has none yet.")
@click.option("--stops", is_flag=True, help="With --make: to the stops of tours, too.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Print into this PDF.")
@click.option("--size", type=click.Choice(sorted(printing.SIZES)), default="a4", show_default=True)
@click.option("--language", default="", help="Of the sheets; else the municipality's first.")
@json_option
@click.pass_obj
def codes(
    console: Console,
    *,
    slug: str,
    make: bool,
    stops: bool,
    out: Path | None,
    size: str,
    language: str,
    as_json: bool,
) -> None:
    """List the codes on signs with what they lead to; make missing ones, print their sheets."""
    registry = console.registry()
    with console.refusing(TenantRefused, OSError):
        with work(console.database(), write=make) as session:
            content, _settings = content_of(registry, session, slug)
            tenant = content.tenant
            if language and language not in tenant.locales:
                known = ", ".join(tenant.locales)
                raise Refused(f"{slug} has no pages in “{language}”. It has: {known}.")
            if make:
                services.make(content, _lacking(content, stops=stops))
            begins = mail_origin(registry, tenant)
            wanted = language or tenant.default_locale
            sheets = printing.sheets(content, registry, None, begins, wanted)
        if out is not None:
            if not sheets:
                raise Refused("There are no codes yet. `--make` gives them to what is public.")
            out.write_bytes(printing.printed(registry, tenant, sheets, size=size, language=wanted))
    if out is not None and not as_json:
        console.say(f"Printed {len(sheets)} codes into {out}.")
        return
    rows = [
        {"code": one.code, "title": one.title, "beside": one.beside, "address": one.address}
        for one in sheets
    ]
    console.table(rows, ["code", "title", "beside", "address"], as_json=as_json)


def _lacking(content: Content, *, stops: bool) -> list[services.Item]:
    rows = queries.public_items(content.session, content.tenant.default_locale)
    return [
        item
        for group in services.items_of(content, rows)
        for item in group
        if stops or not item.number
    ]
