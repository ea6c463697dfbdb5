"""Reading JSON: bounded, strict, and by the same rules as the published JSON Schemas."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import colander

from stadtkern.api import jsonschema as js
from stadtkern.content import Pages, known_ids
from stadtkern.db import MAX_ID
from stadtkern.forms import clean, relaxed
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _
from stadtkern.web.problems import Problem

MAX_DEPTH = 32
"""Levels of nested arrays and objects; the deepest of ours has eight."""
MAX_BODY = 12_000_000
"""Bytes of a JSON body; as of a form: 200 blocks of 50,000 characters."""
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)"
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

Errors = list[dict[str, str]]


def unreadable(detail: str) -> Problem:
    """Return the refusal of a body that is no JSON of ours (400)."""
    return Problem(400, "unreadable", _("The body cannot be read"), detail)


def invalid(errors: Errors) -> Problem:
    """Return the refusal of values that do not fit, each with its place (422)."""
    return Problem(
        422,
        "invalid",
        _("Some values do not fit"),
        _("Nothing was stored. “errors” says what is wrong and where."),
        errors=errors,
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse(_name: str) -> Any:
    raise ValueError("no number")


def parse(body: bytes) -> Any:
    """Return the value of a JSON text (RFC 8259).

    Raises a ``Problem``: 400 for what is none, nests deeper than ``MAX_DEPTH``, names a member
    twice or holds numbers that no computer keeps.
    """
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except RecursionError:
        raise too_deep() from None
    except ValueError:
        raise unreadable(
            _("It is no JSON text in UTF-8, or an object names a member twice.")
        ) from None
    level = [value]
    for _depth in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _within(outer)]
        if not level:
            return value
    raise too_deep()


def too_deep() -> Problem:
    """Return the refusal of JSON that nests too deeply."""
    return unreadable(_("It nests deeper than ${n} levels.", mapping={"n": MAX_DEPTH}))


def _within(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from (one for one in value.values() if isinstance(one, dict | list))
    elif isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict | list))


def read(
    schema: Any, value: Any, *, request: Any, at: str = "#", unfinished: bool = False
) -> dict[str, Any]:
    """Return typed values of a JSON object by a colander schema (not yet bound).

    Unknown members, wrong types and all that the schema refuses raise a ``Problem`` (422).
    ``at``: where the object stands in the body, as a JSON pointer. ``unfinished``: required
    values may be missing.
    """
    found, errors = judged(schema, value, request=request, at=at, unfinished=unfinished)
    if errors:
        raise invalid(errors)
    return found


def judged(
    schema: Any, value: Any, *, request: Any, at: str = "#", unfinished: bool = False
) -> tuple[dict[str, Any], Errors]:
    """Return what ``read`` returns, and what is wrong instead of raising it."""
    timezone = getattr(getattr(request, "tenant", None), "timezone", "UTC")
    bound = schema.bind(request=request, timezone=timezone)
    if unfinished:
        bound = relaxed(bound)
    reader = _Reader(request)
    raw = reader.take(bound, value, at)
    if reader.errors:
        return {}, reader.errors
    bound.children = [child for child in bound.children if js.is_written(child)]
    try:
        found: dict[str, Any] = bound.deserialize(raw)
    except colander.Invalid as error:
        return {}, list(told(error, at))
    return found, []


def told(error: colander.Invalid, at: str) -> Iterator[dict[str, str]]:
    """Yield what colander has refused, each with its place."""
    for path in error.paths():
        steps = [one._keyname() for one in path][1:]  # noqa: SLF001 - colander's own asdict uses it
        pointer = "/".join([at, *(str(step) for step in steps)])
        for message in path[-1].messages() or [_("This does not fit.")]:
            yield {"pointer": pointer, "detail": message}


def pointer_of(at: str, name: str) -> str:
    """Return the pointer of a member (RFC 6901)."""
    return f"{at}/{name.replace('~', '~0').replace('/', '~1')}"


class _Reader:
    """Walks a value along a bound schema: JSON in, what colander deserialises out."""

    def __init__(self, request: Any) -> None:
        self.request = request
        self.errors: Errors = []

    def wrong(self, at: str, message: str) -> Any:
        self.errors.append({"pointer": at, "detail": message})
        return colander.null

    def take(self, node: Any, value: Any, at: str) -> Any:  # noqa: C901, PLR0911 - one a type
        """Return ``value`` for colander; what is wrong with it lands in ``errors``."""
        if value is None and not js.is_required(node):
            return colander.null
        typ = node.typ
        if isinstance(typ, colander.Mapping):
            return self._mapping(node, value, at)
        if isinstance(typ, Pages):
            return self._pages(node, value, at)
        if isinstance(typ, colander.Sequence):
            if not isinstance(value, list):
                return self.wrong(at, _("This must be a list."))
            least, most = js.lengths(node)
            if not least <= len(value) <= (js.MAX_ITEMS if most is None else most):
                return self.wrong(at, _("The list is too short or too long."))
            inner = node.children[0]
            return [self.take(inner, item, f"{at}/{n}") for n, item in enumerate(value)]
        if isinstance(typ, colander.Set):
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                return self.wrong(at, _("This must be a list of texts."))
            if len(set(value)) != len(value):
                return self.wrong(at, _("Each may stand here once."))
            return value
        if isinstance(typ, colander.Boolean):
            return (
                value
                if isinstance(value, bool)
                else self.wrong(at, _("This must be true or false."))
            )
        if isinstance(typ, colander.Number):
            return self._number(node, value, at)
        return self._text(node, value, at)

    def _mapping(self, node: Any, value: Any, at: str) -> Any:
        if not isinstance(value, Mapping):
            return self.wrong(at, _("This must be an object."))
        if node.typ.unknown == "preserve":
            return dict(value)
        known = {child.name: child for child in node.children if js.is_written(child)}
        for name in value:
            if name not in known:
                self.wrong(pointer_of(at, name[:60]), _("There is no such field."))
        found = {}
        for name, child in known.items():
            if name in value:
                found[name] = self.take(child, value[name], pointer_of(at, name))
            elif js.is_required(child):
                self.wrong(pointer_of(at, name), _("This must be given."))
        return found

    def _number(self, node: Any, value: Any, at: str) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self.wrong(at, _("This must be a number."))
        if isinstance(value, float) and not math.isfinite(value):
            return self.wrong(at, _("This must be a number."))
        if isinstance(node.typ, colander.Integer):
            if value != int(value):
                return self.wrong(at, _("This must be a whole number."))
            value = int(value)
            least, most = js.bounds(node)
            if (least is None and value < -MAX_ID) or (most is None and value > MAX_ID):
                return self.wrong(at, _("This number is too large."))
        return value

    def _text(self, node: Any, value: Any, at: str) -> Any:  # noqa: PLR0911 - one a type
        if not isinstance(value, str):
            return self.wrong(at, _("This must be a text."))
        typ = node.typ
        if isinstance(typ, f.WallTime | colander.DateTime):
            if not _MOMENT.fullmatch(value) or not _is_moment(value):
                message = _("This must be a moment with its offset, as 2026-12-31T18:00:00+01:00.")
                return self.wrong(at, message)
            return value.upper()
        if isinstance(typ, colander.Date):
            if not _DAY.fullmatch(value) or not _is_day(value):
                return self.wrong(at, _("This must be a day such as 2026-12-31."))
            return value
        text = clean(value)
        if js.is_required(node) and not text.strip():
            return self.wrong(at, _("This must not be empty."))
        pattern = (getattr(node, "json_schema", None) or {}).get("pattern")
        if pattern is not None and not re.search(pattern, text):
            return self.wrong(at, _("This does not fit."))
        return text

    def _pages(self, node: Any, value: Any, at: str) -> Any:
        if not isinstance(value, list):
            return self.wrong(at, _("This must be a list."))
        most = int(getattr(node, "maximum", js.MAX_ITEMS))
        if len(value) > most:
            return self.wrong(at, _("The list is too short or too long."))
        ids = []
        for number, item in enumerate(value):
            numeric = not isinstance(item, bool) and isinstance(item, int | float)
            # The comparison comes first: 1e400 is read as infinite and has no whole number.
            if not numeric or not 0 < item <= MAX_ID or item != int(item):
                return self.wrong(f"{at}/{number}", _("There is no page with this id."))
            ids.append(int(item))
        known = known_ids(self.request, ids)
        for number, one in enumerate(ids):
            if one not in known:
                self.wrong(f"{at}/{number}", _("There is no page with this id."))
        return ids


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True
