"""Notices with their XML against a bare Typst loop over the same template.

    python benchmarks/notices.py [--notices 300] [--schema-pack FOLDER] [--stored]

Bare: one persistent compiler that is given texts made before. Ours: from an assessed record to the
files, with message, rules, the schema's gate where a pack is at hand, XML and letter. Two thirds
are property tax, a third is trade tax with XML attached. CPU seconds of both, taken in turns, and
what 25,000 would take on two cores. Exit code 1 beyond 1.5 times the bare loop or 8 minutes.

With ``--stored`` also the way that the job takes: from released assessments in a database (SQLite)
to kept files and rows, in one process, against the bare loop over the first 500 of them;
resident memory at each tenth; then a pile for the post of at most 5,000 of them. Exit code 1 where
memory grows by more than 60 MB from the first tenth on.
"""

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from datetime import time as midnight
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import typst
from sqlalchemy import func, select

from stadtkern.app import build
from stadtkern.db import bind_tenant, work
from stadtkern.db.engine import open_database
from stadtkern.plugins.services import enable
from stadtkern.tenants import tenant_by_slug
from stadtkern.tenants.services import add_tenant
from stadtkern.testing.databases import migrate_all
from stadtkern.vault.keyring import add_key
from stadtkern_finance.calculation import Assessment, calculate
from stadtkern_finance.notices.facts import NoticeFacts, facts_of
from stadtkern_finance.notices.letters import printing
from stadtkern_finance.notices.making import Draft, Press
from stadtkern_finance.notices.towns import SAMPLE, load_town
from stadtkern_finance.notices.xunternehmen.schema_pack import load_pack
from stadtkern_finance.records.reading import record_of, requests_of

LIMIT_RATIO = 1.5
LIMIT_MINUTES = 8.0
FOR_NOTICES = 25_000
CORES = 2
"""Two processes, each with a compiler of its own."""
ROUNDS = 3
COMPARED = 500
MOST_GROWTH = 60.0
"""Megabytes from the first tenth of a long run to its last."""
FEW = 2_000
"""Below so many notices caches are still being filled."""


def assessed(number: int) -> list[tuple[Assessment, NoticeFacts]]:
    """Return made-up assessments with the facts of their notices."""
    dice = random.Random(11)  # noqa: S311  # the same notices in every run
    requests: list[dict[str, Any]] = []
    for index in range(number):
        place = {"street": "Ulmenplatz", "house_number": str(index), "town": "Musterstadt"}
        owner = {"role": "owner", "surname": f"Dorfel {index}", "postcode": "00000", **place}
        request: dict[str, Any] = {
            "messbetrag_cent": dice.randrange(1000, 900_000),
            "hebesatz": 420,
            "announced_at": "2026-03-20",
            "notice_date": "2026-02-03",
            "parties": [owner],
        }
        if index % 3:
            request |= {"tax_kind": "grundsteuer_b", "year": 2026, "location": place}
        else:
            request |= {
                "tax_kind": "gewerbesteuer",
                "year": 2022,
                "steuernummer13": f"{index:013d}",
                "prepayments": {"set": "500.00", "due": "500.00", "paid": "400.00"},
            }
        requests.append(request)
    checked, _many = requests_of(requests)
    made = []
    for index, request in enumerate(checked):
        assessment = calculate(record_of(request), request)
        given = {"kassenzeichen": f"5.0100.{index:06d}", "day": "2026-03-16"}
        made.append((assessment, facts_of(assessment, given)))
    return made


