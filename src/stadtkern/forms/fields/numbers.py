"""Numbers."""

import math
from typing import Any

import colander
import deform.widget as w

from stadtkern.forms.fields.node import field
from stadtkern.web.i18n import _


class Whole(colander.Integer):
    """A whole number, with a message that shows one."""

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        """Return an int; ``colander.Invalid`` for anything else."""
        try:
            return super().deserialize(node, cstruct)
        except colander.Invalid:
            message = _("Please enter a whole number such as 12.")
            raise colander.Invalid(node, message) from None


class Fraction(colander.Float):
    """A number with decimals; people may type a comma."""

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        """Return a finite float; ``colander.Invalid`` for anything else."""
        if isinstance(cstruct, str) and cstruct.count(",") == 1 and "." not in cstruct:
            cstruct = cstruct.replace(",", ".")
        message = _("Please enter a number such as 12.5.")
        try:
            value = super().deserialize(node, cstruct)
        except colander.Invalid:
            raise colander.Invalid(node, message) from None
        if value is not colander.null and not math.isfinite(value):
            raise colander.Invalid(node, message)
        return value


def number(
    title: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    whole: bool = True,
    required: bool = True,
    **kw: Any,
) -> Any:
    """Return a number, whole or with decimals, within bounds."""
    return field(
        Whole() if whole else Fraction(),
        title,
        required=required,
        validator=colander.Range(
            min=minimum,
            max=maximum,
            min_err=_("Please enter ${min} or more."),
            max_err=_("Please enter ${max} or less."),
        ),
        widget=w.TextInputWidget(
            kind="text", attributes={"inputmode": "numeric" if whole else "decimal"}
        ),
        **kw,
    )
