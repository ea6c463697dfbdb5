"""The form behind adding and editing: core fields, the type's fields, any number of blocks.

Blocks are added, moved, doubled and removed by submit buttons: the form comes back rearranged,
with all that was typed, and nothing is stored until “Save”. Scripts do the same in place
(``frontend/src/editor/blocks.js``): they fetch a new block's fields and write the order anew.
"""

import itertools
import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import colander
from pyramid.registry import Registry
from pyramid.request import Request

from stadtkern.content.blocks import MAX_BLOCKS, new_block
from stadtkern.content.choices import remember_paths
from stadtkern.content.completeness import Missing, gap_words
from stadtkern.content.errors import ContentRefused
from stadtkern.content.models import Node, Revision
from stadtkern.content.types import BlockType, ContentType, offered_blocks
from stadtkern.content.values import read_fields, read_typed
from stadtkern.forms import Failure, Form
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

BLOCK_ID = re.compile(r"[0-9a-f]{4,16}")


class CoreSchema(colander.MappingSchema):
    """What every node has."""

    title = f.line(_("Title"), maximum=200)
    summary = f.text(
        _("Summary"),
        maximum=500,
        rows=3,
        required=False,
        description=_("One or two sentences for lists and search engines."),
    )
    in_nav = f.yes(_("Show in menus"))


class NewSchema(CoreSchema):
    """A new node may get its address by hand."""

    slug = f.line(
        _("Last part of the address"),
        maximum=80,
        required=False,
        description=_("Left empty, it is made from the title."),
    )


@dataclass
class BlockForm:
    """One block in the form; ``form`` is None where its plugin is missing."""

    id: str
    name: str
    kind: BlockType | None
    form: Form | None
    kept: Mapping[str, Any] = field(default_factory=dict)
    """What is stored of it, typed."""


@dataclass(frozen=True)
class LeftOut:
    """A field whose typed text is wrong, so that a preview shows the stored one, and why."""

    field: Any
    reason: Any


class _Ids:
    """Numbers the fields of one block, so that their ids are the same wherever it stands."""

    def __init__(self, block_id: str) -> None:
        self.block_id = block_id
        self.numbers = itertools.count()

    def __next__(self) -> str:
        return f"-{self.block_id}-{next(self.numbers)}"


def block_form(request: Request, block: Mapping[str, Any]) -> BlockForm:
    """Return one block's part of the form; without fields where its plugin is missing."""
    kind = request.content.block_types.get(str(block.get("type")))
    block_id = str(block["id"])
    form, kept = None, {}
    if kind is not None:
        form = Form(request, kind.schema(), prefix=f"block-{block_id}", counter=_Ids(block_id))
        kept = read_typed(form.schema, kind.data(block))
        form.show(kept)
    return BlockForm(block_id, str(block.get("type")), kind, form, kept)


