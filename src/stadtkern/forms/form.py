"""One way to show a schema as a form and to read it back."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import colander
import deform
import peppercorn
from markupsafe import Markup
from pyramid.httpexceptions import HTTPBadRequest
from pyramid.request import Request

from stadtkern.forms.render import fields_html, renderer
from stadtkern.forms.unfinished import first_sentence, is_computed, relaxed
from stadtkern.web.bodies import MAX_CONTROLS

MAX_DEPTH = 12
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

Failure = deform.ValidationFailure
"""Raised by ``Form.validate``; the form then shows what was typed and what is wrong."""


def read_controls(request: Request) -> dict[str, Any]:
    """Return the posted controls as nested values.

    Control characters other than line breaks and tabs are dropped: no field means them and
    PostgreSQL stores no NUL. Too many or too deeply nested controls raise ``HTTPBadRequest``.
    """
    return nested(list(request.POST.items()))


def nested(controls: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return controls, in the order in which they were posted, as ``read_controls`` does."""
    if len(controls) > MAX_CONTROLS:
        raise HTTPBadRequest
    depth = 0
    for name, _value in controls:
        depth += (name == "__start__") - (name == "__end__")
        if depth > MAX_DEPTH or depth < 0:
            raise HTTPBadRequest
    try:
        parsed = peppercorn.parse(list(_clean(controls)))
    except ValueError as error:
        raise HTTPBadRequest from error
    return parsed if isinstance(parsed, dict) else {}


def _clean(controls: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for name, value in controls:
        if isinstance(value, str):
            yield name, clean(value)
        else:
            yield name, value


def _null(value: Any) -> Any:
    return colander.null if value is None else value


def clean(text: str) -> str:
    """Return text with one kind of line break and without control characters."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


class Form:
    """A schema bound to a request, ready to be shown, filled and validated.

    ``prefix``: name of the mapping in which its controls are posted, so that several schemas
    share one HTML form. Schema nodes with ``kept=True`` are facts that forms neither show nor
    change (the hash of a stored file); they are left out here.
    """

    def __init__(
        self,
        request: Request,
        schema: colander.Schema,
        values: Mapping[str, Any] | None = None,
        *,
        prefix: str | None = None,
        counter: Any = None,
    ) -> None:
        tenant = getattr(request, "tenant", None)
        bound = schema.bind(
            request=request, timezone=tenant.timezone if tenant is not None else "UTC"
        )
        bound.children = [child for child in bound.children if not getattr(child, "kept", False)]
        self.prefix = prefix
        self.label: Any = None
        """What stands before its fields in the error summary, where a page has several forms."""
        self.deform = deform.Form(
            bound,
            renderer=renderer(request),
            counter=counter or itertools.count(),
            formid=prefix or "form",
        )
        if values is not None:
            self.show(values)

    @property
    def schema(self) -> Any:
        """Return the bound schema."""
        return self.deform.schema

    def show(self, values: Mapping[str, Any]) -> None:
        """Show typed values; those of other schemas are passed over.

        A value that is None shows as empty, also where a new form would offer a computed one.
        """
        names = {child.name for child in self.schema.children}
        for child in self.schema.children:
            if is_computed(child) and values.get(child.name, child) is None:
                child.default = colander.null
        self.deform.set_appstruct(
            {name: _null(value) for name, value in values.items() if name in names}
        )

    def html(self) -> Markup:
        """Return the fields, within the prefix's mapping if there is one."""
        inner = fields_html(self.deform)
        if self.prefix is None:
            return inner
        return Markup(
            '<input type="hidden" name="__start__" value="{}:mapping">{}'
            '<input type="hidden" name="__end__" value="{}:mapping">'
        ).format(self.prefix, inner, self.prefix)

    def fill(self, controls: Mapping[str, Any]) -> None:
        """Show what was typed, without judging it (a block was moved, a row added).

        What was not posted at all (a block that was just added) keeps what it shows.
        """
        if self.prefix and self.prefix not in controls:
            return
        own = controls.get(self.prefix, {}) if self.prefix else controls
        try:
            self.deform.cstruct = self.deform.deserialize(own if isinstance(own, dict) else {})
        except colander.Invalid as error:
            self.deform.cstruct = error.value

    def validate(self, controls: Mapping[str, Any], *, unfinished: bool = False) -> dict[str, Any]:
        """Return the typed values, or raise ``Failure`` with messages at the fields.

        ``unfinished``: missing required values are None; wrong ones are refused as ever.
        """
        own = controls.get(self.prefix, {}) if self.prefix else controls
        strict = self.deform.schema
        if unfinished:
            self.deform.schema = relaxed(strict)
        try:
            values: dict[str, Any] = self.deform.validate_pstruct(
                own if isinstance(own, dict) else {}
            )
        finally:
            self.deform.schema = strict
        return values

    def so_far(
        self, controls: Mapping[str, Any], kept: Mapping[str, Any], *, unfinished: bool = True
    ) -> tuple[dict[str, Any], list[tuple[Any, Any]]]:
        """Return typed values as ``validate`` does, those of ``kept`` where something is wrong.

        Beside them the title and the message of each field that is wrong. Where only the fields
        together are, those that the schema names are, else all of them.
        """
        try:
            return self.validate(controls, unfinished=unfinished), []
        except deform.ValidationFailure:
            pass
        wrong = {child.name: child for child in self.deform.children if child.error is not None}
        if not wrong:
            first = self.deform.children[0]
            values = {child.name: kept.get(child.name) for child in self.deform.children}
            return values, [(first.title, first_sentence(self.deform.error))]
        judged = relaxed(self.schema) if unfinished else self.schema
        values = {}
        for child in judged.children:
            if child.name in wrong:
                values[child.name] = kept.get(child.name)
                continue
            value = child.deserialize(self.deform.cstruct.get(child.name, colander.null))
            if value is not colander.drop:
                values[child.name] = value
        return values, [(one.title, first_sentence(one.error)) for one in wrong.values()]

    def fail(self, name: str, message: str) -> None:
        """Put a message at a field that only the service could find wrong."""
        field = self.deform[name]
        field.error = colander.Invalid(field.schema, message)

    @property
    def errors(self) -> list[tuple[str, str, list[str]]]:
        """Return (field id, title, messages) of every field in error, in order."""
        return list(_errors(self.deform))


def _errors(field: Any) -> Iterator[tuple[str, str, list[str]]]:
    for child in field.children:
        if child.children:
            yield from _errors(child)
        if child.error is not None and not (child.children and child.error.children):
            messages = [message for message in child.error.messages() if message]
            if messages:
                yield child.oid, child.title, messages
