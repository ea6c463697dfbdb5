"""One or several of few."""

from collections.abc import Sequence
from typing import Any

import colander
import deform.widget as w

from stadtkern.forms.fields.node import field
from stadtkern.web.i18n import _


def yes(title: str, *, default: bool = False, **kw: Any) -> Any:
    """Return a checkbox."""
    return colander.SchemaNode(
        colander.Boolean(),
        title=title,
        missing=False,
        default=default,
        widget=w.CheckboxWidget(item_template="mapping_item_bare"),
        **kw,
    )


def choice(
    title: str,
    values: Sequence[tuple[str, str]],
    *,
    required: bool = True,
    ask: bool = False,
    **kw: Any,
) -> Any:
    """Return a choice of one among few, as a drop-down.

    ``ask``: nothing is chosen beforehand, where a wrong choice would do harm.
    """
    options = list(values)
    return field(
        colander.String(),
        title,
        required=required,
        missing="",
        validator=colander.OneOf([value for value, _title in options] + ([] if required else [""])),
        widget=w.SelectWidget(
            values=[("", _("Please choose")), *options]
            if ask
            else options
            if required
            else [("", "–"), *options]
        ),
        **kw,
    )


def several(title: str, values: Sequence[tuple[str, str]], **kw: Any) -> Any:
    """Return a choice of any number among few, as checkboxes; the value is a set."""
    return colander.SchemaNode(
        colander.Set(),
        title=title,
        missing=frozenset(),
        default=frozenset(),
        validator=colander.ContainsOnly([value for value, _title in values]),
        widget=w.CheckboxChoiceWidget(values=list(values), item_template="mapping_item_group"),
        **kw,
    )
