"""From fields to a schema, and from typed values to answers."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import colander
import deform.widget as w

from stadtkern.forms import Form
from stadtkern.forms import fields as f
from stadtkern.submissions import files
from stadtkern.submissions.fields import UNASKED, Answer, Field, active
from stadtkern.web.i18n import _

MAX_TEXT = 5_000
FEW = 5
"""Answers that stand beside each other; more of them unfold."""
CHOOSE = _("Please choose an answer.")
CHOOSE_FILE = _("Please choose a file.")
POSTAL = r"[A-Za-z0-9][A-Za-z0-9 \-]{2,9}"
PHONE = r"\+?[0-9][0-9 ()/\-]{3,29}"


def iban_ok(value: str) -> bool:
    """Tell whether this is an IBAN: its country's form (ISO 13616) and checksum (ISO 7064)."""
    # A tenth of a second, which only those pay who ask for an IBAN.
    from schwifty import IBAN  # noqa: PLC0415
    from schwifty.exceptions import SchwiftyException  # noqa: PLC0415

    try:
        IBAN(value)
    except SchwiftyException:
        return False
    return True


def _iban(node: Any, value: str) -> None:
    if not iban_ok(value):
        raise colander.Invalid(
            node,
            _(
                "This is no valid IBAN. Please compare it with your bank card; a German one begins "
                "with DE and has 22 characters."
            ),
        )


def _compact(value: Any) -> Any:
    return "".join(value.split()).upper() if isinstance(value, str) else value


def _agreed(node: Any, value: bool) -> None:  # noqa: FBT001 - colander calls it so
    if node.must and not value:
        raise colander.Invalid(node, _("We need your consent to take this form."))


def _some(node: Any, value: Any) -> None:
    if node.must and not value:
        raise colander.Invalid(node, CHOOSE)


def _whole_address(node: Any, value: Mapping[str, str]) -> None:
    """Ask for the rest of an optional address of which something was given."""
    if any(value.values()) and not all(value.values()):
        error = colander.Invalid(node)
        for child in node.children:
            if not value[child.name]:
                error[child.name] = f.REQUIRED
        raise error


def _address(field: Field, *, required: bool, **kw: Any) -> Any:
    """Return street, postal code and town as one group (WCAG 1.3.5 names their purposes)."""
    node = colander.SchemaNode(
        colander.Mapping(),
        title=field.label,
        missing=colander.required if required else None,
        missing_msg=f.REQUIRED,
        validator=_whole_address,
        widget=w.MappingWidget(item_template="mapping_item_group"),
        **kw,
    )
    for name, title, maximum, purpose, check in (
        ("street", _("Street and number"), 120, "address-line1", None),
        (
            "postal_code",
            _("Postal code"),
            10,
            "postal-code",
            colander.Regex(POSTAL + r"\Z", _("Please enter a postal code such as 65232.")),
        ),
        ("town", _("Town"), 120, "address-level2", None),
    ):
        part = f.line(
            title, maximum=maximum, required=required, autocomplete=purpose, validator=check
        )
        part.name = name
        # The group says whether it may be left out.
        part.optional_mark = False
        node.add(part)
    return node


def _choice(field: Field, *, required: bool, **kw: Any) -> Any:
    options = [(one, one) for one in field.options]
    node = f.choice(field.label, options, required=required, ask=True, **kw)
    node.missing_msg = CHOOSE
    if len(options) <= FEW:
        none = [] if required else [("", _("No answer"))]
        node.widget = w.RadioChoiceWidget(
            values=[*options, *none], item_template="mapping_item_group"
        )
    return node


def _several(field: Field, *, required: bool, **kw: Any) -> Any:
    node = f.several(field.label, [(one, one) for one in field.options], must=required, **kw)
    node.validator = colander.All(node.validator, _some)
    if required:
        # Nothing ticked is nothing sent, which no validator sees.
        node.missing = colander.required
        node.missing_msg = CHOOSE
    return node


def _iban_node(field: Field, *, required: bool, **kw: Any) -> Any:
    node = f.line(field.label, maximum=60, required=required, validator=_iban, **kw)
    node.preparer = _compact
    return node


def _consent(field: Field, *, required: bool, **kw: Any) -> Any:
    return f.yes(field.label, must=required, validator=_agreed, **kw)


def _file(field: Field, *, required: bool, **kw: Any) -> Any:
    node = f.upload(
        field.label, accept=files.ACCEPT, maximum=files.MAX_FILE, required=required, **kw
    )
    node.typ = Attachment()
    node.missing_msg = CHOOSE_FILE
    return node


