"""Profiles: how a batch becomes a file. Versioned YAML, checked with line and key of each fault."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from stadtkern_finance.bookings.values import BATCH_VALUES, FORMS, LINE_VALUES
from stadtkern_finance.i18n import _
from stadtkern_finance.records import shapes as s
from stadtkern_finance.records.reading import BadInput, refused
from stadtkern_finance.records.shapes import Shape
from stadtkern_finance.records.validation import Problem, problems

FORMATS = ("csv", "fixed", "xml", "json")
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "iso-8859-15")
NEWLINES: Mapping[str, str] = {"crlf": "\r\n", "lf": "\n"}
MAX_COLUMNS = 250
_NAME = "^[A-Za-z0-9][A-Za-z0-9_.-]*$"
_ELEMENT = "^[A-Za-z_][A-Za-z0-9_.-]*(/[A-Za-z_][A-Za-z0-9_.-]*)*$"

COLUMN: Shape = s.mapping(
    "One column, place or element",
    {
        "name": s.text("Heading, key, or element with its path", 120),
        "value": s.one_of("Which value of the line", *LINE_VALUES, *BATCH_VALUES),
        "constant": {"type": "string", "description": "Always this text", "maxLength": 200},
        "form": s.one_of("How the value is written", *FORMS),
        "width": s.whole("Characters, in a file of fixed width", 1, 1000),
        "align": s.one_of("Which side; the other one is filled", "left", "right"),
        "fill": s.text("What fills", 1),
        "cut": s.yes("Text that is too long is cut; without it the line is refused"),
        "codes": {
            "type": "object",
            "description": "The receiver's own codes for our values",
            "additionalProperties": {"type": "string", "maxLength": 60},
        },
    },
    ("name",),
)
RECEIPT: Shape = s.mapping(
    "How the receiver's receipt is read",
    {
        "format": s.one_of("Format", "csv", "xml", "json"),
        "in_answer": s.yes("The answer to an HTTPS delivery is the receipt"),
        "delimiters": s.text("Of a list: signs that may part cells", 5),
        "record": s.text("Element (or key of the list) that holds a line", 60),
        "namespace": s.text("Namespace of the XML", 200),
        "line": s.text("Where the id of our line stands", 60),
        "status": s.text("Where the answer stands", 60),
        "reason": s.text("Where a reason stands", 60),
        "accepted": s.rows("Answers that accept", s.text("Answer", 60), 20, minimum=1),
        "rejected": s.rows("Answers that reject", s.text("Answer", 60), 20, minimum=1),
    },
    ("format", "line", "status", "accepted", "rejected"),
)
PROFILE: Shape = s.mapping(
    "An export profile",
    {
        "name": s.text("Name with its version, such as csv-own-1", 60, pattern=_NAME),
        "title": s.text("What people call it", 120),
        "format": s.one_of("Format", *FORMATS),
        "media_type": s.text("Media type", 80),
        "file_name": s.text("File name; ${batch}, ${number}, ${day} are filled in", 120),
        "encoding": s.one_of("Encoding", *ENCODINGS),
        "newline": s.one_of("End of line", *NEWLINES),
        "decimal": s.one_of("Decimal sign", ",", "."),
        "delimiter": s.one_of("Sign between cells", ";", ",", "\t", "|"),
        "quotes": s.one_of("Which cells have quotation marks", "all", "text", "needed"),
        "heading": s.yes("A first line with the names of the columns"),
        "spreadsheet": s.yes("Cells that a spreadsheet would take as formula are disarmed"),
        "preamble": s.rows("Lines before all others, with batch facts", s.text("Line", 500), 10),
        "trailer": s.rows("Lines after all others, with batch facts", s.text("Line", 500), 10),
        "root": s.text("Outermost element", 80, pattern=_ELEMENT),
        "namespace": s.text("Namespace of the XML", 200),
        "record": s.text("Element, or key of the list, for each line", 80, pattern=_ELEMENT),
        "head": s.rows("Facts of the batch, in XML and JSON", COLUMN, 40),
        "columns": s.rows("Columns, in their order", COLUMN, MAX_COLUMNS, minimum=1),
        "receipt": RECEIPT,
    },
    ("name", "title", "format", "file_name", "columns"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One checked column."""

    name: str
    value: str | None
    constant: str
    form: str
    width: int
    align: str
    fill: str
    cut: bool
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Profile:
    """One checked profile; ``settings`` fit ``PROFILE``."""

    settings: Mapping[str, Any]
    columns: tuple[Column, ...]
    head: tuple[Column, ...]

    @property
    def name(self) -> str:
        """Return the name with its version."""
        return str(self.settings["name"])

    @property
    def format(self) -> str:
        """Return the format, one of ``FORMATS``."""
        return str(self.settings["format"])

    def get(self, name: str, default: Any = None) -> Any:
        """Return a setting."""
        return self.settings.get(name, default)


