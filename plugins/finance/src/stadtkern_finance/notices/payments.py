"""What a notice asks for, in its table and in words."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from stadtkern_finance.law.instalments import ZERO
from stadtkern_finance.law.wording import Fact, printed
from stadtkern_finance.notices.letters.model import Row, Table
from stadtkern_finance.notices.letters.texts import text
from stadtkern_finance.notices.xunternehmen.model import Bank

_REPEATED = {"VJ": "vierteljährlich", "HJ": "halbjährlich", "GJ": "jährlich"}
_GROUP = 4


class Payable(NamedTuple):
    """An amount to be paid (or, negative, paid back) by a day, with the reason."""

    what: str
    amount: Decimal
    due: date | None
    repeated: str | None = None


def payment_table(payables: Sequence[Payable]) -> tuple[Table, ...]:
    """Return the table of payments with its sum, nothing where nothing is to be paid."""
    if not payables:
        return ()
    rows = [Row((one.what, _due(one), _money(one.amount))) for one in payables]
    if len(payables) > 1 and not any(one.repeated for one in payables):
        total = sum((one.amount for one in payables), ZERO)
        rows.append(Row(("Summe", "", _money(total)), strong=True))
    return (Table("Zahlungen", ("Zahlung", "Fällig am", "Betrag"), tuple(rows)),)


def payment_text(payables: Sequence[Payable], number: str, mandate: str | None, bank: Bank) -> str:
    """Return how to pay: by transfer, by mandate, or not at all."""
    total = sum((one.amount for one in payables), ZERO)
    if not total:
        return text("payment.none")
    if total < 0:
        return text("payment.refund")
    if mandate is not None:
        return text("payment.mandate", mandate=mandate)
    return text(
        "payment.transfer",
        number=number,
        holder=bank.holder or "",
        iban=grouped(bank.iban),
        bic=bank.bic,
    )


def todo(payables: Sequence[Payable], number: str, mandate: str | None) -> str:
    """Return in plain words what the recipient has to do."""
    total = sum((one.amount for one in payables), ZERO)
    if not total:
        return text("plain.todo.nothing")
    if total < 0:
        return text("plain.todo.refund", sum=_money(-total))
    if mandate is not None:
        return text("plain.todo.debit", sum=_money(total))
    return text("plain.todo.pay", sum=_money(total), number=number)


def grouped(iban: str) -> str:
    """Return an IBAN in groups of four, as letters print it."""
    return " ".join(iban[start : start + _GROUP] for start in range(0, len(iban), _GROUP))


def _due(one: Payable) -> str:
    if one.due is None:
        return "sofort" if one.amount > 0 else "–"
    day = str(printed(Fact.DATE, one.due, "de"))
    return day if one.repeated is None else f"ab {day}, {_REPEATED[one.repeated]}"


def _money(amount: Decimal) -> str:
    return str(printed(Fact.MONEY, amount, "de"))
