"""What a page still lacks before it may be published, block by block."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stadtkern.content.errors import ContentRefused
from stadtkern.content.types import BlockType, ContentType
from stadtkern.forms import Gap
from stadtkern.forms.fields import REQUIRED
from stadtkern.web.i18n import _


@dataclass(frozen=True)
class Missing:
    """One empty value: of a block (its id, number and the title of its kind) or of the page."""

    gap: Gap
    block: str = ""
    number: int = 0
    kind: Any = ""

    @property
    def words(self) -> Any:
        """Return a sentence that names block and field."""
        if not self.block:
            return gap_words(self.gap)
        return _(
            "Block ${n}, ${kind}: ${what}",
            mapping={"n": self.number, "kind": self.kind, "what": gap_words(self.gap)},
        )


class Unfinished(ContentRefused):
    """A page lacks something that the public must not miss; ``lacks`` names all of it."""

    def __init__(self, lacks: list[Missing], *, planned: bool = False) -> None:
        wrong = next((one for one in lacks if one.gap.wrong), None)
        if wrong is not None:
            message = _(
                "This page cannot be published like this: ${what} Please correct it first.",
                mapping={"what": wrong.words},
            )
        elif planned:
            message = _(
                "This page has a time at which it is published, so it cannot be saved half done. "
                "Fill the fields, or take the time away first. Missing: ${what}",
                mapping={"what": lacks[0].words},
            )
        elif len(lacks) == 1:
            message = _(
                "This page is not finished yet. Missing: ${what}", mapping={"what": lacks[0].words}
            )
        else:
            message = _(
                "This page is not finished yet: ${n} required fields are empty. The first one: "
                "${what}",
                mapping={"n": len(lacks), "what": lacks[0].words},
            )
        super().__init__(message)
        self.lacks = lacks


def gap_words(gap: Gap) -> Any:
    """Return a sentence about an empty field."""
    field = gap.title
    if gap.message is not REQUIRED:
        return gap.message
    if gap.row:
        return _(
            "“${field}”, entry ${n}: “${column}” is empty.",
            mapping={"field": field, "n": gap.row, "column": gap.column},
        )
    if gap.column:
        return _(
            "“${field}”: “${column}” is empty.",
            mapping={"field": field, "column": gap.column},
        )
    return _("“${field}” is empty.", mapping={"field": field})


def missing_in(
    kind: ContentType,
    block_types: Mapping[str, BlockType],
    body: Mapping[str, Any],
    body_version: int,
) -> list[Missing]:
    """Return what a stored body lacks, from top to bottom.

    Blocks of an unknown or disabled kind are not judged: they are kept as they are. Nor are the
    fields of types whose drafts are complete anyway (``unfinished=False``).
    """
    found: list[Missing] = []
    if kind.unfinished:
        fields = kind.fields(body_version, body.get("fields") or {})
        found += [Missing(gap) for gap in kind.gaps(fields)]
    for number, block in enumerate(body.get("blocks") or (), start=1):
        block_type = block_types.get(str(block.get("type")))
        if block_type is not None:
            found += [
                Missing(gap, str(block.get("id", "")), number, block_type.title)
                for gap in block_type.gaps(block_type.data(block))
            ]
    return found
