"""“Report a barrier”: the one public form, and with it all that forms share."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from stadtkern.site.models import ANSWER_WITHIN, BarrierReport
from stadtkern.site.services import answered
from stadtkern.testing.databases import on_sqlite

URL = "/barriere-melden"
TEXT = "Die Karte lässt sich nicht mit der Tastatur bedienen."


def reports(town):
    with town.session(write=False) as session:
        rows = list(session.scalars(select(BarrierReport).order_by(BarrierReport.id)))
        session.expunge_all()
    return rows


def form_of(page):
    return next(form for form in page.forms.values() if "description" in form.fields)


def test_a_report_is_stored_acknowledged_and_mailed(town) -> None:
    town.configure("site", mail="rathaus@musterstadt.example")
    town.page("Karte", slug="karte")
    assert "/barriere-melden?page=%2Fkarte" in town.get("/karte").text
    form = form_of(town.get(f"{URL}?page=/karte"))
    assert form["page"].value == "/karte"
    form["description"] = TEXT
    form["mail"] = "Erika@Example.org"
    thanks = form.submit().follow()
    (report,) = reports(town)
    assert report.reference in thanks.text
    assert (report.description, report.page, report.mail, report.status) == (
        TEXT,
        "/karte",
        "erika@example.org",
        "open",
    )
    assert abs(report.due_at - report.created_at - ANSWER_WITHIN) < timedelta(seconds=5)
    to_reporter, to_town = town.mails()
    assert to_town.recipient == "rathaus@musterstadt.example"
    assert to_reporter.recipient == "erika@example.org"
    for mail in (to_town, to_reporter):
        assert report.reference in mail.subject
        assert "erika" not in mail.subject
        assert mail.status == "captured"
    assert report.reference not in town.get(URL).text


def test_a_report_needs_neither_name_nor_address(town) -> None:
    form = form_of(town.get(URL))
    form["description"] = TEXT
    form.submit().follow()
    (report,) = reports(town)
    assert report.mail is None
    assert town.mails() == []


def test_an_answer_wipes_the_address(town) -> None:
    form = form_of(town.get(URL))
    form["description"] = TEXT
    form["mail"] = "erika@example.org"
    form.submit()

    class Asked:
        db = None

    with town.session() as session:
        Asked.db = session
        answered(Asked, reports(town)[0].id)
    (report,) = reports(town)
    assert (report.status, report.mail) == ("answered", None)
    assert report.answered_at is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", ""),
        ("description", "   "),
        ("description", "x" * 4001),
        ("mail", "keine Adresse"),
        ("page", "x" * 1001),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_kept(town, field, value) -> None:
    form = form_of(town.get(URL))
    form["description"] = TEXT
    form[field] = value
    answer = form.submit(status=422)
    assert 'id="error-summary"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert form_of(answer)[field].value.strip() == value.strip()
    assert reports(town) == []


def test_markup_in_a_report_stays_text(town) -> None:
    form = form_of(town.get(URL))
    form["description"] = '"><script>alert(1)</script>'
    form["mail"] = "x"
    answer = form.submit(status=422)
    assert "<script>alert" not in answer.text


def test_control_characters_are_dropped_not_an_error(town) -> None:
    form = form_of(town.get(URL))
    form["description"] = "eins\x00zwei\x07drei\r\nvier"
    form.submit(status=302)
    assert reports(town)[0].description == "einszweidrei\nvier"


def test_machines_that_fill_the_trap_get_nothing(town) -> None:
    form = form_of(town.get(URL))
    form["description"] = TEXT
    form["website"] = "http://spam.example"
    form.submit(status=302)
    assert reports(town) == []


@on_sqlite
@pytest.mark.parametrize("token", [None, "", "falsch"])
def test_without_proof_of_origin_a_clear_page_and_nothing_stored(town, token) -> None:
    town.get(URL)
    fields = {"description": TEXT} | ({} if token is None else {"csrf_token": token})
    answer = town.post(URL, fields, csrf=False, status=400)
    assert "Musterstadt" in answer.text
    assert 'class="lead"' in answer.text
    assert reports(town) == []


@on_sqlite
def test_another_sessions_token_does_not_count(town) -> None:
    token = town.csrf_token()
    town.anonymous()
    town.get(URL)
    town.post(URL, {"description": TEXT, "csrf_token": token}, csrf=False, status=400)
    assert reports(town) == []


@on_sqlite
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_the_browser_says_came_from_elsewhere_is_refused(town, site) -> None:
    answer = town.post(URL, {"description": TEXT}, headers={"Sec-Fetch-Site": site}, status=403)
    assert "Musterstadt" in answer.text
    assert reports(town) == []
    town.post(URL, {"description": TEXT}, headers={"Sec-Fetch-Site": "same-origin"}, status=302)
    assert len(reports(town)) == 1


@on_sqlite
def test_a_strange_origin_over_tls_is_refused(town) -> None:
    fields = {"description": TEXT}
    environ = {"wsgi.url_scheme": "https"}
    answer = town.post(
        URL,
        fields,
        headers={"Origin": "https://boese.example"},
        extra_environ=environ,
        status=400,
    )
    assert "Musterstadt" in answer.text
    assert reports(town) == []


@on_sqlite
@pytest.mark.parametrize(
    "controls",
    [
        [("__start__", "a:mapping")] * 500,
        [("__start__", "a:sequence")] * 13,
        [("__end__", "a:mapping")],
        [("__start__", "a:mapping"), ("x", "1")],
        [("__start__", "a:nonsense"), ("__end__", "a:nonsense")],
    ],
    ids=["deep", "just-too-deep", "end-first", "unclosed", "unknown-kind"],
)
def test_malformed_controls_are_a_bad_request(town, controls) -> None:
    town.post(URL, controls, csrf=False, status=400)
    fields = [("csrf_token", town.csrf_token()), *controls]
    town.browser.post(URL, fields, status=400)
    assert reports(town) == []


def test_a_form_of_too_many_fields_is_too_much(town) -> None:
    town.post(URL, [("description", "x")] * 5002, csrf=False, status=413)
    assert reports(town) == []


@on_sqlite
def test_a_form_in_a_broken_encoding_is_a_bad_request(town) -> None:
    token = town.csrf_token()
    body = f"csrf_token={token}&description=%FF%FE".encode()
    answer = town.browser.post(URL, body, status="*")
    assert answer.status_int in {302, 400}
    assert all("�" in report.description for report in reports(town))


@on_sqlite
def test_more_than_ten_reports_an_hour_are_too_many(town) -> None:
    for _ in range(10):
        town.post(URL, {"description": TEXT}, status=302)
    answer = town.post(URL, {"description": TEXT}, status=429)
    assert "Retry-After" in answer.headers
    assert "Musterstadt" in answer.text
    assert len(reports(town)) == 10
    other = {"REMOTE_ADDR": "198.51.100.9"}
    town.post(URL, {"description": TEXT}, extra_environ=other, status=302)
    assert len(reports(town)) == 11


@on_sqlite
def test_the_form_page_is_not_cached_and_its_cookie_is_strict(town) -> None:
    answer = town.get(URL)
    assert answer.headers["Cache-Control"] == "no-store"
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@on_sqlite
def test_cookies_are_bound_to_the_host_and_tls_by_default(make_town) -> None:
    town = make_town({"stadtkern.secure_cookies": "true"})
    cookie = town.raw(URL, **{"wsgi.url_scheme": "https"}).headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert "secure" in cookie.lower()
    assert "domain" not in cookie.lower()
    assert town.ticket_cookie.startswith("__Host-")


@on_sqlite
def test_reports_leave_no_trace_in_the_log(town) -> None:
    with capture_logs() as lines:
        town.post(URL, {"description": TEXT, "mail": "erika@example.org"})
    assert "erika" not in repr(lines)
    assert "Tastatur" not in repr(lines)


def test_a_report_belongs_to_its_town(town) -> None:
    other = town.second_tenant()
    town.post(URL, {"description": TEXT})
    assert reports(other) == []