def bare(drafts: list[Draft]) -> Callable[[], None]:
    """Return a loop that only sets texts which were made before."""
    folder = Path(printing.__file__).parent
    compiler = typst.Compiler(
        input=str(folder / "notice.typ"), root=str(folder), ignore_system_fonts=True
    )
    inputs = []
    for draft in drafts:
        given = {"letter": json.dumps(draft.letter.as_json(), ensure_ascii=False)}
        attached = draft.letter.attached
        if attached is not None:
            given |= {"xml": attached.data.decode(), "xml-name": attached.name}
        inputs.append(given)
    stamp = datetime.combine(drafts[0].letter.day, midnight(), UTC)

    def loop() -> None:
        for given in inputs:
            compiler.compile(
                format="pdf", pdf_standards=["a-3a", "ua-1"], sys_inputs=given, timestamp=stamp
            )

    return loop


class Stored(NamedTuple):
    """What making, keeping and piling has come to: CPU seconds a notice, megabytes."""

    ours: float
    bare: float
    minutes: float
    resident: list[float]
    letters: int
    pile: float
    pile_resident: list[float]


def resident() -> float:
    """Return the megabytes that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


class Memory:
    """Looks at the memory at each tenth of some work."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    def __call__(self, done: int, total: int) -> None:
        """Note how much is held whenever another tenth is done."""
        if done * 10 // max(total, 1) > len(self.seen):
            self.seen.append(resident())


