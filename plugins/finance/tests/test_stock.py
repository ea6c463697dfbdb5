"""The stock: imported from lists, matched by a ladder, changed by what two persons released."""

import json
from pathlib import Path
from typing import Any

import pytest
from intake_kit import INBOX, codes, deliver, notice, records
from sqlalchemy import select

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.models import AccountAlias, Rate, StoredAssessment, TaxAccount
from stadtkern_finance.stock.matching import place_key
from stadtkern_finance.stock.rates import percent

HEAD = (
    "Kassenzeichen;Steuerart;Aktenzeichen;Messbetrag;Straße;Hausnummer;Ort;Nachname;Jahr;"
    "Jahressteuer;Bescheiddatum\n"
)
MINE = "5.0100.1;Grundsteuer B;4011223344556677;90,00;Ahornweg;3;Musterstadt;Beispiel;2026;621,00;"


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    town.configure("finance", rate_a=450, rate_b=690, rate_trade=400)
    return town


def stock(stadtkern: Any, folder: Path, *lines: str, exit_code: int = 0, **options: Any) -> Any:
    path = folder / "stock.csv"
    path.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    dry = ["--dry-run"] if options.get("dry") else []
    done = stadtkern(
        *("finance", "stock", "import", str(path), "--tenant", "musterstadt", "--json"), *dry
    )
    assert done.exit_code == exit_code, done.output
    return json.loads(done.output)


def accounts(town: Town) -> list[TaxAccount]:
    with town.session(write=False) as session:
        rows = list(session.scalars(select(TaxAccount).order_by(TaxAccount.kassenzeichen)))
        session.expunge_all()
    return rows


def released(town: Town) -> None:
    """Let one person propose all that is green or warned of, and another one release it."""
    for who, deed in (("finance_clerk", "propose"), ("finance_approver", "release")):
        town.login(who)
        for row in records(town):
            if row.state in {"open", "proposed"} and row.severity != "error":
                fields = {"version": str(row.version), "do": deed, "seen": row.payload_hash}
                town.post(f"{INBOX}/records/{row.id}", fields, status=302)
    town.run_jobs()


def test_a_list_is_imported_twice_and_changes_only_what_differs(town, stadtkern, tmp_path) -> None:
    dry = stock(stadtkern, tmp_path, MINE + "06.02.2025", dry=True)
    assert (dry["new"], accounts(town)) == (1, [])
    stock(stadtkern, tmp_path, MINE + "06.02.2025")
    (row,) = accounts(town)
    assert (row.number, row.messbetrag_cent, row.amount_cent) == ("4011223344556677", 9000, 62100)
    again = stock(stadtkern, tmp_path, MINE + "06.02.2025")
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 1)
    moved = MINE.replace("4011223344556677", "40 11-99")
    found = stock(stadtkern, tmp_path, moved, "x;Kurtaxe;1;;;;;;;;", exit_code=1)
    assert (found["renumbered"], found["left_out"]) == (1, 1)
    assert found["problems"][0]["line"] == 3
    with town.session(write=False) as session:
        assert session.scalars(select(AccountAlias.number)).all() == ["4011223344556677"]


def test_what_two_persons_released_is_booked_once(town, stadtkern, tmp_path) -> None:
    stock(stadtkern, tmp_path, MINE + "06.02.2025")
    deliver(town, notice(), "neu.xml")
    (row,) = records(town)
    assert row.proposal["kassenzeichen"] == "5.0100.1"
    assert row.proposal["beside"]["previous"] == {"amount": "621.00"}
    released(town)
    assert records(town)[0].state == "done"
    (account,) = accounts(town)
    assert (account.messbetrag_cent, account.amount_cent, account.year) == (9600, 66240, 2026)
    with town.session(write=False) as session:
        (booked,) = session.scalars(select(StoredAssessment)).all()
    assert (booked.amount_cent, booked.before_cent, booked.record_id) == (66240, 62100, row.id)


@on_sqlite
def test_an_earlier_number_leads_to_the_account(town, stadtkern, tmp_path) -> None:
    stock(stadtkern, tmp_path, MINE)
    stock(stadtkern, tmp_path, MINE.replace("4011223344556677", "4099"))
    deliver(town, notice(), "neu.xml")
    assert records(town)[0].proposal["matched"] == "alias"
    assert ("hint", "finance.by_alias") in codes(town)


