"""Mapping files: which element or column is which field, and how its text becomes a value."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from stadtkern_finance.formats.converters import CONVERTERS, leading
from stadtkern_finance.records.schema import RECORD, RENAME
from stadtkern_finance.records.shapes import Shape

KINDS = ("xml", "csv", "pdf")
SHAPES: Mapping[str, Shape] = {"assessment": RECORD, "rename": RENAME}
"""What records must fit, by their subject."""


class MappingBroken(ValueError):  # noqa: N818  # it names the file and what is wrong in it
    """A mapping file that cannot be used."""


class Field(NamedTuple):
    """One source of one canonical field."""

    source: str
    target: tuple[str, ...]
    convert: Callable[[str], Any]
    required: bool
    many: bool


class Part(NamedTuple):
    """The fields of a record or of a repeated part of it, by their source."""

    source: str
    target: tuple[str, ...]
    constants: Mapping[str, Any]
    fields: Mapping[str, tuple[Field, ...]]
    lists: Mapping[str, "Part"]
    required: tuple[Field, ...]
    """The fields that a source must have."""


class FormatMapping(NamedTuple):
    """One version of one format."""

    name: str
    kind: str
    root: str
    namespace: str
    record: str
    delimiters: str
    part: Part
    subject: str = "assessment"
    """What its records are: an assessment, or the rename of a file number."""
    sections: Mapping[str, str] = {}
    """Of a PDF: a heading without its number, and where its fields belong."""
    ignored: tuple[re.Pattern[str], ...] = ()
    """Of a PDF: lines that say nothing, such as page numbers."""

    @property
    def family(self) -> str:
        """Return the first word of its name: gmbx, gewst, csv."""
        return self.name.partition("-")[0]


def load(text: str, name: str, codes: Mapping[str, Mapping[str, Any]]) -> FormatMapping:
    """Return the mapping in a YAML text; raise MappingBroken with file and reason."""
    try:
        data = yaml.safe_load(text)
        kind = data["kind"]
        made = FormatMapping(
            name=data["name"],
            kind=kind,
            root=data["root"] if kind == "xml" else "",
            namespace=data.get("namespace", ""),
            record=data["record"] if kind == "xml" else "",
            delimiters=data.get("delimiters", ";"),
            part=_part(data, codes),
            subject=data.get("subject", "assessment"),
            sections=data.get("sections", {}),
            ignored=tuple(map(re.compile, data.get("ignored", ()))),
        )
    except MappingBroken:
        raise
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, re.error) as error:
        raise MappingBroken(f"{name}: {type(error).__name__} {error}") from error
    if made.kind not in KINDS:
        raise MappingBroken(f"{name}: kind is {', '.join(KINDS)}, not {made.kind}")
    if made.subject not in SHAPES:
        raise MappingBroken(f"{name}: subject is {', '.join(SHAPES)}, not {made.subject}")
    return made


def _part(data: Mapping[str, Any], codes: Mapping[str, Mapping[str, Any]]) -> Part:
    fields: dict[str, tuple[Field, ...]] = {}
    for row in data["fields"]:
        field = Field(
            row["source"],
            tuple(row["target"].split(".")),
            _converter(row.get("convert", "text"), codes),
            bool(row.get("required", False)),
            bool(row.get("many", False)),
        )
        fields[field.source] = (*fields.get(field.source, ()), field)
    return Part(
        data.get("source", ""),
        tuple(data["target"].split(".")) if "target" in data else (),
        data.get("constants", {}),
        fields,
        {row["source"]: _part(row, codes) for row in data.get("lists", ())},
        tuple(one for same in fields.values() for one in same if one.required),
    )


def _converter(name: str, codes: Mapping[str, Mapping[str, Any]]) -> Callable[[str], Any]:
    kind, _colon, wanted = name.partition(":")
    if kind in {"code", "leading_code"}:
        if wanted not in codes:
            raise MappingBroken(f"there is no code list {wanted}")
        return partial(_coded if kind == "code" else _coded_first, codes[wanted])
    if name not in CONVERTERS:
        raise MappingBroken(f"there is no converter {name}")
    return CONVERTERS[name]


def _coded(codes: Mapping[str, Any], value: str) -> Any:
    if value not in codes:
        raise ValueError(value)
    return codes[value]


def _coded_first(codes: Mapping[str, Any], value: str) -> Any:
    """Return what a code means that stands before its own explanation."""
    return _coded(codes, str(leading(value)))


def load_folder(folder: Any) -> tuple[FormatMapping, ...]:
    """Return a folder's mappings: ``<datenart>/<version>.yaml``, with ``codes/<list>.yaml``."""
    codes: dict[str, Mapping[str, Any]] = {}
    sources: list[tuple[str, str]] = []
    for place in sorted(folder.iterdir(), key=lambda item: str(item.name)):
        for file in _yaml_files(place):
            text = file.read_text("utf-8")
            if place.name == "codes":
                codes[Path(file.name).stem] = yaml.safe_load(text)
            else:
                sources.append((f"{place.name}/{file.name}", text))
    return tuple(load(text, name, codes) for name, text in sources)


def _yaml_files(place: Any) -> Iterable[Any]:
    if not place.is_dir():
        return []
    found = [file for file in place.iterdir() if file.name.endswith(".yaml")]
    return sorted(found, key=lambda file: str(file.name))


@lru_cache(maxsize=1)
def shipped() -> tuple[FormatMapping, ...]:
    """Return the mappings that come with the plugin."""
    return load_folder(files("stadtkern_finance") / "mapping")