def load_profile(text: str) -> Profile:
    """Return the profile in a YAML text; raise BadInput with line and key of all that is wrong."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = _(
            "is not YAML at line ${line}", mapping={"line": 1 if mark is None else mark.line + 1}
        )
        raise refused("", reason, _("a profile in YAML")) from None
    places = dict(_places(node, "", 0))
    found = list(problems(data, PROFILE)) or list(_rules(data))
    if found:
        raise BadInput([_placed(one, places) for one in found[:20]])
    return Profile(
        data,
        tuple(map(_column, data["columns"])),
        tuple(map(_column, data.get("head", ()))),
    )


def _places(node: Any, path: str, depth: int) -> Iterator[tuple[str, int]]:
    """Yield the line, from 1, of each key and item."""
    if node is None or depth > 10:  # noqa: PLR2004  # aliases can make a loop
        return
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = f"{path}.{key.value}" if path else str(key.value)
            yield from _places(value, below, depth + 1)
            yield below, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _places(item, f"{path}[{index}]", depth + 1)


def _placed(problem: Problem, places: Mapping[str, int]) -> Problem:
    """Name the line beside the key; of what is missing, the line of what it is missing in."""
    path = problem.field
    while path and path not in places:
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""
    line = places.get(path, 1)
    return problem._replace(field=f"{problem.field or '/'} ({line})")


def _rules(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what the shape cannot say."""
    kind = data["format"]
    for name, needed in (("root", {"xml"}), ("record", {"xml", "json"})):
        if kind in needed and name not in data:
            expected = _("a name, with the format ${name}", mapping={"name": kind})
            yield Problem(name, _("is missing"), expected)
    for part in ("head", "columns"):
        names: set[str] = set()
        for index, column in enumerate(data.get(part, ())):
            path = f"{part}[{index}]"
            yield from _column_rules(column, path, kind, head=part == "head")
            if column["name"] in names and kind != "fixed":
                yield Problem(f"{path}.name", _("stands there twice"), _("each name once"))
            names.add(column["name"])
    receipt = data.get("receipt")
    if receipt is not None and receipt["format"] != "csv" and "record" not in receipt:
        yield Problem("receipt.record", _("is missing"), _("the element or key of a line"))


def _column_rules(
    column: Mapping[str, Any], path: str, kind: str, *, head: bool
) -> Iterator[Problem]:
    if ("value" in column) == ("constant" in column):
        reason = _("has both or neither of value and constant")
        yield Problem(path, reason, _("one of them"))
    if kind == "fixed" and "width" not in column:
        yield Problem(f"{path}.width", _("is missing"), _("the number of characters"))
    if head and column.get("value") in LINE_VALUES:
        expected = _("one of ${names}", mapping={"names": ", ".join(BATCH_VALUES)})
        reason = _("has the value “${value}”", mapping={"value": column["value"]})
        yield Problem(f"{path}.value", reason, expected)
    if kind == "xml" and not _is_element(column["name"]):
        reason = _("has the value “${value}”", mapping={"value": column["name"]})
        yield Problem(f"{path}.name", reason, _("names of elements, parted by /"))


def _is_element(name: str) -> bool:
    return not list(problems(name, s.text("", 120, pattern=_ELEMENT)))


def _column(row: Mapping[str, Any]) -> Column:
    return Column(
        row["name"],
        row.get("value"),
        row.get("constant", ""),
        row.get("form", "text"),
        row.get("width", 0),
        row.get("align", "left"),
        row.get("fill", " "),
        bool(row.get("cut", False)),
        row.get("codes", {}),
    )


@lru_cache(maxsize=1)
def shipped_profiles() -> Mapping[str, Profile]:
    """Return the profiles that come with the plugin, by their names."""
    folder = files("stadtkern_finance.bookings") / "profiles"
    loaded = [
        load_profile(file.read_text("utf-8"))
        for file in sorted(folder.iterdir(), key=lambda one: one.name)
        if file.name.endswith(".yaml")
    ]
    return {one.name: one for one in loaded}
