"""Data protection: rules that delete, holds that keep, access, erasure and its certificate."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError
from sqlalchemy import select

from stadtkern.accounts.models import Account, ApiToken, LoginTicket, Membership
from stadtkern.audit.models import AuditEntry
from stadtkern.content.models import Autosave, Node, NodeComment, Revision
from stadtkern.db import utcnow
from stadtkern.mail import compose
from stadtkern.mail.models import MailMessage
from stadtkern.privacy import Due, Part, PrivacyRefused, holds, persons
from stadtkern.privacy.models import LegalHold, PrivacyCertificate, RetentionRun
from stadtkern.privacy.retention import RetentionFailed, desk_for, due_now, sweep
from stadtkern.testing.town import Town

MAIL = "erika@buergerin.example"


def write(town: Town, mail: str = MAIL, *, days: int = 0, status: str = "sent") -> int:
    """Let a mail lie in the outbox for so many days."""
    with town.session() as session:
        compose(session, town.registry["outbox"], recipient=mail, subject="Gruß", body="Guten Tag")
        row = session.scalars(select(MailMessage).order_by(MailMessage.id.desc()).limit(1)).one()
        row.created_at, row.status = utcnow() - timedelta(days=days), status
        return row.id


def stored(town: Town, model: Any, *where: Any) -> list[Any]:
    with town.session(write=False) as session:
        rows = list(session.scalars(select(model).where(*where)))
        session.expunge_all()
    return rows


def hold(town: Town, *, kind: str = "person", subject: str = "", mail: str | None = None) -> int:
    with town.session() as session:
        desk = desk_for(session, town.registry, town.tenant)
        found = persons.subject_of(desk, mail) if mail else None
        row = holds.place(
            session,
            town.registry,
            town.tenant,
            kind=kind,
            subject=subject if found is None else found.mark,
            reason="Klage 7 K 12/26 ist anhängig",
            mail=mail,
            account_id=None if found is None else found.account_id,
        )
        return row.id


def look(town: Town, mail: str = MAIL) -> persons.Preview:
    with town.session() as session:
        return persons.look(session, town.registry, town.tenant, mail)


def erase(town: Town, mail: str = MAIL, **kw: Any) -> PrivacyCertificate:
    with town.session() as session:
        made = persons.erase(session, town.registry, town.tenant, mail, **{"by": None, **kw})
        session.flush()
        session.expunge_all()
    return made


def report(town: Town) -> dict[str, Any]:
    (row,) = stored(town, RetentionRun)
    assert row.finished_at is not None
    return dict(row.results)


# Rules


def test_each_night_what_is_too_old_goes_and_a_report_says_so(town: Town) -> None:
    old, young, waiting = (
        write(town, days=91),
        write(town, days=89),
        write(town, days=200, status="waiting"),
    )
    town.run_schedule("privacy.retention")
    assert {row.id for row in stored(town, MailMessage)} == {young, waiting}
    assert report(town)["mails"] == {"days": 90, "erased": 1, "held": 0, "problem": ""}
    deeds = stored(town, AuditEntry, AuditEntry.deed == "privacy.retention")
    assert [(row.kind, row.subject) for row in deeds] == [("mail_message", "mails")]
    assert old not in {young, waiting}


def test_each_town_chooses_its_period_within_the_bounds(town: Town) -> None:
    other = town.second_tenant()
    town.configure("privacy", periods={"mails": 10})
    for one in (town, other):
        write(one, days=20)
    town.run_schedule("privacy.retention")
    assert (stored(town, MailMessage), len(stored(other, MailMessage))) == ([], 1)
    assert (report(town)["mails"]["days"], report(other)["mails"]["days"]) == (10, 90)


def test_holds_on_persons_and_objects_keep_from_the_rules(town: Town) -> None:
    person, thing, free = (
        write(town, days=100),
        write(town, "a@b.example", days=100),
        write(town, "c@d.example", days=100),
    )
    first = hold(town, mail=MAIL)
    hold(town, kind="mail_message", subject=str(thing))
    town.run_schedule("privacy.retention")
    assert {row.id for row in stored(town, MailMessage)} == {person, thing}
    assert report(town)["mails"] == {"days": 90, "erased": 1, "held": 2, "problem": ""}
    assert free not in {person, thing}
    with town.session() as session:
        holds.lift(session, session.get_one(LegalHold, first))
    town.run_schedule("privacy.retention")
    assert {row.id for row in stored(town, MailMessage)} == {thing}


def test_a_hold_ends_with_its_last_day(town: Town) -> None:
    write(town, days=100)
    number = hold(town, mail=MAIL)
    with town.session() as session:
        row = session.get_one(LegalHold, number)
        row.until = town.tenant.today() - timedelta(days=1)
    town.run_schedule("privacy.retention")
    assert stored(town, MailMessage) == []


def test_a_held_page_stays_in_the_trash(town: Town) -> None:
    page = town.page("Satzung")
    hold(town, kind="node", subject=str(page.id))
    with town.content() as content:
        content.delete(page.id)
    with town.session() as session:
        session.get_one(Node, page.id).deleted_at = utcnow() - timedelta(days=60)
    with town.content() as content:
        assert content.purge_due(page.id) == 24 * 3600
    assert stored(town, Node, Node.id == page.id)
    with town.session() as session:
        holds.lift(session, session.scalars(select(LegalHold)).one())
    with town.content() as content:
        assert content.purge_due(page.id) is None
    assert stored(town, Node, Node.id == page.id) == []


def rule_of(config: Configurator, name: str = "probe", **kw: Any) -> None:
    """Declare a rule over mails, for tests of the directive."""
    config.add_retention_rule(
        name,
        **{
            "title": "Probe",
            "data": "mails",
            "days": 5,
            "basis": "§ 1",
            "kind": "mail_message",
            "due": lambda *_all: (),
            "erase": lambda *_all: None,
        }
        | kw,
    )


@pytest.mark.parametrize("days", [0, 4_000])
def test_a_town_cannot_choose_beyond_the_bounds(make_town: Callable[..., Town], days: int) -> None:
    town = make_town(configure=lambda config: rule_of(config, least=3, most=2_000))
    town.configure("privacy", periods={"probe": days})
    town.run_schedule("privacy.retention")
    assert report(town)["probe"]["days"] == min(max(days, 3), 2_000)


def test_a_rule_that_fails_is_named_and_the_others_run(make_town: Callable[..., Town]) -> None:
    def broken(*_all: Any) -> Any:
        raise ZeroDivisionError

    town = make_town(configure=lambda config: rule_of(config, "a_first", due=broken))
    write(town, days=100)
    with pytest.raises(RetentionFailed, match="ZeroDivisionError"):
        town.run_schedule("privacy.retention")
    assert stored(town, MailMessage) == []
    results = report(town)
    assert (results["a_first"]["problem"], results["mails"]["erased"]) == ("ZeroDivisionError", 1)


def test_a_run_that_broke_off_goes_on_and_counts_once(town: Town) -> None:
    for _index in range(3):
        write(town, days=100)
    held = write(town, "c@d.example", days=100)
    hold(town, kind="mail_message", subject=str(held))
    calls = []

    def unit() -> Any:
        calls.append(1)
        if len(calls) == 9:
            raise KeyboardInterrupt
        return town.session()

    with pytest.raises(KeyboardInterrupt):
        sweep(town.registry, town.tenant, unit, "one")
    assert stored(town, RetentionRun)[0].finished_at is None
    assert sweep(town.registry, town.tenant, town.session, "one")["mails"] == {
        "days": 90,
        "erased": 3,
        "held": 1,
        "problem": "",
    }


def test_a_preview_of_the_rules_changes_nothing(town: Town) -> None:
    write(town, days=100)
    rule = town.registry["retention_rules"]["mails"]
    with town.session(write=False) as session:
        found = due_now(desk_for(session, town.registry, town.tenant), rule, 90)
    assert (found.erased, found.held, len(stored(town, MailMessage))) == (1, 0, 1)


def test_a_rule_that_goes_in_circles_is_stopped(make_town: Callable[..., Town]) -> None:
    def circling(_desk: Any, _before: Any, _after: Any, limit: int) -> list[Due]:
        return [Due(number) for number in range(1, limit + 1)]

    town = make_town(configure=lambda config: rule_of(config, due=circling))
    with pytest.raises(RetentionFailed, match="ValueError"):
        town.run_schedule("privacy.retention")


def test_two_rules_of_one_name_and_unknown_data_are_refused(make_town: Callable[..., Town]) -> None:
    def twice(config: Configurator) -> None:
        rule_of(config)
        rule_of(config, days=7)

    with pytest.raises(ConfigurationConflictError):
        make_town(configure=twice)
    with pytest.raises(ConfigurationError, match="no personal data “nothing”"):
        make_town(configure=lambda config: rule_of(config, data="nothing"))
    for bad in ({"least": 6}, {"name": "Groß"}, {"most": 4}):
        with pytest.raises(ConfigurationError, match="Retention rule"):
            make_town(configure=lambda config, bad=bad: rule_of(config, **bad))


# Persons


@pytest.fixture
def employee(town: Town) -> Account:
    """Return somebody who has written, commented, left a text unsaved, and made a token."""
    town.account("administrator")
    account = town.account("editor", mail=MAIL)
    page = town.page("Freibad")
    town.ticket(account)
    town.token(account)
    with town.session() as session:
        node = session.get_one(Node, page.id)
        node.author_id = account.id
        session.add(
            Autosave(account_id=account.id, place=f"node:{page.id}", controls=[["title", "Bad"]])
        )
        session.add(
            NodeComment(
                node_id=page.id,
                transition="return",
                state="draft",
                text="Bitte die Öffnungszeiten prüfen",
                account_id=account.id,
            )
        )
    with town.content(actor=account) as content:
        summary = f"Fragen an {MAIL}"
        content.save(
            page.id, version=node.version, title="Freibad", summary=summary, fields={}, blocks=[]
        )
    write(town)
    return account


def test_all_that_is_stored_of_a_person_is_found(town: Town, employee: Account) -> None:
    found = {
        (line.data.name, line.part.fate): line.part.number
        for line in look(town).lines
        if line.data.name in {"mails", "audit"}
    }
    assert found == {("mails", "erase"): 1, ("audit", "keep"): found["audit", "keep"]}
    titles = {str(line.part.title): line.part for line in look(town).lines}
    assert titles["Membership with its roles"].number == 1
    assert titles["Access tokens"].number == 1
    assert titles["Logins"].number == 1
    assert titles["Unsaved texts"].number == 1
    assert titles["Steps of the review, with comments"].fate == "anonymise"
    assert titles["Pages that name this address"].fate == "keep"
    assert titles["Account"].fate == "anonymise"
    assert look(town, "niemand@nirgends.example").lines == ()
    assert employee.mail == MAIL


def test_erasure_leaves_nothing_and_certifies_it(town: Town, employee: Account) -> None:
    before = look(town)
    made = erase(town, seen=before.seen)
    account = stored(town, Account, Account.id == employee.id)[0]
    assert (account.active, account.password_hash, account.name) == (False, None, f"#{account.id}")
    assert MAIL not in account.mail
    for model, column in (
        (Membership, Membership.account_id),
        (ApiToken, ApiToken.account_id),
        (LoginTicket, LoginTicket.account_id),
        (Autosave, Autosave.account_id),
        (Node, Node.author_id),
        (Revision, Revision.account_id),
        (NodeComment, NodeComment.account_id),
    ):
        assert stored(town, model, column == employee.id) == [], model
    assert stored(town, MailMessage) == []
    # What the town has written stays.
    assert "Bitte die Öffnungszeiten prüfen" in {row.text for row in stored(town, NodeComment)}
    after = {line.part.fate for line in look(town).lines}
    assert after == {"keep"}
    text = json.dumps(made.document)
    assert (MAIL in text, "erika" in text.lower(), made.person in text) == (False, False, True)
    assert persons.is_genuine(made)
    parts = {one["part"]: one for one in made.document["parts"]}
    assert parts["Mails an diese Adresse"]["erased"] == 1
    made.document["parts"] = []
    assert not persons.is_genuine(made)
    deeds = {row.deed for row in stored(town, AuditEntry, AuditEntry.kind == "person")}
    assert deeds == {"privacy.erase"}


def test_the_last_administrator_is_not_erased(town: Town) -> None:
    town.account("administrator", mail=MAIL)
    found = look(town)
    assert [str(part.title) for part in found.blocks] == ["Account"]
    with pytest.raises(PrivacyRefused, match="last administrator"):
        erase(town)
    assert len(stored(town, Membership)) == 1
    town.account("administrator")
    erase(town)


def test_nobody_erases_themselves_and_operators_stay(town: Town, employee: Account) -> None:
    with pytest.raises(PrivacyRefused, match="another administrator"):
        erase(town, by=employee.id)
    town.account(mail=MAIL, operator=True)
    with pytest.raises(PrivacyRefused, match="operates"):
        erase(town)


def test_a_hold_on_a_person_stands_in_the_way_and_on_an_object_keeps_that(
    town: Town, employee: Account
) -> None:
    number = hold(town, mail=MAIL)
    assert look(town).person_held
    with pytest.raises(PrivacyRefused, match="legal hold"):
        erase(town)
    with town.session() as session:
        holds.lift(session, session.get_one(LegalHold, number))
    (mail,) = stored(town, MailMessage)
    hold(town, kind="mail_message", subject=str(mail.id))
    made = erase(town)
    assert [row.id for row in stored(town, MailMessage)] == [mail.id]
    parts = {one["part"]: one for one in made.document["parts"]}
    assert parts["Mails an diese Adresse"] == {
        "data": "Versandte E-Mails",
        "part": "Mails an diese Adresse",
        "erased": 0,
        "anonymised": 0,
        "kept": 1,
        "why": "Aufbewahrungssperre",
    }
    # The lifted hold with its sealed address went along.
    assert [row.kind for row in stored(town, LegalHold)] == ["mail_message"]
    assert employee.id


def test_what_was_shown_counts(town: Town, employee: Account) -> None:
    seen = look(town).seen
    write(town)
    with pytest.raises(PrivacyRefused, match="look at it again"):
        erase(town, seen=seen)
    assert stored(town, Membership, Membership.account_id == employee.id)


def test_an_erasure_that_leaves_something_is_taken_back(make_town: Callable[..., Town]) -> None:
    def forgetful(config: Configurator) -> None:
        config.add_personal_data(
            "forgetful",
            title="Vergesslich",
            purpose="Probe",
            people="Alle",
            data="Alles",
            basis="§ 1",
            find=lambda _desk, _subject: [Part("Zettel", 1)],
            export=lambda _desk, _subject: [{"note": "x"}],
            erase=lambda _desk, _subject: None,
            order=1_000,
        )

    town = make_town(configure=forgetful)
    write(town)
    with pytest.raises(persons.NotErased, match="forgetful"):
        erase(town)
    assert len(stored(town, MailMessage)) == 1
    assert stored(town, PrivacyCertificate) == []


def test_other_towns_are_neither_told_nor_touched(town: Town, employee: Account) -> None:
    other = town.second_tenant()
    assert look(other).lines == ()
    other.account("administrator")
    other.account("author", mail=MAIL)
    write(other)
    parts = {str(line.part.title): line.part for line in look(town).lines}
    assert parts["Account"].fate == "keep"
    erase(town)
    assert stored(town, Account, Account.mail == MAIL)
    assert stored(other, Membership, Membership.account_id == employee.id)
    assert len(stored(other, MailMessage)) == 1
    # The account goes with its last membership.
    erase(other)
    assert stored(town, Account, Account.mail == MAIL) == []


def test_all_records_are_handed_out_and_that_is_noted(town: Town, employee: Account) -> None:
    with town.session() as session:
        _subject, found = persons.hand_out(session, town.registry, town.tenant, MAIL.upper())
        records = {data.name: rows for data, rows in found}
    assert records["mails"][0]["recipient"] == MAIL
    assert {row["what"] for row in records["accounts"]} >= {"account", "membership", "login"}
    assert "comment" in {row["what"] for row in records["content"]}
    text = repr(found)
    assert "argon2" not in text
    assert employee.mail in text
    (entry,) = stored(town, AuditEntry, AuditEntry.deed == "privacy.export")
    assert MAIL not in entry.subject
