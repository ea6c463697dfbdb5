"""The way in: sessions, tickets, guessing, redirects, mails and cookies, as an attacker sees it."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from security_side import NEW_PASSWORD

from stadtkern.accounts.models import Account, LoginTicket
from stadtkern.accounts.services import FAILURES, set_roles
from stadtkern.admin.views.login import safe_next
from stadtkern.site.models import BarrierReport
from stadtkern.tenants.services import add_alias
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import PASSWORD

pytestmark = on_sqlite


def try_login(town, mail, password=PASSWORD, **kw):
    fields = {"mail": mail, "password": password} | kw.pop("fields", {})
    return town.post("/login", fields, status="*", **kw)


def cookie(town, name):
    return next((item.value for item in town.browser.cookiejar if item.name.endswith(name)), None)


# Sessions and tickets


def test_a_session_from_before_the_login_is_worth_nothing_after_it(town) -> None:
    account = town.account("administrator")
    token = town.csrf_token()
    fixed = cookie(town, "stadtkern_session")
    assert try_login(town, account.mail).status_int == 302
    assert cookie(town, "stadtkern_session") != fixed
    assert town.csrf_token() != token
    ticket = cookie(town, "stadtkern_ticket")
    # Whoever planted the old session knows neither the ticket nor the new proof of origin.
    town.anonymous()
    town.browser.set_cookie("stadtkern_session", fixed.strip('"'))
    town.get("/admin", status=302)
    town.anonymous()
    town.browser.set_cookie(town.ticket_cookie, ticket)
    town.post("/logout", {"csrf_token": token}, csrf=False, status=400)
    town.get("/admin", status=200)


def test_each_login_has_a_ticket_of_its_own_and_a_given_one_is_not_taken(town) -> None:
    account = town.account("administrator")
    town.browser.set_cookie(town.ticket_cookie, "vom-angreifer-gewaehlt")
    try_login(town, account.mail)
    first = cookie(town, "stadtkern_ticket")
    town.anonymous()
    try_login(town, account.mail)
    second = cookie(town, "stadtkern_ticket")
    assert len({first, second, "vom-angreifer-gewaehlt"}) == 3
    assert len(second) >= 43  # 32 random bytes


def test_a_stolen_ticket_ends_with_logout_everywhere(town) -> None:
    account = town.login("administrator")
    elsewhere = town.ticket(account)
    other_town = town.second_tenant()
    with other_town.session() as session:
        set_roles(session, town.registry, account, ["author"])
    there = other_town.ticket(account)
    town.post("/logout", {"everywhere": "1"}, status=302)
    for place, ticket in ((town, elsewhere), (other_town, there)):
        place.anonymous()
        place.browser.set_cookie(place.ticket_cookie, ticket)
        place.get("/admin", status=302)
    with town.session(write=False) as session:
        assert session.query(LoginTicket).count() == 0


def test_a_ticket_does_not_work_under_another_host(town) -> None:
    account = town.account("administrator", operator=True)
    other = town.second_tenant()
    ticket = town.ticket(account)
    other.browser.set_cookie(other.ticket_cookie, ticket)
    other.get("/admin", status=302)
    with town.session() as session:
        add_alias(session, town.slug, "alias.musterstadt.example")
    answer = town.raw(
        "/admin",
        host="alias.musterstadt.example",
        HTTP_COOKIE=f"{town.ticket_cookie}={ticket}",
    )
    assert answer.status_int == 301


def test_a_forged_session_is_thrown_away(town) -> None:
    town.csrf_token()
    value = cookie(town, "stadtkern_session").strip('"')
    for forged in (value[:-2], value[::-1], "a" * len(value), "", "null"):
        town.anonymous()
        town.browser.set_cookie("stadtkern_session", forged)
        assert town.get("/barriere-melden").status_int == 200


# Redirects


@pytest.mark.parametrize(
    "target",
    [
        "//boese.example",
        "///boese.example",
        "////boese.example",
        "/\\boese.example",
        "\\\\boese.example",
        "\\/boese.example",
        "https://boese.example",
        "http:boese.example",
        "https:/boese.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\t/boese.example",
        "/\n/boese.example",
        "\t//boese.example",
        " //boese.example",
        "/%0d%0aLocation:%20https://boese.example",
        "/\r\nSet-Cookie: a=b",
        "//boese.example@musterstadt.example",
        "/.//boese.example",
        "/..//boese.example",
        "/;@boese.example",
        "/%2f/boese.example",
        "/%5cboese.example",
        "//musterstadt.example:80@boese.example",
        "?next=//boese.example",
        "admin",
        "",
        "/admin\x00",
        "/\u2028/boese.example",
        "/\u200b/boese.example",
    ],
)
def test_the_login_leads_to_this_site_only(town, target) -> None:
    account = town.account("administrator")
    answer = try_login(town, account.mail, fields={"next": target})
    assert answer.status_int == 302
    leads_home(town, answer)
    assert "a=b" not in str(answer.headers)
    leads_home(town, town.get("/login", params={"next": target}, status=302))


def leads_home(town, answer) -> None:
    parts = urlsplit(answer.headers["Location"])
    assert parts.netloc in {town.host, f"{town.host}:80"}
    assert parts.scheme == "http"
    assert "\\" not in parts.path


@given(st.text(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_next_says_it_is_a_path_of_ours(database, text) -> None:
    found = safe_next(text)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))
    assert found.isprintable()
    assert urlsplit(found).netloc == ""


def test_the_way_to_the_login_carries_paths_only(town) -> None:
    answer = town.raw("/", PATH_INFO="/admin//boese.example")
    assert answer.status_int in {302, 404}
    assert not answer.headers.get("Location", "").startswith("//")
    answer = town.get("/admin", status=302)
    assert urlsplit(answer.headers["Location"]).netloc.startswith(town.host)


# Guessing and listening


def test_login_and_reset_answer_alike_whether_or_not_there_is_an_account(town) -> None:
    member = town.account("author")
    elsewhere = town.second_tenant().account("author", mail="fremd@people.example")
    inactive = town.account("author", mail="ehemalig@people.example")
    with town.session() as session:
        session.get(Account, inactive.id).active = False
    answers = set()
    for mail in (member.mail, elsewhere.mail, inactive.mail, "niemand@people.example"):
        town.anonymous()
        wrong = try_login(town, mail, "Falsches-Kennwort-99")
        asked = town.post("/account/reset", {"mail": mail}, status="*")
        code = town.post(
            "/account/reset/code",
            {"mail": mail, "code": "AAAAA-AAAAA", "password": NEW_PASSWORD},
            status="*",
        )
        seen = tuple(
            (answer.status_int, answer.headers.get("Location"), same(answer.text, mail))
            for answer in (wrong, asked, code)
        )
        answers.add(seen)
    assert len(answers) == 1
    assert [mail.recipient for mail in town.mails()] == [member.mail]


def same(text, mail) -> str:
    """Return a page without what differs each time: the proof of origin and the typed address."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text).replace(mail, "")


