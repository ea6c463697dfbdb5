"""Half-written forms: what may be left empty until it is published, and what is still to be filled.

A value that is missing is not wrong yet: drafts may lack what a schema requires. A value that is
there is judged as ever.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import colander

from stadtkern.forms.fields import REQUIRED, Upload

Check = Callable[[Any, Any], None]


class Lacking(colander.Invalid):
    """Raised by a schema's ``validator`` where none of several fields is filled yet.

    Each field by itself is optional, one of them is required (a film of the library or an
    address): drafts may lack it like any required field.
    """


@dataclass(frozen=True)
class Gap:
    """One value that is required and empty.

    ``field`` is the name of the schema's own field, ``title`` how people call it; within rows
    ``row`` counts from 1 and ``column`` is the title of the row's field. ``message`` says what to
    do. ``wrong``: nothing is empty, but the values do not go together.
    """

    field: str
    title: Any
    message: Any = REQUIRED
    row: int = 0
    column: Any = ""
    wrong: bool = False


def is_blank(value: Any) -> bool:
    """Tell whether a value says nothing; 0 and False say something."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list | tuple | set | frozenset | Mapping):
        return not value
    return value is None or value is colander.null


def is_computed(node: Any) -> bool:
    """Tell whether a field's default is made anew each time (today), so that it means no value."""
    return bool(getattr(node, "computed", False))


def relaxed(bound: Any) -> Any:
    """Return a copy of a bound schema that takes missing required values (as None).

    Validators are asked about what is there only; those of a whole mapping wait until nothing in
    it is missing. Files stay required: what a type makes of a file cannot be half there.
    """
    made = bound.clone()
    _relax(made)
    return made


def _relax(node: Any) -> None:
    rows = isinstance(node.typ, colander.Sequence)
    for child in node.children:
        _relax(child)
        if not rows and child.required and not isinstance(child.typ, Upload):
            child.missing = None
            child.wanted = True
    check = node.validator
    if check is not None:
        node.validator = _patient(check)


def _patient(check: Check) -> Check:
    def run(node: Any, value: Any) -> None:
        if is_blank(value) or _waits(node, value):
            return
        try:
            check(node, value)
        except Lacking:
            return

    return run


def _waits(node: Any, value: Any) -> bool:
    return isinstance(value, Mapping) and any(
        getattr(child, "wanted", False) and is_blank(value.get(child.name))
        for child in node.children
    )


def gaps(bound: Any, stored: Mapping[str, Any]) -> list[Gap]:
    """Return what stored data (JSON) still lack of a bound schema, in the schema's order.

    Where nothing is missing, what the schema refuses about the values together is a gap as well
    (``wrong``): each was judged when it was typed, but an import or a newer schema may have put
    them side by side.
    """
    found = [gap for node in bound.children for gap in _gaps(node, stored.get(node.name))]
    return found or list(_together(bound, stored))


def contradictions(bound: Any, stored: Mapping[str, Any]) -> list[Gap]:
    """Return what a bound schema refuses about stored data together, whatever is still missing.

    A schema's validator waits until nothing that is required is missing, as in ``relaxed``.
    """
    return [gap for gap in _together(relaxed(bound), stored) if gap.wrong]


def _together(bound: Any, stored: Mapping[str, Any]) -> Iterator[Gap]:
    if bound.validator is None:
        return
    try:
        bound.validator(bound, _typed(bound, stored))
    except colander.Invalid as error:
        wrong = not isinstance(error, Lacking)
        titles = {node.name: node.title for node in bound.children}
        named = [(child.node.name, first_sentence(child)) for child in error.children]
        # A refusal that names no field stands at the first one, where people begin to read.
        for name, message in named or [(bound.children[0].name, first_sentence(error))]:
            yield Gap(name, titles.get(name, ""), message, wrong=wrong)


def first_sentence(error: colander.Invalid) -> Any:
    """Return the first message of an error and what stands below it."""
    message = error.msg[0] if isinstance(error.msg, list) and error.msg else error.msg
    if message:
        return message
    return first_sentence(error.children[0]) if error.children else REQUIRED


def _gaps(node: Any, value: Any) -> Iterator[Gap]:
    if getattr(node, "kept", False) or isinstance(node.typ, Upload):
        return
    if isinstance(node.typ, colander.Sequence):
        yield from _row_gaps(node, value if isinstance(value, list) else [])
    elif is_blank(value):
        # A fixed default is what a missing value means; a computed one was only an offer.
        if node.required and (node.default is colander.null or is_computed(node)):
            yield Gap(node.name, node.title)
    elif isinstance(value, Mapping):
        for child in node.children:
            for gap in _gaps(child, value.get(child.name)):
                yield Gap(node.name, node.title, gap.message, gap.row, gap.title)


def _row_gaps(node: Any, rows: list[Any]) -> Iterator[Gap]:
    if not rows and node.validator is not None:
        try:
            node.validator(node, [])
        except colander.Invalid as error:
            yield Gap(node.name, node.title, error.msg)
    inner = node.children[0]
    for number, row in enumerate(rows, start=1):
        for child in inner.children:
            for gap in _gaps(child, row.get(child.name) if isinstance(row, Mapping) else None):
                yield Gap(node.name, node.title, gap.message, number, gap.title)


def _typed(bound: Any, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return all values as the schema's validator expects them: typed, absent ones as missing."""
    values = {}
    for node in bound.children:
        try:
            value = node.typ.deserialize(node, stored.get(node.name, colander.null))
        except colander.Invalid:
            value = colander.null
        if value is colander.null:
            value = node.missing if node.default is colander.null else node.default
        values[node.name] = value
    return values
