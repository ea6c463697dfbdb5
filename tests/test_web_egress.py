"""The guard of outgoing calls: where they may go, and that they go nowhere else."""

import ast
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from stadtkern.db import utcnow
from stadtkern.web import egress
from stadtkern.web.egress import (
    Egress,
    EgressFailed,
    EgressRefused,
    EgressTooLarge,
    EgressTooSlow,
    Rules,
    fetch,
)
from stadtkern.web.targets import is_outer, parse

SOURCE = Path(__file__).resolve().parent.parent / "src"
INNER = [
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.5", "172.16.3.4", "172.31.255.255",  # noqa: S104 - refused
    "192.168.1.1", "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200",
    "168.63.129.16", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:a00:1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001::1",
    "2001:db8::1", "fec0::1", "::127.0.0.1", "::ffff:0:127.0.0.1", "100::1", "3fff::1",
]  # fmt: skip
OUTER = ["93.184.216.34", "8.8.8.8", "172.32.0.1", "2606:2800:220:1::1", "::ffff:8.8.8.8"]


class Handler(BaseHTTPRequestHandler):
    """Answers by path; remembers what was asked."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def log_message(self, *_arguments: Any) -> None:
        """Stay quiet."""

    def answer(self) -> None:
        """Do what the path's first part says."""
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        port = self.server.server_port
        name, _slash, rest = self.path[1:].partition("/")
        if name == "to":
            self.reply(302, {"Location": rest.replace("PORT", str(port))})
        elif name == "loop":
            self.reply(302, {"Location": f"/loop/{int(rest or 0) + 1}"})
        elif name == "repeat":
            self.reply(307, {"Location": f"http://other.test:{port}/"})
        elif name == "big":
            self.reply(200, {}, b"x" * int(rest))
        elif name == "drip":
            self.drip()
        elif name == "endless":
            self.endless()
        else:
            self.reply(200, {"Set-Cookie": "a=b", "X-Test": "yes"}, b"hello")

    def reply(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        """Answer at once."""
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def drip(self) -> None:
        """Send a header a byte at a time, for a minute."""
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for _index in range(600):
                if self.server.stopping.wait(0.1):
                    return
                self.wfile.write(b"y")
        except OSError:
            self.close_connection = True

    def endless(self) -> None:
        """Send a body without a length until the line breaks."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            while not self.server.stopping.is_set():
                self.wfile.write(b"z" * 65_536)
        except OSError:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = answer  # noqa: N815 - names of the base class


class Server(ThreadingHTTPServer):
    """A server on loopback."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.stopping = threading.Event()

    def handle_error(self, *_arguments: Any) -> None:
        """Lines that break are what is tested."""

    @property
    def url(self) -> str:
        """Return the address, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield made
        made.stopping.set()
        made.shutdown()
        thread.join()


def names(**addresses: str) -> Any:
    """Return a resolver that knows these names; dots are written as underscores."""
    known = {name.replace("_", "."): value.split() for name, value in addresses.items()}

    def resolve(host: str, _port: int) -> list[str]:
        if host not in known:
            raise EgressFailed("dns", host)
        return known[host]

    return resolve


def local(**kw: Any) -> Egress:
    return Egress(Rules(loopback=True), **kw)


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


def test_a_page_is_fetched_without_cookies_and_with_the_right_host(server: Server) -> None:
    guard = local(resolve=names(www_town_test="127.0.0.1"))
    answer = guard.fetch(f"http://www.town.test:{server.server_port}/x?y=1#z")
    assert (answer.status, answer.body, answer.headers["x-test"]) == (200, b"hello", "yes")
    guard.fetch(f"http://www.town.test:{server.server_port}/again")
    (first, second) = server.asked
    assert first[:2] == ("GET", "/x?y=1")
    assert first[2]["Host"] == f"www.town.test:{server.server_port}"
    assert "Cookie" not in second[2]


def test_the_connection_goes_to_the_address_that_was_judged(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The name server says something else each time it is asked.
    answers = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"])
    tried: list[Any] = []

    def connect(place: Any, **_kw: Any) -> None:
        tried.append(place)
        raise OSError

    monkeypatch.setattr(egress.socket, "create_connection", connect)
    guard = Egress(Rules(), resolve=lambda _host, _port: [next(answers)])
    with pytest.raises(EgressFailed) as failed:
        guard.fetch("http://rebinding.test/")
    assert failed.value.code == "connect"
    assert tried == [("93.184.216.34", 80)]
    # Asked again it would lead inside: refused then, because each call is judged.
    with pytest.raises(EgressRefused, match="inner"):
        guard.fetch("http://rebinding.test/")
    assert server.asked == []


def test_the_system_resolver_is_asked_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = egress.socket.getaddrinfo

    def counting(host: Any, *rest: Any, **kw: Any) -> Any:
        if host == "rebinding.test":
            asked.append(host)
            host = "127.0.0.1"
        return real(host, *rest, **kw)

    monkeypatch.setattr(egress.socket, "getaddrinfo", counting)
    answer = local().fetch(f"http://rebinding.test:{server.server_port}/")
    assert answer.status == 200
    assert asked == ["rebinding.test"]


def test_redirects_are_followed_and_judged_anew(server: Server) -> None:
    guard = local(resolve=names(inner_test="10.0.0.1"))
    followed = guard.fetch(f"{server.url}/to//there")
    assert (followed.url, followed.redirects) == (f"{server.url}/there", 1)
    for place in ("http://169.254.169.254/latest", "http://inner.test:PORT/", "file:///etc/passwd",
                  "http://0x7f.1/", "//10.0.0.1/", "http://[::ffff:10.0.0.1]/"):  # fmt: skip
        with pytest.raises(EgressRefused):
            guard.fetch(f"{server.url}/to/{place}")
    with pytest.raises(EgressFailed, match="redirects"):
        guard.fetch(f"{server.url}/loop")
    assert [path for _method, path, _headers in server.asked].count("/loop/5") == 1
    assert "/loop/6" not in [path for _method, path, _headers in server.asked]
    assert guard.fetch(f"{server.url}/to//there", redirects=0).status == 302


def test_another_origin_gets_no_headers_and_no_body(server: Server) -> None:
    guard = local(resolve=names(other_test="127.0.0.1"))
    guard.fetch(f"{server.url}/to/http://other.test:PORT/end", headers={"Authorization": "secret"})
    assert [headers.get("Authorization") for _m, _p, headers in server.asked] == ["secret", None]
    with pytest.raises(EgressRefused, match="redirect"):
        guard.fetch(f"{server.url}/repeat", method="POST", body=b"payload")
    posted = guard.fetch(f"{server.url}/to//end", method="POST", body=b"payload")
    assert posted.status == 200
    assert server.asked[-1][0] == "GET"


def test_size_is_limited(server: Server) -> None:
    guard = local()
    assert len(guard.fetch(f"{server.url}/big/1000", max_bytes=1000).body) == 1000
    with pytest.raises(EgressTooLarge):
        guard.fetch(f"{server.url}/big/1001", max_bytes=1000)
    with pytest.raises(EgressTooLarge):
        guard.fetch(f"{server.url}/endless", max_bytes=200_000)
    part = guard.fetch(f"{server.url}/endless", max_bytes=10, whole=False)
    assert (part.cut, len(part.body)) == (True, 10)


def test_time_is_limited_however_slowly_it_drips(server: Server) -> None:
    began = time.monotonic()
    with pytest.raises(EgressTooSlow):
        local().fetch(f"{server.url}/drip", seconds=0.6)
    assert time.monotonic() - began < 3


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


def test_only_the_proxy_of_the_settings_is_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert local().fetch(f"{server.url}/direct").status == 200
    by_proxy = Egress(Rules.from_settings({"egress.proxy": server.url}), resolve=names())
    assert by_proxy.fetch("http://www.town.test/page").status == 200
    assert server.asked[-1][:2] == ("GET", "http://www.town.test/page")
    for url in ("http://169.254.169.254/", "http://[::1]/", "http://localhost/", "http://intra/",
                "http://db.internal/", "http://www.town.test:8080/"):  # fmt: skip
        with pytest.raises(EgressRefused):
            by_proxy.fetch(url)


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a certificate for ``name`` and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = utcnow()
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert, secret


def test_certificates_are_checked_against_the_name(server: Server, tmp_path: Path) -> None:
    cert, secret = certificate(tmp_path, "safe.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, secret)
    seen: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: seen.append(name)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    known = names(safe_test="127.0.0.1", false_test="127.0.0.1")
    guard = local(resolve=known, ca_file=str(cert))
    assert guard.fetch(f"https://safe.test:{server.server_port}/").status == 200
    assert seen == ["safe.test"]
    for refused in (
        lambda: guard.fetch(f"https://false.test:{server.server_port}/"),
        lambda: local(resolve=known).fetch(f"https://safe.test:{server.server_port}/"),
    ):
        with pytest.raises(EgressFailed) as failed:
            refused()
        assert failed.value.code == "tls"


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
