"""The register of processing activities (Art. 30 GDPR), to read, print and take along."""

from typing import Any

from pyramid.request import Request
from pyramid.response import Response

from stadtkern.db import utcnow
from stadtkern.privacy import register as service


def register(request: Request) -> dict[str, Any]:
    """Show the register as what is switched on makes it."""
    facts = request.settings_of("site")
    return {
        "lines": service.activities(request.registry, request.plugins, request.translate),
        "controller": service.controller(request.tenant, facts),
        "measures": service.MEASURES,
        "columns": service.COLUMNS,
        "now": utcnow(),
    }


def file(request: Request) -> Response:
    """Return the register as CSV or JSON."""
    kind = request.matchdict["kind"]
    lines = service.activities(request.registry, request.plugins, request.translate)
    if kind == "csv":
        text, content_type = service.as_csv(lines, request.translate), "text/csv"
    else:
        facts, now = request.settings_of("site"), utcnow()
        text = service.as_json(request.tenant, facts, lines, now, request.translate)
        content_type = "application/json"
    response = Response(text.encode(), content_type=content_type, charset="utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="register.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    return response
