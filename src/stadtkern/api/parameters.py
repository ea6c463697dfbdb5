"""Parameters behind the question mark, read by a colander schema."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import colander
from pyramid.request import Request

from stadtkern.api import jsonschema as js
from stadtkern.api import reading
from stadtkern.forms import clean
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _
from stadtkern.web.problems import Problem

_PLAIN = ("colander", f.__name__)
"""Packages whose types and validators ask no binding but the time zone."""


def asked_for(request: Request, schema: type[colander.Schema] | None) -> dict[str, Any]:
    """Return typed values of a request's parameters; 400 for those that do not fit.

    Without a schema there are none. Not given is as the schema says, and so says the document.
    """
    given = request.GET
    bound = None if schema is None else bound_to(schema, request)
    known = set() if bound is None else {child.name for child in bound.children}
    errors = [
        {"pointer": f"?{name[:60]}", "detail": _("There is no such parameter.")}
        for name in given
        if name not in known
    ]
    errors += [
        {"pointer": f"?{name}", "detail": _("This may be given once.")}
        for name in known
        if len(given.getall(name)) > 1
    ]
    if errors:
        raise wrong_query(errors)
    if bound is None:
        return {}
    cleaned = {name: clean(value) for name, value in given.items()}
    empty = [
        {"pointer": f"?{child.name}", "detail": _("This must not be empty.")}
        for child in bound.children
        if cleaned.get(child.name) == ""
        and (js.choices(child) or not isinstance(child.typ, colander.String))
    ]
    if empty:
        raise wrong_query(empty)
    # As it was sent: what is left out of it for good makes it no shorter.
    long = [
        {
            "pointer": f"?{child.name}",
            "detail": _("Please use at most ${max} characters.", mapping={"max": most}),
        }
        for child in bound.children
        if (most := js.lengths(child)[1]) is not None and len(given.get(child.name, "")) > most
    ]
    if long:
        raise wrong_query(long)
    try:
        found: dict[str, Any] = bound.deserialize(cleaned)
    except colander.Invalid as error:
        told = reading.told(error, "?")
        raise wrong_query(
            [{**one, "pointer": one["pointer"].replace("?/", "?")} for one in told]
        ) from None
    return {
        child.name: child.default
        if found[child.name] in {None, ""} and child.default is not colander.null
        else found[child.name]
        for child in bound.children
    }


def bound_to(schema: Any, request: Request) -> Any:
    """Return a schema (a colander class) bound to a request.

    One that asks nothing of the request is bound once a time zone: binding copies a schema with
    all its fields, which costs more than reading what was sent.
    """
    timezone = request.tenant.timezone
    made, plain = _made(schema)
    return _in_zone(schema, timezone) if plain else made.bind(request=request, timezone=timezone)


@lru_cache(maxsize=512)
def _made(schema: Any) -> tuple[Any, bool]:
    made = schema()
    return made, all(_is_plain(node) for node in _walk(made))


@lru_cache(maxsize=512)
def _in_zone(schema: Any, timezone: str) -> Any:
    # Reading changes nothing of a schema: threads share it.
    return _made(schema)[0].bind(timezone=timezone)


def _walk(node: Any) -> Iterator[Any]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _is_plain(node: Any) -> bool:
    """Tell whether a node is the same for every request."""
    checks = getattr(node.validator, "validators", [node.validator])
    asked = [node.typ, *(check for check in checks if check is not None)]
    return (
        type(node).deserialize is colander.SchemaNode.deserialize
        and not getattr(node, "after_bind", None)
        and all(_is_ours(getattr(one, "__module__", "")) for one in asked)
        and not any(isinstance(getattr(node, name), colander.deferred) for name in dir(node))
    )


def _is_ours(module: str) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in _PLAIN)


def wrong_query(errors: reading.Errors) -> Problem:
    """Return the refusal of parameters behind the question mark (400)."""
    return Problem(
        400,
        "query",
        _("Some parameters do not fit"),
        _("“errors” says what is wrong and where."),
        errors=errors,
    )
