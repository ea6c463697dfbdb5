"""Renamed file numbers (GMBAX): checked against the stock, carried out together in one step."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup, escape

from stadtkern.db import utcnow
from stadtkern.exchange import Checked, Desk, Field, Found, Outgoing, Question, Receipt
from stadtkern.exchange.models import ASIDE, OPEN
from stadtkern.exchange.values import hash_of
from stadtkern_finance.formats.renames import Rename, permutation
from stadtkern_finance.i18n import _
from stadtkern_finance.models import AccountAlias
from stadtkern_finance.stock import queries

AT_ONCE = 10_000
"""Renames of one transaction: of those that swap numbers none may go without the others."""
FIELDS = {
    "old": Field(_("File number until now, digits only")),
    "new": Field(_("File number from now on, digits only")),
    "changed_on": Field(_("Changed on"), "day"),
    "ags": Field(_("Municipality key (AGS)")),
    "vorgangs_id": Field(_("Vorgangs-ID")),
}


def renames_of(payloads: Iterable[Mapping[str, Any]]) -> list[Rename]:
    """Return the renames that are whole."""
    return [
        Rename(str(one["old"]), str(one["new"]))
        for one in payloads
        if one.get("old") and one.get("new")
    ]


def check(desk: Desk, questions: Sequence[Question]) -> list[Checked]:
    """Check renames: foreign ones are set aside, numbers that nobody has are errors."""
    state = desk.registry["plugin_states"].of_id(desk.tenant.id, desk.session)
    guarded = state.settings("finance").get("check_ags", True)
    own = desk.tenant.ags or ""
    numbers = {one.old for one in renames_of(one.payload for one in questions)}
    known = queries.by_number(desk.session, numbers) if numbers else {}
    return [_one(one.payload, own if guarded else "", set(known)) for one in questions]


def _one(fields: Mapping[str, Any], own: str, known: set[str]) -> Checked:
    old, new = str(fields.get("old") or ""), str(fields.get("new") or "")
    named = fields.get("ags")
    foreign = bool(own and named and named != own)
    found = []
    if foreign:
        text = _(
            "This rename is meant for the municipality ${named}, not for ${own}.",
            mapping={"named": named, "own": own},
        )
        found.append(Found.warning("finance.foreign", "ags", text))
    elif not old or not new:
        text = _("A rename needs the number until now and the one from now on.")
        found.append(Found.error("finance.rename_half", "old" if not old else "new", text))
    elif old not in known:
        text = _("No account has the number ${number}.", mapping={"number": old})
        found.append(Found.error("finance.rename_unknown", "old", text))
    id_ = fields.get("vorgangs_id")
    part = id_ or (f"{old}:{new}:{fields.get('changed_on') or ''}" if old else hash_of(fields))
    return Checked(
        key=f"GMBAX:{part}",
        kind="rename",
        subject=old or "?",
        summary=f"{old or '?'} → {new or '?'}",
        findings=tuple(found),
        state=ASIDE if foreign else OPEN,
        proposal={} if foreign or not old or not new else {"old": old, "new": new},
    )


def show(request: Any, row: Any) -> str:
    """Return what a rename does as HTML."""
    words = request.translate(
        _(
            "The account with the number ${old} gets the number ${new}; the old one stays known. "
            "Renames that are released together are carried out in one step.",
            mapping={"old": row.proposal["old"], "new": row.proposal["new"]},
        )
    )
    return Markup("<p>{}</p>").format(escape(words))


def rename(desk: Desk, outgoing: Sequence[Outgoing]) -> list[Receipt]:
    """Carry renames out as one permutation; where they do not fit together, none of them.

    Runs within the transaction that notes the receipts.
    """
    session = desk.session
    wanted = renames_of(one.payload for one in outgoing)
    both = {number for one in wanted for number in one}
    accounts = queries.by_number(session, both)
    plan = permutation(wanted, set(accounts))
    if plan.conflicts:
        note = "; ".join(str(one.text.interpolate()) for one in plan.conflicts[:3])
        return [Receipt("rejected", note=note) for _one in outgoing]
    days = {str(one.payload.get("old")): one.payload.get("changed_on") for one in outgoing}
    moved = [(row, row.number) for old in plan.moves for row in accounts[old]]
    aliases = queries.aliases(session, [row.id for row, _old in moved])
    for row, old in moved:
        row.number, row.changed_at = plan.apply(old), utcnow()
        if (row.id, old) not in aliases:
            day = days.get(old)
            until = None if day is None else date.fromisoformat(day)
            session.add(AccountAlias(account_id=row.id, number=old, until=until))
    session.flush()
    return [Receipt(reference=str(one.payload.get("new"))) for one in outgoing]