def test_an_account_is_closed_to_guessing_from_many_addresses(town) -> None:
    account = town.account("administrator")
    for number in range(FAILURES):
        answer = try_login(
            town,
            account.mail,
            f"geraten-{number}",
            extra_environ={"REMOTE_ADDR": f"10.0.0.{number}"},
        )
        assert answer.status_int == 422
    assert try_login(town, account.mail).status_int == 422
    # Also under another town's host.
    other = town.second_tenant()
    with other.session() as session:
        set_roles(session, town.registry, account, ["author"])
    assert try_login(other, account.mail).status_int == 422


@pytest.mark.parametrize(
    ("path", "fields", "most"),
    [
        ("/login", {"mail": "a@b.example", "password": "x"}, 20),
        ("/account/reset", {"mail": "a@b.example"}, 5),
        ("/account/reset/code", {"mail": "a@b.example", "code": "x", "password": "x"}, 20),
        ("/barriere-melden", {"description": "x"}, 10),
    ],
)
def test_made_up_proxy_headers_do_not_get_around_the_limits(town, path, fields, most) -> None:
    for number in range(most + 1):
        forged = {
            "X-Forwarded-For": f"203.0.113.{number}",
            "Forwarded": f"for=203.0.113.{number}",
            "X-Real-IP": f"203.0.113.{number}",
        }
        answer = town.post(path, fields, headers=forged, status="*")
        assert (answer.status_int == 429) == (number == most), number


def test_a_code_cannot_be_used_up_or_used_from_another_town(town) -> None:
    account = town.account("author")
    town.post("/account/reset", {"mail": account.mail})
    code = re.search(r"[A-Z2-9]{5}-[A-Z2-9]{5}", town.mails()[0].body).group()
    other = town.second_tenant()
    for guess in ("AAAAA-AAAAA",) * 6 + (code,):
        fields = {"mail": account.mail, "code": guess, "password": NEW_PASSWORD}
        other.post("/account/reset/code", fields, status=422)
    fields = {"mail": account.mail, "code": code, "password": NEW_PASSWORD}
    town.post("/account/reset/code", fields, status=302)
    assert try_login(town, account.mail, NEW_PASSWORD).status_int == 302
    # And only once.
    town.post("/account/reset/code", fields, status=422)


