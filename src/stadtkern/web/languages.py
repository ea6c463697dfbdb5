"""The languages that a municipality's pages can have, and how each is marked.

A page's language and the language of its words are not always the same: pages in German Sign
Language are videos, and what stands around them is German text. ``lang`` in HTML says what a
screen reader speaks (WCAG 2.2, 3.1.1), so it names the written language; ``hreflang`` and
``Content-Language`` name those for whom the page is made (RFC 9110, 8.5).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Spoken:
    """One language of pages.

    ``tag``: its BCP 47 tag, for ``hreflang``. ``written``: the tag of the words on its pages, for
    ``lang``. ``interface``: whose catalogue and forms of dates the pages use.
    """

    code: str
    name: str
    tag: str
    written: str
    interface: str
    territory: str = ""

    @property
    def audience(self) -> str:
        """Return the value of ``Content-Language``."""
        return self.tag if self.tag == self.written else f"{self.tag}, {self.written}"


LANGUAGES: dict[str, Spoken] = {
    spoken.code: spoken
    for spoken in (
        Spoken("de", "Deutsch", "de", "de", "de", "de_DE"),
        Spoken("en", "English", "en", "en", "en", "en_GB"),
        # "simple" is a registered variant (IANA language subtag registry, 2015): simplified form.
        Spoken("de-simple", "Leichte Sprache", "de-simple", "de-simple", "de", "de_DE"),
        # ISO 639-3; has no written form: titles and interface are German.
        Spoken("gsg", "Deutsche Gebärdensprache", "gsg", "de", "de", "de_DE"),
    )
}
"""Languages name themselves, in words that their readers know."""


def spoken(code: str) -> Spoken:
    """Return what is known of a language; an unknown code stands for itself."""
    found = LANGUAGES.get(code)
    return found if found is not None else Spoken(code, code, code, code, code)


def interface(code: str) -> str:
    """Return the language whose catalogue and forms of dates serve for pages in ``code``."""
    found = LANGUAGES.get(code)
    return code if found is None else found.interface
