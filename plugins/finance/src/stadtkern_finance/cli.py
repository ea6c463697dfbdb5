"""``stadtkern finance …``: calculations on the command line, without a database."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click

from stadtkern.web.console import json_option
from stadtkern_finance.calculation import calculate as assess
from stadtkern_finance.console import Unfit, language_option, read_input, refusing
from stadtkern_finance.exporting import export, receipts
from stadtkern_finance.i18n import _
from stadtkern_finance.incoming import import_, rates, stock
from stadtkern_finance.law.announcement import Regime, electronic_regime
from stadtkern_finance.law.announcement import announce as announced
from stadtkern_finance.law.explanation import Step, explained, translated
from stadtkern_finance.law.interest import InterestKind, interest_for_year
from stadtkern_finance.law.late_payment import Method, surcharge_for
from stadtkern_finance.law.rates import RateUnknown
from stadtkern_finance.law.wording import plain
from stadtkern_finance.outgoing import notices
from stadtkern_finance.records import schema as schemas
from stadtkern_finance.records.reading import (
    BadInput,
    checked,
    euros,
    record_of,
    refused,
    requests_of,
)
from stadtkern_finance.synthetic import Order, write
from stadtkern_finance.walking import reconcile, run, simulate


def _said(result: dict[str, Any], steps: tuple[Step, ...], language: str, *, as_json: bool) -> None:
    if as_json:
        result["explanation"] = [step.as_json() for step in steps]
        click.echo(json.dumps(result, ensure_ascii=False))
    else:
        click.echo(explained(steps, language))


@click.group(name="finance")
def group() -> None:
    """Property and trade tax: calculate and explain.

    The commands that calculate read one JSON value from standard input. Amounts come out as
    decimal strings in euros, days as YYYY-MM-DD. Input that does not fit: exit code 2.
    """


@group.command("calculate")
@json_option
@language_option
def calculate(*, as_json: bool, language: str) -> None:
    """Assess one AssessmentRecord or a list of them.

    `hebesatz` and dates stand beside the record's fields; `stadtkern finance schema calculation`
    prints all of them.
    """
    with refusing(language):
        requests, many = requests_of(read_input())
        made = []
        for number, request in enumerate(requests, 1):
            try:
                made.append(assess(record_of(request), request))
            except BadInput as error:
                raise BadInput(error.problems, number if many else None) from None
    if as_json:
        data = [one.as_json() for one in made]
        click.echo(json.dumps(data if many else data[0], ensure_ascii=False))
    else:
        click.echo("\n\n".join(explained(one.steps, language) for one in made))


@group.command("interest")
@json_option
@language_option
def interest(*, as_json: bool, language: str) -> None:
    """Calculate interest on arrears or a refund (§ 233a AO).

    Takes {"kind": "arrears" or "refund", "year", "amount", "effective"}; with a refund also
    "paid", the day before which it bears no interest.
    """
    with refusing(language):
        given = checked(read_input(), schemas.INTEREST)
        paid = given.get("paid")
        found = interest_for_year(
            InterestKind(given["kind"]),
            int(given["year"]),
            euros(given["amount"]),
            date.fromisoformat(given["effective"]),
            paid=None if paid is None else date.fromisoformat(paid),
        )
    run = found.runs[0]
    result = {
        "kind": found.kind.value,
        "start": run.run.start.isoformat(),
        "end": run.run.effective.isoformat(),
        "months": run.months,
        "basis": plain(run.basis),
        "unrounded": plain(found.unrounded.normalize()),
        "interest": plain(found.interest),
    }
    _said(result, found.steps, language, as_json=as_json)


@group.command("surcharge")
@json_option
@language_option
def surcharge(*, as_json: bool, language: str) -> None:
    """Calculate the surcharge for late payment (§ 240 AO).

    Takes {"amount", "due", "paid", "method": "transfer", "cash", "cheque" or "direct_debit"}.
    """
    with refusing(language):
        given = checked(read_input(), schemas.SURCHARGE)
        due = date.fromisoformat(given["due"])
        with _known("due", due):
            found = surcharge_for(
                euros(given["amount"]),
                due,
                date.fromisoformat(given["paid"]),
                Method(given["method"]),
            )
    result = {
        "due": found.due.isoformat(),
        "grace_end": None if found.grace_end is None else found.grace_end.isoformat(),
        "months": found.months,
        "basis": plain(found.basis),
        "surcharge": plain(found.surcharge),
    }
    _said(result, found.steps, language, as_json=as_json)


@group.command("announce")
@json_option
@language_option
def announce(*, as_json: bool, language: str) -> None:
    """Tell when a notice counts as announced and until when one may object (§§ 122, 122a AO).

    Takes {"posted"} for a letter or {"provided"} for an electronic notice, and "regime": auto
    (the default), letter, letter_abroad, consent or rule.
    """
    with refusing(language):
        given = checked(read_input(), schemas.ANNOUNCEMENT)
        field, sent, regime = _sent(given)
        with _known(field, sent):
            found = announced(sent, regime)
    result = {
        "regime": found.regime.value,
        "announced_at": found.announced_at.isoformat(),
        "objection_until": found.objection_until.isoformat(),
    }
    _said(result, found.steps, language, as_json=as_json)


def _sent(given: dict[str, Any]) -> tuple[str, date, Regime]:
    """Return the field that was given, its day and the rule for it."""
    names = [name for name in ("posted", "provided") if given.get(name) is not None]
    if len(names) != 1:
        reason = _("is missing") if not names else _("stands beside provided")
        raise refused("posted", reason, _("either posted or provided"))
    name = names[0]
    sent = date.fromisoformat(given[name])
    chosen = given.get("regime") or "auto"
    letters = (Regime.LETTER, Regime.LETTER_ABROAD)
    if chosen == "auto":
        return name, sent, Regime.LETTER if name == "posted" else electronic_regime(sent)
    regime = Regime(chosen)
    if (regime in letters) != (name == "posted"):
        fitting = letters if name == "posted" else (Regime.CONSENT, Regime.RULE)
        raise refused(
            "regime",
            _("has the value “${value}”", mapping={"value": chosen}),
            _(
                "with ${field} one of ${names}",
                mapping={"field": name, "names": ", ".join(["auto", *fitting])},
            ),
        )
    return name, sent, regime


@contextmanager
def _known(field: str, day: date) -> Iterator[None]:
    """Turn a day before all rates into a refusal of its field."""
    try:
        yield
    except RateUnknown as error:
        raise refused(
            field,
            _("has the value “${value}”", mapping={"value": day.isoformat()}),
            _("a day from ${since} on", mapping={"since": error.since.isoformat()}),
        ) from None


@group.command("generate")
@click.argument("target", metavar="OUT.zip", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--records", type=click.IntRange(1, 1_000_000), required=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--ags", default="06439015", show_default=True, help="Municipality key, 8 digits.")
@click.option("--year", type=click.IntRange(2010, 2098), default=2026, show_default=True)
@json_option
def generate(*, target: Path, records: int, seed: int, ags: str, year: int, as_json: bool) -> None:
    """Make a synthetic GMBX delivery, and OUT.ledger.json with what each record must come to.

    No real person's data. The element names are those of the mapping gmbx-own-1.
    """
    if not re.fullmatch("[0-9]{8}", ags, re.ASCII):
        raise Unfit(f"--ags {ags} is no municipality key. Expected: 8 digits.")
    try:
        ledger = write(Order(records, seed, ags=ags, year=year), target)
    except OSError as error:
        raise Unfit(f"{target} cannot be written: {error.strerror}.") from None
    if as_json:
        made = {"delivery": str(target), "ledger": str(ledger), "records": records}
        click.echo(json.dumps(made, ensure_ascii=False))
    else:
        click.echo(f"{target}: {records} records. {ledger}: what they must come to.")


@group.command("schema")
@click.argument("name", required=False)
def schema(*, name: str | None) -> None:
    """Print the JSON Schema NAME; without a name, all names."""
    if name is None:
        click.echo("\n".join(schemas.SCHEMAS))
        return
    plain_name = re.sub(r"[^a-z]", "", name.lower())
    found = next(
        (made for known, made in schemas.SCHEMAS.items() if known.replace("-", "") == plain_name),
        None,
    )
    if found is None:
        names = ", ".join(schemas.SCHEMAS)
        raise Unfit(
            translated(
                _(
                    "There is no schema ${name}. There are: ${names}.",
                    mapping={"name": name, "names": names},
                ),
                "en",
            )
        )
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


group.add_command(notices)
group.add_command(import_)
group.add_command(export)
group.add_command(receipts)
group.add_command(stock)
group.add_command(rates)
group.add_command(simulate)
group.add_command(run)
group.add_command(reconcile)
