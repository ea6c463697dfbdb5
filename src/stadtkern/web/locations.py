"""Addresses in headers."""

from urllib.parse import quote


def header_safe(address: str) -> str:
    """Return an address with everything percent-encoded that a header cannot carry (RFC 3986)."""
    return quote(address, safe="%/:=&?~#+!$,;'@()*[]-._")
