"""Base notices come in: recognised, checked, calculated, and refused with why and where."""

import re
from pathlib import Path

import pytest
from intake_kit import INBOX, codes, deliver, made, notice, records, zipped

from stadtkern import exchange
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance import intake
from stadtkern_finance.intake.fields import CODES

CSV_ONE = (
    "Steuerart;Aktenzeichen;Messbetrag;Bescheiddatum;AGS\n"
    "Grundsteuer B;1234567890123456;100,00;02.03.2026;06439999\n"
)
CSV = "Steuerart;Aktenzeichen;Messbetrag;Bescheiddatum;AGS\n"


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    town.configure("finance", rate_a=450, rate_b=690, rate_trade=400)
    return town


def test_a_delivery_comes_to_what_its_ledger_says(town, tmp_path) -> None:
    import json
    from decimal import Decimal

    row = deliver(town, made(tmp_path))
    assert (row.state, row.format, row.staged) == ("staged", "finance.gmbx", 30)
    ledger = json.loads((tmp_path / "made.ledger.json").read_text())
    amounts = [Decimal(one.proposal["amount"]) for one in records(town)]
    assert sum(amounts) == Decimal(ledger["amount"])
    assert {one.state for one in records(town)} == {"open"}


@on_sqlite
def test_a_clerk_sees_raw_parsed_and_calculated_beside_each_other(town) -> None:
    deliver(town, notice(Merkwuerdig="Wert"), "einer.xml")
    (row,) = records(town)
    town.login("finance_clerk")
    page = town.get(f"{INBOX}/records/{row.id}").text
    assert "&lt;Messbetrag&gt;9600&lt;/Messbetrag&gt;" in page
    assert "96,00" in page
    assert "662,40" in page
    assert "§ 25" in page
    assert "Merkwuerdig" in page
    assert ("warning", "finance.unknown") in codes(town)


@on_sqlite
def test_another_municipality_is_set_aside_and_never_goes_on(town) -> None:
    deliver(town, notice(AGS="06439016"), "fremd.xml")
    (row,) = records(town)
    assert (row.state, row.proposal) == ("aside", {})
    town.login("finance_clerk")
    assert "06439016" in town.get(f"{INBOX}/records/{row.id}").text
    seen = {"version": str(row.version), "do": "propose"}
    town.post(f"{INBOX}/records/{row.id}", seen, status=422)


@on_sqlite
@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Messbetrag": "0"}, "finance.zero"),
        ({"BisherigerMessbetrag": "1000"}, "finance.jump"),
        ({"AnzahlDerEigentuemer": "2"}, "finance.owners"),
        ({"Aktenzeichen": "40 112-23"}, "finance.number_length"),
        ({"Messbetrag": "9650"}, "finance.fraction"),
        ({"AbweichendeGueltigkeit": "01012022"}, "finance.past_years"),
        ({"Messbetrag": "viel"}, "finance.unfit"),
        ({"VorgangsId": "", "Aktenzeichen": ""}, "finance.unfit"),
    ],
)
def test_each_check_says_what_it_found(town, values, code) -> None:
    deliver(town, notice(**values), "einer.xml")
    assert code in [found for _severity, found in codes(town)]


@on_sqlite
@pytest.mark.usefixtures("in_2026")
def test_without_a_rate_nothing_is_proposed_until_one_is_set(town) -> None:
    town.configure("finance", rate_b=None, rate_a=450)
    deliver(town, notice(), "einer.xml")
    (row,) = records(town)
    assert codes(town) == [("error", "finance.no_rate")]
    town.configure("finance", rate_b=690)
    town.login("finance_clerk")
    town.post(f"{INBOX}/records/{row.id}", {"version": "1", "do": "check"}, status=302)
    (row,) = records(town)
    assert (row.severity, row.proposal["amount"]) == ("", "662.40")


@on_sqlite
def test_the_same_notice_with_two_amounts_stops_both(town) -> None:
    deliver(town, notice(), "eins.xml")
    deliver(town, notice(Messbetrag="9700"), "zwei.xml")
    first, second = records(town)
    assert (first.severity, second.severity) == ("error", "error")
    assert [first.payload["messbetrag_cent"], second.payload["messbetrag_cent"]] == [9600, 9700]
    town.login("finance_clerk")
    for row in (first, second):
        page = town.get(f"{INBOX}/records/{row.id}").text
        assert "verschiedenem Inhalt" in page


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@on_sqlite
@pytest.mark.parametrize(
    ("data", "name", "place", "why"),
    [
        (notice()[:-30], "halb.xml", "halb.xml", "line"),
        (BOMB, "bombe.xml", "bombe.xml", "document type"),
        (notice(Aktenzeichen="x").replace(b"x", b"\xf6"), "latin.xml", "latin.xml", "line"),
        (zipped(**{"../x.xml": notice()}), "weg.zip", "weg.zip", "outside"),
        (zipped(**{"a.xml": notice(), "b.csv": CSV.encode()}), "m.zip", "m.zip/b.csv", "format"),
        (zipped(**{"a.xml": notice(), "b.zip": zipped(c=b"x")}), "n.zip", "n.zip/b.zip", "within"),
        (zipped(**{"a.xml": notice(), "b.xml": notice()[:-9]}), "t.zip", "t.zip/b.xml", "line"),
        (zipped(**{"a.xml": b" " * 5_000_000}), "b.zip", "b.zip/a.xml", "times"),
        (b"PK\x03\x04 kaputt", "kaputt.zip", "kaputt.zip", "broken archive"),
        (b"\xff\xfe\x00irgendwas", "x.csv", "x.csv", ""),
        (b"\x81\x8d\x8f;\x90", "y.csv", "y.csv", "byte"),
    ],
)
def test_a_refusal_says_why_and_where_and_keeps_the_bytes(town, data, name, place, why) -> None:
    row = deliver(town, data, name)
    assert row.state == "refused"
    assert row.reason is not None
    assert row.reason["place"] == place
    assert why in row.reason["text"]
    assert records(town) == []
    assert exchange.keeping.source_of(town.registry, row).path.read_bytes() == data
    town.login("finance_clerk")
    assert place in town.get(f"{INBOX}/deliveries/{row.id}").text


def test_each_finding_has_a_name_in_lists() -> None:
    written = "".join(path.read_text("utf-8") for path in Path(intake.__file__).parent.glob("*.py"))
    assert set(re.findall(r'"(finance\.[a-z_]+)",', written)) <= set(CODES)


@on_sqlite
def test_clerks_read_words_instead_of_codes(town: Town) -> None:
    deliver(town, CSV_ONE.encode(), "liste.csv")
    (row,) = records(town)
    town.login("finance_clerk")
    one = town.get(f"{INBOX}/records/{row.id}").text
    assert "Grundsteuer B" in one
    assert "grundsteuer_b" not in one
    assert "02.03.2026" in one
    for page in ("records", f"deliveries/{row.delivery_id}"):
        assert "finance." not in town.get(f"{INBOX}/{page}").html.get_text()


@on_sqlite
@pytest.mark.usefixtures("in_2026")
def test_the_dashboard_says_what_waits_to_those_who_may_read_it(town) -> None:
    town.login("finance_clerk")
    assert "records?state=open" not in town.get("/admin").text
    deliver(town, notice(), "eins.xml")
    deliver(town, notice(VorgangsId="V-2", Messbetrag="0"), "zwei.xml")
    page = town.get("/admin")
    links = [one["href"] for one in page.html.select("a[href*='records?state=open']")]
    assert [link.rpartition("=")[2] for link in links] == ["warning", "green"]
    town.login("administrator")
    assert "records?state=open" not in town.get("/admin").text
