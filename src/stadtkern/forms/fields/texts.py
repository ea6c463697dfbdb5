"""Words: a line, several, with formatting, addresses, passwords."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import colander
import deform.widget as w

from stadtkern.forms.fields.node import field
from stadtkern.web.i18n import _

ADDRESS = (
    r"(([Hh][Tt][Tt][Pp][Ss]?://[^\s/?#\[\]]+([/?#][^\s]*)?)"
    r"|([Mm][Aa][Ii][Ll][Tt][Oo]|[Tt][Ee][Ll]):[^\s?#][^\s]*|/([^/\s][^\s]*)?)"
)
"""What ``address`` takes, as a pattern of JSON Schema that holds for the whole text."""
_ADDRESS = re.compile(ADDRESS)


def length(maximum: int, minimum: int = 0) -> colander.Length:
    """Return a validator that says how long a text may be."""
    return colander.Length(
        min=minimum,
        max=maximum,
        max_err=_("Please use at most ${max} characters."),
        min_err=_("Please use at least ${min} characters."),
    )


def one_line(value: Any) -> Any:
    """Join lines: a one-line field holds no breaks, and nothing but blanks is nothing."""
    return " ".join(value.split()) or colander.null if isinstance(value, str) else value


def line(
    title: str,
    *,
    maximum: int = 200,
    required: bool = True,
    autocomplete: str | None = None,
    kind: str = "text",
    validator: Callable[..., None] | None = None,
    attributes: Mapping[str, str] | None = None,
    **kw: Any,
) -> Any:
    """Return one line of text. ``kind``: text, email, tel, url or password.

    ``attributes``: further ones of the input, such as those that scripts look for.
    """
    checks = [length(maximum)]
    if validator is not None:
        checks.append(validator)
    attributes = dict(attributes or {}) | ({"autocomplete": autocomplete} if autocomplete else {})
    return field(
        colander.String(),
        title,
        required=required,
        missing="",
        preparer=one_line,
        validator=colander.All(*checks),
        widget=w.TextInputWidget(attributes=attributes, kind=kind, maximum=maximum),
        **kw,
    )


def text(
    title: str, *, maximum: int = 20_000, rows: int = 8, required: bool = True, **kw: Any
) -> Any:
    """Return several lines of text."""
    return field(
        colander.String(),
        title,
        required=required,
        missing="",
        validator=length(maximum),
        widget=w.TextAreaWidget(rows=rows),
        **kw,
    )


def secret(title: str, *, new: bool = False, **kw: Any) -> Any:
    """Return a password field; ``new`` tells password managers to offer one."""
    return field(
        colander.String(),
        title,
        required=True,
        validator=length(200),
        widget=w.TextInputWidget(
            kind="password",
            strip=False,
            redisplay=False,
            attributes={"autocomplete": "new-password" if new else "current-password"},
        ),
        **kw,
    )


def mail(title: str, *, required: bool = True, **kw: Any) -> Any:
    """Return a mail address, in lower case."""

    def lower(value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value

    node = line(
        title,
        maximum=254,
        required=required,
        kind="email",
        autocomplete=kw.pop("autocomplete", "email"),
        validator=colander.Email(msg=_("Please enter a mail address such as name@example.org.")),
        **kw,
    )
    node.preparer = lower
    return node


def address(node: Any, value: str) -> None:
    """Accept https, http, mailto and tel addresses and paths of this site; nothing else."""
    refused = colander.Invalid(
        node, _("Please enter an address that begins with https:// or with / for this site.")
    )
    if not _ADDRESS.fullmatch(value):
        raise refused
    try:
        urlsplit(value)
    except ValueError:
        # Letters that become “/” or “@” in the host as soon as a browser normalises them.
        raise refused from None
