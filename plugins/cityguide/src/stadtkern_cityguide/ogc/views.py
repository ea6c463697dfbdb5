"""The resources of OGC API – Features 1.0 (OGC 17-069r4): thin views over queries and features."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.db import utcnow
from stadtkern_cityguide.categories import categories as categories_of
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.licences import licence_of
from stadtkern_cityguide.ogc import answers, openapi, queries, schema, shelves
from stadtkern_cityguide.ogc.answers import GEOJSON, HTML, address, alternatives, answer, link, page
from stadtkern_cityguide.ogc.asking import Asked
from stadtkern_cityguide.ogc.collections import COLLECTIONS, OpenCollection
from stadtkern_cityguide.ogc.features import features, moment
from stadtkern_cityguide.ogc.queries import Wanted

CONFORMANCE = (
    *(
        f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}"
        for name in ("core", "geojson", "html", "oas30")
    ),
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
)
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
REL = "http://www.opengis.net/def/rel/ogc/1.0"


def _wanted(request: Request, asked: Asked, name: str, **more: Any) -> Wanted:
    return Wanted(name, asked.language, request.tenant.default_locale, **more)


def _title(request: Request) -> str:
    return f"{request.tenant.name}: {request.translate(_('Open data'))}"


def _html(request: Request, asked: Asked, *parts: str) -> str:
    query = {"f": "html"} | ({"lang": asked.query["lang"]} if "lang" in asked.query else {})
    return address(request, *parts, query=query)


def landing(request: Request, asked: Asked) -> Response:
    """Say what there is."""
    say = request.translate
    words = say(
        _("Places, tours and events of the town, free to use under the licence that each names.")
    )
    if asked.form == "html":
        return page(
            request,
            say(_("Open data")),
            lead=words,
            entries=_entries(request, asked),
            links=[
                (say(_("As JSON")), address(request, query={"f": "json"})),
                (say(_("Description for programs (OpenAPI)")), address(request, "api")),
            ],
        )
    return answer(
        {
            "title": _title(request),
            "description": words,
            "links": [
                *alternatives(request, asked),
                link(address(request, "api"), "service-desc", answers.OPENAPI),
                link(address(request, "conformance"), "conformance"),
                link(address(request, "collections"), "data"),
            ],
        }
    )


def _entries(request: Request, asked: Asked) -> list[dict[str, str]]:
    return [
        {
            "title": request.translate(one.title),
            "note": request.translate(one.description),
            "href": _html(request, asked, "collections", one.name, "items"),
        }
        for one in COLLECTIONS.values()
    ]


def conformance(request: Request, asked: Asked) -> Response:
    """Name the classes of the standard that are kept."""
    if asked.form == "html":
        title = request.translate(_("Classes of the standard"))
        return page(
            request,
            title,
            crumbs=[(request.translate(_("Open data")), _html(request, asked))],
            entries=[{"title": one, "href": one, "note": ""} for one in CONFORMANCE],
        )
    return answer({"conformsTo": list(CONFORMANCE)})


def _described(request: Request, asked: Asked, one: OpenCollection) -> dict[str, Any]:
    wanted = _wanted(request, asked, one.name)
    first = last = None
    if one.name == "places":
        box = shelves.extent(request, wanted)
    else:
        box, (first, last) = queries.extent(request.db, wanted)
    extent: dict[str, Any] = {}
    if box is not None:
        extent["spatial"] = {"bbox": [[round(edge, 6) for edge in box]], "crs": CRS84}
    if first is not None and last is not None:
        extent["temporal"] = {"interval": [[moment(first), moment(last)]], "trs": GREGORIAN}
    parts = ("collections", one.name)
    lang = {"lang": asked.query["lang"]} if "lang" in asked.query else None
    licence = _licence(request)
    return {
        "id": one.name,
        "title": request.translate(one.title),
        "description": request.translate(one.description),
        "itemType": "feature",
        "crs": [CRS84],
        **({"extent": extent} if extent else {}),
        "links": [
            link(address(request, *parts, query=lang), "self"),
            link(_html(request, asked, *parts), "alternate", HTML),
            link(address(request, *parts, "items", query=lang), "items", GEOJSON),
            link(_html(request, asked, *parts, "items"), "items", HTML),
            link(address(request, *parts, "queryables"), f"{REL}/queryables", answers.SCHEMA),
            link(address(request, *parts, "schema"), f"{REL}/schema", answers.SCHEMA),
            *([link(licence[1], "license", HTML, licence[0])] if licence else []),
        ],
    }


def _licence(request: Request) -> tuple[str, str] | None:
    """Return name and text of the licence that the town's settings name, if there is one."""
    found = licence_of(str(request.settings_of("cityguide").get("licence") or ""))
    return (found[0], found[1]) if found and found[1] else None


