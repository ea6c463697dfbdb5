"""Records out of printed pages: found by their labels, never by section numbers or places.

A label stands before its value on one line, or alone above it. Headings say to whom the labels
below belong; their numbers shift from page to page and mean nothing. What no label explains is
kept.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from stadtkern_finance.formats.building import Node
from stadtkern_finance.formats.mapping import FormatMapping
from stadtkern_finance.formats.pdf import Line

_HEADING = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)*\.?\s+)?(?P<title>.+?)(?:\s+[0-9]+)?")
_NUMBERED = re.compile(r"[0-9]+\.([0-9]+\.?)*\s+[^\W\d]")
_ALIGNED = 12.0
"""Points by which the next line of a value may begin before the value itself."""
UNKNOWN = "text"
"""The name under which a line is kept that has no label at all."""


def fits(mapping: FormatMapping, lines: Sequence[Line]) -> bool:
    """Tell whether all required labels of a mapping stand at the beginning of a line."""
    wanted = {field.source.rpartition("/")[2] for field in mapping.part.required}
    return all(any(_value(line.text, label) is not None for line in lines) for label in wanted)


def pdf_nodes(mapping: FormatMapping, lines: Sequence[Line]) -> Iterator[tuple[Node, ...]]:
    """Yield the contents of a printed notice; a file holds one."""
    reader = _Reader(mapping)
    for line in lines:
        reader.take(line)
    yield reader.nodes()


def _value(text: str, label: str) -> str | None:
    """Return what follows a label at the beginning of a line, None where it is not there."""
    if not text.startswith(label):
        return None
    rest = text[len(label) :]
    if rest and not rest.startswith((" ", ":")):
        return None
    return rest.lstrip(" :").strip()


class _Open:
    """The value that a line may go on with."""

    def __init__(self, place: list[tuple[str, str]], left: float | None) -> None:
        self.place = place
        self.index = len(place) - 1
        self.left = left

    def add(self, text: str) -> None:
        label, value = self.place[self.index]
        self.place[self.index] = (label, f"{value} {text}".strip())


class _Reader:
    def __init__(self, mapping: FormatMapping) -> None:
        self.mapping = mapping
        self.labels = _labels(mapping)
        self.top: list[tuple[str, str]] = []
        self.sections: list[tuple[str, list[tuple[str, str]]]] = []
        self.open: _Open | None = None

    def take(self, line: Line) -> None:
        text = line.text
        if any(pattern.fullmatch(text) for pattern in self.mapping.ignored):
            return
        if self._heading(text) or self._label(line) or self._goes_on(line):
            return
        if _NUMBERED.match(text):
            # A heading that nobody knows: what stands below it is of no section that we do.
            self.sections.append(("", self.top))
        before, colon, after = text.partition(":")
        if colon:
            self._keep(before.strip(), after.strip())
        elif len(line.pieces) > 1:
            self._keep(line.pieces[0].text, " ".join(one.text for one in line.pieces[1:]))
        else:
            self._keep(UNKNOWN, text)

    def _keep(self, label: str, value: str) -> None:
        self.top.append((label or UNKNOWN, value))
        self.open = None

    def _heading(self, text: str) -> bool:
        found = _HEADING.fullmatch(text)
        if found is None:
            return False
        section = self.mapping.sections.get(found["title"])
        if section is None:
            return False
        if section:
            self.sections.append((section, []))
        else:
            self.sections.append(("", self.top))
        self.open = None
        return True

    def _label(self, line: Line) -> bool:
        text = line.text
        name, place = self.sections[-1] if self.sections else ("", self.top)
        for within, rows in ((name, place), ("", self.top)):
            for label in self.labels.get(within, ()):
                value = _value(text, label)
                if value is not None:
                    rows.append((label, value))
                    left = line.pieces[1].left if value and len(line.pieces) > 1 else None
                    self.open = _Open(rows, left)
                    return True
        return False

    def _goes_on(self, line: Line) -> bool:
        """Add a line to the value before it: to one still empty, or below one that is aligned."""
        if self.open is None:
            return False
        left = line.pieces[0].left
        empty = not self.open.place[self.open.index][1]
        if not empty and (self.open.left is None or left < self.open.left - _ALIGNED):
            return False
        self.open.add(line.text)
        if empty:
            # Below its label there is no column that more lines could keep to.
            self.open = None
        return True

    def nodes(self) -> tuple[Node, ...]:
        made = [Node(label, value) for label, value in self.top]
        for section, rows in self.sections:
            if section and rows:
                below = tuple(Node(label, value) for label, value in rows)
                made.append(Node(section, "", below))
        return tuple(made)


def _labels(mapping: FormatMapping) -> Mapping[str, tuple[str, ...]]:
    """Return the labels of each section, the longest first: one may begin with another."""
    found: dict[str, set[str]] = {"": set()}
    for source in mapping.part.fields:
        section, _slash, label = source.rpartition("/")
        found.setdefault(section, set()).add(label)
    for name, part in mapping.part.lists.items():
        found[name] = set(part.fields)
    return {
        section: tuple(sorted(labels, key=lambda one: (-len(one), one)))
        for section, labels in found.items()
    }
