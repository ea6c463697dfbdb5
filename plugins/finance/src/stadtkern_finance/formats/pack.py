"""The operator's folder of official schemas and mappings: a gate where it has them.

``mapping/<datenart>/<version>.yaml`` (with ``mapping/codes/``) stand beside our own mappings and
come first. ``schemas/<datenart>/<version>/`` holds the XSD files of the mapping of that name: a
file of that format that breaks them is refused. The files are not ours to pass on.
"""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from stadtkern_finance.formats.mapping import FormatMapping, MappingBroken, load_folder, shipped
from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.i18n import _

SETTING = "finance.schema_pack"
_SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
_HARDENED: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
}


class Pack(NamedTuple):
    """Mappings in the order in which they are tried, and schemas by their mapping's name."""

    mappings: tuple[FormatMapping, ...]
    schemas: Mapping[str, etree.XMLSchema]

    def check(self, mapping: FormatMapping, data: bytes, entry: str) -> None:
        """Refuse a file that breaks its official schema, with the line; in flat memory."""
        schema = self.schemas.get(mapping.name)
        if schema is None:
            return
        try:
            for _event, element in etree.iterparse(BytesIO(data), schema=schema, **_HARDENED):
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            reason = _(
                "breaks the official schema at line ${line}: ${reason}",
                mapping={"line": error.lineno or 1, "reason": str(error.msg)[:300]},
            )
            raise FileRefused(entry, reason) from None


def load_pack(folder: Path | None) -> Pack:
    """Return our mappings with those and the schemas of the operator's folder; None: ours alone.

    ``MappingBroken`` for a schema folder without a usable schema, and for mappings that are none.
    """
    if folder is None:
        return Pack(shipped(), {})
    own = folder / "mapping"
    mappings = (*(load_folder(own) if own.is_dir() else ()), *shipped())
    schemas = {}
    for one in mappings:
        place = folder / "schemas" / one.family / one.name
        if one.kind == "xml" and place.is_dir() and one.name not in schemas:
            schemas[one.name] = _schema(place, one)
    return Pack(mappings, schemas)


def _schema(place: Path, mapping: FormatMapping) -> etree.XMLSchema:
    """Return the schema of a folder that declares a mapping's outermost element."""
    parser = etree.XMLParser(**_HARDENED)
    for file in sorted(place.glob("*.xsd")):
        try:
            tree = etree.parse(str(file), parser)
            root = tree.getroot()
            named = [one.get("name") for one in root.iterchildren(f"{_SCHEMA}element")]
            if root.get("targetNamespace", "") == mapping.namespace and mapping.root in named:
                return etree.XMLSchema(tree)
        except (etree.LxmlError, OSError) as error:
            raise MappingBroken(f"{file}: {str(error)[:300]}") from error
    raise MappingBroken(f"{place}: no XSD declares the element {mapping.root} of {mapping.name}")