def stored(number: int) -> Stored:
    """Make, keep and pile notices as the jobs do, and set some of them by the bare loop."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = open_database(f"sqlite:///{folder}/notices.sqlite")
        migrate_all(database)
        add_key(folder / "key")
        settings = {
            "stadtkern.files": str(folder / "files"),
            "stadtkern.secret_file": str(folder / "secret"),
            "stadtkern.master_key_file": str(folder / "key"),
        }
        config = build(settings, database=database)
        config.make_wsgi_app()
        from stadtkern_finance.issuing import (  # noqa: PLC0415
            drafting,
            letterheads,
            making,
            piling,
        )
        from stadtkern_finance.issuing import models as kept  # noqa: PLC0415
        from stadtkern_finance.models import StoredAssessment, TaxAccount  # noqa: PLC0415

        with work(database) as session:
            add_tenant(session, slug="bench", host="bench.example", name="Bench", ags="06439015")
            tenant = tenant_by_slug(session, "bench")
            bind_tenant(session, tenant.id)
            enable(session, config.registry, tenant, "finance")
            session.add(kept.Letterhead(valid_from=date(2026, 1, 1), facts=HEAD))
            for place, (assessment, facts) in enumerate(assessed(number)):
                account = TaxAccount(
                    kassenzeichen=facts.booking_number,
                    tax_kind=assessment.record.tax_kind,
                    number=f"{place:013d}",
                    place=assessment.record.fields.get("location") or {},
                    owners=assessment.record.fields["parties"],
                )
                session.add(account)
                session.flush()
                session.add(
                    StoredAssessment(
                        account_id=account.id,
                        reference=f"bench-{place}",
                        tax_kind=assessment.record.tax_kind,
                        year=assessment.year,
                        messbetrag_cent=assessment.record.fields["messbetrag_cent"],
                        hebesatz="420",
                        amount_cent=int(assessment.amount * 100),
                    )
                )

        @contextmanager
        def unit(*, write: bool = True) -> Iterator[Any]:
            with work(database, tenant.id, write=write) as session:
                yield session

        day = date(2026, 3, 16)
        memory, begun = Memory(), time.monotonic()
        taken = seconds(
            lambda: making.make_all(unit, config.registry, tenant, day, progress=memory)
        )
        minutes = (time.monotonic() - begun) / 60
        with unit(write=False) as session:
            made = session.scalar(select(func.count(kept.StoredNotice.id)))
            rows = session.scalars(select(kept.StoredNotice).limit(COMPARED)).all()
            press = Press(letterheads.town_on(session, tenant, day)[1])
            drafts = [drafting.drafted(row.facts, press) for row in rows]
        if made != number:
            raise SystemExit(f"{made} of {number} notices were made")
        with unit() as session:
            pile = piling.ask(session, config.registry, tenant)
            assert pile is not None  # noqa: S101 - all of them wait
            ordered, letters = pile.number, pile.letters
        at_pile = Memory()

        job = SimpleNamespace(registry=config.registry, tenant=tenant, work=unit, progress=at_pile)
        piled = seconds(lambda: piling.run(job, ordered))  # type: ignore[arg-type]
        database.dispose()
    loop = bare(drafts)
    loop()
    plain = seconds(loop) / len(drafts)
    each = taken / number
    return Stored(each, plain, minutes, memory.seen, letters, piled, at_pile.seen)


HEAD = {
    "name": "Stadt Musterstadt",
    "lines": "Stadt Musterstadt",
    "street": "Hauptstraße",
    "house_number": "1",
    "postcode": "00000",
    "town": "Musterstadt",
    "bank_holder": "Stadtkasse",
    "bank_iban": "DE02120300000000202051",
    "bank_bic": "BYLADEM1001",
    "authority": "Magistrat der Stadt Musterstadt",
}
"""A letterhead; every value is made up."""


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of one run, all threads together."""
    before = time.process_time()
    work()
    return time.process_time() - before


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notices", type=int, default=300)
    parser.add_argument("--schema-pack", type=Path)
    parser.add_argument("--stored", action="store_true")
    chosen = parser.parse_args()
    press = Press(load_town(SAMPLE), load_pack(chosen.schema_pack))
    printer = printing.printer()
    # Enough to tell what one costs; the long run is that of ``--stored``.
    given = assessed(min(chosen.notices, COMPARED))
    drafts = [press.draft(*one) for one in given]
    simple = bare(drafts)

    def whole() -> None:
        for one in given:
            press.draft(*one).printed(printer)

    # Both have seen all texts once before the clock runs, and take turns.
    simple()
    whole()
    taken = [(seconds(simple), seconds(whole)) for _round in range(ROUNDS)]
    bare_time = min(one for one, _other in taken)
    our_time = min(other for _one, other in taken)
    ratio = our_time / bare_time
    minutes = our_time / len(given) * FOR_NOTICES / 60 / CORES
    print(f"{len(given)} notices, {'with' if press.pack else 'without'} the official schema")
    print(f"bare Typst loop  {bare_time / len(given) * 1000:6.2f} ms a notice")
    print(f"ours             {our_time / len(given) * 1000:6.2f} ms a notice")
    print(f"ratio            {ratio:6.2f} ×, limit {LIMIT_RATIO} ×")
    print(f"{FOR_NOTICES} notices   {minutes:6.2f} min on {CORES} cores, limit {LIMIT_MINUTES} min")
    fits = ratio <= LIMIT_RATIO and minutes <= LIMIT_MINUTES
    if chosen.stored:
        found = stored(chosen.notices)
        minutes = found.ours * FOR_NOTICES / 60 / CORES
        ratio = found.ours / found.bare
        print(f"stored           {found.ours * 1000:6.2f} ms a notice, with the database")
        print(f"ratio            {ratio:6.2f} ×, limit {LIMIT_RATIO} ×")
        print(
            f"{FOR_NOTICES} stored    {minutes:6.2f} min on {CORES} cores, "
            f"limit {LIMIT_MINUTES} min"
        )
        print(f"{chosen.notices} took      {found.minutes:6.2f} min by the clock")
        print("resident, MB     " + " ".join(f"{one:.0f}" for one in found.resident))
        print(f"a pile of {found.letters}   {found.pile:6.1f} s of CPU")
        print("resident, MB     " + " ".join(f"{one:.0f}" for one in found.pile_resident))
        grown = found.resident[-1] - found.resident[0]
        fits = fits and ratio <= LIMIT_RATIO and minutes <= LIMIT_MINUTES
        piled = found.pile_resident[-1] - found.pile_resident[0]
        fits = fits and (chosen.notices < FEW or max(grown, piled) <= MOST_GROWTH)
    return 0 if fits else 1


if __name__ == "__main__":
    sys.exit(main())
