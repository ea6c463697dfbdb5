"""A full outer join of the tax office's stock with our accounts, by number, then by alias."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.exchange import Delivery, Desk, Record, Source, staging
from stadtkern.exchange.models import STAGED
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import number_of, party_name
from stadtkern_finance.models import AccountAlias, TaxAccount
from stadtkern_finance.records.schema import PREPAYMENT, PROPERTY_KINDS, TRADE
from stadtkern_finance.stock.words import folded

AREA = "finance"
AT_ONCE = 1_000
ONLY_THERE, ONLY_HERE, AMOUNT, OWNER, ALIAS = (
    *("only_there", "only_here", "amount", "owner", "alias"),
)
KINDS: Mapping[str, Any] = {
    ONLY_THERE: _("only at the tax office"),
    ONLY_HERE: _("only with us"),
    AMOUNT: _("base amount differs"),
    OWNER: _("owner differs"),
    ALIAS: _("earlier number"),
}
WHAT_TO_DO: Mapping[str, Any] = {
    ONLY_THERE: _("Take its notice in; if none has come, ask the tax office for it."),
    ONLY_HERE: _("Ask the tax office whether it was repealed or renamed before it is taxed again."),
    AMOUNT: _("The tax office's base amount binds: look for the notice that is missing here."),
    OWNER: _("Look whether a change of owner was not taken over."),
    ALIAS: _("The tax office uses an earlier number: look for a rename that was not carried out."),
}
GROUPS = (PROPERTY_KINDS, (TRADE, PREPAYMENT))


class There(NamedTuple):
    """An object as the tax office has it."""

    number: str
    tax: str
    cents: int | None
    owners: str
    names: frozenset[str]
    noticed: str


class Line(NamedTuple):
    """One difference, or several at one object; ``kinds`` says which."""

    kinds: tuple[str, ...]
    number: str
    tax: str
    kassenzeichen: str
    account_id: int | None
    there_cent: int | None
    here_cent: int | None
    there_owners: str
    here_owners: str

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "kinds": list(self.kinds),
            "number": self.number,
            "tax": self.tax,
            "kassenzeichen": self.kassenzeichen,
            "messbetrag_there": _plain(self.there_cent),
            "messbetrag_here": _plain(self.here_cent),
            "owners_there": self.there_owners,
            "owners_here": self.here_owners,
        }


@dataclass
class Sums:
    """Objects of one tax on both sides; cents."""

    there: int = 0
    here: int = 0
    there_cent: int = 0
    here_cent: int = 0


@dataclass
class Comparison:
    """All that differs, and the sums of each tax."""

    same: int = 0
    lines: list[Line] = field(default_factory=list)
    taxes: dict[str, Sums] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, int]:
        """Return how many objects differ in which way."""
        found = dict.fromkeys(KINDS, 0)
        for line in self.lines:
            for kind in line.kinds:
                found[kind] += 1
        return found

    def of(self, kind: str) -> list[Line]:
        """Return the lines that differ so; all for an empty text."""
        return [line for line in self.lines if not kind or kind in line.kinds]

    def as_json(self) -> dict[str, Any]:
        """Return it for programs: euros as decimal strings."""
        return {
            "same": self.same,
            **self.numbers,
            "taxes": {
                tax: {
                    "objects_there": one.there,
                    "objects_here": one.here,
                    "messbetrag_there": _plain(one.there_cent),
                    "messbetrag_here": _plain(one.here_cent),
                    "difference": _plain(one.there_cent - one.here_cent),
                }
                for tax, one in sorted(self.taxes.items())
            },
            "lines": [line.as_json() for line in self.lines],
        }


def _plain(cents: int | None) -> str | None:
    return None if cents is None else str(Decimal(cents).scaleb(-2))


def there_of(payloads: Iterable[Mapping[str, Any]]) -> dict[str, There]:
    """Return the tax office's objects by number; of several notices the latest counts."""
    found: dict[str, There] = {}
    for fields in payloads:
        number = number_of(fields)
        if not number:
            continue
        owners = [one for one in fields.get("parties") or () if one.get("role") == "owner"]
        one = There(
            number,
            str(fields.get("tax_kind") or ""),
            fields.get("messbetrag_cent"),
            _shown(owners),
            _names(owners),
            str(fields.get("notice_date") or ""),
        )
        if number not in found or found[number].noticed <= one.noticed:
            found[number] = one
    return found