class Attachment(f.Upload):
    """A file, sniffed; python side: ``files.Attached``."""

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        """Return the file; ``colander.Invalid`` for one that is not taken."""
        found = super().deserialize(node, cstruct)
        if found is colander.null:
            return found
        try:
            return files.attached(found.file, found.filename)
        except files.NotTaken as error:
            raise colander.Invalid(node, error.args[0]) from error


_MAKERS: dict[str, Callable[..., Any]] = {
    "text": lambda field, **kw: f.text(field.label, maximum=MAX_TEXT, rows=6, **kw),
    "name": lambda field, **kw: f.line(field.label, autocomplete="name", **kw),
    "mail": lambda field, **kw: f.mail(field.label, **kw),
    "phone": lambda field, **kw: f.line(
        field.label,
        maximum=30,
        kind="tel",
        autocomplete="tel",
        validator=colander.Regex(
            PHONE + r"\Z", _("Please enter a number such as 06128 1234 or +49 6128 1234.")
        ),
        **kw,
    ),
    "address": _address,
    "number": lambda field, **kw: f.number(field.label, whole=False, grouped=True, **kw),
    "date": lambda field, **kw: f.day(field.label, **kw),
    "choice": _choice,
    "several": _several,
    "iban": _iban_node,
    "file": _file,
    "consent": _consent,
}


def _node(field: Field, *, required: bool, hint: str) -> Any:
    make = _MAKERS.get(field.kind)
    if make is None:
        return f.line(field.label, maximum=300, required=required, description=hint)
    return make(field, required=required, description=hint)


def rule(request: Any, field: Field, labels: Mapping[str, str]) -> str:
    """Return a field's condition in words; ``labels``: questions by name. Empty without one."""
    if field.condition is None:
        return ""
    name, wanted = field.condition
    return str(
        request.translate(
            _("Only if you answer “${question}” with “${value}”."),
            question=labels[name],
            value=wanted,
        )
    )


def schema(request: Any, fields: Iterable[Field], applying: Iterable[Field]) -> Any:
    """Return a schema with all fields, of which those that do not apply may be empty."""
    fields = list(fields)
    names = {field.name for field in applying}
    labels = {field.name: field.label for field in fields}
    made = colander.SchemaNode(colander.Mapping())
    for field in fields:
        if field.kind in UNASKED:
            continue
        hint = f"{rule(request, field, labels)} {field.help}".strip()
        if field.kind == "file":
            hint = f"{hint} {request.translate(files.HINT)}".strip()
        required = field.required and field.name in names and not field.orphan
        node = _node(field, required=required, hint=hint)
        node.name = field.name
        # Where there is a condition the hint says when it must be answered.
        node.optional_mark = field.condition is None and not required and field.kind != "consent"
        made.add(node)
    return made


def read(request: Any, fields: list[Field], controls: Mapping[str, Any]) -> tuple[Form, Any]:
    """Return the form for posted controls, and a function that validates it.

    The function returns the answers, and the files by the fields' names; what was posted to
    fields that do not apply is ignored.
    """
    applying = [one for one in active(fields, controls) if one.kind not in UNASKED]
    names = {field.name for field in applying}
    form = Form(request, schema(request, fields, applying))

    def validate() -> tuple[list[Answer], dict[str, files.Attached]]:
        values = form.validate({key: value for key, value in controls.items() if key in names})
        answers = [
            Answer(one.name, one.kind, one.label, in_words(request, one, values.get(one.name)))
            for one in applying
        ]
        sent = {name: value for name, value in values.items() if isinstance(value, files.Attached)}
        return answers, sent

    return form, validate


def in_words(request: Any, field: Field, value: Any) -> str:
    """Return a value as people read it."""
    text = "" if value is None else str(value)
    if isinstance(value, bool):
        text = str(request.translate(_("Yes") if value else _("No")))
    elif isinstance(value, date):
        text = f"{value:%d.%m.%Y}"
    elif isinstance(value, float):
        text = f"{value:.15g}"
    elif isinstance(value, set | frozenset):
        text = "\n".join(one for one in field.options if one in value)
    elif isinstance(value, files.Attached):
        text = value.name
    elif isinstance(value, Mapping):
        place = f"{value['postal_code']} {value['town']}".strip()
        text = "\n".join(one for one in (value["street"], place) if one)
    return text
