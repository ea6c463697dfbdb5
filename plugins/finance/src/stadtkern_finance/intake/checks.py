"""Checks of one notice by itself: each finding says what a clerk should do."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from stadtkern.exchange import Found, Question
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import shown_cents
from stadtkern_finance.records.schema import PROPERTY_KINDS, RECORD
from stadtkern_finance.records.validation import problems

USUAL_DIGITS = 16
"""Of a Hessian file number."""
JUMP_PERCENT = 50
WHOLE_EURO = 100
REPEALED = 0
FARM = 3
HESSE = "06"


class Setting(NamedTuple):
    """What the town has set, and today's day."""

    ags: str
    check_ags: bool
    today: date


def foreign(fields: Mapping[str, Any], setting: Setting) -> bool:
    """Tell whether a notice names another municipality: it is set aside."""
    named = fields.get("ags")
    return bool(setting.check_ags and named and setting.ags and named != setting.ags)


def findings(question: Question, setting: Setting) -> Iterator[Found]:
    """Yield what is found in a notice by itself."""
    fields = question.payload
    if question.edited:
        yield from _schema(fields)
    yield from _identity(fields, setting)
    yield from _amounts(fields, setting)
    yield from _parties(fields)
    yield from _days(fields, setting)


def _schema(fields: Mapping[str, Any]) -> Iterator[Found]:
    for problem in problems(dict(fields), RECORD):
        yield Found.error("finance.unfit", problem.field, problem.reason)


def _identity(fields: Mapping[str, Any], setting: Setting) -> Iterator[Found]:
    if foreign(fields, setting):
        yield Found.warning(
            "finance.foreign",
            "ags",
            _(
                "This notice is meant for the municipality ${named}, not for ${own}. It is set "
                "aside and never booked. Please send it back to the tax office.",
                mapping={"named": fields["ags"], "own": setting.ags},
            ),
        )
    elif not fields.get("ags") and fields.get("tax_kind") in PROPERTY_KINDS:
        text = _("The notice names no municipality. Please make sure that it is yours.")
        yield Found.hint("finance.no_ags", "ags", text)
    number = fields.get("aktenzeichen_norm")
    if not number and not fields.get("steuernummer13"):
        text = _("Neither a file number nor a tax number: please add the one on the notice.")
        yield Found.error("finance.no_number", "aktenzeichen_norm", text)
    elif number and len(number) != USUAL_DIGITS and (setting.ags or "").startswith(HESSE):
        yield Found.hint(
            "finance.number_length",
            "aktenzeichen_norm",
            _(
                "The file number has ${count} digits; in Hesse it usually has ${usual}.",
                mapping={"count": len(number), "usual": USUAL_DIGITS},
            ),
        )


def _amounts(fields: Mapping[str, Any], setting: Setting) -> Iterator[Found]:
    amount, flags = fields.get("messbetrag_cent"), fields.get("flags") or {}
    if not isinstance(amount, int):
        return
    if not amount and not flags.get("exempt") and fields.get("reason") != REPEALED:
        text = _("The base amount is 0, though the notice says neither exempt nor repealed.")
        yield Found.warning("finance.zero", "messbetrag_cent", text)
    before = fields.get("previous_messbetrag_cent")
    if before and abs(amount - before) * 100 > JUMP_PERCENT * before:
        yield jump(before, amount)
    split = fields.get("apportionment") or {}
    total, share = split.get("total_cent"), split.get("share_cent")
    if total is not None and max(amount, share or 0) > total:
        text = _(
            "The own share is more than the whole base amount of ${total}.",
            mapping={"total": shown_cents(total)},
        )
        yield Found.error("finance.share", "apportionment.total_cent", text)
    elif share is not None and share != amount:
        text = _(
            "The own share is ${share}, but the base amount is another one.",
            mapping={"share": shown_cents(share)},
        )
        yield Found.warning("finance.share_differs", "apportionment.share_cent", text)
    if (
        amount % WHOLE_EURO
        and not split
        and fields.get("tax_kind") in PROPERTY_KINDS
        and fields.get("unit_kind") != FARM
        and setting.ags.startswith(HESSE)
    ):
        text = _("Base amounts of Hessian plots are usually whole euros.")
        yield Found.hint("finance.fraction", "messbetrag_cent", text)


def jump(before: int, amount: int) -> Found:
    """Return what is found where a base amount has changed a lot."""
    percent = round((amount - before) * 100 / before)
    return Found.warning(
        "finance.jump",
        "messbetrag_cent",
        _(
            "The base amount was ${before} and changes by ${percent} %. Please compare it with "
            "the notice.",
            mapping={"before": shown_cents(before), "percent": f"{percent:+d}"},
        ),
    )


def _parties(fields: Mapping[str, Any]) -> Iterator[Found]:
    flags = fields.get("flags") or {}
    owners = sum(one.get("role") == "owner" for one in fields.get("parties") or ())
    declared = fields.get("owner_count")
    if declared is not None and declared != owners:
        yield Found.warning(
            "finance.owners",
            "owner_count",
            _(
                "${declared} owners are declared, ${found} are named.",
                mapping={"declared": declared, "found": owners},
            ),
        )
    for name, text in (
        (
            "insolvent",
            _("Insolvency proceedings are open: this becomes a calculation, not a notice."),
        ),
        ("deceased", _("The recipient has died: please find the heirs before a notice goes out.")),
    ):
        if flags.get(name):
            yield Found.warning(f"finance.{name}", f"flags.{name}", text)


def _days(fields: Mapping[str, Any], setting: Setting) -> Iterator[Found]:
    since = fields.get("effective_from")
    if since is not None and int(since[:4]) < setting.today.year - 1:
        yield Found.warning(
            "finance.past_years",
            "effective_from",
            _(
                "It holds from ${since} on: years that are settled already change, too.",
                mapping={"since": since},
            ),
        )
    noticed = fields.get("notice_date")
    if noticed is not None and noticed > setting.today.isoformat():
        text = _("The notice is dated in the future.")
        yield Found.warning("finance.future", "notice_date", text)