def _shown(owners: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(name for name in map(party_name, owners) if name)


def _names(owners: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    names = (one.get("surname") or party_name(one) for one in owners)
    return frozenset(folded(str(name)) for name in names if name)


def compare(session: Session, theirs: Mapping[str, There]) -> Comparison:
    """Join both stocks; only the taxes that the delivery is about. Two statements.

    Exact numbers count first; what is left is looked for by numbers that an account had before.
    """
    found = Comparison()
    taxes = {one.tax for one in theirs.values()}
    kinds = [kind for group in GROUPS for kind in group if taxes & set(group)]
    for one in theirs.values():
        sums = found.taxes.setdefault(one.tax, Sums())
        sums.there += 1
        sums.there_cent += one.cents or 0
    matched: set[str] = set()
    alone: dict[int, TaxAccount] = {}
    for row in _accounts(session, kinds):
        sums = found.taxes.setdefault(row.tax_kind, Sums())
        sums.here += 1
        sums.here_cent += row.messbetrag_cent or 0
        if row.number and row.number in theirs:
            matched.add(row.number)
            _matched(found, row, theirs[row.number], ())
        else:
            alone[row.id] = row
    left = theirs.keys() - matched
    if alone and left:
        for account_id, number in _aliases(session):
            if account_id in alone and number in left:
                left -= {number}
                _matched(found, alone.pop(account_id), theirs[number], (ALIAS,))
    found.lines += [_line((ONLY_HERE,), row, None) for row in alone.values()]
    found.lines += [_line((ONLY_THERE,), None, theirs[number]) for number in left]
    found.lines.sort(key=lambda line: (line.kinds, line.kassenzeichen, line.number))
    return found


def _accounts(session: Session, kinds: Iterable[str]) -> Iterator[TaxAccount]:
    statement = select(TaxAccount).where(TaxAccount.tax_kind.in_(list(kinds)))
    yield from session.scalars(statement.execution_options(yield_per=AT_ONCE))


def _aliases(session: Session) -> Iterator[tuple[int, str]]:
    statement = select(AccountAlias.account_id, AccountAlias.number).order_by(AccountAlias.id)
    for row in session.execute(statement.execution_options(yield_per=AT_ONCE)):
        yield row.account_id, row.number


def _matched(found: Comparison, row: TaxAccount, one: There, kinds: tuple[str, ...]) -> None:
    if row.messbetrag_cent != one.cents:
        kinds = (*kinds, AMOUNT)
    here = _names(row.owners)
    if one.names and here and one.names != here:
        kinds = (*kinds, OWNER)
    if kinds:
        found.lines.append(_line(kinds, row, one))
    else:
        found.same += 1


def _line(kinds: tuple[str, ...], row: TaxAccount | None, one: There | None) -> Line:
    return Line(
        kinds,
        one.number if one is not None else row.number if row is not None else "",
        row.tax_kind if row is not None else one.tax if one is not None else "",
        "" if row is None else row.kassenzeichen,
        None if row is None else row.id,
        None if one is None else one.cents,
        None if row is None else row.messbetrag_cent,
        "" if one is None else one.owners,
        "" if row is None else _shown(row.owners),
    )


def deliveries(session: Session, limit: int) -> list[Delivery]:
    """Return deliveries that were read, the newest first."""
    statement = (
        select(Delivery)
        .where(Delivery.area == AREA, Delivery.state == STAGED, Delivery.format != f"{AREA}.gmbax")
        .order_by(Delivery.id.desc())
        .limit(limit)
    )
    return list(session.scalars(statement))


def of_delivery(session: Session, number: int) -> dict[str, There] | None:
    """Return the objects of a delivery that was read; None if there is no such one."""
    row = session.scalar(
        select(Delivery).where(
            Delivery.id == number, Delivery.area == AREA, Delivery.state == STAGED
        )
    )
    if row is None:
        return None
    statement = select(Record.payload).where(Record.delivery_id == number)
    return there_of(session.scalars(statement.execution_options(yield_per=AT_ONCE)))


def of_file(desk: Desk, source: Source) -> dict[str, There]:
    """Return the objects of a file; ``DeliveryRefused`` for what cannot be read."""
    kind = staging.recognised(desk.registry, AREA, source)
    return there_of(one.payload for one in kind.read(source))
