"""From the texts of one record to its canonical fields, with findings; nothing is dropped."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from stadtkern_finance.formats.converters import MAX_TEXT
from stadtkern_finance.formats.mapping import SHAPES, Field, FormatMapping, Part
from stadtkern_finance.formats.model import Finding, Level, ParsedRecord
from stadtkern_finance.i18n import _
from stadtkern_finance.records.fitting import compiled
from stadtkern_finance.records.validation import problems

SHOWN = 60


class Node(NamedTuple):
    """A piece of a source: its name, its text, and the pieces below it."""

    name: str
    text: str
    below: tuple["Node", ...] = ()


class _Builder:
    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.unmapped: dict[str, list[str]] = {}

    def fill(self, part: Part, nodes: Iterable[Node], before: str, made: dict[str, Any]) -> None:
        """Put what ``part`` knows of ``nodes`` into ``made`` and keep the rest."""
        made |= part.constants
        seen: set[str] = set()
        fields = part.fields
        for node in nodes:
            name, text, below = node
            known = None if below or name in seen else fields.get(name)
            if known is None or not text or len(known) > 1 or known[0].many:
                self._take(part, node, "", before, made, seen)
                continue
            # Nearly all of a record: a leaf that is one field, for the first time.
            field = known[0]
            seen.add(name)
            try:
                value = field.convert(text)
            except ValueError:
                self._set(field, text, before + name, made, again=False)
                continue
            if len(field.target) == 1:
                made[field.target[0]] = value
            else:
                _put(made, field.target, value, many=False)
        for field in part.required:
            if field.source not in seen:
                self._say(Level.ERROR, before + field.source, _("is missing"))

    def _take(
        self,
        part: Part,
        node: Node,
        within: str,
        before: str,
        made: dict[str, Any],
        seen: set[str],
    ) -> None:
        path = within + node.name
        inner = part.lists.get(path)
        if inner is not None and node.below:
            item: dict[str, Any] = {}
            rows = made.setdefault(inner.target[0], [])
            rows.append(item)
            self.fill(inner, node.below, f"{before}{path}[{len(rows)}]/", item)
            return
        for child in node.below:
            self._take(part, child, f"{path}/", before, made, seen)
        fields = part.fields.get(path)
        if fields is None:
            if node.text or not node.below:
                self._keep(before + path, node.text)
        elif node.text:
            again = path in seen
            seen.add(path)
            for field in fields:
                self._set(field, node.text, before + path, made, again=again)

    def _set(
        self, field: Field, text: str, path: str, made: dict[str, Any], *, again: bool
    ) -> None:
        if again and not field.many:
            self._keep(path, text)
            return
        try:
            value = field.convert(text)
        except ValueError:
            reason = _("the value “${value}” does not fit", mapping={"value": text[:SHOWN]})
            self._say(Level.ERROR, path, reason)
            self._keep(path, text, told=True)
            return
        _put(made, field.target, value, many=field.many)

    def _say(self, level: Level, field: str, text: Any) -> None:
        self.findings.append(Finding(level, field, text))

    def _keep(self, path: str, text: str, *, told: bool = False) -> None:
        if path not in self.unmapped and not told:
            reason = _("is not known to the mapping; it was kept as it came")
            self._say(Level.WARNING, path, reason)
        kept = self.unmapped.setdefault(path, [])
        kept += [text[start : start + MAX_TEXT] for start in range(0, len(text) or 1, MAX_TEXT)]


def _put(made: dict[str, Any], target: tuple[str, ...], value: Any, *, many: bool) -> None:
    for name in target[:-1]:
        made = made.setdefault(name, {})
    if many:
        made.setdefault(target[-1], []).append(value)
    else:
        made[target[-1]] = value


def build(mapping: FormatMapping, nodes: Iterable[Node], entry: str, number: int) -> ParsedRecord:
    """Return one record of ``entry``; what does not fit the schema is a finding, too."""
    builder = _Builder()
    fields: dict[str, Any] = {"version": 1}
    builder.fill(mapping.part, nodes, "", fields)
    if builder.unmapped:
        fields["unmapped"] = builder.unmapped
    missing = {finding.field for finding in builder.findings if finding.level is Level.ERROR}
    shape = SHAPES[mapping.subject]
    for problem in () if compiled(shape)(fields) else problems(fields, shape):
        # A source that is missing or unfit was told with the name that it has there.
        if not (missing and problem.field in {"tax_kind", "messbetrag_cent"}):
            builder.findings.append(Finding(Level.ERROR, problem.field, problem.reason))
    found = tuple(builder.findings)
    return ParsedRecord(fields, found, mapping.name, entry, number, mapping.subject)
