"""Where outgoing calls may go."""

import ast
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

import pytest
from egress_kit import INNER, OUTER, SOURCE, Server, names
from hypothesis import given
from hypothesis import strategies as st

from stadtkern.web.egress import (
    Egress,
    EgressFailed,
    EgressRefused,
    Rules,
    fetch,
)
from stadtkern.web.targets import is_outer, parse


@pytest.mark.parametrize("address", INNER)
def test_inner_addresses_are_refused_written_and_resolved(address: str) -> None:
    written = f"[{address}]" if ":" in address else address
    guard = Egress(Rules(), resolve=names(evil_test=address))
    for url in (f"http://{written}/", f"https://{written}/", "http://evil.test/"):
        with pytest.raises(EgressRefused) as refused:
            guard.fetch(url)
        assert refused.value.code == "inner"


@pytest.mark.parametrize("address", OUTER)
def test_public_addresses_are_public(address: str) -> None:
    assert is_outer(IPv6Address(address) if ":" in address else IPv4Address(address))


def test_one_inner_address_among_public_ones_is_enough() -> None:
    guard = Egress(Rules(), resolve=names(mixed_test="93.184.216.34 10.0.0.1"))
    with pytest.raises(EgressRefused, match="inner"):
        guard.fetch("http://mixed.test/")


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.1", "127.1", "127.0.1", "0177.0.0.1", "010.0.0.1", "0",
     "0x", "1.2.3.4.5", "127.0.0.0x1", "256.1.1.1", "0300.0250.1.1", "017700000001"],
)  # fmt: skip
def test_odd_spellings_of_addresses_are_refused(host: str) -> None:
    with pytest.raises(EgressRefused, match="odd spelling"):
        parse(f"http://{host}/")


@pytest.mark.parametrize("host", ["１２７.０.０.１", "127。0。0。1", "①②⑦.0.0.1", "127.0.0.1."])
def test_foreign_digits_are_read_as_what_they_are(host: str) -> None:
    assert parse(f"http://{host}/").address == IPv4Address("127.0.0.1")


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "//example.org/",
     "example.org", "", "javascript:alert(1)", "http://", "http://a@example.org/",
     "http://example.org\\@127.0.0.1/", "http://exa mple.org/", "http://example.org/\r\nX: y",
     "http://example.org:0/", "http://example.org:99999/", "http://example.org:a/",
     "http://[::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[::1/", "http://[::1]x/",
     "http://%31%32%37.0.0.1/", "http://a..b/", "http://-a.test/", "http://a#@b.test\t/",
     "http://" + "a" * 64 + ".test/", "http://example.org/" + "a" * 2000],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(EgressRefused):
        parse(url)


def test_umlauts_are_sent_as_names_and_paths_know_them() -> None:
    target = parse("https://Straße.Bücher.de/Weg ohne".replace(" ", "%20") + "/ü?q=ö#teil")
    assert target.host == "xn--strae-oqa.xn--bcher-kva.de"
    assert target.path == "/Weg%20ohne/%C3%BC?q=%C3%B6"
    assert parse("http://example.org").url == "http://example.org/"


inner_4 = st.sampled_from(
    ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
     "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4"]
).map(IPv4Network).flatmap(
    lambda network: st.integers(0, network.num_addresses - 1).map(lambda index: network[index])
)  # fmt: skip


@given(inner_4)
def test_no_form_of_an_inner_address_is_outer(address: IPv4Address) -> None:
    number = int(address)
    forms = [
        IPv6Address((0xFFFF << 32) + number),
        IPv6Address((0x64_FF9B << 96) + number),
        IPv6Address((0x2002 << 112) + (number << 80) + 1),
        IPv6Address(number),
    ]
    assert not is_outer(address)
    assert not any(is_outer(form) for form in forms)
    for spelling in (str(number), hex(number), f"0{number:o}", f"0x{number >> 24:x}.1"):
        with pytest.raises(EgressRefused):
            Rules().check(parse(f"http://{spelling}/"))


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_only_the_routed_part_of_ipv6_is_outer(address: IPv6Address) -> None:
    if is_outer(address):
        assert address in IPv6Network("2000::/3") or address.ipv4_mapped or (
            int(address) >> 32 == 0x64_FF9B << 64
        )  # fmt: skip


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_never_outer(address: IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved:
        assert not is_outer(address)


@given(st.text(max_size=40))
def test_any_text_is_taken_apart_or_refused(text: str) -> None:
    for url in (text, f"http://{text}/", f"https://a.test/{text}", f"http://a.test:{text}/"):
        try:
            target = parse(url)
        except EgressRefused:
            continue
        assert target.url.isascii()
        assert parse(target.url).origin == target.origin


def test_ports_hosts_and_networks_follow_the_settings(server: Server) -> None:
    known = names(www_town_test="93.184.216.34", inner_test="10.1.2.3", town_test="93.184.216.34")

    def code(url: str, **settings: str) -> str:
        rules = Rules.from_settings({f"egress.{name}": value for name, value in settings.items()})
        with pytest.raises((EgressRefused, EgressFailed)) as caught:
            Egress(rules, resolve=known).fetch(url, seconds=0.2)
        return caught.value.code

    assert code("http://www.town.test:8080/") == "port"
    assert code("http://93.184.216.34:22/") == "port"
    assert code(server.url) == "port"
    assert code("http://www.town.test/", deny=".town.test") == "denied"
    assert code("http://town.test/", deny=".town.test") == "denied"
    assert code("http://www.town.test/", allow="town.test") == "not-allowed"
    assert code("http://nottown.test/", allow=".town.test") == "not-allowed"
    assert code("http://inner.test/") == "inner"
    assert code("http://127.0.0.1:1/", allow_loopback="true") == "connect"
    with pytest.raises(ValueError, match="ports"):
        Rules.from_settings({"egress.ports": "80 99999"})
    rules = Rules.from_settings({"egress.networks": "10.1.0.0/16", "egress.ports": "80 8080"})
    rules.check_address(parse("http://inner.test:8080/"), IPv4Address("10.1.2.3"))
    with pytest.raises(EgressRefused):
        rules.check_address(parse("http://inner.test/"), IPv4Address("10.2.2.3"))


def test_applications_refuse_loopback_unless_told_otherwise(server: Server, make_town: Any) -> None:
    with pytest.raises(EgressRefused):
        fetch(make_town().registry, server.url)
    allowed = make_town({"egress.allow_loopback": "true"}, slug="zweitstadt", host="zwei.example")
    assert fetch(allowed.registry, server.url).status == 200


def test_nothing_else_calls_out() -> None:
    """Whoever needs HTTP takes the guard."""
    banned = {"urllib.request", "http.client", "urllib3", "requests", "httpx", "aiohttp"}
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names_of = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            if any(
                name == one or name.startswith(f"{one}.") for name in names_of for one in banned
            ):
                found.add(str(path.relative_to(SOURCE / "stadtkern")))
    assert (
        found
        - {
            "web/egress.py",
            # Tests' own browsers and servers, on this machine.
            "testing/chromium.py",
            "testing/postgres_binaries.py",
        }
        == set()
    )
