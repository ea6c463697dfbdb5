"""Fields that schemas are made of: each a colander node with our widget and plain messages."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import colander
import deform.widget as w

from stadtkern.web.i18n import _

REQUIRED = _("Please fill in this field.")


def _node(typ: Any, title: str, *, required: bool, missing: Any = None, **kw: Any) -> Any:
    if not required:
        kw["missing"] = missing
        kw.setdefault("default", colander.null if missing is None else missing)
    # Binding leaves no trace of it; whoever reads what is stored must know.
    kw.setdefault("computed", isinstance(kw.get("default"), colander.deferred))
    return colander.SchemaNode(typ, title=title, missing_msg=REQUIRED, **kw)


def length(maximum: int, minimum: int = 0) -> colander.Length:
    """Return a validator that says how long a text may be."""
    return colander.Length(
        min=minimum,
        max=maximum,
        max_err=_("Please use at most ${max} characters."),
        min_err=_("Please use at least ${min} characters."),
    )


def one_line(value: Any) -> Any:
    """Join lines: a one-line field holds no breaks."""
    return " ".join(value.split()) if isinstance(value, str) else value


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
    return _node(
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
    return _node(
        colander.String(),
        title,
        required=required,
        missing="",
        validator=length(maximum),
        widget=w.TextAreaWidget(rows=rows),
        **kw,
    )


def richtext(
    title: str,
    *,
    clean: Callable[[str], str],
    maximum: int = 50_000,
    rows: int = 8,
    required: bool = True,
    **kw: Any,
) -> Any:
    """Return text with paragraphs, headings, lists and links, stored as HTML.

    ``clean`` makes what was posted safe to show; what it returns is what is stored. It is not
    asked for texts beyond ``maximum`` characters: those are refused. Without JavaScript the field
    is a textarea that takes plain paragraphs as well as HTML.
    """

    def prepare(value: Any) -> Any:
        return clean(value) if isinstance(value, str) and len(value) <= maximum else value

    return _node(
        colander.String(),
        title,
        required=required,
        missing="",
        preparer=prepare,
        validator=length(maximum),
        widget=RichTextWidget(rows=rows),
        **kw,
    )


def is_rich(node: Any) -> bool:
    """Tell whether a schema's field holds HTML (``richtext``), not words as they were typed."""
    return isinstance(getattr(node, "widget", None), RichTextWidget)


