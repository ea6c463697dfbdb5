"""Which addresses outgoing calls may reach: URLs taken apart strictly, networks of others only.

The special-purpose registries of IANA (RFC 6890 and its successors) say which networks are
nobody else's; the list stands here so that it does not change with the version of Python.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any
from urllib.parse import urlsplit

from pyramid.settings import asbool

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

INNER_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host, this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind a provider's NAT; metadata services of some clouds
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own service, though the address is public
        "169.254.0.0/16",  # link-local; metadata services
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
OUTER_6 = IPv6Network("2000::/3")
"""All of IPv6 that is routed in public; the rest is refused as a whole."""
INNER_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "3fff::/20",
    )
)
MAPPED = IPv6Network("::ffff:0:0/96")
NAT64 = IPv6Network("64:ff9b::/96")
SIX_TO_FOUR = IPv6Network("2002::/16")

NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
MAX_URL = 2000
HIGHEST_PORT = 65_535
INNER_NAMES = ("localhost", "local", "internal", "intranet", "home.arpa", "lan")
"""Ends of names that no one outside answers to."""


class EgressError(Exception):
    """An outgoing call did not happen or did not end well; ``code`` is short and stable."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class EgressRefused(EgressError):  # noqa: N818 - the word that operators read
    """The guard does not let this call out."""


class EgressFailed(EgressError):  # noqa: N818 - as above
    """The call went out and got no usable answer: no such name, no connection, bad TLS."""


class EgressTooLarge(EgressFailed):
    """The answer is larger than was asked for."""


class EgressTooSlow(EgressFailed):
    """The time that the whole call may take is over."""


@dataclass(frozen=True)
class Target:
    """A URL taken apart. ``host`` is lower-case ASCII; ``address`` is set where it is literal."""

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None = None

    @property
    def origin(self) -> tuple[str, str, int]:
        """Return what browsers call the origin."""
        return (self.scheme, self.host, self.port)

    @property
    def authority(self) -> str:
        """Return the value of the Host header (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if isinstance(self.address, IPv6Address) else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Return the address again, in one spelling."""
        return f"{self.scheme}://{self.authority}{self.path}"


def parse(url: str) -> Target:
    """Take a URL apart; ``EgressRefused`` for everything that is not plain http or https.

    Refused are user names, control characters, blanks, backslashes, percent signs within the
    host, zones of IPv6 addresses and numbers that only some programs read as an address
    (``2130706433``, ``0x7f.1``, ``127.1``, ``010.0.0.1``).
    """
    if len(url) > MAX_URL:
        raise EgressRefused("url", "longer than 2000 characters")
    if any(char.isspace() or ord(char) < 32 or ord(char) == 127 for char in url):  # noqa: PLR2004
        raise EgressRefused("url", "blanks or control characters")
    if "\\" in url:
        raise EgressRefused("url", "backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise EgressRefused("url", "malformed") from None
    scheme = parts.scheme.lower()
    if scheme not in {"http", "https"}:
        raise EgressRefused("scheme", "only http and https")
    if "@" in parts.netloc:
        raise EgressRefused("url", "user name in the address")
    host, address = _host(parts.netloc)
    if port == 0:
        raise EgressRefused("port")
    query = f"?{parts.query}" if parts.query else ""
    path = _ascii((parts.path or "/") + query)
    usual = {"http": 80, "https": 443}[scheme]
    return Target(scheme, host, usual if port is None else port, path, address)


def _ascii(text: str) -> str:
    return "".join(
        char if ord(char) < 128 else "".join(f"%{byte:02X}" for byte in char.encode())  # noqa: PLR2004
        for char in text
    )


def _host(netloc: str) -> tuple[str, Address | None]:
    if netloc.startswith("["):
        text, _bracket, rest = netloc[1:].partition("]")
        if rest and not rest.startswith(":"):
            raise EgressRefused("url", "malformed")
        try:
            six = IPv6Address(text)
        except ValueError:
            raise EgressRefused("host", "no IPv6 address") from None
        if six.scope_id is not None:
            raise EgressRefused("host", "zone in the address")
        return str(six), six
    name = netloc.rpartition(":")[0] if ":" in netloc else netloc
    # Full-width digits and dots become plain ones here, so that they are judged as what they are.
    try:
        plain = unicodedata.normalize("NFKC", name).lower().removesuffix(".")
        labels = [_label(label) for label in re.split("[.。]", plain)]
    except UnicodeError:
        raise EgressRefused("host", "malformed") from None
    if not all(LABEL.fullmatch(label) for label in labels) or len(".".join(labels)) > 253:  # noqa: PLR2004
        raise EgressRefused("host", "malformed")
    if NUMBER.fullmatch(labels[-1]):
        try:
            four = IPv4Address(".".join(labels))
        except ValueError:
            raise EgressRefused("host", "odd spelling of an address") from None
        return str(four), four
    return ".".join(labels), None


def _label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for (mapped, NAT64, 6to4), if any."""
    if address in MAPPED or address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
    return None


def is_outer(address: Address) -> bool:
    """Tell whether an address belongs to the public network and to one receiver.

    Private, loopback, link-local, shared, documentation, multicast and reserved networks are
    not; IPv6 forms of an IPv4 address count as that address.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in INNER_4)
    inner = embedded(address)
    if inner is not None:
        return is_outer(inner)
    return address in OUTER_6 and not any(address in network for network in INNER_6)