# Mails


HOSTS = ["musterstadt.example:8081", "musterstadt.example:443"]


@pytest.mark.parametrize("host", HOSTS)
def test_links_in_mails_name_the_canonical_host_whatever_was_asked(town, host) -> None:
    account = town.account("administrator")
    town.configure("site", mail="amt@musterstadt.example")
    town.login("administrator", mail=account.mail)
    environ = {"HTTP_HOST": host, "HTTP_X_FORWARDED_HOST": "boese.example"}
    for path, fields in (
        ("/account/reset", {"mail": account.mail}),
        ("/barriere-melden", {"description": "Zu klein"}),
        ("/admin/people/add", {"mail": "neu@people.example", "name": "Neu"}),
    ):
        town.post(path, fields, extra_environ=environ, status=302)
    bodies = [mail.body for mail in town.mails()]
    links = [link for body in bodies for link in re.findall(r"https?://\S+", body)]
    assert len(links) == 3
    for link in links:
        assert urlsplit(link).netloc == town.host


def test_an_alias_sends_no_mail(town) -> None:
    account = town.account("administrator")
    with town.session() as session:
        add_alias(session, town.slug, "alias.example")
    answer = town.post(
        "/account/reset", {"mail": account.mail}, extra_environ={"HTTP_HOST": "alias.example"}
    )
    assert answer.status_int == 308
    assert answer.headers["Location"] == f"http://{town.host}/account/reset"
    assert town.mails() == []


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "%0d%0a", "\u2028", "\x85"])
def test_no_header_is_smuggled_into_a_mail(town, break_) -> None:
    evil = f"a@people.example{break_}Bcc: opfer@people.example"
    for path, fields in (
        ("/account/reset", {"mail": evil}),
        ("/barriere-melden", {"description": "x", "mail": evil, "page": f"/x{break_}Bcc: y"}),
    ):
        town.post(path, fields, status="*")
    town.login("administrator")
    town.post("/admin/people/add", {"mail": evil, "name": f"N{break_}Bcc: z"}, status="*")
    for mail in town.mails():
        letter = town.registry["outbox"]._letter(mail)
        assert "Bcc" not in letter
        assert len(letter["To"].addresses) == 1
        assert not re.search(r"[\r\n\x85\u2028]", mail.subject + mail.recipient)


# Cookies


def test_cookies_of_the_shipped_settings_are_bound_to_host_and_tls(make_town) -> None:
    town = make_town({"stadtkern.secure_cookies": "true"})
    account = town.account("administrator")
    secure = {"wsgi.url_scheme": "https"}
    page = town.raw("/login", **secure)
    session = page.headers["Set-Cookie"]
    token = re.search(r'name="csrf_token" value="([^"]*)"', page.text).group(1)
    body = f"csrf_token={token}&mail={account.mail.replace('@', '%40')}&password={PASSWORD}"
    answer = town.browser.post(
        "/login",
        body,
        headers={"Cookie": session.partition(";")[0], "Origin": f"https://{town.host}"},
        extra_environ=secure,
        status=302,
    )
    tickets = [v for v in answer.headers.getall("Set-Cookie") if "stadtkern_ticket" in v]
    assert len(tickets) == 1
    for value in (session, *tickets):
        name, _, rest = value.partition("=")
        flags = {part.strip().lower().partition("=")[0] for part in rest.split(";")[1:]}
        assert name.startswith("__Host-stadtkern_")
        assert {"secure", "httponly", "samesite", "path"} <= flags
        assert "domain" not in flags
        assert "samesite=lax" in rest.lower()
        assert "path=/;" in f"{rest};".lower().replace(" ", "")
    # Gone with the browser: the server's two time limits count.
    assert "max-age" not in tickets[0].lower()
    assert "expires" not in tickets[0].lower()
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_a_reporter_names_as_page_leads_nobody_away(town) -> None:
    with town.session() as session:
        for number, page in enumerate(
            ("//boese.example", "/\\boese.example", "https://boese.example")
        ):
            session.add(BarrierReport(reference=f"B-{number}", page=page, description="x"))
    town.login("administrator")
    hrefs = re.findall(r'href="([^"]*)"', town.get("/admin/reports").text)
    assert not [href for href in hrefs if "boese" in href]


def test_methods_that_nobody_knows_are_counted_as_one(town) -> None:
    for number in range(30):
        town.raw("/", REQUEST_METHOD=f"X{number}")
    metrics = town.raw("/metrics", HTTP_AUTHORIZATION="Bearer metrics-of-a-test").text
    assert 'method="OTHER"' in metrics
    assert 'method="X' not in metrics
