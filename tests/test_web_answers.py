"""What every answer carries, and what none of them tells."""

import pytest
import structlog
from pyramid.httpexceptions import HTTPBadRequest
from structlog.testing import capture_logs

from stadtkern.db import DatabaseBusy

SECRET = "Erika-Mustermann-geheim"


def failing(request):
    raise ValueError(f"{SECRET} {request.POST.get('mail')}")


def configure(config) -> None:
    config.add_route("fail", "/kaputt")
    config.add_view(failing, route_name="fail", require_csrf=False)


@pytest.fixture
def town(make_town):
    return make_town(configure=configure)


ANSWERS = {
    "/": 200,
    "/nirgends": 404,
    "/kaputt": 500,
    "/impressum": 200,
    "/barriere-melden": 200,
    "/theme.css": 200,
    "/health/live": 200,
    "/health/ready": 200,
    "/metrics": 401,
    "/static/stadtkern.web/nirgends.css": 404,
}


def test_every_answer_has_the_security_headers(town) -> None:
    for path, status in ANSWERS.items():
        answer = town.raw(path)
        assert (path, answer.status_int) == (path, status)
        check_headers(answer)
    for host in ("fremd.example", "<>"):
        check_headers(town.raw("/", host=host))


def check_headers(answer) -> None:
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in str(policy)
    assert "nonce" not in str(policy)
    assert "*" not in str(policy)
    assert "http" not in str(policy)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Permissions-Policy" in answer.headers
    assert "Cache-Control" in answer.headers
    assert len(answer.headers["X-Request-ID"]) >= 8
    assert "Server" not in answer.headers


def test_over_tls_the_browser_is_told_to_stay_there(town) -> None:
    assert "Strict-Transport-Security" not in town.raw("/").headers
    answer = town.raw("/", **{"wsgi.url_scheme": "https"})
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_pages_hold_nothing_that_the_policy_forbids(town) -> None:
    town.page("Seite", slug="seite")
    for path in ("/", "/seite", "/barriere-melden", "/impressum", "/datenschutz", "/nirgends"):
        html = town.raw(path).text
        assert "<style" not in html, path
        assert " style=" not in html, path
        assert "<script>" not in html, path
        assert " onclick=" not in html, path
        # The vocabulary of structured data has a name that looks like an address.
        assert "https://" not in html.replace('"@context":"https://schema.org"', ""), path


def test_health_and_metrics_answer_before_any_tenant(town) -> None:
    with town.statements() as statements:
        live = town.raw("/health/live", host="fremd.example")
    assert (live.status_int, live.json, statements) == (200, {"status": "ok"}, [])
    ready = town.raw("/health/ready", host="<>")
    assert ready.status_int == 200
    assert ready.json["status"] in {"ok", "degraded"}


def test_metrics_ask_for_their_token(town) -> None:
    for given in ("", "Bearer x", "Bearer ", "metrics", "Bearer \xfc"):
        answer = town.raw("/metrics", HTTP_AUTHORIZATION=given)
        assert answer.status_int == 401
        assert "stadtkern_requests" not in answer.text


def test_metrics_count_without_paths_hosts_and_people(town) -> None:
    town.page("Geheime Seite", slug="geheim")
    town.raw("/geheim")
    town.raw("/geraten?mail=erika@example.org", host="fremd.example")
    answer = town.raw("/metrics", HTTP_AUTHORIZATION="Bearer metrics-of-a-test")
    assert answer.status_int == 200
    assert "stadtkern_requests_total" in answer.text
    for word in ("geheim", "geraten", "erika", "fremd", "musterstadt"):
        assert word not in answer.text


def test_without_a_token_configured_nobody_reads_metrics(make_town) -> None:
    town = make_town({"stadtkern.metrics_token": ""})
    for given in ("", "Bearer ", "Bearer None"):
        assert town.raw("/metrics", HTTP_AUTHORIZATION=given).status_int == 401


def test_request_ids_are_ours_unless_a_trusted_proxy_gives_them(make_town) -> None:
    town = make_town(slug="eins", host="eins.example")
    first, second = town.raw("/"), town.raw("/", HTTP_X_REQUEST_ID="from-outside-1")
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]
    assert second.headers["X-Request-ID"] != "from-outside-1"
    behind = make_town({"stadtkern.trusted_proxy": "127.0.0.1"}, slug="zwei", host="zwei.example")
    assert behind.raw("/", HTTP_X_REQUEST_ID="from-proxy-1").headers["X-Request-ID"] == (
        "from-proxy-1"
    )
    odd = behind.raw("/", HTTP_X_REQUEST_ID="x\ty<script>")
    assert "script" not in odd.headers["X-Request-ID"]


