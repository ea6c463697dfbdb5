"""Numbers and times as people type them."""

import re
from decimal import Decimal

import colander
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyramid.testing import DummyRequest

from stadtkern.api.jsonschema import schema_of
from stadtkern.forms import fields as f
from stadtkern.forms.fields.numbers import ungrouped


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


def counted(text: str, locale: str) -> float:
    request = DummyRequest()
    request.locale_name = locale
    node = f.number("Einkommen", whole=False, grouped=True)
    return node.bind(request=request, timezone="Europe/Berlin").deserialize(text)


@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from(["de", "de-simple", "en", "tr"]))
def test_thousands_are_read_right_or_not_at_all(number: Decimal, locale: str) -> None:
    for places in (0, 2):
        english = f"{number:,.{places}f}"
        typed = english.translate(str.maketrans(",.", ".,")) if locale != "en" else english
        wanted = Decimal(english.replace(",", ""))
        # With one separator of thousands and no decimals it is asked again.
        told = places or english.count(",") != 1
        assert ungrouped(typed, locale) == (f"{wanted:.{places}f}" if told else None)


@pytest.mark.parametrize(
    ("text", "locale", "number"),
    [
        ("1.200", "de", None),
        ("1,200", "en", None),
        ("1,200", "de", 1.2),
        ("1.200", "en", 1.2),
        ("1.200.000", "de", 1_200_000),
        ("1.200,50", "en", 1200.5),
        ("0.125", "de", 0.125),
        ("12.5", "de", 12.5),
        ("-1.200", "de", None),
        ("1.2.3", "de", None),
    ],
)
def test_what_may_mean_a_thousand_times_more_is_asked_again(
    text: str, locale: str, number: float | None
) -> None:
    if number is None:
        with pytest.raises(colander.Invalid):
            counted(text, locale)
    else:
        assert counted(text, locale) == number


def test_coordinates_have_three_decimals() -> None:
    assert parse(f.number("Breite", whole=False), "50.143") == 50.143


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


WORDS = st.text(st.sampled_from("htpsHTSmailoe:/?#[]@.é \t0-"), max_size=14)


@given(
    st.one_of(
        WORDS,
        st.builds("{}{}".format, st.sampled_from(["https://", "HTTP://", "mailto:", "/"]), WORDS),
    ),
    st.sampled_from([{"required": True}, {"required": False}]),
)
@example("", {"required": True})
@example(" ", {"required": True})
@example(" ", {"required": False})
def test_an_address_is_what_the_published_pattern_says(text: str, wanted: dict[str, bool]) -> None:
    node = f.line("Adresse", maximum=100, validator=f.address, **wanted)
    fits = re.search(schema_of(node, str)["pattern"], text) is not None
    try:
        node.deserialize(text)
    except colander.Invalid:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize(
    "text", ["/", "/rathaus?x=1#y", "https://müller.example", "tel:+49612", "mailto:a@b.example"]
)
def test_addresses_that_browsers_may_follow(text: str) -> None:
    node = f.line("Adresse", maximum=100, validator=f.address)
    assert node.deserialize(f" {text}") == text


@pytest.mark.parametrize(
    "text",
    [
        *("//böse.example", "javascript:alert(1)", "https://", "mailto:", "https://a b"),
        *("http://[::1", "HTTPS:/x", "data:,x", "rathaus", "https://b\u2100/"),
    ],
)
def test_addresses_that_nobody_should_follow(text: str) -> None:
    with pytest.raises(colander.Invalid):
        f.line("Adresse", maximum=100, validator=f.address).deserialize(text)