def collections(request: Request, asked: Asked) -> Response:
    """List the collections."""
    if asked.form == "html":
        return page(
            request,
            request.translate(_("Collections")),
            crumbs=[(request.translate(_("Open data")), _html(request, asked))],
            entries=_entries(request, asked),
            links=[(request.translate(_("As JSON")), address(request, "collections"))],
        )
    return answer(
        {
            "links": alternatives(request, asked, "collections"),
            "collections": [_described(request, asked, one) for one in COLLECTIONS.values()],
        }
    )


def collection(request: Request, asked: Asked) -> Response:
    """Show one collection."""
    one = COLLECTIONS[request.matchdict["collection"]]
    if asked.form == "html":
        say = request.translate
        own = ("collections", one.name)
        return page(
            request,
            say(one.title),
            lead=say(one.description),
            crumbs=[(say(_("Open data")), _html(request, asked))],
            facts=[(say(part.title), part.name) for part in one.properties],
            links=[
                (say(_("Entries")), _html(request, asked, *own, "items")),
                (say(_("As JSON")), address(request, *own)),
            ],
        )
    return answer(_described(request, asked, one))


def items(request: Request, asked: Asked) -> Response:
    """Return a page of features; a constant number of queries, whatever their number."""
    name = request.matchdict["collection"]
    equal: dict[str, Any] = dict(asked.filters)
    if "category" in equal:
        equal["category"] = _category(request, str(equal["category"]))
    wanted = _wanted(
        request,
        asked,
        name,
        limit=asked.limit + 1,
        after=asked.after,
        box=asked.box,
        span=asked.span,
        days=asked.days,
        equal=equal,
    )
    ready: list[bytes] | None = None
    made: list[dict[str, Any]] = []
    if name == "places":
        ids, matched = shelves.places(request, wanted)
        more = len(ids) > asked.limit
        ids = ids[: asked.limit]
        if asked.form == "json":
            ready = shelves.written(request, wanted, ids)
        else:
            made = features(request, name, queries.places_by_id(request.db, ids))
        last = ids[-1] if ids else 0
    else:
        rows = queries.features(request.db, wanted)
        matched = queries.count(request.db, wanted)
        more = len(rows) > asked.limit
        made = features(request, name, rows[: asked.limit])
        last = made[-1]["id"] if made else 0
    following = None
    if more:
        query = {key: value for key, value in asked.query.items() if key != "f"}
        if asked.form == "html":
            query["f"] = "html"
        query |= {"limit": str(asked.limit), "after": str(last)}
        following = address(request, "collections", name, "items", query=query)
    if asked.form == "html":
        return _items_page(request, asked, name, made, matched, following)
    links = alternatives(request, asked, "collections", name, "items", kind=GEOJSON)
    links.append(link(address(request, "collections", name), "collection"))
    if following is not None:
        links.append(link(following, "next", GEOJSON))
    texts = [answers.dumped(one) for one in made] if ready is None else ready
    head = answers.dumped(
        {
            "type": "FeatureCollection",
            "timeStamp": moment(utcnow()),
            "numberMatched": matched,
            "numberReturned": len(texts),
            "links": links,
        }
    )
    return answer(head[:-1] + b',"features":[' + b",".join(texts) + b"]}", GEOJSON)


def _category(request: Request, slug: str) -> list[int]:
    """Return the nodes of a category and of all below it; none for one that nobody knows."""
    return sorted(
        {number for one in categories_of(request) if one.slug == slug for number in one.ids}
    )


