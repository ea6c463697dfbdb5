"""Content types and block types: what rooms and plugins register."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.registry import Registry

from stadtkern.content.choices import Pages
from stadtkern.content.resources import Resource
from stadtkern.forms import Gap, gaps
from stadtkern.plugins import owner_of
from stadtkern.web.i18n import _

PAGES = _("Pages and lists")
CURRENT = _("News and events")
"""Groups of content types among what can be added; rooms and plugins may name others."""

Upgrade = Callable[[int, dict[str, Any]], dict[str, Any]]
"""``(version, data) -> data``: brings data of an older version up to the current one."""


@dataclass(frozen=True)
class ContentType:
    """A node's kind.

    ``schema``: a colander schema class for the fields beside title and summary. ``contains``:
    names of types that may stand below (``("*",)``: all). ``sort_at``: what lists sort by.
    ``listed``: whether folders list it and menus may show it. ``blocks``: whether it has a body.
    """

    name: str
    title: str
    schema: type[colander.Schema]
    resource: type[Resource]
    version: int = 1
    upgrade: Upgrade | None = None
    contains: tuple[str, ...] = ()
    in_nav: bool = False
    blocks: bool = True
    live_blocks: bool = True
    """False where what is shown must stay as it was published: no ``live`` blocks are offered."""
    listed: bool = True
    addable: bool = True
    """False for what another way makes (front pages, imported things)."""
    prepare: Callable[[Registry, dict[str, Any]], dict[str, Any]] | None = None
    """Turns a form's values into stored ones (takes files in); raises ``ContentRefused``."""
    sort_at: Callable[[Mapping[str, Any]], datetime | None] | None = None
    sorts_by_day: bool = False
    """Whether ``sort_at`` stands for a whole day (its noon in UTC), which is no hour to come."""
    until_at: Callable[[Mapping[str, Any]], datetime | None] | None = None
    """When it is over and leaves lists of what is to come."""
    workflow: str | None = None
    """Name of its workflow; None: the one that the town has chosen."""
    structured_data: Callable[[Any, Resource], Mapping[str, Any] | None] | None = None
    """``(request, resource)`` → what machines read of a page (schema.org, with ``@type``); name,
    address, summary and picture are added."""
    unfinished: bool = True
    """Whether drafts may lack required values until they are published: its views stand that.
    False where nothing can be shown without them (the file of a picture)."""
    in_sitemap: bool = True
    """False for what is no page of its own to search engines (pictures, links)."""
    description: str = ""
    """One short sentence for whoever chooses what to add."""
    group: str = ""
    """Title under which it stands among what can be added; left empty, its plugin's."""
    review: Callable[[Sequence[Mapping[str, Any]]], Iterable[Any]] | None = None
    """``(stored blocks)`` → what the quality check finds beside its own rules
    (``quality.Finding``); asked before each publishing, so it runs no SQL."""
    searchable: bool = True
    """False for what visitors do not look for by its words."""
    search_names: tuple[str, ...] = ()
    """Fields with other names of the thing, which count like its title."""
    search_weight: float = 1.0
    """Times a node's rank among results; a page has 1."""
    owner: str | None = None

    def accepts(self, child: "ContentType") -> bool:
        """Tell whether a node of this type may contain one of ``child``."""
        return "*" in self.contains or child.name in self.contains

    @cached_property
    def _bound(self) -> Any:
        return self.schema().bind()

    def gaps(self, fields: Mapping[str, Any]) -> list[Gap]:
        """Return which required values stored fields of the current version lack."""
        return gaps(self._bound, fields)

    def fields(self, version: int, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return stored fields as the current version has them."""
        data = dict(fields)
        if version < self.version and self.upgrade is not None:
            return self.upgrade(version, data)
        return data


@dataclass(frozen=True)
class BlockType:
    """A typed piece of a node's body: one schema, one template."""

    name: str
    title: str
    schema: type[colander.Schema]
    template: str
    version: int = 1
    upgrade: Upgrade | None = None
    references: tuple[str, ...] = ()
    """Fields that hold a node's id or a list of ids; ``"rows.field"`` for one within rows."""
    description: str = ""
    """One short sentence for the chooser."""
    icon: str = "block"
    """A drawing's name in ``admin/templates/_icons.jinja2``."""
    needs: tuple[str, ...] = ()
    """Content types without which the block is not offered (any one of them is enough)."""
    only_on: tuple[str, ...] = ()
    """Content types on which alone it is offered, there before all others; empty: on all."""
    live: bool | None = None
    """Whether it shows what other pages say at that time, so that it is none for what must stay as
    it was. None: yes, if it ``load``s anything or names nodes (which may be pages)."""
    load: Callable[[Any, Sequence[Any]], Mapping[str, Any]] | None = None
    """``(request, shown blocks of this type) -> {block id: more}``: asks once a page for all."""
    structured_data: Callable[[Any, Any], Mapping[str, Any] | None] | None = None
    """``(request, shown block)`` → what machines read of the block (schema.org, with ``@type``);
    that it is part of its page is added. It is asked without ``more`` and runs no SQL."""
    owner: str | None = None

    @property
    def shows_others(self) -> bool:
        """Whether it changes when other pages do (``live``)."""
        return bool(self.load or self.references) if self.live is None else self.live

    @cached_property
    def asks_paths(self) -> bool:
        """Whether a field shows the addresses of pages, which are asked for all at once."""
        return any(isinstance(node.typ, Pages) for node in self.schema().children)

    @cached_property
    def _bound(self) -> Any:
        return self.schema().bind()

    def gaps(self, data: Mapping[str, Any]) -> list[Gap]:
        """Return which required values data of the current version lack."""
        return gaps(self._bound, data)

    def named(self, data: Mapping[str, Any]) -> list[int]:
        """Return the ids of all nodes that a block's data name, in their order."""
        return [number for name in self.references for number in _ids(data, name)]

    def referred(self, data: Mapping[str, Any]) -> set[int]:
        """Return the same ids, each once."""
        return set(self.named(data))

    def data(self, block: Mapping[str, Any]) -> dict[str, Any]:
        """Return a stored block's data as the current version has them."""
        data = dict(block.get("data", {}))
        version = int(block.get("version", 1))
        if version < self.version and self.upgrade is not None:
            return self.upgrade(version, data)
        return data


def _ids(data: Mapping[str, Any], name: str) -> Iterator[int]:
    field, _dot, inner = name.partition(".")
    value = data.get(field)
    for item in value if isinstance(value, list) else [value]:
        if inner and isinstance(item, Mapping):
            yield from _ids(item, inner)
        elif isinstance(item, int) and not isinstance(item, bool):
            yield item


def add_content_type(
    config: Configurator, name: str, *, title: str, schema: type[colander.Schema], **kw: Any
) -> None:
    """Register a content type; keywords as in ``ContentType``.

    Its public view is plain Pyramid: ``config.add_view(view, context=<resource class>)``.
    """
    kind = ContentType(
        name=name,
        title=title,
        schema=schema,
        owner=owner_of(config),
        **({"resource": Resource} | kw),
    )

    def register() -> None:
        config.registry["content_types"][name] = kind

    intr = config.introspectable("content types", name, str(title), "content type")
    intr["name"] = name
    intr["type"] = kind
    config.action(("content type", name), register, introspectables=(intr,))


def add_block_type(
    config: Configurator,
    name: str,
    *,
    title: str,
    schema: type[colander.Schema],
    template: str,
    **kw: Any,
) -> None:
    """Register a block type; ``template`` is an asset spec, rendered with ``block``, ``data``.

    Further keywords as in ``BlockType``; ``block.more`` is what ``load`` returned for the block.
    """
    kind = BlockType(
        name=name, title=title, schema=schema, template=template, owner=owner_of(config), **kw
    )

    def register() -> None:
        config.registry["block_types"][name] = kind

    intr = config.introspectable("block types", name, str(title), "block type")
    intr["name"] = name
    intr["type"] = kind
    config.action(("block type", name), register, introspectables=(intr,))


def enabled_types(registry: Registry, plugins: frozenset[str]) -> dict[str, ContentType]:
    """Return the content types that a tenant with these plugins has."""
    types: dict[str, ContentType] = registry["content_types"]
    return {
        name: kind for name, kind in types.items() if kind.owner is None or kind.owner in plugins
    }


def enabled_blocks(registry: Registry, plugins: frozenset[str]) -> dict[str, BlockType]:
    """Return the block types that a tenant with these plugins has."""
    types: dict[str, BlockType] = registry["block_types"]
    return {
        name: kind for name, kind in types.items() if kind.owner is None or kind.owner in plugins
    }


def offered_blocks(
    blocks: Mapping[str, BlockType],
    types: Mapping[str, ContentType],
    within: ContentType | None = None,
) -> list[BlockType]:
    """Return the block types that can be added where these content types are known.

    ``within``: the type of the page that they are for.
    """
    found = [
        kind
        for kind in blocks.values()
        if (not kind.only_on or within is None or within.name in kind.only_on)
        and (not kind.needs or any(name in types for name in kind.needs))
        and not (kind.shows_others and within is not None and not within.live_blocks)
    ]
    return sorted(found, key=lambda kind: not kind.only_on)


def directives(config: Configurator) -> None:
    """Offer the directives of this room."""
    config.registry["content_types"] = {}
    config.registry["block_types"] = {}
    config.add_directive("add_content_type", add_content_type)
    config.add_directive("add_block_type", add_block_type)


def configure(config: Configurator) -> None:
    """Name the core's editorial types."""
    from stadtkern.content import resources, schemas  # noqa: PLC0415 - they read our classes

    config.add_content_type(
        "home",
        title=_("Front page"),
        schema=schemas.HomeSchema,
        resource=resources.Home,
        contains=("*",),
        in_nav=False,
        addable=False,
        workflow="simple",
        search_weight=0.5,
    )
    config.add_content_type(
        "page",
        title=_("Page"),
        description=_("Text, pictures and other blocks."),
        group=PAGES,
        schema=schemas.PageSchema,
        resource=resources.Page,
        contains=("*",),
        in_nav=True,
    )
    config.add_content_type(
        "folder",
        title=_("Folder"),
        description=_("Lists what stands below it."),
        group=PAGES,
        schema=schemas.FolderSchema,
        resource=resources.Folder,
        contains=("*",),
        in_nav=True,
    )
    config.add_content_type(
        "news",
        title=_("News item"),
        description=_("A report with its day; the newest stand on the front page."),
        group=CURRENT,
        schema=schemas.NewsSchema,
        resource=resources.News,
        sort_at=schemas.news_sort,
        sorts_by_day=True,
    )
    config.add_content_type(
        "event",
        title=_("Event"),
        description=_("Something that takes place, with time and place."),
        group=CURRENT,
        schema=schemas.EventSchema,
        resource=resources.Event,
        sort_at=schemas.event_sort,
        until_at=schemas.event_end,
    )
    config.add_content_type(
        "link",
        title=_("Link"),
        description=_("A menu entry that leads elsewhere."),
        group=PAGES,
        schema=schemas.LinkSchema,
        resource=resources.Link,
        blocks=False,
        in_sitemap=False,
        in_nav=True,
    )
