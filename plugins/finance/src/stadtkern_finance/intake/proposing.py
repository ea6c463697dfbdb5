"""What releasing a notice would do: the calculation with its steps."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from pyramid.renderers import render

from stadtkern_finance.calculation import Assessment, calculate
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


def show(request: Any, row: Any) -> str:
    """Return the proposal of a record as HTML, with every step of the calculation."""
    steps: tuple[Any, ...] = ()
    try:
        steps = assessed(row.payload, row.proposal["beside"]).steps
    except BadInput:
        # The rate was changed behind it: checking the record again says what is wrong.
        steps = ()
    language = "de" if request.locale_name.startswith("de") else "en"
    values = {"proposal": row.proposal, "steps": [one.text(language) for one in steps]}
    html = render("stadtkern_finance:templates/proposal.jinja2", values, request=request)
    return Markup(html)  # noqa: S704 - our own template has escaped all values