PLACED = "<Strasse>Ahorn-Weg</Strasse><Hausnummer>3</Hausnummer><Ort>Musterstadt</Ort>"


@on_sqlite
def test_place_owner_and_amount_are_weighed(town, stadtkern, tmp_path) -> None:
    stock(stadtkern, tmp_path, MINE.replace("4011223344556677", "77"))
    person = "<Eigentuemer><Nachname>BEISPIEL</Nachname></Eigentuemer>"
    deliver(town, notice(Lage=PLACED, extra=person), "a.xml")
    (row,) = records(town)
    assert (row.proposal["matched"], row.proposal["evidence"]) == ("score", ["place", "owner"])
    assert row.severity == "warning"
    # The place alone is not enough: a person chooses.
    deliver(town, notice(VorgangsId="V-2", Aktenzeichen="88", Lage=PLACED), "b.xml")
    row = records(town)[1]
    assert ("error", "finance.ambiguous") in codes(town)
    town.login("finance_clerk")
    page = town.get(f"{INBOX}/records/{row.id}")
    assert "5.0100.1, Ahornweg 3, Beispiel, 90,00 € (50 %)" in page.text
    form = next(form for form in page.forms.values() if "mend" in form.fields)
    form.submit("mend", index=0, status=302)
    row = records(town)[1]
    assert (row.proposal["matched"], row.decisions) == ("hand", {"account": accounts(town)[0].id})


@on_sqlite
def test_a_new_object_becomes_an_account_and_the_next_notice_finds_it(
    town, stadtkern, tmp_path
) -> None:
    stock(stadtkern, tmp_path, MINE)
    deliver(town, notice(Aktenzeichen="4099887766554433"), "neu.xml")
    assert ("error", "finance.no_account") in codes(town)
    town.login("finance_clerk")
    page = town.get(f"{INBOX}/records/{records(town)[0].id}")
    next(form for form in page.forms.values() if "mend" in form.fields).submit("mend")
    for who, deed in (("finance_clerk", "propose"), ("finance_approver", "release")):
        town.login(who, mail=f"{who}-2@people.example")
        row = records(town)[0]
        fields = {"version": str(row.version), "do": deed, "seen": row.payload_hash}
        town.post(f"{INBOX}/records/{row.id}", fields, status=302)
    town.run_jobs()
    assert len(accounts(town)) == 2
    more = notice(VorgangsId="V-3", Aktenzeichen="4099887766554433", Messbetrag="9700")
    deliver(town, more, "danach.xml")
    assert records(town)[1].proposal["matched"] == "number"


@on_sqlite
@pytest.mark.usefixtures("in_2026")
def test_what_is_older_than_the_last_booked_stops(town, stadtkern, tmp_path) -> None:
    stock(stadtkern, tmp_path, MINE + "01.03.2026")
    deliver(town, notice(), "alt.xml")
    assert ("error", "finance.older") in codes(town)
    town.login("finance_clerk")
    page = town.get(f"{INBOX}/records/{records(town)[0].id}")
    next(form for form in page.forms.values() if "mend" in form.fields).submit("mend")
    assert codes(town) == [("warning", "finance.older")]


@on_sqlite
def test_two_notices_for_one_account_are_not_both_booked_on_the_same_state(
    town, stadtkern, tmp_path
) -> None:
    stock(stadtkern, tmp_path, MINE)
    deliver(town, notice(), "a.xml")
    later = notice(VorgangsId="V-2", DatumDesMessbetragsbescheids="07022026", Messbetrag="9700")
    deliver(town, later, "b.xml")
    released(town)
    first, second = records(town)
    # The first has changed what the second was released for: it is open again, with new figures.
    assert (first.state, second.state) == ("done", "open")
    assert second.proposal["beside"]["previous"] == {"amount": "662.40"}
    released(town)
    assert records(town)[1].state == "done"
    assert accounts(town)[0].amount_cent == 66930


@on_sqlite
def test_resolutions_count_by_year_and_are_kept(town, stadtkern) -> None:
    set_ = ("finance", "rates", "--tenant", "musterstadt", "--set", "grundsteuer_b")
    for year, rate in ((2020, 500), (2026, 720)):
        ask = (*set_, "--percent", str(rate), "--from", str(year), "--json")
        # A raise needs its day: only that tells whether it came in time.
        assert stadtkern(*ask).exit_code == (0 if rate == 500 else 1)
        done = stadtkern(*ask, "--resolved", f"{year}-06-30")
        assert done.exit_code == 0, done.output
    assert stadtkern(*set_, "--percent", "1", "--from", "2026").exit_code == 1
    deliver(town, notice(), "a.xml")
    assert records(town)[0].proposal["amount"] == "691.20"
    with town.session(write=False) as session:
        rows = session.scalars(select(Rate)).all()
        found = [percent("grundsteuer_b", year, rows, {}) for year in (2019, 2025, 2030)]
    assert found == [None, 500, 720]


