"""The tax office's stock beside ours: every difference once, with what to do."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_kit import deliver, notice
from sqlalchemy import insert

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.models import AccountAlias, TaxAccount
from stadtkern_finance.reconcile.comparing import KINDS, compare, there_of

PAGE = "/admin/finance/reconcile"
LIST = "Aktenzeichen;Steuerart;Messbetrag;AGS\n"


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    return town


def stock(town: Town, *accounts: dict[str, Any]) -> None:
    usual = {"tax_kind": "grundsteuer_b", "place": {}, "owners": [], "messbetrag_cent": 9600}
    rows = [
        {"kassenzeichen": f"k{place}", "tenant_id": town.tenant_id} | usual | one
        for place, one in enumerate(accounts)
    ]
    with town.session() as session:
        session.execute(insert(TaxAccount), rows)


def owner(name: str) -> list[dict[str, str]]:
    return [{"role": "owner", "surname": name}]


def office(*objects: dict[str, str]) -> bytes:
    """Return one GMBX delivery with several notices."""
    parts = []
    for place, one in enumerate(objects):
        name = one.pop("owner", "")
        extra = f"<Eigentuemer><Nachname>{name}</Nachname></Eigentuemer>" if name else ""
        text = notice(extra, VorgangsId=f"V-{place}", **one).decode()
        parts.append(text[text.index("<Messbescheid>") : text.rindex("</Grundsteuer")])
    head = notice().decode()
    start, end = head.index("<Messbescheid>"), head.rindex("</Grundsteuer")
    return (head[:start] + "".join(parts) + head[end:]).encode()


def both(town: Town) -> int:
    """Let both sides differ in all ways; return the delivery's id."""
    stock(
        town,
        {"number": "11", "owners": owner("Müller")},
        {"number": "22", "messbetrag_cent": 9000},
        {"number": "33", "owners": owner("Alt")},
        {"number": "99"},
        {"number": "55"},
        {"number": "7", "tax_kind": "gewerbesteuer"},
    )
    with town.session() as session:
        row = session.query(TaxAccount).filter_by(kassenzeichen="k3").one()
        session.add(AccountAlias(account_id=row.id, number="44"))
    return deliver(
        town,
        office(
            {"Aktenzeichen": "11", "owner": "MUELLER"},
            {"Aktenzeichen": "22"},
            {"Aktenzeichen": "33", "owner": "Neu", "Messbetrag": "9700"},
            {"Aktenzeichen": "44"},
            {"Aktenzeichen": "66"},
        ),
        "bestand.xml",
    ).id


def test_every_difference_is_told_with_what_to_do(town, stadtkern, tmp_path) -> None:
    number = both(town)
    ask = ("finance", "reconcile", "--tenant", "musterstadt", "--json")
    done = stadtkern(*ask, "--delivery", str(number))
    assert done.exit_code == 1
    found = json.loads(done.output)
    assert found["same"] == 1
    lines = {(one["number"], one["kassenzeichen"]): one["kinds"] for one in found["lines"]}
    assert lines == {
        ("22", "k1"): ["amount"],
        ("33", "k2"): ["amount", "owner"],
        ("44", "k3"): ["alias"],
        ("55", "k4"): ["only_here"],
        ("66", ""): ["only_there"],
    }
    assert found["taxes"] == {
        "grundsteuer_b": {
            "objects_there": 5,
            "objects_here": 5,
            "messbetrag_there": "481.00",
            "messbetrag_here": "474.00",
            "difference": "7.00",
        }
    }
    path = tmp_path / "bestand.csv"
    path.write_bytes(office({"Aktenzeichen": "11", "owner": "Müller"}))
    from_file = json.loads(stadtkern(*ask, str(path)).output)
    assert (from_file["same"], from_file["only_here"]) == (1, 4)
    assert stadtkern(*ask).exit_code == 1
    assert "no delivery 99" in stadtkern(*ask[:-1], "--delivery", "99").output


@on_sqlite
def test_the_page_shows_one_kind_of_difference_at_a_time(town) -> None:
    number = both(town)
    town.login("finance_clerk")
    assert "bestand.xml" in town.get(PAGE).text
    page = town.get(PAGE, params={"delivery": str(number)})
    assert len(page.html.select("#differs ~ .table-wrap tbody tr")) == 5
    page = town.get(PAGE, params={"delivery": str(number), "kind": "owner"})
    (row,) = page.html.select("#differs ~ .table-wrap tbody tr")
    assert "Neu" in row.text
    assert "Alt" in row.text
    town.get(PAGE, params={"delivery": str(number + 1)}, status=404)
    answer = town.post(f"{PAGE}.xlsx", {"delivery": str(number)})
    assert answer.body.startswith(b"PK")
    with town.statements() as seen:
        town.get(PAGE, params={"delivery": str(number)})
    assert len(seen) < 20


NUMBERS = st.dictionaries(st.sampled_from([str(one) for one in range(1, 12)]), st.integers(0, 3))


@given(NUMBERS, NUMBERS)
def test_an_outer_join_leaves_nothing_out(there, here) -> None:
    theirs = there_of(
        {"aktenzeichen_norm": number, "tax_kind": "grundsteuer_b", "messbetrag_cent": cents}
        for number, cents in there.items()
    )
    rows = [
        TaxAccount(
            id=place,
            kassenzeichen=f"k{number}",
            number=number,
            tax_kind="grundsteuer_b",
            owners=[],
            messbetrag_cent=cents,
        )
        for place, (number, cents) in enumerate(here.items(), 1)
    ]

    class Held:
        def scalars(self, _statement: Any) -> Any:
            # Without an object of a tax there, ours of that tax are not asked for.
            return iter(rows if there else [])

        def execute(self, _statement: Any) -> Any:
            return iter(())

    found = compare(Held(), theirs)  # type: ignore[arg-type]
    numbers = found.numbers
    assert set(numbers) == set(KINDS)
    shared = there.keys() & here.keys()
    assert numbers["only_there"] == len(there.keys() - here.keys())
    assert numbers["only_here"] == (len(here.keys() - there.keys()) if there else 0)
    assert numbers["amount"] == sum(there[one] != here[one] for one in shared)
    assert found.same == sum(there[one] == here[one] for one in shared)
