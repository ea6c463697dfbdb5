"""Data protection in the back office, on the privacy page and by command."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from stadtkern.accounts.models import Membership
from stadtkern.mail import compose
from stadtkern.mail.models import MailMessage
from stadtkern.privacy.models import LegalHold, PrivacyCertificate
from stadtkern.site.models import BarrierReport
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town

pytestmark = on_sqlite
MAIL = "erika@buergerin.example"


@pytest.fixture
def office(town: Town) -> Town:
    """Return a town whose administrator looks at it in English, with one report of a visitor."""
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    with town.session() as session:
        session.add(BarrierReport(reference="B-1", description="Die Treppe zum Amt <b>", mail=MAIL))
        compose(
            session, town.registry["outbox"], recipient=MAIL, subject="Ihre Meldung", body="Danke"
        )
    town.login("administrator")
    return town


def person(town: Town, mail: str = MAIL, **kw: Any) -> Any:
    page = town.get("/admin/privacy")
    form = next(one for one in page.forms.values() if "mail" in one.fields)
    form["mail"] = mail
    return form.submit(**kw)


def form_to(page: Any, path: str) -> Any:
    return next(form for form in page.forms.values() if form.action == path)


def rows(town: Town, model: Any) -> list[Any]:
    with town.session(write=False) as session:
        found = list(session.scalars(select(model)))
        session.expunge_all()
    return found


def test_from_the_address_to_the_certificate(office: Town) -> None:
    page = person(office)
    assert MAIL not in page.request.url
    page.mustcontain("Mails to this address", "Reports on barriers", "will be anonymised")
    form = form_to(page, "/admin/privacy/person/erase")
    refused = form.submit(status=422)
    refused.mustcontain("Please confirm")
    form = form_to(refused, "/admin/privacy/person/erase")
    form["sure"] = True
    made = form.submit(status=302).follow()
    made.mustcontain("Certificate of erasure L-", "This is the certificate", no=[MAIL])
    assert rows(office, MailMessage) == []
    assert [row.mail for row in rows(office, BarrierReport)] == [None]
    (certificate,) = rows(office, PrivacyCertificate)
    office.get("/admin/privacy/certificates").mustcontain(certificate.number)
    person(office).mustcontain("Certificates of earlier erasures", no=["Erase for good"])
    office.get("/admin/privacy/certificates/99", status=404)


def test_the_archive_holds_all_records_readable_by_both(office: Town) -> None:
    packed = form_to(person(office), "/admin/privacy/person/archive").submit()
    assert packed.content_type == "application/zip"
    assert packed.headers["Cache-Control"] == "no-store"
    assert 'filename="subject-access-2' in packed.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(packed.body)) as found:
        assert sorted(found.namelist()) == ["data.html", "data.json"]
        data = json.loads(found.read("data.json"))
        page = found.read("data.html").decode()
    assert data["person"] == MAIL
    assert data["data"]["barriers"][0]["text"] == "Die Treppe zum Amt <b>"
    assert [one["subject"] for one in data["data"]["mails"]] == ["Ihre Meldung"]
    assert "Die Treppe zum Amt &lt;b&gt;" in page
    assert "<b>" not in page
    assert "Art. 15 GDPR" in page


def test_the_last_administrator_is_told_why_not(office: Town) -> None:
    page = person(office, "administrator@people.example")
    page.mustcontain("This is the last administrator", no=["Erase for good"])
    fields = {"mail": "administrator@people.example", "sure": "1"}
    refused = office.post("/admin/privacy/person/erase", fields, status=422)
    refused.mustcontain("another administrator")
    assert len(rows(office, Membership)) == 1


def test_from_a_members_page_to_what_is_stored(office: Town) -> None:
    member = office.account("author", mail="autorin@people.example")
    page = office.get(f"/admin/people/{member.id}")
    shown = form_to(page, "/admin/privacy/person").submit()
    shown.mustcontain("autorin@people.example", "Membership with its roles", "Erase for good")


def test_a_hold_is_placed_shown_and_lifted(office: Town) -> None:
    page = form_to(person(office), "/admin/privacy/holds").submit()
    form = form_to(page, "/admin/privacy/holds")
    assert form["mail"].value == MAIL
    form.submit(status=422).mustcontain("Reason")
    form["reason"] = "Klage anhängig"
    form.submit(status=302).follow().mustcontain(MAIL, "Klage anhängig", "counts from now on")
    (hold,) = rows(office, LegalHold)
    assert "Klage" not in (hold.sealed_reason or "")
    assert MAIL not in (hold.sealed_mail or "") + hold.subject
    person(office).mustcontain("A legal hold stands on this person", no=["Erase for good"])
    form.submit(status=422).mustcontain("A hold stands on this already")
    lifted = form_to(
        office.get("/admin/privacy/holds"), f"/admin/privacy/holds/{hold.id}/lift"
    ).submit(status=302)
    lifted.follow().mustcontain("The hold was lifted", "lifted on")
    person(office).mustcontain("Erase for good")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "person"}, "Please give the person"),
        ({"kind": "node", "number": "9999"}, "nothing with this number"),
        ({"kind": "node"}, "nothing with this number"),
        ({"kind": "tenant", "number": "1"}, "is not one of"),
        ({"kind": "person", "mail": MAIL, "until": "2020-01-01"}, "over already"),
    ],
)
def test_holds_on_nothing_are_refused(office: Town, fields: dict[str, str], said: str) -> None:
    form = form_to(office.get("/admin/privacy/holds"), "/admin/privacy/holds")
    values = {"reason": "Probe", "mail": "", "number": "", "until": "", **fields}
    form["kind"].force_value(values.pop("kind"))
    for name, value in values.items():
        form[name] = value
    form.submit(status=422).mustcontain(said)
    assert rows(office, LegalHold) == []


def test_a_held_page_is_not_deleted_from_the_trash(office: Town) -> None:
    page = office.page("Satzung")
    form = form_to(office.get("/admin/privacy/holds"), "/admin/privacy/holds")
    form["kind"], form["number"], form["reason"] = "node", str(page.id), "Klage"
    form.submit(status=302)
    with office.content() as content:
        content.delete(page.id)
    answer = office.post(f"/admin/trash/{page.id}/purge", {"sure": "1"}, status=302)
    answer.follow().mustcontain("A legal hold stands on this", "Satzung")


def test_another_towns_page_cannot_be_held(office: Town) -> None:
    page = office.second_tenant().page("Fremd")
    form = form_to(office.get("/admin/privacy/holds"), "/admin/privacy/holds")
    form["kind"], form["number"], form["reason"] = "node", str(page.id), "Probe"
    form.submit(status=422).mustcontain("nothing with this number")


def test_periods_are_set_run_and_reported(office: Town) -> None:
    form = form_to(office.get("/admin/privacy/retention"), "/admin/privacy/retention")
    form["days-mails"] = "0"
    form.submit(status=422)
    form["days-mails"] = "7"
    form.submit(status=302)
    page = office.get("/admin/privacy/retention")
    assert form_to(page, "/admin/privacy/retention")["days-mails"].value == "7"
    form_to(page, "/admin/privacy/retention/run").submit(status=302)
    office.run_jobs()
    office.get("/admin/privacy/retention").mustcontain("Report of", "Mails that were sent")


def test_the_register_says_what_is_switched_on(office: Town) -> None:
    page = office.get("/admin/privacy/register")
    page.mustcontain("Reports on barriers", "Art. 30 GDPR", "Mails that were sent: 90 days")
    office.configure("site", organisation="Stadt Musterstadt", privacy_officer="Frau Muster")
    data = office.get("/admin/privacy/register.json").json
    assert data["controller"]["privacy_officer"] == "Frau Muster"
    names = {line["name"] for line in data["activities"]}
    assert {"accounts", "audit", "barriers", "content", "mails", "reading"} <= names
    table = office.get("/admin/privacy/register.csv")
    assert table.text.startswith("\ufeffProcessing;Purpose")
    assert len(table.text.strip().splitlines()) == len(names) + 1


def test_only_administrators_reach_it_and_only_freshly(office: Town) -> None:
    account = office.login("editor")
    office.get("/admin/privacy", status=403)
    assert "/admin/privacy" not in office.get("/admin").text
    chief = office.account("administrator", mail="chef@people.example")
    office.anonymous()
    stale = office.ticket(chief, proved_at=account.created_at.replace(year=2020))
    office.browser.set_cookie(office.ticket_cookie, stale)
    assert "/prove" in office.get("/admin/privacy", status=302).location
    fields = {"mail": MAIL, "sure": "1"}
    office.post("/admin/privacy/person/erase", fields, status=403)
    assert len(rows(office, MailMessage)) == 1


def test_the_privacy_page_is_made_of_what_is_switched_on(town: Town) -> None:
    page = town.get("/datenschutz")
    page.mustcontain("Wenn Sie nur lesen", "Wenn Sie eine Barriere melden", "1125 Tage")
    town.configure(
        "site", privacy_text="## Stadtbücherei\nDas Programm der Bücherei …\n\nUnd <b> noch etwas."
    )
    own = town.get("/datenschutz")
    own.mustcontain("<h2>Stadtbücherei</h2>", "Das Programm der Bücherei", "Und &lt;b&gt; noch")
    town.configure("privacy", periods={"barriers": 400})
    town.get("/datenschutz").mustcontain("400 Tage", no=["1125 Tage"])


def test_commands_show_hand_out_erase_and_clear(
    town: Town, stadtkern: Callable[..., Any], tmp_path: Any
) -> None:
    with town.session() as session:
        compose(session, town.registry["outbox"], recipient=MAIL, subject="x", body="y")
    where = ("--tenant", town.slug, "--mail", MAIL)
    shown = json.loads(stadtkern("privacy", "show", *where, "--json").stdout)
    assert [(row["data"], row["number"], row["fate"]) for row in shown] == [("mails", 1, "erase")]
    target = tmp_path / "auskunft.zip"
    assert stadtkern("privacy", "export", *where, "--output", str(target)).exit_code == 0
    assert target.stat().st_mode & 0o077 == 0
    assert zipfile.is_zipfile(target)
    again = stadtkern("privacy", "export", *where, "--output", str(target))
    assert (again.exit_code, "exists already" in again.stderr) == (1, True)
    dry = json.loads(
        stadtkern("privacy", "retention", "--tenant", town.slug, "--dry-run", "--json").stdout
    )
    assert {"rule": "mails", "days": 90, "due": 0, "held": 0} in dry
    assert stadtkern("privacy", "retention", "--tenant", town.slug).exit_code == 0
    erased = json.loads(stadtkern("privacy", "erase", *where, "--yes", "--json").stdout)
    assert MAIL not in json.dumps(erased)
    assert rows(town, MailMessage) == []
    refused = stadtkern("privacy", "erase", *where, "--yes")
    assert (refused.exit_code, "Nothing is stored" in refused.stderr) == (1, True)
