"""What tests of the search ask a town."""

import sys
from types import ModuleType

import colander

from stadtkern import search
from stadtkern.forms import fields as f
from stadtkern.plugins import Plugin
from stadtkern.plugins.plugin import Installed
from stadtkern.testing.town import Town


def titles(town: Town, query: str, **more: str) -> list[str]:
    """Return the titles on the first page of results."""
    page = town.get("/suche", params={"q": query, **more})
    return [link.get_text() for link in page.html.select("ol.list > li > a")]


def suggested(town: Town, query: str, **more: str) -> list[str]:
    """Return the titles that are suggested while somebody types."""
    found = town.get("/suche/vorschlaege", params={"q": query, **more}).json
    return [one["title"] for one in found]


def body(words_: str) -> list[dict[str, object]]:
    """Return a body of one text."""
    return [{"type": "text", "data": {"html": f"<p>{words_}</p>"}}]


class NoteBlock(colander.MappingSchema):
    """One line."""

    text = f.line("Text", maximum=100)


def plugged(name: str = "kiosk") -> dict[str, Installed]:
    """Return a plugin with two sources, a type and a block of its own."""
    module = ModuleType(f"stadtkern_{name}")

    def entries(_session, _registry, tenant):
        yield search.Entry(
            "one", "Kioskplan", "/kiosk", tenant.default_locale, text="Brausepulver und Lakritz"
        )

    def includeme(config) -> None:
        config.add_search_source(name, title="Kiosk", entries=entries)
        config.add_search_source(
            f"{name}.staff",
            title="Intern",
            entries=lambda _s, _r, t: [
                search.Entry("a", "Dienstplan Kiosk", "/kiosk/dienst", t.default_locale)
            ],
            permission="content.view_drafts",
        )
        config.add_content_type("booth", title="Bude", schema=colander.MappingSchema)
        config.add_block_type(
            "note",
            title="Notiz",
            schema=NoteBlock,
            template="stadtkern.content:templates/blocks/heading.jinja2",
        )

    module.includeme = includeme  # type: ignore[attr-defined]
    module.plugin = Plugin(name=name, title="Kiosk")  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    package = module.__name__
    return {
        name: Installed(
            name=name, package=package, distribution=package, version="1", plugin=module.plugin
        )
    }
