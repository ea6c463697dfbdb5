"""The sitemap: every address that everybody may see (sitemaps.org protocol 0.9).

Up to ``PART`` addresses stand in one file; more are listed by an index of parts. A part costs
three queries and the memory of its own rows, however large the town is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.content import queries
from stadtkern.site.addresses import absolute
from stadtkern.web.languages import spoken

PART = 5_000
"""Addresses in one file; the protocol allows 50,000 and 50 MB."""

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
XHTML = 'xmlns:xhtml="http://www.w3.org/1999/xhtml"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

Source = Callable[[Request], Iterable[str]]


@dataclass(frozen=True)
class SitemapSource:
    """Addresses that are no nodes."""

    name: str
    paths: Source
    owner: str | None


def add_sitemap_source(config: Configurator, name: str, paths: Source) -> None:
    """List pages that are no nodes: ``paths(request)`` returns their paths below the host.

    A few, such as overviews; what changes with every visitor does not belong there.
    """
    owner = getattr(config, "owner", None)

    def register() -> None:
        config.registry["sitemap_sources"].append(SitemapSource(name, paths, owner))

    intr = config.introspectable("sitemap sources", name, name, "sitemap source")
    intr["name"] = name
    config.action(("sitemap source", name), register, introspectables=(intr,))


def directives(config: Configurator) -> None:
    """Offer ``add_sitemap_source``."""
    config.registry["sitemap_sources"] = []
    config.add_directive("add_sitemap_source", add_sitemap_source)


def _types(request: Request) -> list[str]:
    return [name for name, kind in request.content.types.items() if kind.in_sitemap and kind.listed]


def _xml(text: str) -> Response:
    return Response(text, content_type="application/xml", charset="utf-8")


def _day(row: Any) -> str:
    return str(row.updated_at.isoformat(timespec="seconds"))


def _url(request: Request, row: Any, others: Sequence[tuple[str, str]]) -> str:
    links = ""
    if len(others) > 1:
        default = request.tenant.default_locale
        pairs = [(spoken(code).tag, path) for code, path in others]
        pairs += [("x-default", path) for code, path in others if code == default]
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{tag}" href="{_href(request, path)}"/>'
            for tag, path in pairs
        )
    return f"<url><loc>{_href(request, row.path)}</loc><lastmod>{_day(row)}</lastmod>{links}</url>"


def _href(request: Request, path: str) -> str:
    return escape(absolute(request, path))


def _own_pages(request: Request) -> list[str]:
    paths: list[str] = []
    for source in request.registry["sitemap_sources"]:
        if source.owner is None or request.plugin_enabled(source.owner):
            paths += source.paths(request)
    return paths


def part(request: Request, number: int) -> str:
    """Return one part as XML, from 1; pages that are no nodes stand in the first."""
    types = _types(request)
    rows = queries.sitemap_rows(request.db, types, limit=PART, offset=(number - 1) * PART)
    if not rows and number > 1:
        raise HTTPNotFound
    closed = queries.closed_paths(request.db, list(request.content.types))
    shown = [row for row in rows if not queries.is_closed(row.path, closed)]
    versions: dict[str, list[tuple[str, str]]] = {}
    if len(request.tenant.locales) > 1:
        groups = {row.translation_group for row in shown if row.translation_group}
        for row in queries.translations(request.db, groups, types):
            if not queries.is_closed(row.path, closed):
                pair = (row.language, row.path)
                versions.setdefault(row.translation_group, []).append(pair)
    lines = [_url(request, row, versions.get(row.translation_group, ())) for row in shown]
    if number == 1:
        lines += [f"<url><loc>{_href(request, path)}</loc></url>" for path in _own_pages(request)]
    body = "\n".join(lines)
    return f"{HEAD}<urlset {NS} {XHTML}>\n{body}\n</urlset>\n"


def sitemap(request: Request) -> Response:
    """Return the whole sitemap, or an index of its parts."""
    total = queries.sitemap_size(request.db, _types(request))
    if total <= PART:
        return _xml(part(request, 1))
    lines = "\n".join(
        f"<sitemap><loc>{_href(request, f'/sitemap-{number}.xml')}</loc></sitemap>"
        for number in range(1, -(-total // PART) + 1)
    )
    return _xml(f"{HEAD}<sitemapindex {NS}>\n{lines}\n</sitemapindex>\n")


def sitemap_part(request: Request) -> Response:
    """Return one part of a large sitemap."""
    return _xml(part(request, int(request.matchdict["part"])))


def _legal(request: Request) -> list[str]:
    names = ("legal.imprint", "legal.privacy", "legal.accessibility")
    return [request.route_path(name) for name in names]


def includeme(config: Configurator) -> None:
    """Register the sitemap and list the legal pages in it."""
    config.add_route("sitemap", "/sitemap.xml")
    config.add_route("sitemap.part", "/sitemap-{part:[1-9][0-9]{0,3}}.xml")
    for view, route in ((sitemap, "sitemap"), (sitemap_part, "sitemap.part")):
        config.add_view(view, route_name=route, request_method="GET", page_cache=True)
    config.add_sitemap_source("legal", _legal)
