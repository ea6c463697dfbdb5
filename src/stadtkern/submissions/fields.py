"""From the fields that editors set to a schema, and from typed values to answers."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import colander

from stadtkern.forms import Form
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

BLOCK = "form_field"
KINDS = [
    ("line", _("One line of text")),
    ("text", _("Several lines of text")),
    ("number", _("Number")),
    ("choice", _("Choice of one")),
    ("several", _("Choice of several")),
    ("date", _("Date")),
    ("mail", _("Mail address")),
    ("address", _("Postal address")),
    ("iban", _("IBAN")),
    ("consent", _("Consent")),
]
MAX_TEXT = 5_000
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
GERMAN_IBAN = 22
REMAINDER = 97


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


def iban_ok(value: str) -> bool:
    """Tell whether an IBAN without blanks has its form and checksum (ISO 13616, ISO 7064)."""
    if not _IBAN.fullmatch(value) or (value[:2] == "DE" and len(value) != GERMAN_IBAN):
        return False
    digits = "".join(str(int(char, 36)) for char in value[4:] + value[:4])
    return int(digits) % REMAINDER == 1


def _iban(node: Any, value: str) -> None:
    if not iban_ok(value):
        raise colander.Invalid(
            node,
            _(
                "This is no valid IBAN. Please compare it with your bank card; a German one has 22 "
                "characters."
            ),
        )


def _compact(value: Any) -> Any:
    return "".join(value.split()).upper() if isinstance(value, str) else value


def _two_lines(node: Any, value: str) -> None:
    if len([one for one in value.split("\n") if one.strip()]) < 2:  # noqa: PLR2004
        raise colander.Invalid(
            node, _("Please write street and number in one line, postal code and town in the next.")
        )


def _agreed(node: Any, value: bool) -> None:  # noqa: FBT001 - colander calls it so
    if node.must and not value:
        raise colander.Invalid(node, _("We need your consent to take this form."))


def _some(node: Any, value: Any) -> None:
    if node.must and not value:
        raise colander.Invalid(node, f.REQUIRED)


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
        if kind in {"choice", "several"} and not options:
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
        names.setdefault(label.casefold(), one)
    return found


def _meets(field: Field, wanted: str, value: Any) -> bool:
    if field.kind == "consent":
        return (value == "true") == (wanted.casefold() not in {"no", "nein", "false"})
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


def _node(field: Field, *, required: bool, hint: str) -> Any:  # noqa: PLR0911 - one a kind
    kw: dict[str, Any] = {"description": hint}
    options = [(one, one) for one in field.options]
    if field.kind == "text":
        return f.text(field.label, maximum=MAX_TEXT, rows=6, required=required, **kw)
    if field.kind == "number":
        return f.number(field.label, whole=False, required=required, **kw)
    if field.kind == "choice":
        return f.choice(field.label, options, required=required, ask=True, **kw)
    if field.kind == "several":
        node = f.several(field.label, options, must=required, **kw)
        node.validator = colander.All(node.validator, _some)
        return node
    if field.kind == "date":
        return f.day(field.label, required=required, **kw)
    if field.kind == "mail":
        return f.mail(field.label, required=required, **kw)
    if field.kind == "address":
        node = f.text(field.label, maximum=500, rows=3, required=required, **kw)
        node.validator = colander.All(node.validator, _two_lines)
        return node
    if field.kind == "iban":
        node = f.line(field.label, maximum=60, required=required, validator=_iban, **kw)
        node.preparer = _compact
        return node
    if field.kind == "consent":
        return f.yes(field.label, must=required, validator=_agreed, **kw)
    return f.line(field.label, maximum=300, required=required, **kw)


def schema(request: Any, fields: Iterable[Field], applying: Iterable[Field]) -> Any:
    """Return a schema with all fields, of which those that do not apply may be empty."""
    fields = list(fields)
    names = {field.name for field in applying}
    labels = {field.name: field.label for field in fields}
    made = colander.SchemaNode(colander.Mapping())
    for field in fields:
        hint = field.help
        if field.condition is not None:
            name, wanted = field.condition
            rule = request.translate(
                _("Only if you answer “${question}” with “${value}”."),
                question=labels[name],
                value=wanted,
            )
            hint = f"{rule} {hint}".strip()
        required = field.required and field.name in names and not field.orphan
        node = _node(field, required=required, hint=hint)
        node.name = field.name
        if field.condition is not None:
            # The hint says when it must be answered.
            node.optional_mark = False
        made.add(node)
    return made


def read(request: Any, fields: list[Field], controls: Mapping[str, Any]) -> tuple[Form, Any]:
    """Return the form for posted controls, and a function that validates it into answers.

    What was posted to fields that do not apply is ignored.
    """
    applying = active(fields, controls)
    names = {field.name for field in applying}
    form = Form(request, schema(request, fields, applying))

    def validate() -> list[Answer]:
        values = form.validate({key: value for key, value in controls.items() if key in names})
        return [
            Answer(one.name, one.kind, one.label, in_words(request, values.get(one.name)))
            for one in applying
        ]

    return form, validate


def in_words(request: Any, value: Any) -> str:
    """Return a value as people read it."""
    if isinstance(value, bool):
        return str(request.translate(_("Yes") if value else _("No")))
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, set | frozenset):
        return "\n".join(sorted(value))
    return "" if value is None else str(value)
