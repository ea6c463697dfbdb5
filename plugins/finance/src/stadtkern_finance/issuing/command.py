"""Making a town's notices on the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click

from stadtkern.db import TenantSession, work
from stadtkern.web.console import Console, Refused
from stadtkern.web.i18n import as_message, speaker
from stadtkern_finance.incoming import town_of
from stadtkern_finance.issuing import keeping, making, queries
from stadtkern_finance.issuing.models import PROBLEM, StoredNotice
from stadtkern_finance.records.reading import BadInput


def make_stored(
    console: Console, slug: str, day: date | None, out: Path | None, language: str, *, as_json: bool
) -> None:
    """Make notices of all released assessments that have none; exit code 1 where one cannot be."""
    tenant = town_of(console, slug)
    registry, database = console.registry(), console.database()
    day = day or tenant.today()

    @contextmanager
    def unit(*, write: bool = True) -> Iterator[TenantSession]:
        with work(database, tenant.id, write=write) as session:
            session.info["origin"] = "cli"
            yield session

    try:
        report = making.make_all(unit, registry, tenant, day)
    except BadInput as error:
        # The only one that is not a single notice's: no letterhead holds on that day.
        raise Refused(
            "No notice was made.\n"
            + "\n".join(error.sentences(language))
            + f"\nEnter a letterhead that holds on {day.isoformat()} in the back office, under "
            "“Letterhead”."
        ) from None
    translate = speaker(registry, language)
    store = keeping.store_of(registry, tenant.id)
    made: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = []
    with unit(write=False) as session:
        for number in report.ids:
            row = queries.one(session, number)
            if row is None:
                continue
            if row.state == PROBLEM:
                reasons = [translate(as_message(one)) for one in row.problems]
                held.append({"id": row.id, "kassenzeichen": row.number, "reasons": reasons})
                continue
            made.append(
                {"id": row.id, "kassenzeichen": row.number, "sha256": row.pdf_sha}
                | ({} if out is None else {"files": _written(row, store, out)})
            )
    lines = [f"{report.made} notices made, {report.problems} cannot be made yet."]
    lines += [f"{one['kassenzeichen']}: {' '.join(one['reasons'])}" for one in held]
    data = {"tenant": slug, "day": day.isoformat(), "made": report.made, "notices": made}
    console.say("\n".join(lines), data | {"problems": held}, as_json=as_json)
    if held:
        raise click.exceptions.Exit(1)


def _written(row: StoredNotice, store: Any, out: Path) -> list[str]:
    """Write a notice's files and return their names."""
    names = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for kind, sha in (("pdf", row.pdf_sha), ("xml", row.xml_sha)):
            if sha is not None:
                name = f"{row.stem}.{kind}"
                (out / name).write_bytes(store.read(sha))
                names.append(name)
    except OSError as error:
        raise Refused(
            f"{out} cannot be written: {error.strerror}. The notices are made and kept."
        ) from None
    return names
