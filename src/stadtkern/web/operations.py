"""The outermost layer: health, metrics, request ids, log lines and headers."""

import hmac
import json
import re
import secrets
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.db import DatabaseBusy
from stadtkern.web.bodies import too_much
from stadtkern.web.headers import secure
from stadtkern.web.health import readiness
from stadtkern.web.plain import plain_page
from stadtkern.web.sessions import SESSION, TICKET, cookie_name

log = structlog.get_logger("stadtkern.request")
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
"""Methods that are counted by name: others are made up by whoever asks, without end."""


class Metrics:
    """Counters of one application: no path, host or person in any label."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "stadtkern_requests",
            "Answers by method, status and route.",
            ("method", "status", "route"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "stadtkern_request_seconds", "Time to answer.", registry=self.registry
        )
        self.cache = Counter(
            "stadtkern_page_cache", "Page cache look-ups.", ("result",), registry=self.registry
        )
        self._counters: dict[tuple[str, int, str], Counter] = {}

    def count(self, method: str, status: int, route: str, seconds: float) -> None:
        """Count one answer; the labelled counter is looked up once."""
        key = (method, status, route)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self.requests.labels(*key)
        counter.inc()
        self.seconds.observe(seconds)


def metrics_token(settings: dict[str, Any]) -> str | None:
    """Return the token that ``/metrics`` asks for; none configured: nobody may read them."""
    file = settings.get("stadtkern.metrics_token_file")
    if file:
        return Path(file).read_text("utf-8").strip() or None
    return settings.get("stadtkern.metrics_token") or None


def frames_of(error: BaseException) -> list[str]:
    """Return where an error came from, without its message: that may quote what people typed."""
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]


def operations_tween_factory(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """Wrap everything: nothing leaves without headers, a log line and a count."""
    metrics: Metrics = registry["metrics"]
    token = metrics_token(registry.settings)
    trust_ids = bool(registry.settings.get("stadtkern.trusted_proxy"))

    ticket = cookie_name(registry.settings, TICKET)
    session = cookie_name(registry.settings, SESSION)

    def answer(request: Request) -> Response:
        probe = _probe(request, registry, metrics, token)
        if probe is not None:
            return probe
        refused = too_much(request, ticket, session)
        return plain_page(413, request) if refused else handler(request)

    def operations_tween(request: Request) -> Response:
        begun = time.perf_counter()
        given = request.environ.get("HTTP_X_REQUEST_ID", "") if trust_ids else ""
        request.id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        try:
            response = answer(request)
        except DatabaseBusy:
            response = plain_page(503, request)
            response.headers["Retry-After"] = "5"
        except Exception as error:  # noqa: BLE001 - the last line of defence
            _log_error(request, error)
            response = plain_page(500, request)
        else:
            caught = getattr(request, "exception", None)
            if caught is not None and response.status_int >= 500:  # noqa: PLR2004
                _log_error(request, caught)
        seconds = time.perf_counter() - begun
        route = getattr(request, "matched_route", None)
        name = route.name if route is not None else "content"
        method = request.method if request.method in METHODS else "OTHER"
        metrics.requests.labels(method, response.status_int, name).inc()
        metrics.seconds.observe(seconds)
        response.headers["X-Request-ID"] = request.id
        tenant = getattr(request, "tenant", None)
        log.info(
            "request",
            id=request.id,
            method=method,
            status=response.status_int,
            route=name,
            tenant=None if tenant is None else tenant.slug,
            ms=round(seconds * 1000, 1),
        )
        return secure(request, response)

    return operations_tween


def _probe(
    request: Request, registry: Registry, metrics: Metrics, token: str | None
) -> Response | None:
    """Answer health and metrics, which need neither tenant nor session."""
    path = request.environ.get("PATH_INFO", "")
    if path == "/health/live":
        return _json(200, {"status": "ok"})
    if path == "/health/ready":
        ready, body = readiness(registry)
        return _json(200 if ready else 503, body)
    if path == "/metrics":
        return _metrics(request, metrics, token)
    return None


def _log_error(request: Request, error: BaseException) -> None:
    log.error("error", id=request.id, kind=type(error).__name__, frames=frames_of(error))


def _json(status: int, body: dict[str, Any]) -> Response:
    return Response(
        json.dumps(body), status=status, content_type="application/json", charset="utf-8"
    )


def _metrics(request: Request, metrics: Metrics, token: str | None) -> Response:
    given = request.environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
    if token is None or not hmac.compare_digest(given.encode(), token.encode()):
        response = Response(
            "Metrics need a token.\n", status=401, content_type="text/plain", charset="utf-8"
        )
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    return Response(generate_latest(metrics.registry), content_type="text/plain", charset="utf-8")
