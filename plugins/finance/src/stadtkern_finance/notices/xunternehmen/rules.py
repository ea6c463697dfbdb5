"""What a message must keep beyond what its schema can say.

Each rule yields problems with the field in the words of ``model``, the reason, and what would be
right; so a clerk sees all of them at once, before a single byte is written.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from stadtkern_finance.i18n import _
from stadtkern_finance.law.rates import INTEREST_MINIMUM, LOWEST_TRADE_HEBESATZ
from stadtkern_finance.notices.xunternehmen import codes
from stadtkern_finance.notices.xunternehmen.characters import foreign
from stadtkern_finance.notices.xunternehmen.markings import DATED, NONE, PHRASES
from stadtkern_finance.notices.xunternehmen.model import (
    Assessed,
    InterestBlock,
    InterestItem,
    Kind,
    Message,
    Party,
    PrepaymentBlock,
    SurchargeBlock,
    TaxBlock,
)
from stadtkern_finance.records.reading import BadInput
from stadtkern_finance.records.schema import HIGHEST_HEBESATZ
from stadtkern_finance.records.validation import Problem

Problems = Iterator[Problem]
_ZERO = Decimal(0)
_DECIMALS = 2
_AN_AMOUNT = _("an amount")
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "head.message_id": re.compile("[0-9a-fA-F-]{21,36}"),
    "reference.tax_number": re.compile("[0-9]{13}"),
    "municipality.ags": re.compile("[0-9]{8}"),
}
_REQUIRED = ("reference.booking_number", "municipality.name", "head.software")


def check(message: Message) -> None:
    """Raise BadInput with all that speaks against sending a message."""
    found = list(problems(message))
    if found:
        raise BadInput(found)


def problems(message: Message) -> Problems:
    """Yield what speaks against sending a message; nothing where it may go."""
    texts = list(_texts(message, ""))
    yield from texts
    if any(one.expected is _AN_AMOUNT for one in texts):
        # Nothing can be compared with what is no number.
        return
    yield from _names(message)
    yield from _parties(message)
    yield from _payload(message)
    yield from _markings(message)
    if message.kind is Kind.INSOLVENCY:
        yield from _insolvency(message)
    else:
        yield from _notice(message)


def _wrong(field: str, value: Any, expected: Any) -> Problem:
    return Problem(field, _("has the value “${value}”", mapping={"value": str(value)}), expected)


def _missing(field: str, expected: Any) -> Problem:
    return Problem(field, _("is missing"), expected)


def _texts(value: Any, path: str) -> Problems:
    """Look at every text and number of the message, wherever it stands."""
    if isinstance(value, str):
        strange = foreign(value)
        if strange is not None:
            yield _wrong(
                path, strange, _("letters of Latin script and the signs of DIN 91379 type C")
            )
        elif not value.strip():
            yield Problem(path, _("is empty"), _("a text, or nothing at all"))
    elif isinstance(value, Decimal) and not value.is_finite():
        yield _wrong(path, value, _AN_AMOUNT)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]")
    elif is_dataclass(value):
        for field in fields(value):
            below = f"{path}.{field.name}" if path else field.name
            yield from _texts(getattr(value, field.name), below)


def _value(message: Message, path: str) -> Any:
    value: Any = message
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _names(message: Message) -> Problems:
    expected = {
        "head.message_id": _("a UUID of 21 to 36 hexadecimal digits and dashes"),
        "reference.tax_number": _("${count} digits", mapping={"count": 13}),
        "municipality.ags": _("${count} digits", mapping={"count": 8}),
    }
    for path, pattern in _PATTERNS.items():
        value = _value(message, path)
        if not pattern.fullmatch(value):
            yield _wrong(path, value, expected[path])
    for path in _REQUIRED:
        if not _value(message, path):
            yield _missing(path, _("a text"))
    for index, one in enumerate(message.taxpayer_accounts):
        if one.purpose not in codes.PURPOSES:
            yield _wrong(f"taxpayer_accounts[{index}].purpose", one.purpose, _one(codes.PURPOSES))
    for index, one in enumerate(message.municipality.accounts):
        if one.purpose not in codes.PURPOSES:
            path = f"municipality.accounts[{index}].purpose"
            yield _wrong(path, one.purpose, _one(codes.PURPOSES))
    if not message.municipality.addresses:
        yield _missing("municipality.addresses", _("at least one address"))


def _one(values: Sequence[str]) -> Any:
    return _("one of ${names}", mapping={"names": ", ".join(values)})


def _parties(message: Message) -> Problems:
    yield from _party(message.taxpayer, "taxpayer", represents=False)
    yield from _party(message.recipient, "recipient", represents=False)
    for index, one in enumerate(message.addressees):
        yield from _party(one, f"addressees[{index}]", represents=True)


def _party(party: Party, path: str, *, represents: bool) -> Problems:
    if party.free_text is not None:
        if party.name is not None:
            yield Problem(
                f"{path}.free_text", _("stands beside name"), _("either name or free_text")
            )
        return
    if party.name is None:
        yield _missing(f"{path}.name", _("either name or free_text"))
    if not party.addresses:
        yield _missing(f"{path}.addresses", _("at least one address"))
    if represents and party.represents not in codes.REPRESENTS:
        expected = _("a code from 01 to 21 that says how somebody stands for the taxpayer")
        yield _wrong(f"{path}.represents", party.represents, expected)


def _payload(message: Message) -> Problems:
    if not message.blocks and message.short is None:
        yield _missing("taxes", _("at least one assessment"))
    allowed = codes.BLOCKS[message.kind.number]
    for name in ("taxes", "late_filing", "late_payment", "interest", "prepayments"):
        blocks = getattr(message, name)
        if blocks and name not in allowed:
            expected = _("only ${names} in this message", mapping={"names": ", ".join(allowed)})
            yield Problem(name, _("is set"), expected)
        if not blocks and allowed[0] == name and message.kind in codes.STRICT:
            yield _missing(name, _("at least one assessment"))
        for index, block in enumerate(blocks):
            path = f"{name}[{index}]"
            yield from _assessed(block.assessed, f"{path}.assessed", name, message.kind)
            yield from _BLOCKS[type(block)](block, path)
    if message.short is not None:
        if message.kind is not Kind.GENERIC:
            yield Problem("short", _("is set"), _("only in message 0010"))
        if message.short.kind not in codes.SHORT:
            yield _wrong("short.kind", message.short.kind, _one(codes.SHORT))
    yield from _each_once(message)


def _each_once(message: Message) -> Problems:
    years: set[int] = set()
    for index, interest in enumerate(message.interest):
        year = interest.assessed.period.year
        if year in years:
            yield Problem(
                f"interest[{index}].assessed.period.year",
                _("stands there twice"),
                _("all interest of a period in one block"),
            )
        years.add(year)
    seen: set[tuple[Any, ...]] = set()
    for index, block in enumerate(message.prepayments):
        facts = block.assessed
        key = (facts.duty, facts.period, tuple(one.due for one in facts.demands), block.dates)
        if key in seen:
            yield Problem(
                f"prepayments[{index}]", _("stands there twice"), _("one block a prepayment")
            )
        seen.add(key)


def _assessed(facts: Assessed, path: str, name: str, kind: Kind) -> Problems:
    insolvency = kind is Kind.INSOLVENCY
    duties = codes.DUTIES[name] + (codes.CALCULATED[name] if insolvency else ())
    if facts.duty not in duties:
        yield _wrong(f"{path}.duty", facts.duty, _one(duties))
    manners = codes.MANNERS if insolvency else codes.MANNERS[:2]
    if facts.manner not in manners:
        yield _wrong(f"{path}.manner", facts.manner, _one(manners))
    if facts.manner == "EF" and facts.previous is not None:
        expected = _("nothing with a first assessment (EF)")
        yield _wrong(f"{path}.previous", facts.previous, expected)
    if facts.basis is not None and facts.basis not in codes.BASES:
        yield _wrong(f"{path}.basis", facts.basis, _one(codes.BASES))
    if facts.basis is None and (insolvency or facts.paid or facts.demands):
        yield _missing(f"{path}.basis", _one(codes.BASES))
    yield from _exact(facts.amount, f"{path}.amount")
    yield from _exact(facts.previous, f"{path}.previous")
    period = facts.period
    if period.start is not None and period.end is not None and period.start > period.end:
        yield _wrong(f"{path}.period.end", period.end, _("a day not before its start"))
    if period.quarter is not None and period.quarter not in codes.QUARTERS:
        yield _wrong(f"{path}.period.quarter", period.quarter, _("a quarter from 1 to 4"))
    yield from _demands(facts, path)


def _demands(facts: Assessed, path: str) -> Problems:
    for index, paid in enumerate(facts.paid):
        yield from _exact(paid.amount, f"{path}.paid[{index}].amount")
        if facts.basis == "SOLL":
            expected = _("payments only where the basis is IST")
            yield Problem(f"{path}.paid[{index}]", _("is set"), expected)
    for index, demand in enumerate(facts.demands):
        place = f"{path}.demands[{index}]"
        yield from _exact(demand.amount, f"{place}.amount")
        if demand.amount == _ZERO:
            yield _wrong(f"{place}.amount", demand.amount, _("a demand or a refund, not nothing"))
        if demand.repeated is not None:
            if demand.repeated not in codes.REPEATED:
                yield _wrong(f"{place}.repeated", demand.repeated, _one(codes.REPEATED))
            if demand.due is None:
                yield _missing(f"{place}.due", _("the day of the first payment"))
            if demand.amount < _ZERO:
                yield _wrong(f"{place}.amount", demand.amount, _("no refund that is repeated"))


def _exact(amount: Decimal | None, path: str) -> Problems:
    if amount is None or not amount.is_finite():
        return
    if amount != round(amount, _DECIMALS):
        yield _wrong(path, amount, _("an amount with at most two decimals"))


def _rate(rate: Decimal | None, path: str) -> Problems:
    if rate is None or not rate.is_finite():
        return
    if rate != rate.to_integral_value() or not LOWEST_TRADE_HEBESATZ <= rate <= HIGHEST_HEBESATZ:
        limits = {"low": LOWEST_TRADE_HEBESATZ, "high": HIGHEST_HEBESATZ}
        expected = _(
            "a whole number from ${low} to ${high} for trade tax (§ 16 (4) GewStG)", mapping=limits
        )
        yield _wrong(path, rate, expected)


def _tax(block: TaxBlock, path: str) -> Problems:
    yield from _rate(block.hebesatz, f"{path}.hebesatz")
    yield from _rate(block.hebesatz_before, f"{path}.hebesatz_before")
    for name in ("messbetrag", "messbetrag_before"):
        amount = getattr(block, name)
        yield from _exact(amount, f"{path}.{name}")
        if amount is not None and amount < _ZERO:
            yield _wrong(f"{path}.{name}", amount, _("an amount that is not negative"))


def _surcharge(block: SurchargeBlock, path: str) -> Problems:
    if block.assessed.amount < _ZERO:
        expected = _("an amount that is not negative")
        yield _wrong(f"{path}.assessed.amount", block.assessed.amount, expected)


def _interest(block: InterestBlock, path: str) -> Problems:
    if not block.items:
        yield _missing(f"{path}.items", _("at least one amount of interest"))
        return
    for index, item in enumerate(block.items):
        yield from _item(item, f"{path}.items[{index}]")
    total = sum((item.effective for item in block.items), _ZERO)
    if block.unrounded != total:
        expected = _("the sum of what is effective, ${sum}", mapping={"sum": str(total)})
        yield _wrong(f"{path}.unrounded", block.unrounded, expected)
    # In the taxpayer's favour: a demand down, a refund up, which both is towards minus.
    rounded = total.to_integral_value(ROUND_FLOOR)
    fixed = rounded if abs(rounded) >= INTEREST_MINIMUM else _ZERO
    if block.assessed.amount != fixed:
        expected = _(
            "${amount}: full euros in the taxpayer's favour, nothing below 10 euros (§ 239 (2) AO)",
            mapping={"amount": str(fixed)},
        )
        yield _wrong(f"{path}.assessed.amount", block.assessed.amount, expected)


def _item(item: InterestItem, path: str) -> Problems:
    if item.kind not in codes.INTEREST:
        yield _wrong(f"{path}.kind", item.kind, _one(codes.INTEREST))
    yield from _exact(item.calculated, f"{path}.calculated")
    if item.status not in codes.STATUS:
        yield _wrong(f"{path}.status", item.status, _one(tuple(codes.STATUS)))
    elif item.effective != item.calculated * codes.STATUS[item.status]:
        effective = item.calculated * codes.STATUS[item.status]
        expected = _(
            "${amount}, as its status is ${status}",
            mapping={"amount": str(effective), "status": item.status},
        )
        yield _wrong(f"{path}.effective", item.effective, expected)
    run = item.run
    if run is None:
        return
    if (run.months is None) == (run.days is None):
        yield Problem(f"{path}.run", _("has both or neither of months and days"), _("one of them"))
    if run.start > run.end:
        yield _wrong(f"{path}.run.end", run.end, _("a day not before its start"))
    for name in ("basis", "basis_unrounded", "unrounded"):
        yield from _exact(getattr(run, name), f"{path}.run.{name}")


def _prepayment(block: PrepaymentBlock, path: str) -> Problems:
    yield from _rate(block.hebesatz, f"{path}.hebesatz")
    yield from _rate(block.hebesatz_before, f"{path}.hebesatz_before")
    yield from _exact(block.messbetrag, f"{path}.messbetrag")
    yield from _exact(block.messbetrag_before, f"{path}.messbetrag_before")
    facts = block.assessed
    if facts.amount < _ZERO:
        yield _wrong(f"{path}.assessed.amount", facts.amount, _("an amount that is not negative"))
    if facts.duty in codes.YEARLY and (facts.demands or facts.paid):
        expected = _(
            "nothing: a year's prepayments (${code}) demand no payment",
            mapping={"code": facts.duty},
        )
        yield Problem(f"{path}.assessed.demands", _("is set"), expected)
    if facts.duty not in codes.YEARLY and len(facts.demands) > 1:
        yield Problem(
            f"{path}.assessed.demands",
            _("has ${count} items", mapping={"count": len(facts.demands)}),
            _("one block a prepayment"),
        )


_BLOCKS: Mapping[type, Any] = {
    TaxBlock: _tax,
    SurchargeBlock: _surcharge,
    InterestBlock: _interest,
    PrepaymentBlock: _prepayment,
}


def _markings(message: Message) -> Problems:
    seen: set[str] = set()
    for index, one in enumerate(message.markings):
        path = f"markings[{index}]"
        if (one.code is None) == (one.text is None):
            yield Problem(path, _("has both or neither of code and text"), _("one of them"))
        if one.code is None:
            continue
        if one.code not in PHRASES:
            yield _wrong(path, one.code, _("a code of the list Bescheidkennzeichnung"))
        elif one.code in DATED:
            yield _wrong(path, one.code, _("a text, since this code speaks of a day"))
        if one.code in seen:
            yield _wrong(path, one.code, _("each code once"))
        seen.add(one.code)
    if NONE in seen and len(message.markings) > 1:
        yield _wrong("markings", NONE, _("no other code beside it"))


def _insolvency(message: Message) -> Problems:
    if message.remedy is not None:
        yield Problem("remedy", _("is set"), _("nothing: a calculation is no notice"))
    if message.reference.insolvency_opened is None:
        yield _missing("reference.insolvency_opened", _("the day when proceedings were opened"))
    for name in codes.BLOCKS[message.kind.number]:
        for index, block in enumerate(getattr(message, name)):
            path = f"{name}[{index}].assessed"
            if block.assessed.demands or block.assessed.paid:
                yield Problem(
                    f"{path}.demands", _("is set"), _("nothing: a calculation demands no payment")
                )
    for index, prepayment in enumerate(message.prepayments):
        if prepayment.assessed.duty not in codes.YEARLY and prepayment.assessed.amount != _ZERO:
            expected = _("0.00: prepayments lapse when proceedings are opened")
            path = f"prepayments[{index}].assessed.amount"
            yield _wrong(path, prepayment.assessed.amount, expected)


def _notice(message: Message) -> Problems:
    if not message.remedy:
        yield _missing("remedy", _("the instruction on remedies"))
    reference = message.reference
    for name in ("insolvency_opened", "court_reference"):
        if getattr(reference, name) is not None:
            yield Problem(f"reference.{name}", _("is set"), _("only in message 0021"))
    for name in ("late_filing", "late_payment", "interest", "prepayments"):
        for index, block in enumerate(getattr(message, name)):
            for extra in ("base_notice", "messbetrag_before", "hebesatz_before", "dates"):
                if getattr(block, extra, None):
                    path = f"{name}[{index}].{extra}"
                    yield Problem(path, _("is set"), _("only in message 0021"))
