"""``check`` of the exchange room: a handful of statements, however many notices."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from stadtkern.exchange import Checked, Desk, Found, Question
from stadtkern.exchange.models import ASIDE, OPEN
from stadtkern_finance.i18n import _
from stadtkern_finance.intake import checks, keys, paper, placing
from stadtkern_finance.intake.proposing import proposal
from stadtkern_finance.models import Rate
from stadtkern_finance.records.model import AssessmentRecord
from stadtkern_finance.records.reading import BadInput
from stadtkern_finance.stock import matching, queries
from stadtkern_finance.stock.rates import percent
from stadtkern_finance.stock.standing import Known, standing, trade


class _Town(NamedTuple):
    """What is the same for all notices of one check."""

    setting: checks.Setting
    settings: Mapping[str, Any]
    rates: Sequence[Rate]
    renamed: set[str]
    """Numbers that wait for their rename: their notices wait, too."""
    known: Known
    """What accounts are assessed at in trade tax."""


def check(desk: Desk, questions: Sequence[Question]) -> list[Checked]:
    """Check notices, match them, and work out what releasing each of them would do."""
    session = desk.session
    settings = desk.registry["plugin_states"].of_id(desk.tenant.id, session).settings("finance")
    today = desk.tenant.today()
    setting = checks.Setting(desk.tenant.ags or "", settings.get("check_ags", True), today)
    renamed = queries.waiting_renames(session)
    if queries.has_stock(session):
        asked = [(one.payload, one.decisions) for one in questions]
        matches: list[matching.Match | None] = [*matching.match(session, asked)]
    else:
        # A town that has imported no stock matches in its own program.
        matches = [None] * len(questions)
    of_trade = [
        match.account
        for one, match in zip(questions, matches, strict=True)
        if match is not None and match.account is not None
        if one.payload.get("tax_kind") in queries.TRADE_KINDS
    ]
    known = trade(session, of_trade)
    town = _Town(setting, settings, queries.rates(session), renamed, known)
    typed = _typed(session, questions)
    return [
        _one(one, match, town, typed.get(paper.twin_key(one.payload)))
        for one, match in zip(questions, matches, strict=True)
    ]


def _typed(session: Session, questions: Sequence[Question]) -> dict[str, Any]:
    """Return notices that were typed from paper and came electronically now, by their keys."""
    wanted = {paper.twin_key(one.payload) for one in questions if not _is_typed(one)} - {""}
    return paper.twins(queries.typed(session, paper.FORMAT, wanted)) if wanted else {}


def _is_typed(question: Question) -> bool:
    return question.payload.get("datenart") == paper.DATENART


def _one(
    question: Question, match: matching.Match | None, town: _Town, twin: Any = None
) -> Checked:
    fields = question.payload
    twin = None if _is_typed(question) else twin
    found = list(checks.findings(question, town.setting))
    aside = checks.foreign(fields, town.setting)
    made: dict[str, Any] = {}
    if not aside:
        if keys.number_of(fields) in town.renamed:
            text = _(
                "A rename of this file number has come in and is not carried out yet. Have it "
                "released first, then check again."
            )
            found.append(Found.error("finance.rename_first", "aktenzeichen_norm", text))
        if match is not None:
            found += placing.findings(question, match)
        found += paper.findings(twin, fields, question.decisions)
        if _is_typed(question):
            found += paper.known(fields, None if match is None else match.account)
        if paper.confirms(twin, fields, question.decisions):
            made = {"confirms": twin.id}
        else:
            made, problems = _proposed(fields, match, town)
            found += problems
    return Checked(
        key=(_is_typed(question) and paper.twin_key(fields)) or keys.key_of(fields),
        kind=str(fields.get("tax_kind") or "?"),
        subject=keys.subject_of(fields),
        summary=keys.summary_of(fields),
        findings=tuple(found),
        state=ASIDE if aside else OPEN,
        proposal=made,
    )


def _proposed(
    fields: Mapping[str, Any], match: matching.Match | None, town: _Town
) -> tuple[dict[str, Any], list[Found]]:
    """Return the proposal, or why there is none."""
    if "tax_kind" not in fields or not isinstance(fields.get("messbetrag_cent"), int):
        # Reading has said so already.
        return {}, []
    own = AssessmentRecord(fields).year
    year = own or town.setting.today.year
    rate = percent(str(fields["tax_kind"]), year, town.rates, town.settings)
    if not rate:
        text = _(
            "No rate (Hebesatz) is set for this tax in ${year}. Please enter the council's "
            "resolution in the settings or by “stadtkern finance rates”, then check again.",
            mapping={"year": year},
        )
        return {}, [Found.error("finance.no_rate", "tax_kind", text)]
    beside: dict[str, Any] = {"hebesatz": str(rate)}
    if own is None:
        beside["year"] = year
    more: dict[str, Any] = {}
    account = None if match is None else match.account
    if account is not None:
        more = {"account": account.id, "kassenzeichen": account.kassenzeichen}
        before = standing(account, str(fields["tax_kind"]), year, town.known)
        if before is not None:
            beside["previous"] = {"amount": f"{before // 100}.{before % 100:02d}"}
    if match is not None:
        more |= {"matched": match.how, "evidence": placing.evidence(match)}
    try:
        return proposal(fields, beside, **more), []
    except BadInput as error:
        return {}, [
            Found.error("finance.uncalculable", one.field, one.reason) for one in error.problems
        ]
