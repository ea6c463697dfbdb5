"""What a login says of its device: two families' names, nothing to track anybody by."""

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
"""In this order: the user agents of later ones hold the words of earlier ones."""


def device(user_agent: str | None) -> str:
    """Return the families of browser and system, e.g. ``Firefox, Linux``; empty if unknown."""
    text = user_agent or ""
    found = (
        next((name for mark, name in marks if mark in text), "") for marks in (BROWSERS, SYSTEMS)
    )
    return ", ".join(name for name in found if name)
