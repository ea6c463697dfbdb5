"""Which account a notice belongs to: by number, by an earlier number, by place and owner."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from stadtkern_finance.intake.keys import number_of, party_name
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.records.schema import PROPERTY_KINDS
from stadtkern_finance.stock import queries

PLACE, OWNER, AMOUNT = 50, 30, 20
"""What each agreement is worth."""
ENOUGH = 80
"""Of a score by which a notice is matched by itself; less is shown to a clerk."""
SHOWN = 5
NEW = "new"
BY_NUMBER, BY_ALIAS, BY_SCORE, BY_HAND, NONE, MANY = (
    *("number", "alias", "score", "hand", "none", "ambiguous"),
)
_STREET = re.compile(r"stra(?:ss|ß)e\b|str\b\.?")


class Candidate(NamedTuple):
    """An account that a notice might belong to, with what speaks for it."""

    account: TaxAccount
    score: int
    evidence: tuple[str, ...]


class Match(NamedTuple):
    """What was found: the account, how, and the candidates where a person must choose."""

    how: str
    account: TaxAccount | None = None
    candidates: tuple[Candidate, ...] = ()


def place_key(place: Mapping[str, Any] | None) -> str:
    """Return a place so that two ways of writing it are the same; empty without a street."""
    place = place or {}
    if not place.get("street"):
        return ""
    parts = (place.get("street"), place.get("house_number"), place.get("town"))
    text = " ".join(str(part) for part in parts if part).lower()
    text = _STREET.sub("str", text).replace("ß", "ss")
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]", "", plain)[:200]


def _names(parties: Iterable[Mapping[str, Any]]) -> set[str]:
    found = (one.get("surname") or party_name(one) for one in parties if one)
    return {str(name).casefold() for name in found if name}


def _same_kind(account: TaxAccount, fields: Mapping[str, Any]) -> bool:
    kind = fields.get("tax_kind")
    return (account.tax_kind in PROPERTY_KINDS) == (kind in PROPERTY_KINDS)


def _scored(account: TaxAccount, fields: Mapping[str, Any]) -> Candidate:
    score, evidence = PLACE, ["place"]
    if _names(account.owners) & _names(fields.get("parties") or ()):
        score, evidence = score + OWNER, [*evidence, "owner"]
    before = fields.get("previous_messbetrag_cent")
    if account.messbetrag_cent is not None and account.messbetrag_cent in {
        before,
        fields.get("messbetrag_cent"),
    }:
        score, evidence = score + AMOUNT, [*evidence, "amount"]
    return Candidate(account, score, tuple(evidence))


def match(
    session: Session, notices: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> list[Match]:
    """Return the match of each ``(fields, decisions)``: four statements, however many.

    Numbers count first, then earlier numbers, then the score. Below the threshold, and where two
    accounts come out alike, a person chooses: ``decisions["account"]``, an id or ``new``.
    """
    numbers = {number_of(fields) for fields, _decided in notices} - {""}
    exact = queries.look_up(session, numbers) if numbers else {}
    earlier = queries.by_alias(session, numbers - exact.keys()) if numbers - exact.keys() else {}
    places = {
        place_key(fields.get("location"))
        for fields, _decided in notices
        if number_of(fields) not in exact and number_of(fields) not in earlier
    } - {""}
    near = queries.by_place(session, places) if places else {}
    chosen = {
        decided["account"]
        for _fields, decided in notices
        if isinstance(decided.get("account"), int)
    }
    by_hand = queries.by_id(session, chosen) if chosen else {}
    return [_one(fields, decided, exact, earlier, near, by_hand) for fields, decided in notices]


def _one(
    fields: Mapping[str, Any],
    decided: Mapping[str, Any],
    exact: Mapping[str, list[TaxAccount]],
    earlier: Mapping[str, list[TaxAccount]],
    near: Mapping[str, list[TaxAccount]],
    by_hand: Mapping[int, TaxAccount],
) -> Match:
    choice = decided.get("account")
    if choice == NEW:
        return Match(BY_HAND)
    if isinstance(choice, int) and choice in by_hand:
        return Match(BY_HAND, by_hand[choice])
    number = number_of(fields)
    for how, found in ((BY_NUMBER, exact), (BY_ALIAS, earlier)):
        rows = [row for row in found.get(number, ()) if _same_kind(row, fields)]
        if len(rows) == 1:
            return Match(how, rows[0])
        if rows:
            return Match(MANY, None, tuple(_scored(row, fields) for row in rows[:SHOWN]))
    rows = near.get(place_key(fields.get("location")), [])
    scored = [_scored(row, fields) for row in rows if _same_kind(row, fields)]
    scored.sort(key=lambda one: (-one.score, one.account.id))
    best = scored[:SHOWN]
    if best and best[0].score >= ENOUGH and (len(best) == 1 or best[1].score < best[0].score):
        return Match(BY_SCORE, best[0].account, tuple(best[:1]))
    return Match(MANY if best else NONE, None, tuple(best))
