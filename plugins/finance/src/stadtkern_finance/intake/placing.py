"""What is found where a notice meets the stock: which account, older, other amounts."""

from collections.abc import Iterator, Mapping
from typing import Any

from stadtkern.exchange import Found, Mend, Question
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.checks import JUMP_PERCENT, jump
from stadtkern_finance.intake.keys import party_name, shown_cents
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.stock import matching

WORDS = {
    "place": _("same place"),
    "owner": _("same owner"),
    "amount": _("same base amount"),
}


def evidence(match: matching.Match) -> list[str]:
    """Return what spoke for the account that was found."""
    return list(match.candidates[0].evidence) if match.candidates else []


def _called(account: TaxAccount) -> str:
    """Return an account in a line: number, place, owner, amount."""
    street = " ".join(
        str(account.place[name]) for name in ("street", "house_number") if account.place.get(name)
    )
    owner = party_name(account.owners[0]) if account.owners else ""
    parts = [account.kassenzeichen, street, owner]
    if account.messbetrag_cent is not None:
        parts.append(shown_cents(account.messbetrag_cent))
    return ", ".join(part for part in parts if part)


def _choices(match: matching.Match) -> tuple[Mend, ...]:
    found = tuple(
        Mend(
            _(
                "It is ${account} (${score} %)",
                mapping={"account": _called(one.account), "score": one.score},
            ),
            decisions={"account": one.account.id},
        )
        for one in match.candidates
    )
    return (*found, Mend(_("It is a new one"), decisions={"account": matching.NEW}))


def findings(question: Question, match: matching.Match) -> Iterator[Found]:
    """Yield what is found about the account that a notice belongs to."""
    if match.how == matching.NONE:
        text = _("No account has this number, and none lies there. Is it a new one?")
        yield Found.error("finance.no_account", "aktenzeichen_norm", text, *_choices(match))
    elif match.how == matching.MANY:
        text = _("No account has this number alone. Please choose the one that it is.")
        yield Found.error("finance.ambiguous", "aktenzeichen_norm", text, *_choices(match))
    elif match.how == matching.BY_ALIAS and match.account is not None:
        text = _(
            "The account ${account} had this number before.",
            mapping={"account": match.account.kassenzeichen},
        )
        yield Found.hint("finance.by_alias", "aktenzeichen_norm", text)
    elif match.how == matching.BY_SCORE and match.account is not None:
        best = match.candidates[0]
        text = _(
            "The number is new, but this is probably the account ${account}: ${score} % agree. "
            "Please look, then confirm or choose.",
            mapping={"account": _called(match.account), "score": best.score},
        )
        yield Found.warning("finance.by_score", "aktenzeichen_norm", text, *_choices(match))
    if match.account is not None:
        yield from _against(question.payload, question.decisions, match.account)


def _against(
    fields: Mapping[str, Any], decided: Mapping[str, Any], account: TaxAccount
) -> Iterator[Found]:
    """Yield what differs from what was booked last."""
    noticed, last = fields.get("notice_date"), account.notice_date
    if noticed is not None and last is not None and noticed < last.isoformat():
        text = _(
            "A later notice of ${day} is booked already for this account.",
            mapping={"day": last.isoformat()},
        )
        if decided.get("older"):
            yield Found.warning("finance.older", "notice_date", text)
        else:
            offer = Mend(_("Take it all the same"), decisions={"older": True})
            yield Found.error("finance.older", "notice_date", text, offer)
    before, amount = account.messbetrag_cent, fields.get("messbetrag_cent")
    said = fields.get("previous_messbetrag_cent")
    if before is None or not isinstance(amount, int):
        return
    if said is not None and said != before:
        yield Found.warning(
            "finance.previous_differs",
            "previous_messbetrag_cent",
            _(
                "The notice says that the base amount was ${said}; here it is ${before}.",
                mapping={"said": shown_cents(said), "before": shown_cents(before)},
            ),
        )
    elif said is None and before and abs(amount - before) * 100 > JUMP_PERCENT * before:
        yield jump(before, amount)
