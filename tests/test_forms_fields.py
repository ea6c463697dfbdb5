"""Numbers and times as people type them."""

import colander
import pytest

from stadtkern.forms import fields as f


def parse(node: colander.SchemaNode, text: str) -> object:
    return node.bind(timezone="Europe/Berlin").deserialize(text)


def test_a_comma_divides_decimals() -> None:
    assert parse(f.number("Breite", whole=False), "50,1437") == 50.1437


@pytest.mark.parametrize("text", ["1.5", "zwölf", "1e3", ""])
def test_a_whole_number_is_shown_by_example(text: str) -> None:
    with pytest.raises(colander.Invalid):
        parse(f.number("Anzahl"), text)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1,2,3", "1.000,5"])
def test_what_is_no_finite_number_is_refused(text: str) -> None:
    with pytest.raises(colander.Invalid):
        parse(f.number("Breite", whole=False), text)


def test_wall_time_counts_in_the_towns_zone() -> None:
    winter = parse(f.moment("Beginn"), "2026-12-05T14:00")
    summer = parse(f.moment("Beginn"), "2026-07-05T14:00")
    assert winter.isoformat() == "2026-12-05T13:00:00+00:00"
    assert summer.isoformat() == "2026-07-05T12:00:00+00:00"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil.example", "data:text/html,x", "evil", "http://"]
)
def test_addresses_that_lead_astray_are_refused(address: str) -> None:
    with pytest.raises(colander.Invalid):
        parse(f.line("Adresse", validator=f.address), address)
