"""Pages from a source into a town's tree: as drafts, never over what is there."""

import hashlib
import io
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import colander
from pyramid.registry import Registry

from stadtkern.content import Content, ContentRefused, Node
from stadtkern.content.links.extract import goes_somewhere
from stadtkern.content.values import to_json
from stadtkern.media import services as media
from stadtkern.media.errors import MediaRefused
from stadtkern.media.schemas import LICENCES, image_lacks
from stadtkern.media.types import take
from stadtkern.tenants import Tenant
from stadtkern.towns.archive import Progress
from stadtkern.towns.errors import TownRefused
from stadtkern.towns.pages.pieces import Picture, Pieces, pieces
from stadtkern.towns.pages.reading import Page, Unreadable
from stadtkern.towns.pages.report import CHANGED, INVALID, NEW, SKIPPED, Line, Report
from stadtkern.towns.pages.sources import Item, Source
from stadtkern.web.i18n import _

AT_ONCE = 25
"""Pages in one transaction."""
MAX_BLOCKS = 200
COMPARED = {"heading", "text", "table"}
Opened = Callable[..., AbstractContextManager[Any]]


class PageImport:
    """One source on its way below one page of a town."""

    def __init__(
        self,
        registry: Registry,
        tenant: Tenant,
        source: Source,
        *,
        below: str,
        credit: str = "",
        licence: str = "",
        actor_id: int | None = None,
    ) -> None:
        """Prepare an import.

        Args:
            below: the address of the page that they come below.
            credit: who made the pictures that come along, if that is known of all.
            licence: of these pictures, one of ``stadtkern.media.schemas.LICENCES``.
            actor_id: the account in whose name the pages are made.

        """
        if licence and licence not in dict(LICENCES):
            raise TownRefused(
                _(
                    "There is no licence “${name}”. Possible are: ${names}.",
                    mapping={"name": licence, "names": ", ".join(dict(LICENCES))},
                )
            )
        self.registry = registry
        self.tenant = tenant
        self.source = source
        self.below = below if below == "/" else below.rstrip("/")
        self.credit, self.licence = credit, licence
        self.actor_id = actor_id
        self.report = Report()
        self._addresses: dict[str, str] = {}
        for item in source.items:
            above = self.below if item.parent is None else self._addresses[item.parent]
            place = f"{above.rstrip('/')}/{item.slug}" if item.slug else above
            self._addresses[item.place] = place
        self._lost: set[str] = set()
        """Addresses at which nothing will stand."""
        self._pictures: dict[str, int | None] = {}

    def run(
        self,
        opened: Opened,
        *,
        dry: bool = False,
        progress: Progress = lambda _done, _total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Report:
        """Make the pages, some in each transaction; called again it goes on with what is missing.

        Args:
            opened: ``opened(write=…)`` opens one unit of work of the town.
            dry: store nothing and report what would be done.

        """
        total = len(self.source.items)
        with opened(write=False) as session:
            if self._content(session).by_path(self.below) is None:
                raise TownRefused(_("There is no page at ${path}.", mapping={"path": self.below}))
        for begin in range(0, total, AT_ONCE):
            if cancelled():
                break
            with opened(write=not dry) as session:
                content = self._content(session)
                for item in self.source.items[begin : begin + AT_ONCE]:
                    self._take(content, item, dry=dry)
            progress(min(begin + AT_ONCE, total), total)
        self.report.lines += [
            Line(place, SKIPPED, reasons=(reason,)) for place, reason in self.source.left
        ]
        return self.report

    def _content(self, session: Any) -> Content:
        enabled = self.registry["plugin_states"].of_id(self.tenant.id, session).enabled
        return Content(self.registry, session, self.tenant, plugins=enabled, actor_id=self.actor_id)

    def _take(self, content: Content, item: Item, *, dry: bool) -> None:
        address = self._addresses[item.place]
        name = item.file or f"{item.place}/"
        above = address.rpartition("/")[0] or "/"
        if above in self._lost and address != self.below:
            self._lost.add(address)
            self._say(name, INVALID, item.name, address, _("The page above it was not made."))
            return
        try:
            page = self.source.page(item)
            title = page.title or media.title_of(item.name)
            there = content.by_path(address)
            found = pieces(page.root, title, lambda href: self._link(item, href))
            if there is not None:
                self._there(content, item, there, page, found)
                return
            notes = [_lost(found.lost)] if found.lost else []
            shown = self._blocks(content, item, found, notes, dry=dry)
            if not dry:
                self._make(content, item, above, title, page, shown)
        except (Unreadable, ContentRefused) as error:
            self._lost.add(address)
            self._say(name, INVALID, item.name, address, error.args[0])
            return
        self._say(name, NEW, title, address, *notes)

    def _make(
        self,
        content: Content,
        item: Item,
        above: str,
        title: str,
        page: Page,
        blocks: list[dict[str, Any]],
    ) -> None:
        parent = content.by_path(above)
        if parent is None:
            raise Unreadable(_("The page above it was not made."))
        with content.session.begin_nested():
            content.create(
                parent,
                "page",
                title=title[:200],
                slug=item.slug,
                summary=page.summary,
                blocks=blocks,
            )

    def _there(self, content: Content, item: Item, there: Node, page: Page, found: Pieces) -> None:
        """Say of a page that is there already whether the file says something else."""
        stored = content.working_copy(there)
        kept = [
            (block.get("type"), block.get("data"))
            for block in (stored.body or {}).get("blocks", [])
            if block.get("type") in COMPARED
        ]
        wanted = [
            (block["type"], to_json(self._schema(content, block), block["data"], "UTC"))
            for block in self._checked(content, found)
        ]
        same = item.file is None or (
            stored.title == (page.title or stored.title)[:200] and kept == wanted
        )
        reason = (
            _("There is such a page already.")
            if same
            else _("There is such a page already, with another text. It was left as it is.")
        )
        outcome = SKIPPED if same else CHANGED
        name = item.file or f"{item.place}/"
        self._say(name, outcome, stored.title, there.path, reason)

    def _schema(self, content: Content, block: Mapping[str, Any]) -> Any:
        return content.block_types[block["type"]].schema()

    def _checked(self, content: Content, found: Pieces) -> list[dict[str, Any]]:
        return [
            {**block, "data": self._values(content, block)}
            for block in found.blocks
            if not isinstance(block, Picture)
        ]

    def _values(self, content: Content, block: Mapping[str, Any]) -> Any:
        """Return a block's data as its form would; ``Unreadable`` says what is wrong with it."""
        try:
            return self._schema(content, block).bind().deserialize(block["data"])
        except colander.Invalid as error:
            reason = next(iter(error.asdict(translate=str).values()), "")
            raise Unreadable(
                _("A part of it cannot be stored: ${reason}", mapping={"reason": reason})
            ) from error

    def _blocks(
        self, content: Content, item: Item, found: Pieces, notes: list[str], *, dry: bool
    ) -> list[dict[str, Any]]:
        blocks = []
        for block in found.blocks:
            if not isinstance(block, Picture):
                blocks.append({**block, "data": self._values(content, block)})
                continue
            name = self.source.picture(item, block.src)
            if name is None:
                notes.append(
                    _("A picture does not come along: ${src}", mapping={"src": block.src[:200]})
                )
                continue
            number = self._picture(content, name, block, dry=dry)
            if number is not None:
                data = {"image": number, "caption": block.caption}
                blocks.append({"type": "image", "data": data})
        if len(blocks) > MAX_BLOCKS:
            raise Unreadable(_("It has more than ${n} parts.", mapping={"n": MAX_BLOCKS}))
        return blocks

    def _picture(self, content: Content, name: str, shown: Picture, *, dry: bool) -> int | None:
        """Return the library's number of a picture, which is taken in when it is first shown."""
        if name in self._pictures:
            return self._pictures[name]
        self._pictures[name] = None
        fields = {"alt": shown.alt, "credit": self.credit, "licence": self.licence}
        reasons = [message for _field, message in image_lacks(fields)]
        try:
            data = self.source.picture_bytes(name)
            key = f"picture:{hashlib.sha256(data).hexdigest()}"
            there = content.by_key(key)
            if there is not None:
                self._pictures[name] = there.id
                self._say(name, SKIPPED, there.title, there.path, _("The library has it already."))
                return there.id
            if dry:
                self._say(name, NEW, media.title_of(name), "", *reasons)
                return None
            stored = take(self.registry, "image", io.BytesIO(data), name)
            with content.session.begin_nested():
                node = content.create(
                    media.place(content),
                    "image",
                    title=media.title_of(name),
                    key=key,
                    fields={
                        **{field: value for field, value in fields.items() if value},
                        "stored": stored,
                    },
                )
        except (Unreadable, MediaRefused, ContentRefused) as error:
            self._say(name, INVALID, "", "", error.args[0])
            return None
        self._pictures[name] = node.id
        self._say(name, NEW, node.title, node.path, *reasons)
        return node.id

    def _link(self, item: Item, href: str) -> str | None:
        """Return where a link leads on this site; None: it leads nowhere any more."""
        found = self.source.item(item, href)
        if found is not None:
            place, fragment = found
            return f"{self._addresses[place]}{fragment}"
        kept = goes_somewhere(href) or href.startswith(("mailto:", "tel:"))
        return href if kept else None

    def _say(self, place: str, outcome: str, title: str, address: str, *reasons: str) -> None:
        self.report.lines.append(Line(place, outcome, title, address, tuple(reasons)))


def _lost(links: list[str]) -> str:
    return _(
        "Links that lead nowhere became plain text: ${links}",
        mapping={"links": ", ".join(links[:5]) + (" …" if len(links) > 5 else "")},  # noqa: PLR2004
    )
