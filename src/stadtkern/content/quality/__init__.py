"""What to mend before a page goes public. Pure functions: no SQL, no request.

The rules follow WCAG 2.2 (the criterion stands at each) and plain writing. Two of them stop
publishing: a required field that is empty, and a picture without words for those who do not see it
(1.1.1). All others are advice. Content types may find more (``ContentType.review``).
Colours need no rule: editors cannot set any, and the town's own is corrected when it is chosen.
"""

from collections.abc import Iterable

from stadtkern.content.quality import rules
from stadtkern.content.quality.findings import HINT, STOP, WARN, WEIGHTS, Draft, Finding, Picture
from stadtkern.content.quality.reading import (
    Passage,
    Plain,
    addresses,
    count_words,
    own_path,
    sentences,
    texts,
)

__all__ = [
    "HINT",
    "STOP",
    "WARN",
    "WEIGHTS",
    "Draft",
    "Finding",
    "Picture",
    "Plain",
    "addresses",
    "check",
    "count_words",
    "own_path",
    "sentences",
    "stopping",
    "stops",
    "texts",
]


def check(draft: Draft) -> list[Finding]:
    """Return all that is to be mended, what stops publishing first, else from top to bottom."""
    found = [*rules.lacks(draft), *draft.own, *rules.head(draft), *rules.pictures(draft)]
    found += rules.outline(draft)
    for block in draft.blocks:
        for text in texts(block.get("data", {})):
            found += rules.text_of(str(block.get("id", "")), Passage(text), draft)
        found += rules.block_of(block, draft)
    return _sorted(found, draft)


def stopping(draft: Draft) -> list[Finding]:
    """Return what stops publishing, as ``check`` does, without judging the rest.

    In texts only pictures can stop it, so texts without any are not parsed.
    """
    found = [*draft.own, *rules.pictures(draft)]
    for block in draft.blocks:
        for text in texts(block.get("data", {})):
            if "<img" in text.lower():
                found += rules.text_of(str(block.get("id", "")), Passage(text), draft)
    return _sorted((one for one in found if one.weight == STOP), draft)


def _sorted(found: Iterable[Finding], draft: Draft) -> list[Finding]:
    order = {str(block.get("id", "")): number for number, block in enumerate(draft.blocks)}
    return sorted(found, key=lambda one: (one.weight != STOP, order.get(one.block, -1)))


def stops(findings: Iterable[Finding]) -> bool:
    """Tell whether any finding stops publishing."""
    return any(one.weight == STOP for one in findings)
