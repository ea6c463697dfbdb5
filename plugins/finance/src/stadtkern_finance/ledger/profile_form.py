"""A profile as a form: its settings as fields, its columns as rows, and both ways between them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from stadtkern_finance.bookings.profile import ENCODINGS, FORMATS, NEWLINES, load_profile
from stadtkern_finance.bookings.values import BATCH_VALUES, FORMS, LINE_VALUES
from stadtkern_finance.i18n import _
from stadtkern_finance.records.reading import BadInput
from stadtkern_finance.records.validation import Problem

EMPTY_ROWS = 3
"""For further columns; saving or showing the sample gives as many more."""
MOST_ROWS = 260
TEXTS = ("title", "file_name", "root", "namespace", "record")
CHOICES: Mapping[str, Sequence[str]] = {
    "format": FORMATS,
    "encoding": ENCODINGS,
    "newline": tuple(NEWLINES),
    "decimal": (",", "."),
    "delimiter": (";", ",", "\t", "|"),
    "quotes": ("needed", "text", "all"),
}
FIRST = {"encoding": "utf-8", "newline": "crlf", "decimal": ".", "delimiter": ";"}
YES = {"heading": True, "spreadsheet": True}
LINES = ("preamble", "trailer")
RECEIPT = ("format", "delimiters", "record", "namespace", "line", "status", "reason")
ANSWERS = ("accepted", "rejected")
FIELDS: Mapping[str, Any] = {
    "title": _("Title"),
    "format": _("Format"),
    "file_name": _("File name"),
    "encoding": _("Encoding"),
    "newline": _("End of line"),
    "decimal": _("Decimal sign"),
    "delimiter": _("Sign between cells"),
    "quotes": _("Quotation marks"),
    "heading": _("First line with the names of the columns"),
    "spreadsheet": _("Disarm what a spreadsheet takes as formula"),
    "root": _("Outermost element"),
    "namespace": _("Namespace of the XML"),
    "record": _("Element or key of a line"),
    "preamble": _("Lines before all others"),
    "trailer": _("Lines after all others"),
    "receipt.format": _("Format of the receipt"),
    "receipt.in_answer": _("The answer to a delivery by HTTPS is the receipt"),
    "receipt.delimiters": _("Signs between its cells"),
    "receipt.record": _("Element or list of its lines"),
    "receipt.namespace": _("Namespace of the receipt"),
    "receipt.line": _("Where the line id stands"),
    "receipt.status": _("Where the answer stands"),
    "receipt.reason": _("Where the reason stands"),
    "receipt.accepted": _("Words that accept"),
    "receipt.rejected": _("Words that reject"),
}
WORDS: Mapping[str, Any] = {
    "csv": _("list (CSV)"),
    "fixed": _("fixed width"),
    "xml": "XML",
    "json": "JSON",
    "utf-8-sig": _("utf-8 with a mark, for spreadsheets"),
    "crlf": "Windows (CR LF)",
    "lf": "Unix (LF)",
    "\t": _("tab"),
    "needed": _("where needed"),
    "text": _("around all text"),
    "all": _("around everything"),
}
VALUES: Mapping[str, Any] = {
    "line_id": _("Id of the line"),
    "kind": _("Kind of booking"),
    "kassenzeichen": _("Kassenzeichen"),
    "personenkonto": _("Personal account"),
    "debtor_ref": _("Debtor: reference"),
    "debtor_name": _("Debtor: name"),
    "debtor_kind": _("Debtor: natural or legal person"),
    "debtor_street": _("Debtor: street"),
    "debtor_house_number": _("Debtor: house number"),
    "debtor_postcode": _("Debtor: postcode"),
    "debtor_town": _("Debtor: town"),
    "steuerart": _("Kind of tax"),
    "aktenzeichen": _("File number"),
    "steuernummer": _("Tax number"),
    "veranlagungsjahr": _("Year of assessment"),
    "zeitraum": _("Period"),
    "produkt": _("Product"),
    "sachkonto": _("General ledger account"),
    "kostenstelle": _("Cost centre"),
    "betrag": _("Amount"),
    "betrag_ohne_vorzeichen": _("Amount without its sign"),
    "soll_haben": _("S or H (debit or credit)"),
    "faelligkeit": _("Due day"),
    "mahnsperre": _("No reminders"),
    "sepa_mandat": _("SEPA mandate"),
    "buchungstext": _("Booking text"),
    "bescheid_ref": _("Notice: reference"),
    "grundlagenbescheid_ref": _("Base notice: reference"),
    "storno_of": _("Reverses the line"),
    "batch": _("Batch: name"),
    "number": _("Batch: number"),
    "tenant": _("Municipality"),
    "created": _("Batch: moment"),
    "day": _("Batch: day"),
    "year": _("Batch: year"),
    "count": _("Batch: number of lines"),
    "sum_debit": _("Batch: sum of demands"),
    "sum_credit": _("Batch: sum of refunds"),
    "hash": _("Batch: hash"),
    "prev_hash": _("Batch: hash of the one before"),
}
HEAD = "head."
"""Begins the names of the fields of the envelope's rows."""
CONTENTS = (*LINE_VALUES, *BATCH_VALUES)
_LINE = re.compile(r" \(\d+\)$")
_COLUMN = re.compile(r"(columns|head)\[(\d+)\](?:\.(\w+))?")
PARTS: Mapping[str, Any] = {
    "name": _("heading"),
    "value": _("content"),
    "constant": _("fixed text"),
    "form": _("form"),
    "width": _("width"),
    "fill": _("filled with"),
    "codes": _("codes"),
}


