"""Outgoing calls: to the judged address, within bounds, with what they may show."""

import io
import ssl
import time
from pathlib import Path
from typing import Any

import pytest
from egress_kit import Server, certificate, local, names

from stadtkern.web import egress
from stadtkern.web.egress import (
    Egress,
    EgressFailed,
    EgressRefused,
    EgressTooLarge,
    EgressTooSlow,
    Rules,
)


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


def test_a_large_body_goes_into_a_file_and_errors_do_not(server: Server) -> None:
    into = io.BytesIO()
    answer = local().fetch(f"{server.url}/big/3000000", into=into, max_bytes=4_000_000)
    assert (answer.body, len(into.getvalue())) == (b"", 3_000_000)
    again = io.BytesIO()
    moved = local().fetch(f"{server.url}/to/{server.url}/big/7", into=again)
    assert (moved.redirects, again.getvalue()) == (1, b"x" * 7)
    refused = io.BytesIO()
    answer = local().fetch(f"{server.url}/refused", into=refused)
    assert (answer.status, answer.body, refused.getvalue()) == (503, b"no", b"")
    with pytest.raises(EgressTooLarge):
        local().fetch(f"{server.url}/big/3000000", into=io.BytesIO(), max_bytes=2_999_999)


def test_our_certificate_is_shown_where_it_is_meant_for(server: Server, tmp_path: Path) -> None:
    cert, secret = certificate(tmp_path, "safe.test")
    ours = tmp_path / "ours.pem"
    ours.write_bytes(cert.read_bytes() + secret.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, secret)
    context.load_verify_locations(cert)
    context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True)
    guard = local(resolve=names(safe_test="127.0.0.1"), ca_file=str(cert))
    url = f"https://safe.test:{server.server_port}/"
    assert guard.fetch(url, certificate=str(ours)).status == 200
    with pytest.raises(EgressFailed):
        guard.fetch(url)
    with pytest.raises(EgressFailed) as failed:
        guard.fetch(url, certificate=str(tmp_path / "fehlt.pem"))
    assert failed.value.code == "certificate"
    assert str(tmp_path) not in str(failed.value)