def test_a_broken_view_tells_neither_message_nor_traceback(town) -> None:
    answer = town.raw(f"/kaputt?mail={SECRET}")
    assert answer.status_int == 500
    for word in (SECRET, "ValueError", "Traceback", "line "):
        assert word not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_log_lines_tell_where_not_what_or_who(town) -> None:
    structlog.reset_defaults()
    with capture_logs() as lines:
        answer = town.raw(
            f"/kaputt?mail={SECRET}",
            REQUEST_METHOD="GET",
            REMOTE_ADDR="198.51.100.7",
            HTTP_USER_AGENT="Agent-von-Erika",
            HTTP_REFERER=f"http://musterstadt.example/?{SECRET}",
            HTTP_COOKIE="stadtkern_ticket=gestohlen",
        )
        town.raw("/erika-mustermann?x=1")
    text = repr(lines)
    for word in (SECRET, "198.51.100.7", "Agent-von", "gestohlen", "erika", "x=1", "mail="):
        assert word not in text
    request = next(line for line in lines if line["event"] == "request")
    assert request["status"] == 500
    assert request["route"] == "fail"
    assert request["tenant"] == "musterstadt"
    assert request["id"] == answer.headers["X-Request-ID"]
    error = next(line for line in lines if line["event"] == "error")
    assert error["kind"] == "ValueError"
    assert any("failing" in frame for frame in error["frames"])


ODD_PATHS = [
    "/..",
    "/../../etc/passwd",
    "/a/../b",
    "/a/./b",
    "/\x00",
    "/a\x00b",
    "/a\x1fb",
    "/a\x7fb",
    "/a\nb",
    "/\u0085",
    "/" + "a" * 901,
    "/" + "a/" * 30,
    "/" + "x" * 20_000,
    "/%00",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/static/stadtkern.web/../../../setup.cfg",
    "/static/stadtkern.web/%2e%2e/assets.py",
    "/media/1/aaaaaaaaaaaa/../../x",
    "/media/999999999999999999/aaaaaaaaaaaa/x",
    "/@@view",
    "/.git/config",
    "/en/../admin",
]


def test_odd_paths_are_not_found_never_an_error(town) -> None:
    wrong = []
    for path in ODD_PATHS:
        # As a server passes it on: percent-decoded, latin-1.
        decoded = path.encode("utf-8").decode("latin-1")
        for method, expected in (("GET", {404}), ("HEAD", {404}), ("POST", {400, 403, 404})):
            answer = town.raw("/", PATH_INFO=decoded, REQUEST_METHOD=method)
            check_headers(answer)
            if answer.status_int not in expected:
                wrong.append((method, path[:40], answer.status_int))
    assert wrong == []


def test_a_path_in_a_broken_encoding_is_refused(town) -> None:
    for path in ("/\xff\xfe", "/seite/\x80", "/en/\xc3", "/admin/\xff"):
        for host in (town.host, "fremd.example"):
            answer = town.raw("/", host=host, PATH_INFO=path)
            assert answer.status_int == 400
            check_headers(answer)


def test_odd_queries_are_answered(town) -> None:
    for query in ("%ff", "lang=%ff%fe"):
        assert town.raw(f"/?{query}").status_int == 400
    for query in ("page=%00", "page=-1", "a=b&" * 500, "%", "lang[]=1", "lang=xx", "lang="):
        assert town.raw(f"/?{query}").status_int == 200


def test_other_methods_do_nothing(town) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
        answer = town.raw("/", REQUEST_METHOD=method)
        assert 400 <= answer.status_int < 500, method
        check_headers(answer)


def test_a_busy_database_is_told_to_staff_too(town, monkeypatch) -> None:
    def busy(*_args):
        raise DatabaseBusy("OperationalError")

    # The choice of the office's language asks who is logged in, and fails the same way.
    monkeypatch.setattr("stadtkern.accounts.tickets.find_identity", busy)
    town.browser.set_cookie(town.ticket_cookie, "x")
    for path in ("/admin", "/"):
        answer = town.get(path, status=503)
        check_headers(answer)
        assert answer.headers["Retry-After"] == "5"


def test_a_bad_request_of_a_view_is_a_page_of_the_site(make_town) -> None:
    def bad(_request):
        raise HTTPBadRequest(SECRET)

    def configure(config):
        config.add_route("bad", "/schlecht")
        config.add_view(bad, route_name="bad")

    answer = make_town(configure=configure).get("/schlecht", status=400)
    assert SECRET not in answer.text
    assert "Musterstadt" in answer.text
