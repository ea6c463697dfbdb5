"""``stadtkern finance export``: bookings as files for the accounting system."""

from pathlib import Path
from typing import Any

import click

from stadtkern.db import work
from stadtkern.web.console import Console, Refused, json_option
from stadtkern_finance.incoming import tenant_option, town_of
from stadtkern_finance.ledger import batches, profiles, queries
from stadtkern_finance.ledger.facts import LedgerBroken
from stadtkern_finance.ledger.models import StoredBatch
from stadtkern_finance.records.reading import BadInput


@click.command("export")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@tenant_option
@click.option("--profile", help="How the file looks; else as the batch before, or csv-own-1.")
@click.option("--batch", "number", type=int, help="Write this batch once more, and make none.")
@json_option
@click.pass_obj
def export(
    console: Console,
    *,
    out: Path,
    slug: str,
    profile: str | None,
    number: int | None,
    as_json: bool,
) -> None:
    """Put all bookings that have not gone out into a batch, and write its file.

    OUT is a file, or a folder: then the profile names the file. Where there is nothing to export,
    nothing is written. The same batch gives the same bytes whenever it is written.
    """
    tenant = town_of(console, slug)
    database = console.database()
    if number is None:
        with work(database, tenant.id) as session:
            session.info["origin"] = "cli"
            row = _made(session, tenant, profile)
            number = None if row is None else row.number
        if number is None:
            none = {"tenant": slug, "batch": None}
            console.say("Nothing to export: all bookings have gone out.", none, as_json=as_json)
            return
    with work(database, tenant.id, write=False) as session:
        row = queries.batch(session, number)
        if row is None:
            raise Refused(f"There is no batch {number}.")
        try:
            file = batches.artifact(session, row)
        except LedgerBroken:
            raise Refused(
                f"Batch {batches.name_of(row)} no longer is what it was: what is stored was "
                "changed, or would be written differently now. Nothing was written."
            ) from None
        report = _report(slug, row)
    target = out / file.name if out.is_dir() else out
    try:
        target.write_bytes(file.data)
    except OSError as error:
        raise Refused(
            f"{target} cannot be written: {error.strerror}. The batch is made; "
            f"`stadtkern finance export --tenant {slug} --batch {number} OUT` writes it."
        ) from None
    said = (
        f"{target}: batch {report['batch']}, {report['count']} bookings, demands "
        f"{report['sum_debit']}, refunds and reversals {report['sum_credit']}."
    )
    console.say(said, report | {"file": str(target)}, as_json=as_json)


def _made(session: Any, tenant: Any, profile: str | None) -> StoredBatch | None:
    try:
        return batches.make(session, tenant, profile or profiles.usual(session))
    except batches.ProfileUnknown:
        names = ", ".join(profiles.names(session))
        raise Refused(f"There is no profile {profile}. There are: {names}.") from None
    except BadInput as error:
        raise Refused("No batch was made.\n" + "\n".join(error.sentences("en"))) from None


def _euros(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _report(slug: str, row: StoredBatch) -> dict[str, Any]:
    return {
        "tenant": slug,
        "batch": batches.name_of(row),
        "number": row.number,
        "profile": row.profile,
        "count": row.count,
        "sum_debit": _euros(row.debit_cent),
        "sum_credit": _euros(row.credit_cent),
        "hash": row.hash,
        "prev_hash": row.prev_hash,
        "sha256": row.file_sha,
    }
