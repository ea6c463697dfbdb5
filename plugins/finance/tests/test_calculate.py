"""``stadtkern finance calculate`` and its sisters: vectors, refusals, and schemas that hold."""

import json
import subprocess
import sys
from decimal import Decimal
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from stadtkern_finance.calculation import calculate
from stadtkern_finance.cli import group
from stadtkern_finance.law.explanation import LANGUAGES
from stadtkern_finance.records.fitting import compiled
from stadtkern_finance.records.model import AssessmentRecord
from stadtkern_finance.records.reading import record_of, requests_of
from stadtkern_finance.records.schema import SCHEMAS
from stadtkern_finance.records.validation import problems

B = {"tax_kind": "B", "messbetrag_cent": 1, "hebesatz": 1}
J = {"kind": "arrears", "year": 2022, "amount": 1, "effective": "2026-01-01"}
S = {"amount": 1, "due": "2026-01-02", "paid": "2026-02-01", "method": "cash"}
COMMAND = "from stadtkern.cli import main; main()"


def call(command: str, data: Any, *options: str) -> Result:
    text = data if isinstance(data, str | bytes) else json.dumps(data)
    return CliRunner().invoke(group, [command, *options], input=text)


def answer(command: str, data: Any) -> Any:
    result = call(command, data, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusal(command: str, data: Any, language: str = "en") -> str:
    result = call(command, data, "--json", "--language", language)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.output
    return result.stderr


@pytest.mark.parametrize(
    ("kind", "cents", "hebesatz", "amount"),
    [
        ("grundsteuer_b", 15_000, 420, "630.00"),
        ("gewerbesteuer_vorauszahlung", 3500, 420, "147.00"),
        ("grundsteuer_a", 17_500, "250.00", "437.50"),
        ("GrSt B", 9600, 100, "96.00"),
        ("GewSt", 264_200, 380, "10039.60"),
    ],
)
def test_the_vectors(kind: str, cents: int, hebesatz: Any, amount: str) -> None:
    record = {"tax_kind": kind, "messbetrag_cent": cents}
    assert answer("calculate", record | {"hebesatz": hebesatz})["amount"] == amount
    around = {"record": record, "hebesatz": hebesatz, "year": 2026}
    assert answer("calculate", around)["amount"] == amount


def test_property_tax_with_its_days_and_reasons() -> None:
    made = answer(
        "calculate",
        {
            "tax_kind": "grundsteuer_b",
            "messbetrag_cent": 15_000,
            "aktenzeichen": "040 123 4567 890 123 4",
            "effective_from": "2026-01-01",
            "hebesatz": 420,
            "announced_at": "2026-05-20",
            "previous": {"amount": "600.00"},
        },
    )
    assert [one["due"] for one in made["instalments"]] == [
        "2026-02-16",
        "2026-05-15",
        "2026-08-17",
        "2026-11-16",
    ]
    assert sum(Decimal(one["amount"]) for one in made["instalments"]) == Decimal(made["amount"])
    assert made["change"] == {"reversal": "-600.00", "new": "630.00", "difference": "30.00"}
    assert made["payments"][0] == {
        "kind": "back_payment",
        "amount": "15.00",
        "due": "2026-06-22",
        "named": "2026-06-20",
    }
    tax = made["explanation"][0]
    assert tax["inputs"] == {"messbetrag": "150.00", "hebesatz": "420"}
    assert tax["result"] == made["amount"]
    assert tax["rounding"] == "exact"
    for step in made["explanation"]:
        assert set(step["text"]) == set(LANGUAGES)
        assert "${" not in "".join(step["text"].values())


def test_trade_tax_is_settled_with_its_prepayments_and_interest() -> None:
    made = answer(
        "calculate",
        {
            "tax_kind": "gewerbesteuer",
            "messbetrag_cent": 1_000_000,
            "year": 2022,
            "hebesatz": 400,
            "announced_at": "2026-03-20",
            "prepayments": {"set": "27659.45", "due": "27659.45", "paid": 20_000},
        },
    )
    assert made["amount"] == "40000.00"
    assert [(one["kind"], one["amount"]) for one in made["payments"]] == [
        ("overdue_prepayment", "7659.45"),
        ("final_payment", "12340.55"),
    ]
    assert made["interest"] == {
        "kind": "arrears",
        "months": 18,
        "basis": "12300.00",
        "interest": "332.00",
    }


def test_a_list_comes_back_as_a_list() -> None:
    record = {"tax_kind": "grundsteuer_b", "messbetrag_cent": 100}
    each = [record | {"hebesatz": 100}, record | {"hebesatz": 200}]
    assert [one["amount"] for one in answer("calculate", each)] == ["1.00", "2.00"]
    once = {"records": [record, record], "hebesatz": 300}
    assert [one["amount"] for one in answer("calculate", once)] == ["3.00", "3.00"]
    assert answer("calculate", []) == []


def test_readers_get_sentences() -> None:
    data = {"tax_kind": "grundsteuer_b", "messbetrag_cent": 15_000, "hebesatz": 420}
    german = call("calculate", data, "--language", "de").stdout
    assert german.startswith("1. Jahressteuer: Messbetrag 150,00\xa0€ × Hebesatz 420\xa0% = 630,00")


def test_interest_surcharge_announcement() -> None:
    made = answer(
        "interest",
        {"kind": "NZ", "year": 2022, "amount": 12340.55, "effective": "2026-03-20"},
    )
    assert (made["months"], made["basis"], made["unrounded"]) == (18, "12300.00", "332.1")
    assert made["interest"] == "332.00"
    made = answer(
        "surcharge",
        {"amount": "3830", "due": "2012-03-10", "paid": "2012-04-20", "method": "transfer"},
    )
    assert (made["grace_end"], made["months"]) == ("2012-03-15", 2)
    assert (made["basis"], made["surcharge"]) == ("3800.00", "76.00")
    for data in ({"posted": "2026-03-30"}, {"posted": "2026-03-30", "regime": "letter"}):
        made = answer("announce", data)
        assert (made["announced_at"], made["objection_until"]) == ("2026-04-07", "2026-05-07")
    assert answer("announce", {"provided": "2027-01-04"})["regime"] == "rule"
    assert answer("announce", {"provided": "2026-11-23"})["regime"] == "consent"


@pytest.mark.parametrize(
    ("command", "data", "field", "said"),
    [
        ("calculate", {"messbetrag_cent": 1, "hebesatz": 1}, "tax_kind", "is missing"),
        ("calculate", B | {"messbetrag_cent": "1"}, "messbetrag_cent", "whole number"),
        ("calculate", B | {"messbetrag_cent": 1.5}, "messbetrag_cent", "whole number"),
        ("calculate", B | {"messbetrag_cent": -1}, "messbetrag_cent", "-1"),
        ("calculate", B | {"messbetrag_cent": True}, "messbetrag_cent", "true or false"),
        ("calculate", {"tax_kind": "B", "messbetrag_cent": 1}, "hebesatz", "is missing"),
        ("calculate", B | {"hebesatz": "4,2"}, "hebesatz", "4,2"),
        ("calculate", B | {"hebesatz": "1\n"}, "hebesatz", "decimals"),
        ("calculate", B | {"hebesatz": 10_001}, "hebesatz", "10000"),
        ("calculate", B | {"tax_kind": "gewst", "hebesatz": 199}, "hebesatz", "200"),
        ("calculate", B | {"tax_kind": "gewst", "hebesatz": "400.5"}, "hebesatz", "200"),
        ("calculate", B | {"messbetrg": 1}, "messbetrg", "messbetrag_cent"),
        ("calculate", B | {"announced_at": "2026-02-30"}, "announced_at", "YYYY-MM-DD"),
        ("calculate", B | {"year": 2024, "effective_from": "2025-01-01"}, "year", "2025"),
        ("calculate", B | {"prepayments": {"due": 1, "paid": 1}}, "prepayments", "gewerbesteuer"),
        (
            "calculate",
            B | {"tax_kind": "gewst", "hebesatz": 400, "payment": "once"},
            "payment",
            "property tax",
        ),
        ("calculate", B | {"parties": [{}]}, "parties[0].role", "is missing"),
        ("calculate", [B, 7], "Record 2", "an object"),
        ("calculate", "", "input", "not JSON"),
        ("calculate", b"\xff{}", "input", "UTF-8"),
        ("calculate", '{"hebesatz": 1, "hebesatz": 2}', "hebesatz", "twice"),
        ("calculate", '{"hebesatz": NaN}', "input", "NaN"),
        ("calculate", '{"hebesatz": ' + "9" * 5000 + "}", "input", "too long"),
        ("calculate", "[" * 100_000, "input", "deep"),
        ("calculate", '{"tax_kind": "\\ud800"}', "input", "half of a character"),
        ("calculate", '{"hebesatz": 1e-99999999999999999999}', "input", "too long"),
        ("calculate", '{"hebesatz": 1e9999}', "hebesatz", "10000"),
        ("interest", J | {"kind": "gain"}, "kind", "arrears"),
        ("interest", J | {"year": 2001}, "year", "2002"),
        ("interest", J | {"amount": "1.005"}, "amount", "two decimals"),
        ("interest", J | {"amount": 1.005}, "amount", "two decimals"),
        ("interest", J | {"amount": -5}, "amount", "from 0"),
        ("surcharge", S | {"due": "2003-01-02"}, "due", "2004-01-01"),
        ("surcharge", S | {"paid": "2026-1-3"}, "paid", "YYYY-MM-DD"),
        ("announce", {}, "posted", "either"),
        ("announce", {"posted": "2026-01-01", "provided": "2026-01-01"}, "posted", "either"),
        ("announce", {"posted": "2026-01-01", "regime": "rule"}, "regime", "letter"),
        ("announce", {"provided": "2026-01-01", "regime": "rule"}, "provided", "2027-01-01"),
        ("announce", [], "input", "an object"),
    ],
)
def test_bad_input_is_refused_by_field(command: str, data: Any, field: str, said: str) -> None:
    sentence = refusal(command, data)
    assert field in sentence
    assert said in sentence
    assert "Expected: " in sentence
    assert "Erwartet: " in refusal(command, data, "de")


def test_the_last_days_that_are_taken_have_a_calendar() -> None:
    data = {"tax_kind": "B", "messbetrag_cent": 1000, "hebesatz": 400, "year": 2099}
    made = answer("calculate", data | {"announced_at": "2099-12-31", "previous": {"amount": 1}})
    assert made["payments"][0]["due"] == "2100-02-01"
    assert answer("announce", {"posted": "2099-12-31"})["objection_until"] > "2100-02-01"
    answer("interest", {"kind": "EZ", "year": 2097, "amount": 0, "effective": "2099-12-31"})


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**14), 10**14)
    | st.decimals(-(10**6), 10**6, places=2)
    | st.text(max_size=12)
    | st.dates().map(str)
    | st.sampled_from(["grundsteuer_b", "quarters", "arrears", "cash", "12.50", "owner", 1, 2026]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


FULL = {
    name: jsonschema_rs.validator_for(schema, validate_formats=True)
    for name, schema in SCHEMAS.items()
}


@pytest.mark.parametrize("name", SCHEMAS)
@given(data=st.data())
def test_our_check_agrees_with_another_one(name: str, data: st.DataObject) -> None:
    """Any object of a schema's fields is judged as a full implementation judges it."""
    schema = SCHEMAS[name]
    fields = schema["properties"]
    if name == "calculation":
        required = {"record": {"tax_kind": "grundsteuer_b", "messbetrag_cent": 1}, "hebesatz": 1}
    else:
        required = {}
    drawn = data.draw(st.dictionaries(st.sampled_from(sorted(fields)), json_values, max_size=3))
    value = required | drawn
    plain = json.loads(json.dumps(value, default=float))
    exact = json.loads(json.dumps(plain), parse_float=Decimal)
    assert (list(problems(exact, schema)) == []) == FULL[name].is_valid(plain)
    assert compiled(schema)(exact) == FULL[name].is_valid(plain)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_published(name: str) -> None:
    result = CliRunner().invoke(group, ["schema", name])
    schema = json.loads(result.stdout)
    jsonschema_rs.meta.validate(schema)
    assert schema["$id"] == f"/api/v1/schemas/finance/{name}.json"
    assert name in CliRunner().invoke(group, ["schema"]).stdout.split()


def test_a_schema_has_its_name_in_any_notation() -> None:
    made = CliRunner().invoke(group, ["schema", "AssessmentRecord"])
    assert json.loads(made.stdout)["title"] == "AssessmentRecord v1"
    missing = CliRunner().invoke(group, ["schema", "tax"])
    assert missing.exit_code == 2
    assert "assessment-record" in missing.stderr


def test_no_database_and_no_settings_are_needed(tmp_path: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", COMMAND, "finance", "announce", "--json"],
        input=b'{"posted": "2026-03-30"}',
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["announced_at"] == "2026-04-07"
    assert list(tmp_path.iterdir()) == []


@given(
    cents=st.integers(0, 10**12),
    hebesatz=st.integers(200, 1000),
    kind=st.sampled_from(["grundsteuer_a", "gewerbesteuer", "gewerbesteuer_vorauszahlung"]),
)
def test_the_tax_is_what_integers_say(cents: int, hebesatz: int, kind: str) -> None:
    """Cents times percent by whole numbers: another way to the same amount."""
    value = {"tax_kind": kind, "messbetrag_cent": cents, "hebesatz": hebesatz, "year": 2026}
    requests, _many = requests_of(value)
    found = calculate(record_of(requests[0]), requests[0])
    assert int(found.amount * 100) == (cents * hebesatz + 50) // 100


def test_a_record_is_known_by_its_content() -> None:
    one = AssessmentRecord({"tax_kind": "grundsteuer_a", "messbetrag_cent": 1, "ags": None})
    same = AssessmentRecord({"messbetrag_cent": 1, "tax_kind": "grundsteuer_a"})
    other = AssessmentRecord({"messbetrag_cent": 2, "tax_kind": "grundsteuer_a"})
    assert one.content_hash() == same.content_hash() != other.content_hash()
