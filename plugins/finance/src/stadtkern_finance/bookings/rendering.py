"""From a batch and a profile to the file for the accounting system; same facts, same bytes."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

from lxml import etree

from stadtkern_finance.bookings.model import BookingLine, ExportBatch
from stadtkern_finance.bookings.profile import NEWLINES, Column, Profile
from stadtkern_finance.bookings.values import BATCH_VALUES, LINE_VALUES, is_text, written
from stadtkern_finance.i18n import _
from stadtkern_finance.records.reading import refused

MEDIA_TYPES = {
    "csv": "text/csv",
    "fixed": "text/plain",
    "xml": "application/xml",
    "json": "application/json",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BREAKS = str.maketrans({"\r": " ", "\n": " ", "\t": " "})


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that is ready to be delivered."""

    name: str
    media_type: str
    data: bytes


def render(batch: ExportBatch, profile: Profile) -> Artifact:
    """Return the batch as the profile writes it.

    Raises BadInput with line and column where a value does not fit: too long for its place, a
    character that the encoding lacks, a form that is none of its kind. No amount is ever cut.
    """
    text = _FORMATS[profile.format](batch, profile)
    encoding = profile.get("encoding", "utf-8")
    return Artifact(
        _file_name(_filled(profile.get("file_name"), batch, profile, "file_name")),
        profile.get("media_type", MEDIA_TYPES[profile.format]),
        text.encode(encoding),
    )


def _file_name(text: str) -> str:
    """Return a name that stays in its folder, whatever a municipality is called."""
    return re.sub(r"[^\w.-]+", "_", text).lstrip(".") or "batch"


def _value(column: Column, line: BookingLine | None, batch: ExportBatch) -> Any:
    if column.value is None:
        return column.constant
    if column.value in LINE_VALUES and line is not None:
        return LINE_VALUES[column.value](line)
    return BATCH_VALUES[column.value](batch)


def _where(column: Column, line: BookingLine | None) -> str:
    return column.name if line is None else f"{line.line_id}.{column.name}"


def _cell(column: Column, line: BookingLine | None, batch: ExportBatch, profile: Profile) -> str:
    value = _value(column, line, batch)
    text = written(value, column.form, profile.get("decimal", "."), _where(column, line))
    text = column.codes.get(text, text)
    return _fitting(text, profile.get("encoding", "utf-8"), _where(column, line))


def _csv(batch: ExportBatch, profile: Profile) -> str:
    delimiter = profile.get("delimiter", ";")
    quotes = profile.get("quotes", "needed")
    safe = profile.get("spreadsheet", True)

    def cell(column: Column, line: BookingLine) -> str:
        words = is_text(_value(column, line, batch))
        text = _cell(column, line, batch, profile)
        if safe and words and text.startswith(_FORMULA):
            text = f"'{text}"
        return _quoted(text, delimiter, quotes, words=words)

    rows = [
        delimiter.join(cell(column, line) for column in profile.columns) for line in batch.lines
    ]
    if profile.get("heading", True):
        names = (_quoted(column.name, delimiter, quotes, words=True) for column in profile.columns)
        rows.insert(0, delimiter.join(names))
    return _lines(rows, batch, profile)


def _quoted(text: str, delimiter: str, quotes: str, *, words: bool) -> str:
    text = text.replace("\r\n", " ").translate(_BREAKS)
    needed = delimiter in text or '"' in text
    if quotes == "all" or needed or (quotes == "text" and words):
        return '"{}"'.format(text.replace('"', '""'))
    return text


def _fixed(batch: ExportBatch, profile: Profile) -> str:
    rows = [
        "".join(_place(column, line, batch, profile) for column in profile.columns)
        for line in batch.lines
    ]
    return _lines(rows, batch, profile)


def _place(column: Column, line: BookingLine, batch: ExportBatch, profile: Profile) -> str:
    text = _cell(column, line, batch, profile).translate(_BREAKS)
    if len(text) > column.width:
        if not (column.cut and is_text(_value(column, line, batch))):
            raise refused(
                _where(column, line),
                _("has ${count} characters", mapping={"count": len(text)}),
                _("at most ${count} characters", mapping={"count": column.width}),
            )
        text = text[: column.width]
    if column.align == "left":
        return text.ljust(column.width, column.fill)
    if column.fill == "0" and text.startswith("-"):
        # The sign stands before the zeros.
        return f"-{text[1:].rjust(column.width - 1, '0')}"
    return text.rjust(column.width, column.fill)


