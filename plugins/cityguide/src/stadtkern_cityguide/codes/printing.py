"""Sheets with codes: a PDF that screen readers can read (PDF/UA-1), set by Typst.

The picture is a QR code (ISO/IEC 18004) of the code's address. A quarter of it may be scratched
or dirty (level Q), since sheets hang outside.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
from pyramid.registry import Registry

from stadtkern.content import Content
from stadtkern.storage import FileStore
from stadtkern.tenants import Tenant
from stadtkern.web.i18n import speaker
from stadtkern.web.languages import interface, spoken
from stadtkern.web.typesetting import Typesetter
from stadtkern_cityguide.codes import queries
from stadtkern_cityguide.codes.services import found_again, stops_of
from stadtkern_cityguide.i18n import _

SIZES = {"a4": _("A4, one on a sheet"), "a6": _("A6, four on a sheet")}
MOST = 200
"""Sheets that one request prints; the command takes more."""

MAX_ARMS = 500_000
"""Bytes of a coat of arms that is put on sheets."""

_PICTURES = ((b"\x89PNG", "png"), (b"\xff\xd8", "jpg"), (b"RIFF", "webp"))


@dataclass(frozen=True)
class Sheet:
    """What one sheet says."""

    code: str
    title: str
    beside: str
    address: str


def qr(address: str) -> str:
    """Return an address as QR code, as SVG; the quiet zone of four modules is part of it."""
    made = segno.make(address, error="q", boost_error=False, micro=False)
    return str(made.svg_inline(border=4, scale=1, dark="#000", light="#fff"))


def sheets(
    content: Content, registry: Registry, codes: Sequence[str] | None, origin: str, language: str
) -> list[Sheet]:
    """Return the sheets of codes that hold, titles in a language where there is a translation.

    ``origin``: how the town's addresses begin, without a slash at the end.
    """
    say = speaker(registry, interface(language))
    rows = queries.named(content.session, codes)
    groups = {row.translation_group for row in rows if row.translation_group}
    titles = queries.titles(content.session, groups, language)
    found = []
    for row in rows:
        title = titles.get(row.translation_group) or row.title
        stops = stops_of(content, row)
        number = found_again(row.Code.stop, stops)
        beside = ""
        if number:
            beside = say(_("Stop ${number} of “${title}”"), number=number, title=title)
            title = stops[number - 1].get("title") or title
        found.append(Sheet(row.Code.code, title, beside, f"{origin}/guide/c/{row.Code.code}"))
    return found


def printed(
    registry: Registry, tenant: Tenant, wanted: Sequence[Sheet], *, size: str, language: str
) -> bytes:
    """Return sheets as PDF. ``size``: ``a4`` or ``a6``."""
    say = speaker(registry, interface(language))
    data = {
        "title": say(_("Codes of the city guide: ${town}"), town=tenant.name),
        "town": tenant.name,
        "accent": tenant.accent,
        "arms": _arms(registry["storage"], tenant),
        "arms_alt": say(_("Coat of arms of ${town}"), town=tenant.name),
        "size": size,
        "lang": spoken(language).written.partition("-")[0],
        "language": spoken(language).name,
        "scan": say(_("Scan the picture with your phone,")),
        "type": say(_("or type the code at this address:")),
        "sheets": [
            {
                "code": one.code,
                "title": one.title,
                "beside": one.beside,
                "qr": qr(one.address),
                "alt": say(_("QR code that leads to ${address}"), address=one.address),
                "door": one.address.rpartition("/")[0].partition("://")[2],
            }
            for one in wanted
        ],
    }
    today = datetime.combine(tenant.today(), time(), UTC)
    return _setter().pdf({"data": json.dumps(data, ensure_ascii=False)}, timestamp=today)


def _arms(store: FileStore, tenant: Tenant) -> dict[str, Any] | None:
    """Return the coat of arms as the template takes it; None without one that can be printed."""
    if tenant.arms is None or not store.has(tenant.arms):
        return None
    data = store.read(tenant.arms)
    if len(data) > MAX_ARMS:
        return None
    kind = next((kind for mark, kind in _PICTURES if data.startswith(mark)), "svg")
    # JSON has no bytes, and Typst reads them from numbers.
    return {"format": kind, "bytes": list(data)}


@lru_cache(maxsize=1)
def _setter() -> Typesetter:
    return Typesetter(Path(__file__).with_name("sheet.typ"), standards=("ua-1",))
