"""The tenant comes from the Host header and from nothing else."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stadtkern.tenants.directory import normalise_host
from stadtkern.tenants.services import add_alias, set_status

label = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
name = st.lists(label, min_size=1, max_size=4).map(".".join)


@given(name, st.one_of(st.none(), st.integers(0, 99999)), st.booleans(), st.booleans())
def test_ports_case_and_the_trailing_dot_make_no_other_host(host, port, dot, upper) -> None:
    header = (host.upper() if upper else host) + ("." if dot else "")
    header += "" if port is None else f":{port}"
    assert normalise_host(header) == host


@given(st.text(max_size=80))
@example("")
@example(".")
@example("a..b")
@example("-a.example")
@example("a-.example")
@example("a_b.example")
@example("stadt.example:80:80")
@example("stadt.example:٣")
@example("stadt.example:999999")
@example("[::1]:80")
@example("stadt.example\r\nX: y")
@example("user@stadt.example")
@example("stadt.example/x")
@example("städt.example")
@example("\u0131stadt.example")
@example("\u212astadt.example")
@example("a" * 64 + ".example")
@example(".".join(["abcdefgh"] * 40))
def test_whatever_comes_is_a_plain_name_or_refused(header) -> None:
    found = normalise_host(header)
    if found is not None:
        assert set(found) <= set(string.ascii_lowercase + string.digits + "-.")
        assert 0 < len(found) <= 253
        assert normalise_host(found) == found
        assert found in header.lower()


def test_an_unknown_host_is_told_so_without_naming_any_town(town) -> None:
    answer = town.raw("/", host="fremd.example")
    assert answer.status_int == 404
    assert "Musterstadt" not in answer.text
    assert "X-Request-ID" in answer.headers


@pytest.mark.parametrize(
    "host",
    ["", "..", "musterstadt.example:x", "musterstadt.example, b", "<script>", "a b", "[::1]"],
)
def test_a_malformed_host_is_a_bad_request(town, host) -> None:
    answer = town.raw("/", host=host)
    assert answer.status_int == 400
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "host",
    [
        "musterstadt.example:6543",
        "MusterStadt.EXAMPLE",
        "musterstadt.example.",
        "MUSTERSTADT.example.:80",
    ],
)
def test_the_same_host_written_otherwise_is_the_same_town(town, host) -> None:
    assert town.raw("/", host=host).status_int == 200


def test_headers_of_others_do_not_choose_the_tenant(town) -> None:
    other = town.second_tenant()
    town.page("Nur Musterstadt", slug="nur")
    for attack in (
        {"HTTP_X_FORWARDED_HOST": other.host},
        {"HTTP_X_HOST": other.host},
        {"HTTP_FORWARDED": f"host={other.host}"},
        {"HTTP_X_ORIGINAL_HOST": other.host},
        {"SERVER_NAME": other.host},
    ):
        answer = town.raw("/nur", **attack)
        assert answer.status_int == 200, attack
        assert other.host not in answer.text
        assert other.raw("/nur", **dict.fromkeys(attack, town.host)).status_int == 404


def test_an_absolute_address_in_the_request_line_does_not_choose_it_either(town) -> None:
    other = town.second_tenant()
    town.page("Nur Musterstadt", slug="nur")
    # What a server that passes the absolute form on would put there.
    for path in (f"http://{town.host}/nur", f"//{town.host}/nur"):
        answer = other.raw("/", PATH_INFO=path)
        assert answer.status_int == 404
        assert "Nur Musterstadt" not in answer.text


def test_an_attackers_host_is_never_echoed_into_a_link(town) -> None:
    for path in ("/", "/nirgends", "/barriere-melden", "/impressum"):
        for host in ("boese.example", "musterstadt.example:80@boese.example"):
            answer = town.raw(path, host=host)
            assert answer.status_int in {400, 404}
            assert "boese" not in answer.text
            assert "boese" not in answer.headers.get("Location", "")


@pytest.fixture
def alias(town):
    with town.session() as session:
        add_alias(session, town.slug, "www.musterstadt.example")
    return "www.musterstadt.example"


def test_an_alias_leads_to_the_canonical_host_with_path_and_query(town, alias) -> None:
    answer = town.raw("/a/b?x=1&y=%C3%A4", host=f"{alias}:6543")
    assert answer.status_int == 301
    assert answer.location == "http://musterstadt.example:6543/a/b?x=1&y=%C3%A4"
    assert town.raw("/a", host=alias, REQUEST_METHOD="HEAD").status_int == 301


def test_a_form_posted_to_an_alias_stays_a_post(town, alias) -> None:
    answer = town.raw("/barriere-melden", host=alias, REQUEST_METHOD="POST")
    assert answer.status_int == 308
    assert answer.location == "http://musterstadt.example/barriere-melden"


@pytest.mark.parametrize("path", ["//boese.example", "/\\boese.example", "///boese.example/x"])
def test_an_alias_does_not_redirect_to_strangers(town, alias, path) -> None:
    answer = town.raw("/", host=alias, PATH_INFO=path)
    assert answer.location.startswith("http://musterstadt.example/")


def test_a_suspended_town_is_out_of_service_and_comes_back(town) -> None:
    other = town.second_tenant()
    with town.session() as session:
        set_status(session, town.registry["tenants"], town.slug, "suspended")
    answer = town.get("/", status=503)
    assert "Retry-After" in answer.headers
    town.get("/admin", status=503)
    other.get("/")
    with town.session() as session:
        set_status(session, town.registry["tenants"], town.slug, "active")
    town.get("/")


def test_guessing_hosts_does_not_ask_the_database_each_time(make_town) -> None:
    town = make_town({"stadtkern.tenant_cache_seconds": "60"})
    assert town.raw("/", host="geraten.example").status_int == 404
    with town.statements() as statements:
        assert town.raw("/", host="geraten.example").status_int == 404
    assert statements == []
