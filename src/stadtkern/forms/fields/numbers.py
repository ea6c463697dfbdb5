"""Numbers."""

import math
import re
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


UNGROUPED = _("Please enter the number without separators of thousands, for example 1200 or 12.5.")
_GROUPED = {
    ".": re.compile(r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?"),
    ",": re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?"),
}
"""By the separator: numbers that look as if it parted thousands."""


def ungrouped(text: str, locale: str) -> str | None:
    """Return a number as Python reads it; None if it may mean one a thousand times larger.

    “1.200” is no 1.2 to a German, nor is “1,200” to somebody who writes English: with one
    separator before three digits it cannot be told. What has both, or one of them twice, can.
    """
    for separator, look in _GROUPED.items():
        if look.fullmatch(text):
            decimal = "," if separator == "." else "."
            if text.count(separator) > 1 or decimal in text:
                return text.replace(separator, "").replace(decimal, ".")
            if separator == ("," if locale.startswith("en") else "."):
                return None
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


class Fraction(colander.Float):
    """A number with decimals; people may type a comma.

    ``grouped``: where people count (an income, a size), who may part thousands; coordinates have
    three decimals and no thousands.
    """

    def __init__(self, *, grouped: bool = False) -> None:
        super().__init__()
        self.grouped = grouped

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        """Return a finite float; ``colander.Invalid`` for anything else."""
        if isinstance(cstruct, str) and self.grouped:
            request = (node.bindings or {}).get("request")
            cstruct = ungrouped(cstruct.strip(), getattr(request, "locale_name", "de"))
            if cstruct is None:
                raise colander.Invalid(node, UNGROUPED)
        elif isinstance(cstruct, str) and cstruct.count(",") == 1 and "." not in cstruct:
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
    grouped: bool = False,
    required: bool = True,
    **kw: Any,
) -> Any:
    """Return a number, whole or with decimals, within bounds; ``grouped`` as in ``Fraction``."""
    return field(
        Whole() if whole else Fraction(grouped=grouped),
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
