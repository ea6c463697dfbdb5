"""What releasing a notice would do: the calculation with its steps."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency
from markupsafe import Markup
from pyramid.renderers import render

from stadtkern_finance.calculation import Assessment, calculate
from stadtkern_finance.i18n import language_of
from stadtkern_finance.law.wording import plain
from stadtkern_finance.records.model import AssessmentRecord
from stadtkern_finance.records.reading import BadInput


def assessed(fields: Mapping[str, Any], beside: Mapping[str, Any]) -> Assessment:
    """Return the assessment of a notice; ``BadInput`` where the facts do not go together."""
    return calculate(AssessmentRecord(fields), beside)


def proposal(fields: Mapping[str, Any], beside: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return what a release is bound to: facts that were used, and what they come to."""
    found = assessed(fields, beside)
    return {
        "beside": dict(beside),
        "year": found.year,
        "amount": plain(found.amount),
        "instalments": [
            [plain(one.amount), None if one.due is None else one.due.isoformat()]
            for one in found.payments
        ],
        **more,
    }


def shown_amount(text: str, language: str) -> str:
    """Return a decimal string in euros as people write it."""
    return format_currency(Decimal(text), "EUR", locale=language)


def show(request: Any, row: Any) -> str:
    """Return the proposal of a record as HTML, with every step of the calculation."""
    if "confirms" in row.proposal:
        values = {"area": row.area, "id": row.proposal["confirms"]}
        return Markup(  # noqa: S704 - our own template has escaped all values
            render("stadtkern_finance:templates/confirms.jinja2", values, request=request)
        )
    steps: tuple[Any, ...] = ()
    try:
        steps = assessed(row.payload, row.proposal["beside"]).steps
    except BadInput:
        # The rate was changed behind it: checking the record again says what is wrong.
        steps = ()
    language = language_of(request)
    made = dict(row.proposal)
    made["amount"] = shown_amount(made["amount"], language)
    made["instalments"] = [
        (shown_amount(amount, language), None if due is None else date.fromisoformat(due))
        for amount, due in made["instalments"]
    ]
    before = made["beside"].get("previous")
    made["before"] = None if before is None else shown_amount(before["amount"], language)
    values = {"proposal": made, "steps": [one.text(language) for one in steps]}
    html = render("stadtkern_finance:templates/proposal.jinja2", values, request=request)
    return Markup(html)  # noqa: S704 - our own template has escaped all values
