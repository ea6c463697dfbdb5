"""deform's renderer on Jinja2. A widget without a template of ours is an error, never ZPT."""

from collections.abc import Callable
from typing import Any

import jinja2
from markupsafe import Markup
from pyramid.request import Request

TEMPLATES = "stadtkern.forms:templates"


class WidgetWithoutTemplate(LookupError):  # noqa: N818 - what happened, in words
    """A form uses a widget for which we have no accessible template yet."""


def renderer(request: Request) -> Callable[..., Markup]:
    """Return what deform calls to render ``template`` with its values."""
    environment = request.registry["jinja"]

    def render(template: str, /, **values: Any) -> Markup:
        try:
            found = environment.get_template(f"{TEMPLATES}/{template}.jinja2")
        except jinja2.TemplateNotFound as error:
            raise WidgetWithoutTemplate(template) from error
        return Markup(found.render(request=request, **values))  # noqa: S704 - our own template

    return render


def fields_html(form: Any) -> Markup:
    """Return a form's fields with labels, help and errors, without the form element."""
    parts = []
    for child in form.children:
        if child.widget.hidden:
            parts.append(child.serialize(child.cstruct))
        else:
            template = getattr(child.widget, "item_template", None) or "mapping_item"
            parts.append(child.render_template(template))
    return Markup().join(parts)
