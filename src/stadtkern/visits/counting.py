"""What is counted: pages that people read, and searches that found nothing.

No cookie, no address, no identifier: who came twice counts twice. Only searches in vain count once
a day for a connection: words that one person asks for again and again are nobody else's business.
Programs that say so are left out. Words of a search are kept only where they can hardly be about a
person.
"""

import hashlib
import re
import secrets
import threading
import time
from collections.abc import Sequence

from pyramid.registry import Registry
from pyramid.request import Request

from stadtkern.visits.models import PAGE, SEARCH

LONGEST = 200
"""Characters of a path or of a search's words."""
MAX_WORDS = 6
"""Longer searches are sentences, which may tell about whoever wrote them."""

MOST_ASKED = 20_000
"""Words with their askers that a town's day remembers; beyond them nothing more counts."""
DAY = 86_400

_PROGRAMS = re.compile(
    r"bot\b|bot[/;]|crawl|spider|slurp|archiv|monitor|preview|scan|curl/|wget/|python|java/|go-http"
    r"|headless|lighthouse|feed|check",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{4}")


class Askers:
    """Who has asked for what today: hashes under a random salt, in memory alone.

    The salt is thrown away each day, and with it every way to tell whose the hashes were.
    """

    def __init__(self) -> None:
        self.day = 0
        self.salt = b""
        self.seen: dict[int, set[bytes]] = {}
        self._guard = threading.Lock()

    def first(self, tenant_id: int, text: str, network: str, *, day: int) -> bool:
        """Tell whether this is the first time that a network asks a town for a text on a day."""
        with self._guard:
            if day != self.day:
                self.day, self.salt, self.seen = day, secrets.token_bytes(32), {}
            seen = self.seen.setdefault(tenant_id, set())
            hashed = hashlib.blake2b(
                f"{network}\0{text}".encode(), key=self.salt, digest_size=12
            ).digest()
            if hashed in seen or len(seen) >= MOST_ASKED:
                return False
            seen.add(hashed)
            return True


def by_person(request: Request) -> bool:
    """Tell whether somebody asks who can be a person: no program that says so, no prefetch."""
    agent = request.environ.get("HTTP_USER_AGENT", "")
    if not agent or _PROGRAMS.search(agent):
        return False
    return "prefetch" not in request.environ.get("HTTP_SEC_PURPOSE", "")


def page_read(request: Request, path: str) -> None:
    """Count a page that was shown to somebody who has not logged in."""
    if len(path) > LONGEST or not path.isprintable() or not by_person(request):
        return
    request.registry["counts"].count(PAGE, request.tenant.id, path)


def searched_in_vain(
    registry: Registry, tenant_id: int, words: Sequence[str], network: str
) -> None:
    """Count the words of a search that found nothing, once a day for a network.

    Numbers and mail addresses are left out.
    """
    text = " ".join(words).casefold()
    if not text or len(text) > LONGEST or len(words) > MAX_WORDS or not text.isprintable():
        return
    if "@" in text or _NUMBER.search(text):
        return
    day = int(time.time() // DAY)
    if not registry["vain_askers"].first(tenant_id, text, network, day=day):
        return
    registry["counts"].count(SEARCH, tenant_id, text)
