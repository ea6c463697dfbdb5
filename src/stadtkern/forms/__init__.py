"""Forms: colander schemas, deform fields, our own accessible Jinja2 templates."""

from pyramid.config import Configurator

from stadtkern.forms.form import Failure, Form, read_controls
from stadtkern.forms.render import fields_html

__all__ = ["Failure", "Form", "fields_html", "includeme", "read_controls"]


def includeme(config: Configurator) -> None:
    """Load colander's and deform's own messages in our languages."""
    config.add_translation_dirs("colander:locale", "deform:locale")