def _lines(rows: list[str], batch: ExportBatch, profile: Profile) -> str:
    before = [_filled(one, batch, profile, "preamble") for one in profile.get("preamble", ())]
    after = [_filled(one, batch, profile, "trailer") for one in profile.get("trailer", ())]
    end = NEWLINES[profile.get("newline", "crlf")]
    return "".join(f"{row}{end}" for row in (*before, *rows, *after))


def _filled(text: str, batch: ExportBatch, profile: Profile, where: str) -> str:
    decimal = profile.get("decimal", ".")
    facts = {
        name: written(make(batch), "text", decimal, where) for name, make in BATCH_VALUES.items()
    }
    facts["stamp"] = batch.created.strftime("%Y%m%d%H%M%S")
    facts["day_digits"] = batch.created.strftime("%Y%m%d")
    try:
        filled = Template(text).substitute(facts)
    except (KeyError, ValueError) as error:
        raise refused(
            where,
            _("has an unknown fact: ${reason}", mapping={"reason": str(error)}),
            _("one of ${names}", mapping={"names": ", ".join(facts)}),
        ) from None
    return _fitting(filled, profile.get("encoding", "utf-8"), where)


def _xml(batch: ExportBatch, profile: Profile) -> str:
    namespace = profile.get("namespace", "")
    prefix = f"{{{namespace}}}" if namespace else ""
    root = etree.Element(
        f"{prefix}{profile.get('root')}", nsmap={None: namespace} if namespace else None
    )
    for column in profile.head:
        _element(root, prefix, column, _cell(column, None, batch, profile), None)
    for line in batch.lines:
        place = root
        for name in profile.get("record").split("/"):
            place = etree.SubElement(place, f"{prefix}{name}")
        for column in profile.columns:
            text = _cell(column, line, batch, profile)
            if text:
                _element(place, prefix, column, text, line)
    encoding = profile.get("encoding", "utf-8").removesuffix("-sig").upper()
    body = etree.tostring(root, encoding="unicode", pretty_print=True)
    return f'<?xml version="1.0" encoding="{encoding}"?>\n{body}'


def _element(place: Any, prefix: str, column: Column, text: str, line: BookingLine | None) -> None:
    *outer, name = column.name.split("/")
    for one in outer:
        found = place.find(f"{prefix}{one}")
        place = etree.SubElement(place, f"{prefix}{one}") if found is None else found
    try:
        etree.SubElement(place, f"{prefix}{name}").text = text
    except ValueError:
        raise refused(
            _where(column, line), _("holds a control character"), _("a text without them")
        ) from None


def _json(batch: ExportBatch, profile: Profile) -> str:
    def row(columns: tuple[Column, ...], line: BookingLine | None) -> Mapping[str, Any]:
        return {column.name: _cell(column, line, batch, profile) for column in columns}

    made = dict(row(profile.head, None))
    made[profile.get("record")] = [row(profile.columns, line) for line in batch.lines]
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


_FORMATS: Mapping[str, Callable[[ExportBatch, Profile], str]] = {
    "csv": _csv,
    "fixed": _fixed,
    "xml": _xml,
    "json": _json,
}


def _fitting(text: str, encoding: str, where: str) -> str:
    """Return a text that the encoding has: a letter may lose its accent, any other is refused."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_known(character, encoding, where) for character in text)
    return text


def _known(character: str, encoding: str, where: str) -> str:
    bare = unicodedata.normalize("NFKD", character)
    bare = "".join(one for one in bare if not unicodedata.combining(one))
    for tried in (character, bare):
        try:
            tried.encode(encoding)
        except UnicodeEncodeError:
            continue
        return tried
    reason = _("has the value “${value}”", mapping={"value": character})
    raise refused(
        where, reason, _("a character of the encoding ${name}", mapping={"name": encoding})
    )
