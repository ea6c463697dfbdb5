"""Three states of a page made one: what it was, what I made of it, what somebody else made of it.

Pure functions over stored JSON. Where only one side changed something, its change stands; where
both changed the same thing differently, a choice is asked for. A block is the smallest piece that
is taken over whole (half of one side's map point and half of the other's is nobody's place);
title, summary, the menu mark and every field of the type are pieces of their own.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from stadtkern.content.diffing import same

Side = Literal["same", "mine", "theirs", "both", "conflict"]
"""Who changed a piece: nobody, one, both alike, or both differently."""

CORE = ("title", "summary", "in_nav")
ORDER = "order"


@dataclass(frozen=True)
class Contents:
    """What editors write of a node: all that a revision keeps."""

    title: str
    summary: str = ""
    in_nav: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)
    blocks: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, stored: Any) -> "Contents":
        """Return the contents of a node or of a revision."""
        body = stored.body or {}
        return cls(
            title=stored.title,
            summary=stored.summary,
            in_nav=stored.in_nav,
            fields=dict(body.get("fields", {})),
            blocks=list(body.get("blocks", [])),
        )


@dataclass(frozen=True)
class Piece:
    """One thing that may differ; ``None`` stands for absent on that side.

    ``key``: ``title``, ``summary``, ``in_nav``, ``field:<name>``, ``block:<id>`` or ``order``.
    """

    key: str
    side: Side
    base: Any
    mine: Any
    theirs: Any

    @property
    def name(self) -> str:
        """Return the field's name or the block's id."""
        return self.key.partition(":")[2] or self.key

    @property
    def choices(self) -> tuple[str, ...]:
        """Return what can be chosen; two versions of a block may also both stay."""
        if self.key.startswith("block:") and self.mine is not None and self.theirs is not None:
            return ("mine", "theirs", "both")
        return ("mine", "theirs")

    @property
    def settled(self) -> Any:
        """Return the value where no choice is needed."""
        return self.mine if self.side == "mine" else self.theirs


@dataclass(frozen=True)
class Merge:
    """All pieces, with the versions that they come from."""

    base: Contents
    mine: Contents
    theirs: Contents
    fields: tuple[Piece, ...]
    blocks: tuple[Piece, ...]
    order: Piece

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Return all pieces in the order of the form."""
        return (*self.fields, *self.blocks, self.order)

    @property
    def conflicts(self) -> tuple[Piece, ...]:
        """Return those that need a choice."""
        return tuple(piece for piece in self.pieces if piece.side == "conflict")

    def opened(self) -> "Merge":
        """Return the same with a choice for every field that one side alone has changed.

        For fields that do not go together: each by itself was taken over rightly.
        """
        return replace(
            self,
            fields=tuple(
                replace(piece, side="conflict") if piece.side in {"mine", "theirs"} else piece
                for piece in self.fields
            ),
        )

    def missing(self, choices: Mapping[str, str]) -> tuple[Piece, ...]:
        """Return the conflicts for which no possible choice was made."""
        return tuple(
            piece for piece in self.conflicts if choices.get(piece.key) not in piece.choices
        )


def merge(base: Contents, mine: Contents, theirs: Contents) -> Merge:
    """Compare ``mine`` and ``theirs``, which were both made from ``base``, piece by piece."""
    fields = [
        _piece(name, getattr(base, name), getattr(mine, name), getattr(theirs, name))
        for name in CORE
    ]
    names = {**theirs.fields, **mine.fields, **base.fields}
    fields += [
        _piece(
            f"field:{name}", base.fields.get(name), mine.fields.get(name), theirs.fields.get(name)
        )
        for name in names
    ]
    sides = [_by_id(contents.blocks) for contents in (base, mine, theirs)]
    ids = _woven(list(sides[2]), [*sides[1], *sides[0]])
    blocks = [_block(key, *(side.get(key) for side in sides)) for key in ids]
    common = set(sides[0]) & set(sides[1]) & set(sides[2])
    order = _piece(ORDER, *([key for key in side if key in common] for side in sides))
    return Merge(base, mine, theirs, tuple(fields), tuple(blocks), order)


def resolve(merged: Merge, choices: Mapping[str, str]) -> Contents:
    """Return the one page that results; ``ValueError`` where a choice is missing.

    Blocks that one side added stand behind the block that they followed there.
    """
    if merged.missing(choices):
        raise ValueError("a choice is missing")
    core = {piece.key: _chosen(piece, choices) for piece in merged.fields if piece.key in CORE}
    fields = {
        piece.name: value
        for piece in merged.fields
        if piece.key not in CORE and (value := _chosen(piece, choices)) is not None
    }
    kept = {piece.name: _blocks(piece, choices) for piece in merged.blocks}
    mine, theirs = list(_by_id(merged.mine.blocks)), list(_by_id(merged.theirs.blocks))
    first_mine = merged.order.side == "mine" or (
        merged.order.side == "conflict" and choices[ORDER] == "mine"
    )
    leading, other = (mine, theirs) if first_mine else (theirs, mine)
    order = _woven([key for key in leading if kept[key]], [key for key in other if kept[key]])
    return Contents(fields=fields, blocks=[block for key in order for block in kept[key]], **core)


def _piece(key: str, base: Any, mine: Any, theirs: Any) -> Piece:
    if mine == theirs:
        side: Side = "same" if mine == base else "both"
    elif mine == base:
        side = "theirs"
    else:
        side = "mine" if theirs == base else "conflict"
    return Piece(key, side, base, mine, theirs)


def _block(key: str, base: Any, mine: Any, theirs: Any) -> Piece:
    if same(mine, theirs):
        side: Side = "same" if same(mine, base) else "both"
    elif same(mine, base):
        side = "theirs"
    else:
        side = "mine" if same(theirs, base) else "conflict"
    return Piece(f"block:{key}", side, base, mine, theirs)


def _by_id(blocks: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(block.get("id")): block for block in blocks}


def _woven(leading: Sequence[str], other: Sequence[str]) -> list[str]:
    """Return ``leading`` with what only ``other`` has, each behind its neighbour there."""
    order = list(leading)
    known = set(order)
    previous: str | None = None
    for key in other:
        if key not in known:
            order.insert(0 if previous is None else order.index(previous) + 1, key)
            known.add(key)
        previous = key
    return order


def _chosen(piece: Piece, choices: Mapping[str, str]) -> Any:
    if piece.side != "conflict":
        return piece.settled
    return piece.mine if choices[piece.key] == "mine" else piece.theirs


def _blocks(piece: Piece, choices: Mapping[str, str]) -> list[Mapping[str, Any]]:
    if piece.side == "conflict" and choices[piece.key] == "both":
        return [piece.theirs, {**piece.mine, "id": secrets.token_hex(4)}]
    chosen = _chosen(piece, choices)
    return [] if chosen is None else [chosen]