@on_sqlite
def test_the_command_reads_and_reports(town, stadtkern, tmp_path) -> None:
    good, bad = tmp_path / "gut.xml", tmp_path / "halb.xml"
    good.write_bytes(notice())
    bad.write_bytes(notice()[:-20])
    to = ("--tenant", "musterstadt", "--json")
    dry = stadtkern("finance", "import", str(good), "--dry-run", *to)
    assert json.loads(dry.output)["deliveries"][0]["records"] == 1
    assert records(town) == []
    done = stadtkern("finance", "import", str(good), str(bad), *to)
    assert done.exit_code == 1
    first, second = json.loads(done.output)["deliveries"]
    assert (first["state"], first["records"], first["new"]) == ("staged", 1, True)
    assert (second["state"], second["place"]) == ("refused", "halb.xml")
    assert (
        json.loads(stadtkern("finance", "import", str(good), *to).output)["deliveries"][0]["new"]
        is False
    )
    assert len(records(town)) == 1


def test_places_are_compared_however_they_are_written() -> None:
    same = [
        {"street": "Hauptstraße", "house_number": "3 a", "town": "Musterstadt"},
        {"street": "Hauptstr.", "house_number": "3A", "town": "musterstadt"},
        {"street": "HAUPTSTRASSE", "house_number": "3a", "town": "Musterstadt"},
    ]
    assert len({place_key(place) for place in same}) == 1
    assert place_key({"town": "Musterstadt"}) == place_key(None) == ""


def swap(*pairs: tuple[str, str]) -> bytes:
    """Return a delivery of renames."""
    body = "".join(
        f"<Aenderung><AGS>06439015</AGS><AktenzeichenAlt>{old}</AktenzeichenAlt>"
        f"<AktenzeichenNeu>{new}</AktenzeichenNeu></Aenderung>"
        for old, new in pairs
    )
    root = "AktenzeichenAenderungen"
    return f'<{root} xmlns="urn:stadtkern:gmbax:1">{body}</{root}>'.encode()


@pytest.mark.usefixtures("in_2026")
def test_numbers_that_swap_are_renamed_in_one_step_and_notices_wait(
    town, stadtkern, tmp_path
) -> None:
    other = MINE.replace("5.0100.1", "5.0100.2").replace("4011223344556677", "4099")
    stock(stadtkern, tmp_path, MINE, other)
    deliver(town, swap(("4011223344556677", "4099"), ("4099", "4011223344556677")), "um.xml")
    deliver(town, notice(), "danach.xml")
    assert ("error", "finance.rename_first") in codes(town)
    town.login("finance_clerk")
    town.post(f"{INBOX}/records", {"state": "open"}, status=302)
    town.login("finance_approver")
    seen = [("seen", str(row.id)) for row in records(town) if row.kind == "rename"]
    town.post(f"{INBOX}/batches/1", [*seen, ("do", "release")], status=302)
    town.run_jobs()
    assert [row.number for row in accounts(town)] == ["4099", "4011223344556677"]
    notice_row = records(town)[-1]
    fields = {"version": str(notice_row.version), "do": "check"}
    town.post(f"{INBOX}/records/{notice_row.id}", fields, status=302)
    assert records(town)[-1].proposal["kassenzeichen"] == "5.0100.2"
    assert codes(town) == []


@on_sqlite
def test_half_of_a_swap_is_not_carried_out(town, stadtkern, tmp_path) -> None:
    other = MINE.replace("5.0100.1", "5.0100.2").replace("4011223344556677", "4099")
    stock(stadtkern, tmp_path, MINE, other)
    deliver(town, swap(("4011223344556677", "4099"), ("77", "88")), "um.xml")
    assert codes(town) == [("error", "finance.rename_unknown")]
    released(town)
    assert [row.number for row in accounts(town)] == ["4011223344556677", "4099"]
    assert records(town)[0].state == "open"
