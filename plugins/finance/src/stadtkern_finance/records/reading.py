"""Read and check what people and programs give as JSON; refuse with field, reason, expectation."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from stadtkern_finance.i18n import _
from stadtkern_finance.law.explanation import translated
from stadtkern_finance.records.model import AssessmentRecord
from stadtkern_finance.records.schema import BESIDE_FIELDS, CALCULATION, RECORD_FIELDS
from stadtkern_finance.records.shapes import Shape
from stadtkern_finance.records.validation import Problem, problems

MAX_PROBLEMS = 20
MAX_BYTES = 200 * 1024 * 1024

ALIASES: Mapping[str, Mapping[str, str]] = {
    "tax_kind": {
        **{
            f"{name}{letter}": f"grundsteuer_{letter}"
            for letter in "abc"
            for name in ("", "grst ", "grst", "grundsteuer ", "grundsteuer", "property tax ")
        },
        "gewst": "gewerbesteuer",
        "trade tax": "gewerbesteuer",
        "gewst vz": "gewerbesteuer_vorauszahlung",
        "vorauszahlung": "gewerbesteuer_vorauszahlung",
    },
    "kind": {
        "nz": "arrears",
        "nachzahlung": "arrears",
        "nachzahlungszinsen": "arrears",
        "ez": "refund",
        "erstattung": "refund",
        "erstattungszinsen": "refund",
    },
    "method": {
        "überweisung": "transfer",
        "ueberweisung": "transfer",
        "bar": "cash",
        "scheck": "cheque",
        "check": "cheque",
        "lastschrift": "direct_debit",
    },
    "regime": {
        "brief": "letter",
        "post": "letter",
        "122": "letter",
        "§ 122": "letter",
        "122a": "auto",
        "§ 122a": "auto",
        "electronic": "auto",
        "elektronisch": "auto",
    },
}
"""Abbreviations of notices and export files that stand for values of the schemas."""


class BadInput(Exception):  # noqa: N818  # it is what the user sees, not a fault of ours
    """Input that does not fit; ``problems`` say which field, why, and what was expected."""

    def __init__(self, found: Sequence[Problem], number: int | None = None) -> None:
        super().__init__("; ".join(sentence(problem, "en") for problem in found))
        self.problems = tuple(found)
        self.number = number

    def sentences(self, language: str) -> list[str]:
        """Return one sentence for each problem in ``de`` or ``en``."""
        said = [sentence(problem, language) for problem in self.problems]
        if self.number is None:
            return said
        facts = [{"number": self.number, "sentence": one} for one in said]
        return [
            translated(_("Record ${number}: ${sentence}", mapping=one), language) for one in facts
        ]


def sentence(problem: Problem, language: str) -> str:
    """Return what is wrong with a field and what was expected."""
    reason = translated(problem.reason, language)
    expected = translated(problem.expected, language)
    facts = {"field": problem.field, "reason": reason, "expected": expected}
    if not problem.field:
        return translated(_("The input ${reason}. Expected: ${expected}.", mapping=facts), language)
    message = _("Field ${field}: ${reason}. Expected: ${expected}.", mapping=facts)
    return translated(message, language)


def refused(field: str, reason: Any, expected: Any) -> BadInput:
    """Return the refusal of one field."""
    return BadInput([Problem(field, reason, expected)])


def load_json(data: bytes) -> Any:
    """Return the JSON in ``data`` with exact decimals; refuse what is none.

    UTF-8 with or without a byte order mark. A name twice in one object is refused, since one of
    its values would be lost; so are NaN and Infinity, which JSON does not know.
    """
    expected = _("one JSON value in UTF-8")
    if len(data) > MAX_BYTES:
        reason = _("has more than ${count} bytes", mapping={"count": MAX_BYTES})
        raise refused("", reason, expected)
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_once
        )
        if "\\ud" in text.lower():
            # Half of a pair can be escaped, but never be written again.
            json.dumps(value, ensure_ascii=False, default=str).encode()
        return value  # noqa: TRY300  # within the try that names what is wrong with it
    except UnicodeEncodeError:
        raise refused("", _("holds half of a character"), expected) from None
    except UnicodeDecodeError as error:
        reason = _("is not UTF-8 at byte ${byte}", mapping={"byte": error.start + 1})
        raise refused("", reason, expected) from None
    except json.JSONDecodeError as error:
        reason = _(
            "is not JSON at line ${line}, column ${column}",
            mapping={"line": error.lineno, "column": error.colno},
        )
        raise refused("", reason, expected) from None
    except RecursionError:
        raise refused("", _("is nested too deep"), expected) from None
    except (ValueError, ArithmeticError):
        # Numbers of thousands of digits.
        raise refused("", _("holds a number that is too long"), expected) from None


def _no_constant(name: str) -> Any:
    reason = _("holds ${name}, which JSON does not know", mapping={"name": name})
    raise refused("", reason, _("one JSON value in UTF-8"))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise refused(twice, _("stands there twice"), _("each field once"))
    return made


def checked(value: Any, shape: Shape) -> dict[str, Any]:
    """Return ``value`` if it fits ``shape``, with known abbreviations resolved; else refuse."""
    made = _resolved(value) if isinstance(value, dict) else value
    found = []
    for problem in problems(made, shape):
        found.append(problem)
        if len(found) == MAX_PROBLEMS:
            break
    if found:
        raise BadInput(found)
    return dict(made)


def _resolved(value: dict[str, Any]) -> dict[str, Any]:
    made = dict(value)
    for name, known in ALIASES.items():
        given = made.get(name)
        if isinstance(given, str):
            plain = " ".join(given.lower().replace("-", " ").replace("_", " ").split())
            made[name] = known.get(plain, given)
    return made


def euros(value: str | int | Decimal) -> Decimal:
    """Return a checked amount as euros with two decimals."""
    return Decimal(value).quantize(Decimal("0.01"))


def requests_of(value: Any) -> tuple[list[dict[str, Any]], bool]:
    """Return the calculations that the input asks for, and whether it is a list.

    Taken are one record or a list, each with rate and dates beside its fields or around it
    (``{"record": …, "hebesatz": …}``); or records in a list with rate and dates once beside them
    (``{"records": […], "hebesatz": …}``).
    """
    if isinstance(value, list):
        return [_request(item, number) for number, item in enumerate(value, 1)], True
    if isinstance(value, dict):
        for name in ("records", "record"):
            if isinstance(value.get(name), list):
                beside = {key: item for key, item in value.items() if key != name}
                return [
                    _request({"record": item, **beside}, number)
                    for number, item in enumerate(value[name], 1)
                ], True
    return [_request(value, None)], False


def _request(value: Any, number: int | None) -> dict[str, Any]:
    try:
        if not isinstance(value, dict):
            return checked(value, CALCULATION)
        if "record" not in value:
            record = {key: item for key, item in value.items() if key not in BESIDE_FIELDS}
            value = {key: item for key, item in value.items() if key in BESIDE_FIELDS}
            # A year says the same beside the record as in it.
            value["record"] = record
        if isinstance(value["record"], dict):
            value = value | {"record": _resolved(value["record"])}
        return checked(value, CALCULATION)
    except BadInput as error:
        raise BadInput([_flat(one) for one in error.problems], number) from None


def _flat(problem: Problem) -> Problem:
    """Name a record's field as people gave it, without ``record.`` before."""
    name = problem.field.removeprefix("record.")
    return problem._replace(field=name) if name.split(".")[0] in RECORD_FIELDS else problem


def record_of(request: Mapping[str, Any]) -> AssessmentRecord:
    """Return the record of a checked request."""
    return AssessmentRecord(request["record"])
