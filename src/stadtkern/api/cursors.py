"""Pages of long lists: the cursor says behind which row the next one begins.

To clients a cursor is one word without meaning. It is signed with the installation's secret and
bound to the tenant, the resource, the order and the filters, so that nobody reads or steers a
query by it, and that it cannot be used for another list than the one it came from.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from pyramid.request import Request

from stadtkern.api.asking import Asked
from stadtkern.api.parameters import wrong_query
from stadtkern.web.i18n import _
from stadtkern.web.sessions import secret

SIZE = 50
LARGEST = 100
_MAC = 12
"""Bytes of the signature: 96 bits cannot be guessed at 600 requests a minute."""
MAXIMUM = 2_000
"""Characters of a cursor; more was never given out."""


def _key(request: Request) -> bytes:
    known: bytes | None = request.registry.get("api_cursor_key")
    if known is None:
        text = f"api cursor {secret(request.registry.settings)}"
        known = request.registry["api_cursor_key"] = hashlib.sha256(text.encode()).digest()
    return known


def _mac(request: Request, asked: Mapping[str, Any], packed: bytes) -> bytes:
    bound = [request.tenant.id, request.matched_route.name, sorted(request.matchdict.items())]
    filters = sorted(
        (name, str(value)) for name, value in asked.items() if name not in {"cursor", "limit"}
    )
    text = json.dumps([bound, filters]).encode()
    return hmac.new(_key(request), text + b"\0" + packed, hashlib.sha256).digest()[:_MAC]


def pack(request: Request, asked: Mapping[str, Any], values: Sequence[Any]) -> str:
    """Return the cursor that goes on behind a row with these values of what it is sorted by."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    packed = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mac(request, asked, packed) + packed).decode().rstrip("=")


def unpack(request: Request, asked: Mapping[str, Any]) -> list[Any] | None:
    """Return the values of the cursor that was sent; None without one, 400 for a wrong one."""
    text = asked.get("cursor")
    if not text:
        return None
    try:
        if len(text) > MAXIMUM or not text.isascii():
            raise ValueError  # noqa: TRY301 - told like all others
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        mac, packed = raw[:_MAC], raw[_MAC:]
        if not hmac.compare_digest(mac, _mac(request, asked, packed)):
            raise ValueError  # noqa: TRY301
        values = json.loads(packed)
    except ValueError:
        detail = _("Use the cursor of the page before, with the same filters and the same order.")
        raise wrong_query([{"pointer": "?cursor", "detail": detail}]) from None
    return list(values)


def page(
    request: Request,
    asked: Asked,
    rows: Sequence[Any],
    size: int,
    *,
    key: Callable[[Any], Sequence[Any]],
    show: Callable[[Any], Any],
) -> dict[str, Any]:
    """Return a page: ``rows`` has one more than ``size`` where there is a next page.

    ``key``: what the list is sorted by; ``show``: a row as JSON. The address of the next page
    stands in the answer and in the header ``Link`` (RFC 8288).
    """
    shown = rows[:size]
    following = None
    if len(rows) > size:
        cursor = pack(request, asked.query, key(shown[-1]))
        query = [(name, value) for name, value in request.GET.items() if name != "cursor"]
        following = f"{request.path}?{urlencode([*query, ('cursor', cursor)])}"
        asked.headers["Link"] = f'<{following}>; rel="next"'
    return {"items": [show(row) for row in shown], "next": following}