def _items_page(
    request: Request,
    asked: Asked,
    name: str,
    made: list[dict[str, Any]],
    matched: int,
    following: str | None,
) -> Response:
    say = request.translate
    one = COLLECTIONS[name]
    own = ("collections", name)
    query = {key: value for key, value in asked.query.items() if key != "f"}
    return page(
        request,
        say(one.title),
        lead=say(_("${n} entries", mapping={"n": matched})),
        crumbs=[(say(_("Open data")), _html(request, asked))],
        entries=[
            {
                "title": feature["properties"]["title"],
                "href": _html(request, asked, *own, "items", str(feature["id"])),
                "note": feature["properties"].get("summary")
                or feature["properties"].get("tour_title", ""),
            }
            for feature in made
        ],
        links=[
            *([(say(_("More")), following)] if following else []),
            (
                say(_("As GeoJSON")),
                address(request, *own, "items", query=query | {"f": "json"}),
            ),
            (say(_("What the data say")), _html(request, asked, *own)),
        ],
    )


def item(request: Request, asked: Asked) -> Response:
    """Return one feature."""
    name = request.matchdict["collection"]
    number = int(request.matchdict["id"])
    rows = (
        queries.features(request.db, _wanted(request, asked, name, limit=1, only=number))
        if 0 < number <= queries.MAX_KEY
        else ()
    )
    if not rows:
        return answers.refused(request, 404, "NotFound", f"There is no feature {number} here.")
    (feature,) = features(request, name, rows)
    own = ("collections", name)
    if asked.form == "html":
        say = request.translate
        one = COLLECTIONS[name]
        return page(
            request,
            feature["properties"]["title"],
            crumbs=[
                (say(_("Open data")), _html(request, asked)),
                (say(one.title), _html(request, asked, *own, "items")),
            ],
            facts=[
                (say(part.title), feature["properties"][part.name])
                for part in one.properties
                if feature["properties"][part.name] not in ("", [], {})
            ],
            links=[
                (
                    say(_("As GeoJSON")),
                    address(request, *own, "items", str(number), query={"f": "json"}),
                )
            ],
        )
    feature["links"] = [
        *alternatives(request, asked, *own, "items", str(number), kind=GEOJSON),
        link(address(request, *own), "collection"),
    ]
    return answer(feature, GEOJSON)


def queryables(request: Request, _asked: Asked) -> Response:
    """Say what can be asked of a collection."""
    one = COLLECTIONS[request.matchdict["collection"]]
    return answer(schema.queryables(request, one), answers.SCHEMA)


def returnables(request: Request, _asked: Asked) -> Response:
    """Say what a collection's features hold."""
    one = COLLECTIONS[request.matchdict["collection"]]
    return answer(schema.returnables(request, one), answers.SCHEMA)


def api(request: Request, _asked: Asked) -> Response:
    """Describe all this (OpenAPI 3.0)."""
    return answer(openapi.document(request), answers.OPENAPI)


def includeme(config: Configurator) -> None:
    """Register the addresses; all of them show what is public anyway."""
    config.registry["cityguide_shelves"] = shelves.Shelves()
    one = "/ogc/collections/{collection}"
    for view, name, pattern in (
        (landing, "cityguide.ogc", "/ogc"),
        # OWSLib ends every address of a service with a slash.
        (landing, "cityguide.ogc.slash", "/ogc/"),
        (conformance, "cityguide.ogc.conformance", "/ogc/conformance"),
        (api, "cityguide.ogc.api", "/ogc/api"),
        (collections, "cityguide.ogc.collections", "/ogc/collections"),
        (collection, "cityguide.ogc.collection", one),
        (queryables, "cityguide.ogc.queryables", f"{one}/queryables"),
        (returnables, "cityguide.ogc.schema", f"{one}/schema"),
        (items, "cityguide.ogc.items", f"{one}/items"),
        (item, "cityguide.ogc.item", one + r"/items/{id:\d{1,18}}"),
    ):
        config.add_route(name, pattern)
        config.add_view(
            answers.reading(view),
            route_name=name,
            request_method="GET",
            page_cache={"variant": answers.variant},
        )