def row_of(column: Mapping[str, Any], place: int) -> dict[str, Any]:
    """Return a column as the fields of its row."""
    codes = "; ".join(f"{ours}={theirs}" for ours, theirs in column.get("codes", {}).items())
    return {
        "place": place,
        "name": column.get("name", ""),
        "value": column.get("value", ""),
        "constant": column.get("constant", ""),
        "form": column.get("form", "text"),
        "width": column.get("width", ""),
        "align": column.get("align", "left"),
        "fill": column.get("fill", ""),
        "cut": bool(column.get("cut")),
        "codes": codes,
    }


def rows_of(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a profile with some empty ones."""
    return _with_empty(data.get("columns", ()))


def head_of(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a profile's facts of the batch (its envelope) with some empty ones."""
    return _with_empty(data.get("head", ()))


def _with_empty(columns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows = [row_of(one, place) for place, one in enumerate(columns, 1)]
    return [*rows, *(row_of({}, len(rows) + more) for more in range(1, EMPTY_ROWS + 1))]


def data_of(posted: Mapping[str, Any], base: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the profile that a posted form says; what the form does not show stays as in base."""
    made: dict[str, Any] = {"name": name}
    for field in TEXTS:
        if text := str(posted.get(field, "")).strip():
            made[field] = text
    made |= {field: str(posted.get(field, "")) for field in CHOICES if posted.get(field)}
    made |= {field: posted.get(field) == "yes" for field in YES}
    for field in LINES:
        if found := [one for one in str(posted.get(field, "")).splitlines() if one.strip()]:
            made[field] = found
    if "media_type" in base:
        made["media_type"] = base["media_type"]
    if head := _in_order(posted, HEAD):
        made["head"] = head
    made["columns"] = _in_order(posted)
    if posted.get("receipt.format"):
        made["receipt"] = _receipt(posted)
    return made


def _in_order(posted: Mapping[str, Any], prefix: str = "") -> list[dict[str, Any]]:
    rows = sorted(_columns(posted, prefix), key=lambda one: one[0])
    return [column for _place, column in rows]


def _columns(
    posted: Mapping[str, Any], prefix: str
) -> Iterator[tuple[tuple[int, int], dict[str, Any]]]:
    for number in range(MOST_ROWS):

        def given(field: str, row: int = number) -> str:
            return str(posted.get(f"{prefix}{field}-{row}", ""))

        name = given("name").strip()
        if not name:
            continue
        value = given("value")
        column: dict[str, Any] = {"name": name}
        column |= {"value": value} if value else {"constant": given("constant")}
        if given("form") not in {"", "text"}:
            column["form"] = given("form")
        width = given("width").strip()
        if width:
            column["width"] = int(width) if width.isdecimal() else width
        if given("align") == "right":
            column["align"] = "right"
        if given("fill"):
            column["fill"] = given("fill")
        if given("cut") == "yes":
            column["cut"] = True
        if codes := _codes(given("codes")):
            column["codes"] = codes
        place = given("place").strip()
        yield (int(place) if place.isdecimal() else number + 1, number), column


def _codes(text: str) -> dict[str, str]:
    pairs = (one.partition("=") for one in text.split(";") if one.strip())
    return {ours.strip(): theirs.strip() for ours, _sign, theirs in pairs}


def _receipt(posted: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in RECEIPT:
        # Blanks and tabs may part cells.
        if text := str(posted.get(f"receipt.{field}", "")):
            made[field] = text if field == "delimiters" else text.strip()
    if posted.get("receipt.in_answer") == "yes":
        made["in_answer"] = True
    for field in ANSWERS:
        words = str(posted.get(f"receipt.{field}", "")).split(",")
        made[field] = [one.strip() for one in words if one.strip()]
    return made


def text_of(data: Mapping[str, Any]) -> str:
    """Return a profile as YAML."""
    return str(yaml.safe_dump(dict(data), allow_unicode=True, sort_keys=False, width=1000))


def checked(data: Mapping[str, Any], translate: Any) -> str:
    """Return the YAML of a profile that fits; BadInput names the form's fields."""
    text = text_of(data)
    try:
        load_profile(text)
    except BadInput as error:
        raise BadInput([_named(one, data, translate) for one in error.problems]) from None
    return text


def _named(problem: Problem, data: Mapping[str, Any], translate: Any) -> Problem:
    """Name a field as the form calls it."""
    field = _LINE.sub("", problem.field)
    found = _COLUMN.fullmatch(field)
    if found is None:
        return problem._replace(field=translate(FIELDS[field]) if field in FIELDS else field)
    number = int(found[2])
    name = data[found[1]][number]["name"]
    part = PARTS.get(found[3] or "")
    facts = {"n": number + 1, "name": name}
    if found[1] == "head":
        words = translate(_("Fact of the batch ${n} “${name}”", mapping=facts))
    else:
        words = translate(_("Column ${n} “${name}”", mapping=facts))
    return problem._replace(field=words if part is None else f"{words}, {translate(part)}")


def choices() -> dict[str, Any]:
    """Return what the form's selections offer."""
    return {
        "choices": CHOICES,
        "words": WORDS,
        "contents": [(name, VALUES[name]) for name in CONTENTS],
        "head_contents": [(name, VALUES[name]) for name in BATCH_VALUES],
        "forms": FORMS,
        "fields": FIELDS,
        "first": FIRST,
    }
