"""What differs between two states of a page, word by word and block by block.

Pure functions over texts and stored JSON; nothing is asked of the database.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import groupby, pairwise
from typing import Any, Literal

Op = Literal["equal", "delete", "insert"]
Change = Literal["equal", "changed", "delete", "insert"]
Block = Mapping[str, Any]

MAX_EDITS = 1_000
"""Texts that differ in more words than this are shown as replaced: the search is quadratic."""

_TOKEN = re.compile(r"\s*\w+|\s*[^\w\s]|\s+\Z")
_WORD = re.compile(r"\w")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)>")
_HREF = re.compile(r"""\bhref\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)
_BREAKS = re.compile(r"\n{3,}")
_PARAGRAPHS = frozenset({"p", "h2", "h3", "h4", "ul", "ol", "blockquote", "table", "figure"})
_LINES = frozenset({"br", "tr", "dt", "dd"})


def words(old: str, new: str) -> list[tuple[Op, str]]:
    """Return ``new`` as a series of kept, deleted and inserted stretches of ``old``.

    The texts of "equal" and "delete" joined are ``old``, those of "equal" and "insert" joined are
    ``new``. No two neighbours have the same op; of a replacement the deletion comes first.
    The shortest edit script (Myers 1986, greedy) over words, at most ``MAX_EDITS`` long.
    """
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    middle_a, middle_b = a[start : len(a) - end], b[start : len(b) - end]
    steps: list[tuple[Op, str]] = [("equal", token) for token in a[:start]]
    steps += _script(middle_a, middle_b)
    steps += [("equal", token) for token in a[len(a) - end :]] if end else []
    return _joined(steps)


def _script(a: Sequence[str], b: Sequence[str]) -> list[tuple[Op, str]]:
    whole: list[tuple[Op, str]] = [("delete", token) for token in a]
    whole += [("insert", token) for token in b]
    if not a or not b:
        return whole
    # One row a number of edits: how far in ``a`` each diagonal (x - y = 2i - edits) has come.
    rows: list[list[int]] = []
    for edits in range(min(len(a) + len(b), MAX_EDITS) + 1):
        row: list[int] = []
        for i in range(edits + 1):
            x = _begin(rows, edits, i)[0] if edits else 0
            y = x - (2 * i - edits)
            while x < len(a) and y < len(b) and a[x] == b[y]:
                x, y = x + 1, y + 1
            row.append(x)
            if x >= len(a) and y >= len(b):
                return _walk_back(a, b, rows, edits, i)
        rows.append(row)
    return whole


def _begin(rows: Sequence[Sequence[int]], edits: int, i: int) -> tuple[int, bool]:
    """Return where a diagonal is entered, and whether by an insertion."""
    before = rows[edits - 1]
    if i == 0 or (i != edits and before[i - 1] < before[i]):
        return before[i], True
    return before[i - 1] + 1, False


def _walk_back(
    a: Sequence[str], b: Sequence[str], rows: Sequence[Sequence[int]], edits: int, i: int
) -> list[tuple[Op, str]]:
    steps: list[tuple[Op, str]] = []
    x, y = len(a), len(b)
    while edits:
        entered, inserted = _begin(rows, edits, i)
        steps += [("equal", token) for token in reversed(a[entered:x])]
        x, y = entered, entered - (2 * i - edits)
        if inserted:
            y -= 1
            steps.append(("insert", b[y]))
        else:
            x -= 1
            i -= 1
            steps.append(("delete", a[x]))
        edits -= 1
    steps += [("equal", token) for token in reversed(a[:x])]
    return steps[::-1]


