"""The page cache for anonymous GETs. A cached page costs no SQL.

An entry lives under tenant, host, path and the query parameters that its view declares; it is
valid while the generations it was made under have not risen. Answers to what people type lie
apart in a small room of their own, so that whoever asks for nonsense pushes no page out.
"""

import gzip
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from pyramid.settings import asbool

from stadtkern.site.addresses import page_of
from stadtkern.visits import page_read
from stadtkern.web.sessions import TICKET, cookie_name

MAX_BYTES = 64_000_000
MAX_ASIDE = 8_000_000
MAX_AGE = 300
"""Seconds; lists of events depend on the clock, too."""
GENERATIONS = ("content", "plugins", "tenant")
PARAMETERS = ("lang", "untranslated")
VARY = "Accept-Encoding, Cookie"
VARY_TOLD = f"{VARY}, Accept, Accept-Language"
LONGEST = 100
"""Characters of a parameter's value that stand in the key as they are."""


@dataclass(frozen=True)
class Options:
    """What a view declares with ``page_cache``."""

    params: tuple[str, ...] = PARAMETERS
    generations: tuple[str, ...] = GENERATIONS
    aside: bool = False
    """What it depends on is typed by people: kept apart, and packed only when asked for again."""
    variant: Callable[[Request], str | None] | None = None
    """Says in one word what an answer depends on, instead of ``params``; None: ask the view."""

    def apart(self) -> "Options":
        """Return the same for an answer to what people type."""
        return replace(self, aside=True)


@dataclass
class Entry:
    """A rendered page."""

    body: bytes
    packed: bytes
    """Empty until somebody asks for it."""
    etag: str
    content_type: str
    written: str
    """The type with all that stands behind it, as the view wrote it."""
    language: str | None
    options: Options
    generation: tuple[int, ...]
    until: float
    private: str
    """The view's own Cache-Control, where it lets nobody else keep the answer."""
    robots: str | None
    allowed: str | None
    """Which other sites' pages may read it (Fetch standard, CORS)."""
    event: object | None
    """What happens again each time that it is given out."""


class PageCache:
    """Bounded LRU over all tenants of one process."""

    def __init__(self, maximum: int = MAX_BYTES) -> None:
        self._maximum = maximum
        self._size = 0
        self._lock = threading.Lock()
        self._entries: OrderedDict[tuple[Any, ...], Entry] = OrderedDict()
        self._options: OrderedDict[tuple[int, str], Options] = OrderedDict()

    def key(self, request: Request) -> tuple[Any, ...] | None:
        """Return the key, once a view at this path has said what its page depends on."""
        tenant = request.tenant
        path = _path(request)
        options = self._options.get((tenant.id, path))
        return None if options is None else self._key(request, path, options)

    def _key(self, request: Request, path: str, options: Options) -> tuple[Any, ...] | None:
        tenant = request.tenant
        if options.variant is not None:
            variant = options.variant(request)
            return None if variant is None else (tenant.id, tenant.host, path, variant)
        if not request.environ.get("QUERY_STRING"):
            return (tenant.id, tenant.host, path)
        values = tuple(
            (name, value) for name in options.params if (value := _known(request, name)) is not None
        )
        return (tenant.id, tenant.host, path, *values)

    def find(self, request: Request) -> Entry | None:
        """Return a valid page for this request."""
        key = self.key(request)
        entry = None if key is None else self._entries.get(key)
        if key is None or entry is None:
            return None
        if (
            entry.generation != request.tenant.generation(*entry.options.generations)
            or time.monotonic() > entry.until
        ):
            return None
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
        return entry

    def keep(self, request: Request, response: Response, options: Options) -> Entry:
        """Remember a page and return it."""
        body = response.body
        packed = b"" if options.aside else gzip.compress(body, 6, mtime=0)
        told = response.headers.get("Cache-Control", "")
        entry = Entry(
            body=body,
            packed=packed,
            etag=hashlib.sha256(body).hexdigest()[:32],
            content_type=response.content_type,
            written=response.headers["Content-Type"],
            language=response.headers.get("Content-Language"),
            options=options,
            generation=request.tenant.generation(*options.generations),
            until=time.monotonic() + min(getattr(request, "page_cache_seconds", MAX_AGE), MAX_AGE),
            private=told if "private" in told else "",
            robots=response.headers.get("X-Robots-Tag"),
            allowed=response.headers.get("Access-Control-Allow-Origin"),
            event=getattr(request, "page_cache_event", None),
        )
        path = _path(request)
        key = self._key(request, path, options)
        if key is None:
            return entry
        with self._lock:
            old = self._entries.pop(key, None)
            if old is not None:
                self._size -= _size(old)
            self._entries[key] = entry
            self._size += _size(entry)
            self._options[request.tenant.id, path] = options
            while self._size > self._maximum and self._entries:
                _key, dropped = self._entries.popitem(last=False)
                self._size -= _size(dropped)
            while len(self._options) > 4 * len(self._entries) + 1_000:
                self._options.popitem(last=False)
        return entry

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._options.clear()
            self._size = 0


