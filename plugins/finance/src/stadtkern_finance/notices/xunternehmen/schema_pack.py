"""The official schemas as a gate, loaded from a folder of the operator.

The schemas are not ours to pass on: an operator puts them into the schema-pack folder, each version
in a folder of its own (``xunternehmen-gewerbesteuer-1.4/gewerbesteuer.xsd``).
"""

from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from stadtkern_finance.i18n import _
from stadtkern_finance.records.reading import refused

FOLDER = "xunternehmen-gewerbesteuer-1.4"
ENTRY = "gewerbesteuer.xsd"
_HARDENED: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
}


class Finding(NamedTuple):
    """What the schema says against a message: line, element, and libxml2's words."""

    line: int
    path: str
    text: str


class SchemaPack:
    """The schema of one version, compiled once."""

    def __init__(self, entry: Path) -> None:
        """Compile the schema at ``entry``; refuse a file that is none."""
        try:
            tree = etree.parse(str(entry), etree.XMLParser(**_HARDENED))
            self._schema = etree.XMLSchema(tree)
        except (etree.LxmlError, OSError) as error:
            raise refused(
                "schema_pack",
                _("cannot be read: ${reason}", mapping={"reason": str(error)[:200]}),
                _("the unchanged XSD files of XUnternehmen.Gewerbesteuer 1.4"),
            ) from None

    def findings(self, xml: bytes) -> tuple[Finding, ...]:
        """Return what the schema has against a message; nothing where it is valid."""
        try:
            tree = etree.fromstring(xml, etree.XMLParser(**_HARDENED))
        except etree.XMLSyntaxError as error:
            return (Finding(error.lineno or 1, "", str(error.msg)),)
        if self._schema.validate(tree):
            return ()
        return tuple(
            Finding(entry.line, entry.path or "", entry.message) for entry in self._schema.error_log
        )

    def check(self, xml: bytes) -> None:
        """Raise BadInput with the first finding where the message is not valid."""
        for finding in self.findings(xml):
            raise refused(
                finding.path or "message",
                _("breaks the official schema: ${reason}", mapping={"reason": finding.text[:300]}),
                _("a valid message of XUnternehmen.Gewerbesteuer 1.4"),
            )


def load_pack(folder: Path | None) -> SchemaPack | None:
    """Return the gate from the schema-pack folder, None where the operator has none.

    Found are the files in the folder itself and in the version's own folder below it.
    """
    if folder is None:
        return None
    for entry in (folder / FOLDER / ENTRY, folder / ENTRY):
        if entry.is_file():
            return SchemaPack(entry)
    return None
