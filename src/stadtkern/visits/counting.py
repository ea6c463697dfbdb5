"""What is counted: pages that people read, and searches that found nothing.

No cookie, no address, no identifier: who came twice counts twice. Programs that say so are left
out. Words of a search are kept only where they can hardly be about a person.
"""

import re
from collections.abc import Sequence

from pyramid.registry import Registry
from pyramid.request import Request

from stadtkern.visits.models import PAGE, SEARCH

LONGEST = 200
"""Characters of a path or of a search's words."""
MAX_WORDS = 6
"""Longer searches are sentences, which may tell about whoever wrote them."""

_PROGRAMS = re.compile(
    r"bot\b|bot[/;]|crawl|spider|slurp|archiv|monitor|preview|scan|curl/|wget/|python|java/|go-http"
    r"|headless|lighthouse|feed|check",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{4}")


def page_read(request: Request, path: str) -> None:
    """Count a page that was shown to somebody who has not logged in."""
    if len(path) > LONGEST or not path.isprintable():
        return
    agent = request.environ.get("HTTP_USER_AGENT", "")
    if not agent or _PROGRAMS.search(agent):
        return
    if "prefetch" in request.environ.get("HTTP_SEC_PURPOSE", ""):
        return
    request.registry["counts"].count(PAGE, request.tenant.id, path)


def searched_in_vain(registry: Registry, tenant_id: int, words: Sequence[str]) -> None:
    """Count the words of a search that found nothing; numbers and mail addresses are left out."""
    text = " ".join(words).casefold()
    if not text or len(text) > LONGEST or len(words) > MAX_WORDS or not text.isprintable():
        return
    if "@" in text or _NUMBER.search(text):
        return
    registry["counts"].count(SEARCH, tenant_id, text)