class NodeForm:
    """All parts of the editing form."""

    def __init__(
        self,
        request: Request,
        kind: ContentType,
        *,
        node: Node | Revision | None = None,
        in_nav: bool = False,
        adding: bool = False,
    ) -> None:
        self.request = request
        self.kind = kind
        self.adding = adding
        self.node = node
        self.counter = itertools.count()
        self.rearranged = False
        self.publish = False
        self.moved: str | None = None
        self._timezone = request.tenant.timezone
        self._stored = dict(node.body or {}) if node is not None else {}
        core = (
            {"title": node.title, "summary": node.summary, "in_nav": node.in_nav}
            if node is not None
            else {"in_nav": in_nav}
        )
        self.core = self._form(NewSchema() if adding else CoreSchema(), core, "core")
        if adding:
            slug = self.core.deform["slug"]
            slug.widget = copy(slug.widget)
            slug.widget.attributes = {"data-slug-from": self.core.deform["title"].oid}
        stored = kind.fields(
            node.body_version if node is not None else kind.version, self._stored.get("fields", {})
        )
        self._values = read_fields(kind, stored, self._timezone)
        self.fields = self._form(
            kind.schema(), self._values if node is not None else None, "fields"
        )
        self.refused: list[str] = []
        """Kinds of posted blocks that nobody knows here."""
        stored_blocks = self._stored.get("blocks", [])
        self._remember(stored_blocks)
        self.blocks = [block_form(request, block) for block in stored_blocks]

    def _remember(self, blocks: list[Mapping[str, Any]]) -> None:
        """Ask for the addresses of all pages that the blocks name, together."""
        known = self.request.content.block_types
        ids: set[int] = set()
        for block in blocks:
            kind = known.get(str(block.get("type")))
            if kind is not None and kind.asks_paths:
                ids |= kind.referred(kind.data(block))
        remember_paths(self.request, ids)

    def _form(self, schema: colander.Schema, values: Mapping[str, Any] | None, prefix: str) -> Form:
        return Form(self.request, schema, values, prefix=prefix, counter=self.counter)

    @property
    def block_types(self) -> list[BlockType]:
        """Return what can be added."""
        content = self.request.content
        return offered_blocks(content.block_types, content.types, self.kind)

    @property
    def all(self) -> list[Form]:
        """Return all parts, for the error summary; those of blocks say which block they are."""
        for number, block in enumerate(self.blocks, start=1):
            if block.form is not None and block.kind is not None:
                block.form.label = _(
                    "Block ${n}, ${kind}", mapping={"n": number, "kind": block.kind.title}
                )
        return [self.core, self.fields, *(block.form for block in self.blocks if block.form)]

    def read(self, controls: Mapping[str, Any]) -> None:
        """Take over what was posted: order, texts, and which button was pressed."""
        self._controls = controls
        order = controls.get("order", [])
        known = {block.id: block for block in self.blocks}
        arranged: list[BlockForm] = []
        seen: set[str] = set()
        for entry in (order if isinstance(order, list) else [])[: MAX_BLOCKS + 1]:
            block_id, _colon, name = str(entry).partition(":")
            if block_id in seen:
                continue
            seen.add(block_id)
            if block_id in known and known[block_id].name == name:
                arranged.append(known.pop(block_id))
            elif BLOCK_ID.fullmatch(block_id) and name in self.request.content.block_types:
                arranged.append(block_form(self.request, {"id": block_id, "type": name}))
            else:
                self.refused.append(name[:60])
        self.blocks = arranged
        self._press(str(controls.get("do", "save")))
        # Nothing is stored while something was left out that nobody has read of.
        self.rearranged = self.rearranged or bool(self.refused)
        if self.rearranged:
            self.show(self._controls)

    def show(self, controls: Mapping[str, Any]) -> None:
        """Show what was typed, not yet saved."""
        self.rearranged = True
        for form in self.all:
            form.fill(controls)

    def _press(self, button: str) -> None:
        deed, _colon, target = button.partition(":")
        self.publish = deed == "publish"
        index = next((i for i, block in enumerate(self.blocks) if block.id == target), None)
        if deed == "add" and target in self.request.content.block_types:
            self._insert(new_block(target), self._place())
        elif deed == "duplicate" and index is not None and self.blocks[index].form is not None:
            block = new_block(self.blocks[index].name)
            typed = self._controls.get(f"block-{target}")
            if typed is not None:
                self._controls = {**self._controls, f"block-{block['id']}": typed}
            self._insert(block, index + 1)
        elif deed == "remove" and index is not None:
            del self.blocks[index]
        elif deed in {"up", "down"} and index is not None:
            other = index + (-1 if deed == "up" else 1)
            if 0 <= other < len(self.blocks):
                self.blocks[index], self.blocks[other] = self.blocks[other], self.blocks[index]
            self.moved = target
        elif deed != "return":
            return
        self.rearranged = True

    def _place(self) -> int:
        """Return where a new block goes: first, below a named one, or at the end."""
        wanted = str(self._controls.get("at", ""))
        if wanted == "first":
            return 0
        places = {block.id: number for number, block in enumerate(self.blocks, start=1)}
        return places.get(wanted, len(self.blocks))

    def _insert(self, block: dict[str, Any], place: int) -> None:
        made = block_form(self.request, block)
        self.blocks.insert(place, made)
        self.moved = made.id

    def differences(self, other: "NodeForm") -> list[str]:
        """Return the titles of the parts that show something else in ``other``."""
        found: list[str] = []
        for own, its in ((self.core, other.core), (self.fields, other.fields)):
            before, after = _shown_fields(own), _shown_fields(its)
            found += [
                child.title
                for child in its.deform.children
                if before.get(child.name) != after.get(child.name)
            ]
        left = {block.id: block for block in self.blocks}
        for number, block in enumerate(other.blocks, start=1):
            known = left.pop(block.id, None)
            if known is None or _contents(known) != _contents(block):
                found.append(_("block ${n}", mapping={"n": number}))
        if left:
            found.append(_("removed blocks"))
        common = {block.id for block in self.blocks} & {block.id for block in other.blocks}
        orders = [
            [block.id for block in form.blocks if block.id in common] for form in (self, other)
        ]
        if orders[0] != orders[1]:
            found.append(_("order of the blocks"))
        return found

    def mark(self, lacks: Iterable[Missing]) -> None:
        """Show at the fields what is still empty."""
        parts = {block.id: block.form for block in self.blocks} | {"": self.fields}
        for one in lacks:
            part = parts.get(one.block)
            if part is not None and part.deform[one.gap.field].error is None:
                simple = not (one.gap.row or one.gap.column)
                part.fail(one.gap.field, one.gap.message if simple else gap_words(one.gap))

    def validate(self, registry: Registry, *, unfinished: bool = False) -> dict[str, Any]:
        """Return all values, or raise ``Failure`` after every part has shown its errors.

        ``unfinished``: what is still empty may be saved so, but for title and what types insist on.
        """
        failed: Failure | None = None
        values: dict[str, Any] = {}
        for name, form in (("core", self.core), ("fields", self.fields)):
            try:
                later = unfinished and name == "fields" and self.kind.unfinished
                values[name] = form.validate(self._controls, unfinished=later)
            except Failure as error:
                failed = error
        blocks = []
        for block in self.blocks:
            data: dict[str, Any] = {}
            if block.form is not None:
                try:
                    data = block.form.validate(self._controls, unfinished=unfinished)
                except Failure as error:
                    failed = error
            blocks.append({"id": block.id, "type": block.name, "data": data})
        if failed is not None:
            raise failed
        # Facts that the form does not show stay as they were.
        for node in self.kind.schema().children:
            if getattr(node, "kept", False):
                values["fields"][node.name] = self._values.get(node.name)
        if self.kind.prepare is not None:
            values["fields"] = self.kind.prepare(registry, values["fields"])
        values["blocks"] = blocks
        return values

    def so_far(self, registry: Registry) -> tuple[dict[str, Any], list[LeftOut]]:
        """Return what was typed as ``validate`` does, whatever is wrong: that stays as stored.

        Also what was left out, in the form's order.
        """
        node = self.node
        kept = (
            {}
            if node is None
            else {"title": node.title, "summary": node.summary, "in_nav": node.in_nav}
        )
        core, wrong = self.core.so_far(self._controls, kept, unfinished=False)
        values: dict[str, Any] = {"core": core}
        values["fields"], more = self.fields.so_far(self._controls, self._values)
        left_out = [LeftOut(*one) for one in wrong + more]
        for child in self.kind.schema().children:
            if getattr(child, "kept", False):
                values["fields"][child.name] = self._values.get(child.name)
        if self.kind.prepare is not None:
            try:
                values["fields"] = self.kind.prepare(registry, values["fields"])
            except ContentRefused as error:
                values["fields"] = dict(self._values)
                left_out.append(LeftOut(self.kind.title, error.args[0]))
        values["blocks"] = []
        for number, block in enumerate(self.blocks, start=1):
            data: dict[str, Any] = {}
            if block.form is not None and block.kind is not None:
                data, wrong = block.form.so_far(self._controls, block.kept)
                named = {"n": number, "kind": block.kind.title}
                for title, reason in wrong:
                    words = _("Block ${n}, ${kind}: ${field}", mapping={**named, "field": title})
                    left_out.append(LeftOut(words, reason))
            values["blocks"].append({"id": block.id, "type": block.name, "data": data})
        return values, left_out

    def fail(self, field: str | None, message: str) -> bool:
        """Show what the service refused at its field; False if no field is named so."""
        for form in (self.core, self.fields):
            if field is not None and field in {child.name for child in form.deform.children}:
                form.fill(self._controls)
                form.fail(field, message)
                return True
        return False


def _contents(block: BlockForm) -> Any:
    return None if block.form is None else _shown_fields(block.form)


def _shown_fields(form: Form) -> dict[str, Any]:
    """Return what a form's fields hold as it would be stored: texts with and without tags alike."""
    found = {}
    for child in form.deform.children:
        value = form.deform.cstruct.get(child.name)
        prepare = getattr(child.schema, "preparer", None)
        found[child.name] = _shown(
            prepare(value) if callable(prepare) and isinstance(value, str) else value
        )
    return found


def _shown(value: Any) -> Any:
    """Return a control's value so that an empty field and a missing one are the same."""
    if isinstance(value, Mapping):
        shown = {name: _shown(item) for name, item in value.items()}
        return {name: item for name, item in shown.items() if item} or None
    if isinstance(value, list | tuple):
        return [_shown(item) for item in value] or None
    return None if value in {colander.null, None, "", "false"} else value