def _size(entry: Entry) -> int:
    """Return the bytes of an entry: what is packed later counts from the beginning."""
    return len(entry.body) + (len(entry.body) if entry.options.aside else len(entry.packed))


def _path(request: Request) -> str:
    """Return the path as traversal reads it: slashes too many make no page of their own."""
    path = str(request.environ.get("PATH_INFO", "/"))
    if "//" in path or (path.endswith("/") and path != "/"):
        return "/" + "/".join(part for part in path.split("/") if part)
    return path


def _known(request: Request, name: str) -> str | None:
    """Return a parameter's value as the key holds it: made-up values make no page of their own."""
    value = request.GET.get(name)
    if value is None:
        return None
    if name in PARAMETERS:
        return value if value in request.tenant.locales else None
    if name == "page":
        number = page_of(value)
        return None if number == 1 else str(number)
    if len(value) <= LONGEST:
        return str(value)
    return hashlib.blake2b(value.encode("utf-8", "replace"), digest_size=16).hexdigest()


def page_cache_deriver(view: Callable[..., Response], info: Any) -> Callable[..., Response]:
    """Note what a view declares: ``page_cache=True`` or ``dict(params=…, generation=…)``.

    A plugin's page names a narrower generation of its own, so that a comment does not flush the
    town. Parameters that are not declared do not make another page. ``aside=True``: a parameter
    is what people type. ``variant``: a function that says all that an answer depends on in one
    word, headers too, for views that read their parameters strictly; it must not raise, and None
    leaves a request to the view. ``request.page_cache_event`` is notified each time that the page
    is given out from the cache; ``request.page_cache_seconds`` is how long it may be kept at most.
    """
    declared = info.options.get("page_cache")
    if not declared:
        return view
    given = declared if isinstance(declared, dict) else {}
    options = Options(
        params=(*PARAMETERS, *given.get("params", ())),
        generations=(*GENERATIONS, *([given["generation"]] if given.get("generation") else [])),
        aside=bool(given.get("aside")),
        variant=given.get("variant"),
    )

    def declared_view(context: object, request: Request) -> Response:
        request.page_cache_options = options
        return view(context, request)

    return declared_view


page_cache_deriver.options = ("page_cache",)  # type: ignore[attr-defined]


def page_cache_tween_factory(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """Answer from the cache before a transaction begins."""
    pages: PageCache = registry["page_cache"]
    aside: PageCache = registry["page_cache_aside"]
    ticket = cookie_name(registry.settings, TICKET)
    if not asbool(registry.settings.get("stadtkern.page_cache", True)):
        return handler
    counter = registry["metrics"].cache
    hit, miss = counter.labels("hit"), counter.labels("miss")

    def page_cache_tween(request: Request) -> Response:
        if request.method not in {"GET", "HEAD"} or ticket in request.cookies:
            return handler(request)
        entry = pages.find(request) or aside.find(request)
        if entry is not None:
            hit.inc()
            if entry.event is not None:
                registry.notify(entry.event)
            return _read(request, entry)
        response = handler(request)
        options = getattr(request, "page_cache_options", None)
        if (
            options is None
            or response.status_int != 200  # noqa: PLR2004
            or getattr(request, "session_opened", False)
            or "Set-Cookie" in response.headers
            or getattr(request, "exception", None) is not None
        ):
            return response
        miss.inc()
        if options.aside:
            aside.keep(request, response, options)
            return response
        return _read(request, pages.keep(request, response, options))

    return page_cache_tween


def _read(request: Request, entry: Entry) -> Response:
    """Answer, and count where it is a page that somebody reads."""
    read = entry.content_type == "text/html" and not entry.options.aside
    if read and request.method == "GET":
        page_read(request, _path(request))
    return _answer(request, entry)


def _answer(request: Request, entry: Entry) -> Response:
    packed = "gzip" in request.environ.get("HTTP_ACCEPT_ENCODING", "")
    if packed and not entry.packed:
        entry.packed = gzip.compress(entry.body, 6, mtime=0)
    # A strong tag names one sequence of bytes: the packed one is another.
    etag = f'"{entry.etag}-gz"' if packed else f'"{entry.etag}"'
    headers = [
        ("ETag", etag),
        ("Cache-Control", entry.private or "public, no-cache"),
        ("Vary", VARY_TOLD if entry.options.variant else VARY),
    ]
    if entry.allowed:
        headers.append(("Access-Control-Allow-Origin", entry.allowed))
    if entry.robots:
        headers.append(("X-Robots-Tag", entry.robots))
    if entry.language:
        headers.append(("Content-Language", entry.language))
    wanted = request.environ.get("HTTP_IF_NONE_MATCH", "")
    if wanted and (wanted == "*" or etag in (part.strip() for part in wanted.split(","))):
        return Response(status=304, headerlist=headers)
    body = entry.packed if packed else entry.body
    headers += [
        ("Content-Type", entry.written),
        ("Content-Length", str(len(body))),
    ]
    if packed:
        headers.append(("Content-Encoding", "gzip"))
    # In one call: setting the body afterwards would drop the Content-Length.
    return Response(status=200, headerlist=headers, app_iter=[body])
