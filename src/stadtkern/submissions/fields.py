"""The fields that editors set, and which of them apply to what somebody has answered."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stadtkern.web.i18n import _

BLOCK = "form_field"
KINDS = [
    ("line", _("One line of text")),
    ("text", _("Several lines of text")),
    ("name", _("Name of the person")),
    ("mail", _("Mail address")),
    ("phone", _("Telephone number")),
    ("address", _("Postal address")),
    ("number", _("Number or amount")),
    ("date", _("Date")),
    ("choice", _("Choice of one")),
    ("several", _("Choice of several")),
    ("iban", _("IBAN")),
    ("file", _("File")),
    ("consent", _("Consent")),
    ("heading", _("Heading (no question)")),
]
CHOICES = frozenset({"choice", "several"})
UNASKED = frozenset({"heading"})
"""Kinds that nobody answers."""


@dataclass(frozen=True)
class Field:
    """One field: ``condition`` is (name of an earlier field, value that it must have)."""

    name: str
    kind: str
    label: str
    help: str = ""
    required: bool = True
    options: tuple[str, ...] = ()
    condition: tuple[str, str] | None = None
    orphan: bool = False
    """Whether its condition names no earlier question: then it is always asked, if optional."""


@dataclass(frozen=True)
class Answer:
    """What was answered to a question as it was asked."""

    key: str
    kind: str
    label: str
    text: str


PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def is_number(answer: Answer) -> bool:
    """Tell whether an answer is a number, stored with a point and without separators."""
    return answer.kind == "number" and PLAIN.fullmatch(answer.text) is not None


def shown(answer: Answer, locale: str) -> str:
    """Return an answer as people read it in a language: “12,5”, and “12.5” in English."""
    if is_number(answer) and not locale.startswith("en"):
        return answer.text.replace(".", ",")
    return answer.text


def fields_of(blocks: Iterable[Mapping[str, Any]]) -> list[Field]:
    """Return the fields among a node's stored blocks, in their order.

    Unfinished ones (without a question, a choice without answers) are left out.
    """
    found: list[Field] = []
    names: dict[str, Field] = {}
    for block in blocks:
        data = block.get("data") or {}
        label = " ".join(str(data.get("label") or "").split())
        kind = str(data.get("kind") or "line")
        options = tuple(
            dict.fromkeys(
                one.strip() for one in str(data.get("options") or "").split("\n") if one.strip()
            )
        )
        if block.get("type") != BLOCK or not label:
            continue
        if kind in CHOICES and not options:
            continue
        asked = " ".join(str(data.get("when_label") or "").split())
        other = names.get(asked.casefold())
        one = Field(
            f"q-{block.get('id', '')}",
            kind,
            label,
            str(data.get("help") or ""),
            bool(data.get("required")),
            options,
            (other.name, str(data.get("when_value") or "").strip()) if other else None,
            bool(asked) and other is None,
        )
        found.append(one)
        if kind not in UNASKED:
            names.setdefault(label.casefold(), one)
    return found


def agreement(wanted: str) -> bool:
    """Tell whether a condition wants a consent given (any word but a No)."""
    return wanted.casefold() not in {"no", "nein", "false"}


def _meets(field: Field, wanted: str, value: Any) -> bool:
    if field.kind == "consent":
        return (value == "true") == agreement(wanted)
    values = value if isinstance(value, list) else [value]
    return any(
        isinstance(one, str) and one.strip().casefold() == wanted.casefold() for one in values
    )


def active(fields: Iterable[Field], controls: Mapping[str, Any]) -> list[Field]:
    """Return the fields that apply to what was posted: those whose conditions are met.

    A field whose condition hangs on one that does not apply does not apply either.
    """
    found: dict[str, Field] = {}
    for field in fields:
        if field.condition is not None:
            name, wanted = field.condition
            if name not in found or not _meets(found[name], wanted, controls.get(name)):
                continue
        found[field.name] = field
    return list(found.values())


def doubts(fields: Iterable[Field]) -> list[Field]:
    """Return fields whose condition cannot be meant so: no such question, no such answer."""
    found: list[Field] = []
    known: dict[str, Field] = {}
    for field in fields:
        known[field.name] = field
        if field.orphan:
            found.append(field)
        elif field.condition is not None:
            name, wanted = field.condition
            options = [one.casefold() for one in known[name].options]
            if options and wanted.casefold() not in options:
                found.append(field)
    return found
