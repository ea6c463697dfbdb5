"""25,000 tax assessments with their explanation against the bare multiplication.

    python benchmarks/assessments.py [--records 25000]

Bare: ``Decimal`` times ``Decimal``, rounded to cents, and a quarter of it four times; what a
spreadsheet would do. Ours: the assessment of a checked record with instalments, working days and
steps (``assess``); reading and checking the record before (``+ check``); sentences in German and
English, as JSON, after (``+ print``). CPU seconds, the best of three. Exit code 1 when all of it
takes more than 5 s of CPU for 25,000, or what ``assess`` takes differs much between records.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from stadtkern_finance.calculation import calculate
from stadtkern_finance.records.reading import record_of, requests_of

LIMIT_SECONDS = 5.0
FOR_RECORDS = 25_000
RATES = {"grundsteuer_a": 450, "grundsteuer_b": 690, "gewerbesteuer": 400}


def records(number: int) -> list[dict[str, Any]]:
    """Return made-up records, half of them changes of an earlier assessment."""
    dice = random.Random(7)  # noqa: S311  # the same records in every run
    made = []
    for index in range(number):
        kind = dice.choices(list(RATES), (5, 80, 15))[0]
        record: dict[str, Any] = {
            "tax_kind": kind,
            "messbetrag_cent": dice.randrange(100, 60_000),
            "aktenzeichen": f"{index:016d}",
            "effective_from": "2026-01-01",
            "hebesatz": RATES[kind],
            "announced_at": f"2026-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}",
        }
        if index % 2:
            record["previous"] = {"amount": f"{dice.randrange(0, 300_000) / 100:.2f}"}
        made.append(record)
    return made


def bare(given: list[dict[str, Any]]) -> None:
    """Multiply and divide, and keep the results."""
    cent = Decimal("0.01")
    kept = []
    for one in given:
        tax = (Decimal(one["messbetrag_cent"]) / 100 * one["hebesatz"] / 100).quantize(cent)
        quarter = (tax / 4).quantize(cent)
        kept.append((tax, quarter, quarter, quarter, tax - 3 * quarter))


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of the best of three runs."""
    taken = []
    for _round in range(3):
        before = time.process_time()
        work()
        taken.append(time.process_time() - before)
    return min(taken)


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=FOR_RECORDS)
    number = parser.parse_args().records
    given = records(number)
    checked, _many = requests_of(given)
    assessed = [calculate(record_of(one), one) for one in checked]
    simple = seconds(lambda: bare(given))
    check = seconds(lambda: requests_of(given))
    assess = seconds(lambda: [calculate(record_of(one), one) for one in checked])
    said = seconds(lambda: [json.dumps(one.as_json(), ensure_ascii=False) for one in assessed])
    whole = check + assess + said
    steps = sum(len(one.steps) for one in assessed)
    print(f"{number} records, {steps / number:.1f} steps each")
    print(f"bare multiplication  {simple:6.2f} s")
    for name, taken in (("assess", assess), ("+ check", check), ("+ print", said), ("all", whole)):
        print(f"{name:<20} {taken:6.2f} s  {taken / simple:6.1f} ×")
    limit = LIMIT_SECONDS * number / FOR_RECORDS
    print(f"limit for all        {limit:6.2f} s")
    return 0 if whole <= limit else 1


if __name__ == "__main__":
    sys.exit(main())
