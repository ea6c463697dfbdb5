"""Licences as people read them: a short name and the address of the text.

Routes from elsewhere name their licence as they like: by its SPDX name, or by one of several
addresses of the same text. A page shows the short name and links the address.
"""

import re

LICENCES = {
    "CC0-1.0": ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "CC-BY-4.0": ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC-BY-SA-4.0": ("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
    "DL-DE-BY-2.0": (
        "Datenlizenz Deutschland – Namensnennung 2.0",
        "https://www.govdata.de/dl-de/by-2-0",
    ),
    "EUPL-1.2": (
        "EUPL 1.2",
        "https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12",
    ),
    "MIT": ("MIT", "https://opensource.org/license/mit"),
    "ODbL-1.0": ("ODbL 1.0", "https://opendatacommons.org/licenses/odbl/1-0/"),
}
"""Short names (SPDX) with the name that people read and the licence's text."""

_SHORT = {name.casefold(): known for name, known in LICENCES.items()}
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_CREATIVE_COMMONS = re.compile(
    r"creativecommons\.org/licenses/(by(?:-(?:nc|nd|sa))*)/(\d\.\d)(?:/.*)?"
)
_CC_ZERO = re.compile(r"creativecommons\.org/publicdomain/zero/1\.0(?:/.*)?")
_SPDX = re.compile(r"spdx\.org/licenses/([a-z0-9.-]+?)(?:\.html|\.json)?")
_MIT = re.compile(
    r"(?:opensource\.org/licenses?/mit(?:-license)?(?:\.php|\.html)?"
    r"|mit-license\.org|choosealicense\.com/licenses/mit)"
)
_FIXED = ((_CC_ZERO, "CC0 1.0"), (_MIT, "MIT"))
_EUPL = re.compile(r"(?:(?:joinup|interoperable-europe)\.ec\.europa\.eu/.*eupl.*|eupl\.eu(?:/.*)?)")
_EUPL_VERSION = re.compile(r"1[.-]?([012])(?!\d)")


def licence_of(text: str | None) -> tuple[str, str | None] | None:
    """Return a licence's name and the address of its text, as far as they are known.

    An address keeps leading where the file says (its language, its version); one that nobody
    knows is its own name.
    """
    if not text:
        return None
    known = _SHORT.get(text.casefold())
    if known is not None:
        return known
    scheme = _SCHEME.match(text)
    if scheme is None:
        return text, None
    return _name_of(text[scheme.end() :].casefold().rstrip("/")) or text, text


def _name_of(address: str) -> str | None:
    """Return the short name for an address without scheme, in lower case."""
    for name, known in LICENCES.values():
        if address == _SCHEME.sub("", known).casefold().rstrip("/"):
            return name
    if found := _CREATIVE_COMMONS.fullmatch(address):
        return f"CC {found[1].upper()} {found[2]}"
    if found := _SPDX.fullmatch(address):
        return _SHORT[found[1]][0] if found[1] in _SHORT else found[1].upper()
    if _EUPL.fullmatch(address):
        version = _EUPL_VERSION.search(address)
        return f"EUPL 1.{version[1]}" if version else "EUPL"
    return next((name for form, name in _FIXED if form.fullmatch(address)), None)
