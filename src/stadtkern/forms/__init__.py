"""Forms: colander schemas, deform fields, our own accessible Jinja2 templates."""

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.forms.form import Failure, Form, clean, nested, read_controls
from stadtkern.forms.render import fields_html
from stadtkern.forms.unfinished import Gap, Lacking, contradictions, gaps, is_computed, relaxed

__all__ = [
    "Failure",
    "Form",
    "Gap",
    "Lacking",
    "clean",
    "contradictions",
    "fields_html",
    "gaps",
    "includeme",
    "is_computed",
    "nested",
    "read_controls",
    "relaxed",
]


def _once(request: Request, name: str) -> bool:
    """Tell whether this is the first time that a request's templates ask for ``name``."""
    known: set[str] = request.__dict__.setdefault("_once", set())
    first = name not in known
    known.add(name)
    return first


def includeme(config: Configurator) -> None:
    """Load colander's and deform's own messages in our languages."""
    config.add_request_method(_once, "once")
    config.add_translation_dirs("colander:locale", "deform:locale")
