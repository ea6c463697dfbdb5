"""``stadtkern finance export|receipts``: files for the accounting system, and its answers."""

from pathlib import Path
from typing import Any

import click

from stadtkern.db import work
from stadtkern.web.console import Console, Refused, json_option
from stadtkern.web.i18n import in_english
from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.incoming import dry_option, tenant_option, town_of
from stadtkern_finance.ledger import answers, batches, profiles, queries
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


@click.command("receipts")
@click.argument("path", metavar="PATH", type=click.Path(exists=True, path_type=Path))
@tenant_option
@dry_option
@json_option
@click.pass_obj
def receipts(console: Console, *, path: Path, slug: str, dry_run: bool, as_json: bool) -> None:
    """Read what the accounting system answers to each booking.

    PATH is a file, or a folder whose files are read in the order of their names; it stays as it
    is. The same file twice changes nothing. Exit code 1 where one was refused: of that one nothing
    is stored.
    """
    tenant = town_of(console, slug)
    files = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    reports = [_receipt(console, tenant, file, dry=dry_run) for file in files]
    data = {"tenant": slug, "dry_run": dry_run, "receipts": reports}
    console.say("\n".join(map(_told, reports)) or "No file.", data, as_json=as_json)
    if any(report["state"] == "refused" for report in reports):
        raise click.exceptions.Exit(1)


def _receipt(console: Console, tenant: Any, file: Path, *, dry: bool) -> dict[str, Any]:
    if file.stat().st_size > answers.LARGEST:
        reason = f"is larger than {answers.LARGEST // 1_000_000} MB"
        return {"file": file.name, "state": "refused", "reason": reason}
    data = file.read_bytes()
    try:
        with work(console.database(), tenant.id, write=not dry) as session:
            session.info["origin"] = "cli"
            take = answers.understood if dry else answers.take
            made = take(session, data, file.name)
            names = [
                batches.name_of(row)
                for number in sorted(made.batches)
                if (row := queries.batch_by_id(session, number)) is not None
            ]
            rejected = [
                {"line": row.line_id, "reason": reason}
                for reason, rows in made.rejected.items()
                for row in rows
            ]
    except FileRefused as refused:
        reason = in_english(refused.text)
        return {"file": file.name, "state": "refused", "reason": reason}
    return {
        "file": file.name,
        "state": "known" if made.again else "dry-run" if dry else "read",
        "batches": names,
        "accepted": len(made.accepted),
        "rejected": rejected,
        "known": made.known,
    }


def _told(report: dict[str, Any]) -> str:
    if report["state"] == "refused":
        return f"{report['file']}: refused: {report['reason']}"
    if report["state"] == "known":
        return f"{report['file']}: was read before, nothing changed."
    first = (
        f"{report['file']}: {report['accepted']} accepted, {len(report['rejected'])} rejected, "
        f"{report['known']} known before."
    )
    lines = [first]
    lines += [f"  {one['line']}: {one['reason'] or 'no reason'}" for one in report["rejected"]]
    return "\n".join(lines)
