"""Addresses from titles."""

import re
import unicodedata

GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o"})
VALID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAXIMUM = 80

RESERVED = frozenset(
    [
        "admin",
        "login",
        "logout",
        "account",
        "static",
        "media",
        "health",
        "metrics",
        "api",
        "theme.css",
        "robots.txt",
        "sitemap.xml",
        "favicon.ico",
        "impressum",
        "datenschutz",
        "barrierefreiheit",
        "barriere-melden",
        "formular-status",
        "theme",
    ]
)
"""First segments that belong to the platform."""


def slugify(title: str) -> str:
    """Return lower-case ASCII words joined by hyphens; German letters are spelled out."""
    text = title.lower().translate(GERMAN)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", text).strip("-")
    return slug[:MAXIMUM].strip("-") or "seite"