@dataclass(frozen=True)
class Rules:
    """What this installation allows beside the public network's ports 80 and 443.

    ``allow``: if any, only these hosts (``example.org``, ``.example.org`` for all below).
    ``deny``: never these. ``networks``: inner networks that may be reached all the same.
    ``loopback``: development and tests, at any port. ``proxy``: all calls go through it.
    """

    ports: frozenset[int] = frozenset({80, 443})
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    networks: tuple[Network, ...] = field(default=())
    loopback: bool = False
    proxy: str | None = None

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Rules":
        """Read ``egress.*``; ``ValueError`` for what cannot be read, so that a typo is noticed."""
        ports = frozenset(int(port) for port in str(settings.get("egress.ports", "80 443")).split())
        if not all(0 < port <= HIGHEST_PORT for port in ports):
            raise ValueError("egress.ports: ports lie between 1 and 65535")
        return cls(
            ports=ports,
            allow=tuple(str(settings.get("egress.allow", "")).lower().split()),
            deny=tuple(str(settings.get("egress.deny", "")).lower().split()),
            networks=tuple(
                ip_network(text) for text in str(settings.get("egress.networks", "")).split()
            ),
            loopback=asbool(settings.get("egress.allow_loopback", False)),
            proxy=str(settings.get("egress.proxy") or "") or None,
        )

    def check(self, target: Target) -> None:
        """Refuse what can be told without asking for the address: host lists, ports, names."""
        if any(_matches(target.host, pattern) for pattern in self.deny):
            raise EgressRefused("denied", target.host)
        if self.allow and not any(_matches(target.host, pattern) for pattern in self.allow):
            raise EgressRefused("not-allowed", target.host)
        if target.address is not None:
            self.check_address(target, target.address)
            return
        if self.proxy is not None and (
            "." not in target.host or any(_matches(target.host, f".{end}") for end in INNER_NAMES)
        ):
            # The proxy resolves names; what only inner networks know is not for it to look up.
            raise EgressRefused("inner", target.host)
        if target.port not in self.ports and not self.loopback:
            raise EgressRefused("port", str(target.port))

    def check_address(self, target: Target, address: Address) -> None:
        """Refuse an address that was resolved (or written) and its port."""
        plain = (embedded(address) if isinstance(address, IPv6Address) else None) or address
        if self.loopback and plain.is_loopback:
            return
        if target.port not in self.ports:
            raise EgressRefused("port", str(target.port))
        if any(plain in network for network in self.networks):
            return
        if not is_outer(address):
            raise EgressRefused("inner", target.host)


def _matches(host: str, pattern: str) -> bool:
    if pattern.startswith("."):
        return host.endswith(pattern) or host == pattern[1:]
    return host == pattern


def read_address(text: str) -> Address:
    """Return a resolved address; ``EgressRefused`` for zones and anything that is none."""
    try:
        return ip_address(text)
    except ValueError:
        raise EgressRefused("host", "no address") from None
