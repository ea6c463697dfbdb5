"""A made-up notice with a town's letterhead; no real person's data."""

from datetime import date

from stadtkern_finance.calculation import calculate
from stadtkern_finance.law.announcement import Regime, announce
from stadtkern_finance.notices.facts import facts_of
from stadtkern_finance.notices.letters.printing import printer
from stadtkern_finance.notices.making import Press
from stadtkern_finance.notices.samples import SAMPLES
from stadtkern_finance.notices.towns import Town
from stadtkern_finance.records.reading import record_of, requests_of


def sample(town: Town, day: date) -> bytes:
    """Return the PDF of a made-up property tax notice that bears a day."""
    announced = announce(day, Regime.LETTER).announced_at
    since = f"{announced.year}-01-01"
    first = {name: value for name, value in SAMPLES[0].items() if name != "notice"}
    first |= {"announced_at": announced.isoformat(), "effective_from": since}
    (request,), _many = requests_of(first)
    assessment = calculate(record_of(request), request)
    number = SAMPLES[0]["notice"]["kassenzeichen"]
    facts = facts_of(assessment, {"kassenzeichen": number, "day": day.isoformat()})
    return Press(town).draft(assessment, facts).printed(printer()).pdf
