"""``check`` of the exchange room: a handful of statements, however many notices."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from stadtkern.exchange import Checked, Desk, Found, Question
from stadtkern.exchange.models import ASIDE, OPEN
from stadtkern_finance.i18n import _
from stadtkern_finance.intake import checks, keys
from stadtkern_finance.intake.proposing import proposal
from stadtkern_finance.records.reading import BadInput

RATES = {
    "grundsteuer_a": "rate_a",
    "grundsteuer_b": "rate_b",
    "gewerbesteuer": "rate_trade",
    "gewerbesteuer_vorauszahlung": "rate_trade",
}


def check(desk: Desk, questions: Sequence[Question]) -> list[Checked]:
    """Check notices and work out what releasing each of them would do."""
    state = desk.registry["plugin_states"].of_id(desk.tenant.id, desk.session)
    settings = state.settings("finance")
    today = datetime.now(ZoneInfo(desk.tenant.timezone)).date()
    setting = checks.Setting(desk.tenant.ags or "", settings.get("check_ags", True), today)
    return [_one(question, setting, settings) for question in questions]


def _one(question: Question, setting: checks.Setting, settings: Mapping[str, Any]) -> Checked:
    fields = question.payload
    found = list(checks.findings(question, setting))
    aside = checks.foreign(fields, setting)
    made: dict[str, Any] = {}
    if not aside:
        made, problems = _proposed(fields, setting, settings)
        found += problems
    return Checked(
        key=keys.key_of(fields),
        kind=str(fields.get("tax_kind") or "?"),
        subject=keys.subject_of(fields),
        summary=keys.summary_of(fields),
        findings=tuple(found),
        state=ASIDE if aside else OPEN,
        proposal=made,
    )


def _proposed(
    fields: Mapping[str, Any], setting: checks.Setting, settings: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Found]]:
    """Return the proposal, or why there is none."""
    if "tax_kind" not in fields or not isinstance(fields.get("messbetrag_cent"), int):
        # Reading has said so already.
        return {}, []
    rate = settings.get(RATES.get(str(fields["tax_kind"]), ""))
    if not rate:
        text = _(
            "No rate (Hebesatz) is set for this tax. Please enter the council's resolution in the "
            "settings, then check again."
        )
        return {}, [Found.error("finance.no_rate", "tax_kind", text)]
    beside: dict[str, Any] = {"hebesatz": str(rate)}
    if fields.get("year") is None and fields.get("effective_from") is None:
        beside["year"] = setting.today.year
    try:
        return proposal(fields, beside), []
    except BadInput as error:
        return {}, [
            Found.error("finance.uncalculable", one.field, one.reason) for one in error.problems
        ]
