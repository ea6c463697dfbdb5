"""What clerks keep beside an account: owners, objections, follow-ups; deputies and limits."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_kit import INBOX, deliver, notice, records
from sqlalchemy import select

from stadtkern.audit import Wanted, find
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.cases import limits
from stadtkern_finance.cases.models import Deputy, FollowUp, Objection, OwnerChange, ReleaseLimit
from stadtkern_finance.cases.services import apply_owners, first_year_of
from stadtkern_finance.ledger.models import BookedLine
from stadtkern_finance.models import Rate, TaxAccount
from stadtkern_finance.stock import words

ACCOUNTS, PEOPLE = "/admin/finance/accounts", "/admin/finance/people"
DUE = "/admin/finance/follow-ups"


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    with town.session() as session:
        session.add(Rate(tax="grundsteuer_b", first_year=2020, percent=500))
    return town


@pytest.fixture
def account(town: Town) -> int:
    with town.session() as session:
        row = TaxAccount(
            kassenzeichen="5.0100.1",
            tax_kind="grundsteuer_b",
            number="4011223344556677",
            owners=[{"role": "owner", "surname": "Alt"}],
            messbetrag_cent=9600,
        )
        session.add(row)
        words.keep(session, [row])
        return row.id


def add(town_: Town, account: int, what: str, *, status: int = 302, **fields: str) -> Any:
    return town_.post(f"{ACCOUNTS}/{account}/add/{what}", fields, status=status)


def rows(town: Town, model: Any) -> list[Any]:
    with town.session(write=False) as session:
        found = list(session.scalars(select(model).order_by(model.id)))
        session.expunge_all()
    return found


@pytest.mark.parametrize(("day", "year"), [("01-01", 2027), ("01-02", 2028), ("12-31", 2028)])
def test_the_tax_is_owed_by_the_owner_at_the_years_beginning(day: str, year: int) -> None:
    assert first_year_of(date.fromisoformat(f"2027-{day}")) == year


def test_both_owners_are_kept_and_the_new_one_owes_from_the_next_year(town, account) -> None:
    town.login("finance_clerk")
    year = town.tenant.today().year
    add(town, account, "owner", day=f"{year}-03-15", surname="Neu", town="Musterstadt")
    (change,) = rows(town, OwnerChange)
    assert (change.first_year, change.applied_at) == (year + 1, None)
    page = town.get(f"{ACCOUNTS}/{account}").text
    assert "Alt" in page
    assert "Neu" in page
    with town.session() as session:
        row = session.get(TaxAccount, account)
        assert apply_owners(session, [row], year) == 0
        assert apply_owners(session, [row], year + 1) == 1
        assert row.owners[0]["surname"] == "Neu"
        assert apply_owners(session, [row], year + 1) == 0
    assert "5.0100.1" in town.get(ACCOUNTS, params={"words": "neu"}).text
    add(town, account, "owner", status=422, day="2026-01-02")
    add(town, account, "nothing", status=404)


OBJECTIONS = [
    # posted, received: the letter of Monday 30 March 2026 counts from Tuesday 7 April on (Easter)
    ("2026-03-30", "2026-05-07", False),
    ("2026-03-30", "2026-05-08", True),
]


@on_sqlite
@pytest.mark.parametrize(("posted", "received", "late"), OBJECTIONS)
def test_an_objection_is_in_time_until_the_computed_day(
    town, account, posted, received, late
) -> None:
    town.login("finance_clerk")
    add(town, account, "objection", posted_on=posted, received_on=received)
    (row,) = rows(town, Objection)
    assert (row.until, row.late) == (date(2026, 5, 7), late)
    path = f"decision?about={row.id}"
    add(town, account, path, status=422, state="granted", day="2026-06-01")
    add(town, account, path, state="granted", decision="Zu Recht.", day="2026-06-01")
    assert "Zu Recht." in town.get(f"{ACCOUNTS}/{account}").text
    add(town, account, path, status=422, state="rejected", decision="Nein", day="2026-06-01")
    add(town, account, "objection", status=422, posted_on="2026-03-30", received_on="2026-03-29")


def released(town: Town, *, status: int = 302) -> Any:
    """Let a clerk propose the one record, and whoever is logged in afterwards release it."""
    row = records(town)[0]
    fields = {"version": str(row.version), "do": "release", "seen": row.payload_hash}
    return town.post(f"{INBOX}/records/{row.id}", fields, status=status)


def proposed(town: Town) -> None:
    deliver(town, notice(), "neu.xml")
    town.login("finance_clerk")
    row = records(town)[0]
    town.post(f"{INBOX}/records/{row.id}", {"version": str(row.version), "do": "propose"})


@on_sqlite
def test_what_is_suspended_is_booked_without_dunning(town, account) -> None:
    town.login("finance_clerk")
    add(town, account, "suspension", amount="100,50", first_day="2020-01-01")
    proposed(town)
    town.login("finance_approver")
    released(town)
    town.run_jobs()
    lines = rows(town, BookedLine)
    assert lines
    assert all(line.facts["mahnsperre"] for line in lines)
    add(town, account, "suspension", status=422, amount="0", first_day="2020-01-01")


@on_sqlite
def test_notes_and_follow_ups_stand_at_the_account_and_on_the_overview(town, account) -> None:
    town.login("finance_clerk")
    add(town, account, "note", text="Ruft morgens an.")
    today = town.tenant.today()
    add(town, account, "follow-up", day=str(today), text="Grundbuch ansehen", person="me")
    add(town, account, "follow-up", day=str(today + timedelta(9)), text="Später", person="all")
    page = town.get(f"{ACCOUNTS}/{account}").text
    assert "Ruft morgens an." in page
    due = town.get(DUE).text
    assert "Grundbuch ansehen" in due
    assert "Später" not in due
    assert DUE in town.get("/admin").text
    number = rows(town, FollowUp)[0].id
    town.login("finance_approver")
    assert "Grundbuch" not in town.get(DUE).text
    town.post(f"{ACCOUNTS}/{account}/deed", {"id": str(number), "do": "done"}, status=302)
    town.post(f"{ACCOUNTS}/{account}/deed", {"id": str(number), "do": "done"}, status=404)


@on_sqlite
def test_beyond_a_limit_somebody_else_must_release(town, account) -> None:
    proposed(town)
    boss = town.account("finance_approver", mail="boss@people.example")
    with town.session() as session:
        session.add(ReleaseLimit(person_id=None, cents=47_999))
        session.add(ReleaseLimit(person_id=boss.id, cents=None))
    me = town.login("finance_approver")
    assert "479,99" in released(town, status=422).text
    # Standing in for the boss, one may: the history says in whose name.
    today = town.tenant.today()
    with town.session() as session:
        session.add(Deputy(person_id=boss.id, deputy_id=me.id, first_day=today, last_day=today))
    released(town)
    with town.session(write=False) as session:
        deeds = find(session, Wanted(kind="account")).rows
        stood_in = [one.subject for one in deeds if one.deed == "finance.stand_in"]
        assert stood_in == [str(boss.id)]


@on_sqlite
def test_nobody_releases_in_the_name_of_who_has_proposed_it(town, account) -> None:
    deliver(town, notice(), "neu.xml")
    boss = town.login("finance_approver", mail="boss@people.example")
    row = records(town)[0]
    town.post(f"{INBOX}/records/{row.id}", {"version": str(row.version), "do": "propose"})
    today = town.tenant.today()
    me = town.login("finance_approver")
    with town.session() as session:
        session.add(ReleaseLimit(person_id=me.id, cents=1))
        session.add(Deputy(person_id=boss.id, deputy_id=me.id, first_day=today, last_day=today))
    released(town, status=422)


@on_sqlite
@pytest.mark.usefixtures("in_2026")
def test_a_batch_is_held_to_the_limit_too(town, account) -> None:
    deliver(town, notice(), "neu.xml")
    with town.session() as session:
        session.add(ReleaseLimit(person_id=None, cents=47_999))
    town.login("finance_clerk")
    town.post(f"{INBOX}/records", {"state": "open"}, status=302)
    town.login("finance_approver")
    fields = [("seen", str(records(town)[0].id)), ("do", "release")]
    town.post(f"{INBOX}/batches/1", fields, status=422)
    assert records(town)[0].state == "proposed"


CENTS = st.none() | st.integers(0, 5)


@given(
    own=st.none() | st.tuples(CENTS),
    roles=st.dictionaries(st.sampled_from("abc"), CENTS),
    mine=st.sets(st.sampled_from("abcd")),
    everybody=st.none() | st.tuples(CENTS),
    cents=st.integers(0, 6),
)
def test_whose_limit_counts(own, roles, mine, everybody, cents) -> None:
    entries = [limits.Entry(None, role, value) for role, value in roles.items()]
    entries += [limits.Entry(7, None, own[0])] if own else []
    entries += [limits.Entry(None, None, everybody[0])] if everybody else []
    entries.append(limits.Entry(8, None, 0))
    found = limits.holds(entries, 7, mine)
    counting = [own[0]] if own else [roles[role] for role in mine & set(roles)]
    if not counting and everybody:
        counting = [everybody[0]]
    allowed = not counting or any(one is None or cents <= one for one in counting)
    assert found.covers(cents) is allowed
    assert not limits.is_looser(found, found)


@on_sqlite
def test_a_role_has_a_limit_and_nobody_raises_what_counts_for_themselves(town, account) -> None:
    other = town.account("finance_approver", mail="other@people.example")
    proposed(town)
    me = town.login("finance_approver")

    def limit(person: Any, euros: str, do: str = "limit") -> str:
        spans = (("__start__", "limit:mapping"), ("euros", euros), ("__end__", "limit:mapping"))
        fields = [("do", do), ("person", str(person)), *spans]
        return str(town.post(PEOPLE, fields, status=302).follow().text)

    page = limit("finance_approver", "100")
    assert "bis zu 100,00\xa0€ freigeben: die Grenze Ihrer Rolle" in page
    assert "Grenze Ihrer Rolle" in released(town, status=422).text
    for person in ("finance_approver", me.id):
        assert "Niemand erhöht" in limit(person, "5000")
    assert "Niemand erhöht" in limit("finance_approver", "", "no-limit")
    assert {(one.person_id, one.role): one.cents for one in rows(town, ReleaseLimit)} == {
        (None, "finance_approver"): 10_000
    }
    limit(other.id, "5000")
    town.post(PEOPLE, {"do": "limit", "person": "editor"}, status=404)
    # Who has a higher one of their own releases, and takes the role's limit away.
    town.login("finance_approver", mail="other@people.example")
    released(town)
    limit("finance_approver", "", "no-limit")
    assert [one.person_id for one in rows(town, ReleaseLimit)] == [other.id]


@on_sqlite
def test_deputies_and_limits_are_entered(town) -> None:
    other = town.account("finance_approver", mail="other@people.example")
    me = town.login("finance_approver")
    town.get(PEOPLE)
    today = town.tenant.today()
    span = [
        ("__start__", "deputy:mapping"),
        ("first_day", str(today)),
        ("last_day", str(today)),
        ("__end__", "deputy:mapping"),
    ]
    town.post(PEOPLE, [("do", "deputy"), ("person", str(other.id)), *span], status=302)
    (row,) = rows(town, Deputy)
    assert (row.person_id, row.deputy_id) == (me.id, other.id)
    town.post(PEOPLE, [("do", "deputy"), ("person", str(me.id)), *span], status=404)
    limit = [("__start__", "limit:mapping"), ("euros", "500"), ("__end__", "limit:mapping")]
    for person in ("0", str(other.id), str(me.id)):
        town.post(PEOPLE, [("do", "limit"), ("person", person), *limit], status=302)
    # One's own limit is set by somebody else.
    assert {one.person_id: one.cents for one in rows(town, ReleaseLimit)} == {
        None: 50_000,
        other.id: 50_000,
    }
    town.post(PEOPLE, {"do": "end", "id": str(row.id)}, status=302)
    assert rows(town, Deputy) == []
    town.login("finance_clerk")
    town.post(PEOPLE, [("do", "limit"), ("person", "0"), *limit], status=404)