def secret(title: str, *, new: bool = False, **kw: Any) -> Any:
    """Return a password field; ``new`` tells password managers to offer one."""
    return _node(
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
    return _node(
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
    return _node(
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


GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,?\s+(\d{1,2}):(\d{2}))?")


def german_day(text: str) -> str:
    """Return ISO text for a day as Germans write it (``31.12.2026``, ``31.12.2026 18:00``)."""
    match = GERMAN_DAY.fullmatch(text.strip())
    if match is None:
        return text
    day, month, year, hour, minute = match.groups()
    iso = f"{year}-{int(month):02}-{int(day):02}"
    return iso if hour is None else f"{iso}T{int(hour):02}:{minute}"


@colander.deferred
def today(_node: Any, kw: dict[str, Any]) -> date:
    """Return the present day in the town's zone, as a field's default."""
    return datetime.now(ZoneInfo(kw.get("timezone", "Europe/Berlin"))).date()


class Day(colander.Date):
    """A calendar day; a browser sends it in ISO form, people also type it the German way."""

    err_template = _("Please enter a day such as 31.12.2026.")

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        """Return a date; ``colander.Invalid`` if it is none."""
        if isinstance(cstruct, str):
            cstruct = german_day(cstruct)
        return super().deserialize(node, cstruct)


def day(title: str, *, required: bool = True, **kw: Any) -> Any:
    """Return a calendar day."""
    return _node(
        Day(),
        title,
        required=required,
        widget=w.TextInputWidget(kind="date"),
        **kw,
    )


class WallTime(colander.SchemaType):
    """A point in time that people give as the clock on the town's wall shows it.

    Python side: aware datetime in UTC. Stored and typed: ``2026-12-31T18:00`` in the zone that
    the schema was bound with. A time that the change to summer time skips counts an hour later.
    """

    def __init__(self, *, any_year: bool = False) -> None:
        """``any_year``: for questions; nothing that a town announces lies beyond 1900 to 2200."""
        self.any_year = any_year

    def serialize(self, node: Any, appstruct: datetime | Any) -> Any:
        """Return local wall time to the minute."""
        if appstruct is colander.null or appstruct is None:
            return colander.null
        zone = ZoneInfo((node.bindings or {}).get("timezone", "Europe/Berlin"))
        return appstruct.astimezone(zone).strftime("%Y-%m-%dT%H:%M")

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        """Read wall time; ``colander.Invalid`` if it is none."""
        if not cstruct:
            return colander.null
        zone = ZoneInfo((node.bindings or {}).get("timezone", "Europe/Berlin"))
        try:
            moment = datetime.fromisoformat(german_day(str(cstruct)))
        except ValueError:
            raise colander.Invalid(
                node, _("Please enter day and time such as 31.12.2026 18:00.")
            ) from None
        if not self.any_year and not 1900 <= moment.year <= 2200:  # noqa: PLR2004 - as said
            raise colander.Invalid(node, _("Please enter a year from 1900 to 2200."))
        local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        try:
            return local.astimezone(ZoneInfo("UTC"))
        except OverflowError:  # the first and the last day of the calendar
            return local.replace(tzinfo=ZoneInfo("UTC"))


def moment(title: str, *, required: bool = True, any_year: bool = False, **kw: Any) -> Any:
    """Return day and time; ``any_year`` as in ``WallTime``."""
    return _node(
        WallTime(any_year=any_year),
        title,
        required=required,
        widget=w.TextInputWidget(kind="datetime-local"),
        **kw,
    )


def address(node: Any, value: str) -> None:
    """Accept https, http, mailto and tel addresses and paths of this site; nothing else."""
    refused = colander.Invalid(
        node, _("Please enter an address that begins with https:// or with / for this site.")
    )
    if any(char.isspace() for char in value):
        raise refused
    try:
        parts = urlsplit(value)
    except ValueError:
        raise refused from None
    if value.startswith("/") and not value.startswith("//"):
        return
    if parts.scheme in {"https", "http"} and parts.netloc:
        return
    if parts.scheme in {"mailto", "tel"} and parts.path:
        return
    raise refused


class UploadWidget(w.Widget):
    """A file field. A browser cannot show a chosen file again: after an error it is empty."""

    template = "upload"
    accept = ""
    maximum = 10_000_000

    def serialize(self, field: Any, cstruct: Any = None, **kw: Any) -> Any:  # noqa: ARG002
        """Render the field, always empty."""
        return field.renderer(self.template, **self.get_template_values(field, "", kw))

    def deserialize(self, _field: Any, pstruct: Any) -> Any:
        """Return what the browser sent (``filename``, ``file``), or null for no file."""
        if getattr(pstruct, "filename", None):
            return pstruct
        return colander.null


class Upload(colander.SchemaType):
    """An uploaded file as the browser sent it."""

    def serialize(self, _node: Any, _appstruct: Any) -> Any:
        """Show nothing: files are not sent back."""
        return colander.null

    def deserialize(self, _node: Any, cstruct: Any) -> Any:
        """Pass the file through."""
        # Not by truth: an uploaded file has none and says so with an error.
        return colander.null if cstruct is None else cstruct


def upload(title: str, *, accept: str, maximum: int, required: bool = True, **kw: Any) -> Any:
    """Return a file field; ``maximum`` in bytes is shown, the service enforces it."""
    return _node(
        Upload(),
        title,
        required=required,
        widget=UploadWidget(accept=accept, maximum=maximum),
        **kw,
    )


_PARAGRAPHS = re.compile(r"(?:<p>(?:[^<>&\n]|<br>\n?|&amp;|&gt;|&nbsp;)*</p>\s*)+")


def as_plain(html: str) -> str | None:
    """Return paragraphs as plain text with blank lines between them.

    None where the HTML holds more than that, or where reading the text back would not give it.
    """
    if not _PARAGRAPHS.fullmatch(html):
        return None
    parts = [part.strip() for part in re.split(r"</?p>", html) if part.strip()]
    text = "\n\n".join(re.sub(r"<br>\n?", "\n", part) for part in parts)
    if "\n\n\n" in text or any(not line.strip() for part in parts for line in part.split("<br>")):
        return None
    return text.replace("&nbsp;", "\u00a0").replace("&gt;", ">").replace("&amp;", "&")


class RichTextWidget(w.TextAreaWidget):
    """A textarea that ``editor.js`` turns into an editor; plain paragraphs show without tags."""

    template = "richtext"
    item_template = "mapping_item"

    def serialize(self, field: Any, cstruct: Any, **kw: Any) -> Any:
        """Render the textarea; simple text as such, anything else as HTML."""
        if isinstance(cstruct, str):
            plain = as_plain(cstruct)
            cstruct = cstruct if plain is None else plain
        return super().serialize(field, cstruct, **kw)


class RowsWidget(w.SequenceWidget):
    """Rows of small mappings with empty ones to spare; works without JavaScript."""

    template = "rows"
    item_template = "row"
    spare = 2

    def serialize(self, field: Any, cstruct: Any, **kw: Any) -> Any:
        """Render the filled rows and ``spare`` empty ones."""
        values = [] if cstruct in (colander.null, None) else list(cstruct)
        spare = max(0, min(self.spare, (self.max_len or 99) - len(values)))
        typed = getattr(field, "sequence_fields", None)
        if typed:
            # What came back with errors has fields already; the empty rows need some, too.
            empty = [field.children[0].clone() for _row in range(spare)]
            field.sequence_fields = [*typed[: len(values)], *empty]
        return super().serialize(field, values + [colander.null] * spare, **kw)

    def deserialize(self, field: Any, pstruct: Any) -> Any:
        """Drop rows in which nothing was typed."""
        if isinstance(pstruct, list):
            # One more than allowed is enough to be refused.
            pstruct = [
                row
                for row in pstruct[: (self.max_len or 99) + self.spare + 1]
                if not isinstance(row, dict)
                or any(isinstance(value, str) and value.strip() for value in row.values())
            ]
        return super().deserialize(field, pstruct)


def rows(
    title: str,
    schema: colander.SchemaNode,
    *,
    maximum: int = 8,
    spare: int = RowsWidget.spare,
    **kw: Any,
) -> Any:
    """Return a short list of small mappings; ``spare`` empty ones are there to be filled."""
    kw.setdefault("validator", colander.Length(max=maximum))
    return colander.SchemaNode(
        colander.Sequence(),
        schema,
        title=title,
        missing=[],
        default=[],
        widget=RowsWidget(max_len=maximum, item_template="mapping_item_group", spare=spare),
        **kw,
    )