def _joined(steps: Iterable[tuple[Op, str]]) -> list[tuple[Op, str]]:
    """Join neighbours; a comma alone between two changes is read as part of the change."""
    runs = [(kept, list(found)) for kept, found in groupby(steps, _kept)]
    merged: list[tuple[bool, list[tuple[Op, str]]]] = []
    for place, (kept, run) in enumerate(runs):
        trifle = kept and not any(_WORD.search(text) for _op, text in run)
        if (trifle and 0 < place < len(runs) - 1) or (merged and not kept and not merged[-1][0]):
            merged[-1][1].extend(run)
        else:
            merged.append((kept, run))
    out: list[tuple[Op, str]] = []
    for kept, run in merged:
        old = "".join(text for op, text in run if op != "insert")
        new = "".join(text for op, text in run if op != "delete")
        parts: list[tuple[Op, str]] = (
            [("equal", old)] if kept else [("delete", old), ("insert", new)]
        )
        out += [(op, text) for op, text in parts if text]
    return out


def _kept(step: tuple[Op, str]) -> bool:
    return step[0] == "equal"


def plain(html: str) -> str:
    """Return HTML as the text that people read: paragraphs, list items, addresses of links.

    For comparing, not for showing as HTML. Text without tags comes back as it is.
    """
    if not _TAG.search(html):
        return html
    links: list[str] = []

    def put(match: re.Match[str]) -> str:
        closing, name, rest = match[1], match[2].lower(), match[3]
        if name == "a":
            if not closing:
                found = _HREF.search(rest)
                links.append(found[1][1:-1] if found else "")
                return ""
            address = links.pop() if links else ""
            return f" ({address})" if address else ""
        if name == "li":
            return "" if closing else "\n– "
        if name in _PARAGRAPHS:
            return "\n\n"
        if name in {"td", "th"}:
            return " | " if closing else ""
        return "\n" if name in _LINES and not (closing and name == "br") else ""

    text = unescape(_TAG.sub(put, html))
    text = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    return _BREAKS.sub("\n\n", text.replace("\n\n– ", "\n– ")).strip()


@dataclass(frozen=True)
class BlockChange:
    """One block of two versions of a body, in the order of the newer one."""

    id: str
    type: str
    op: Change
    moved: bool
    """Whether it stands elsewhere among the blocks that both versions have."""
    old: Block | None = None
    new: Block | None = None

    @property
    def fields(self) -> list[str]:
        """Return the names of the data that differ, in the newer block's order."""
        old = dict((self.old or {}).get("data", {}))
        new = dict((self.new or {}).get("data", {}))
        return [name for name in {**new, **old} if old.get(name) != new.get(name)]


def blocks(old: Iterable[Block], new: Iterable[Block]) -> list[BlockChange]:
    """Compare two bodies by the blocks' ids.

    The result stands in the order of ``new``; what was deleted stands behind the block that it
    followed.
    """
    before = {str(block.get("id")): block for block in old}
    after = {str(block.get("id")): block for block in new}
    stayed = in_place(list(before), list(after))
    changes = [
        BlockChange(
            key,
            str(block.get("type")),
            "insert" if key not in before else "equal" if same(before[key], block) else "changed",
            moved=key in before and key not in stayed,
            old=before.get(key),
            new=block,
        )
        for key, block in after.items()
    ]
    order = [change.id for change in changes]
    for previous, key in pairwise([None, *before]):
        if key in after:
            continue
        block = before[str(key)]
        place = 0 if previous is None else order.index(previous) + 1
        order.insert(place, str(key))
        changes.insert(
            place,
            BlockChange(str(key), str(block.get("type")), "delete", moved=False, old=block),
        )
    return changes


def same(one: Block | None, other: Block | None) -> bool:
    """Tell whether two stored blocks say the same; their schema's version does not count."""
    if one is None or other is None:
        return one is other
    return bool(one.get("type") == other.get("type") and one.get("data") == other.get("data"))


def in_place(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """Return a largest set of ids that stand in the same order in both; the others were moved."""
    places = {key: place for place, key in enumerate(new)}
    tails: list[str] = []
    before: dict[str, str | None] = {}
    for key in (key for key in old if key in places):
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if places[tails[middle]] < places[key] else (low, middle)
        before[key] = tails[low - 1] if low else None
        tails[low : low + 1] = [key]
    found: set[str] = set()
    step = tails[-1] if tails else None
    while step is not None:
        found.add(step)
        step = before[step]
    return found
