"""Profiles are edited in a form, with a sample; a batch keeps the version it was made by."""

from typing import Any

import pytest
import yaml
from intake_kit import deliver, notice
from test_booking_export import export, released

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.bookings.profile import load_profile, shipped_profiles
from stadtkern_finance.ledger import profile_form, profiles

PAGE = "/admin/finance/profiles"


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    town.configure("finance", rate_b=690)
    return town


def form_of(page: Any) -> Any:
    return next(form for form in page.forms.values() if "title" in form.fields)


@on_sqlite
@pytest.mark.parametrize("name", sorted(shipped_profiles()))
def test_the_form_gives_back_what_it_was_given(town: Town, name: str) -> None:
    town.login("finance_clerk")
    page = town.get(f"{PAGE}/{name}")
    fields = dict(form_of(page).submit_fields())
    base = yaml.safe_load(profiles.shipped()[name])
    made = load_profile(profile_form.text_of(profile_form.data_of(fields, base, name)))
    known = shipped_profiles()[name]
    assert (made.columns, made.head) == (known.columns, known.head)
    assert made.get("receipt") == known.get("receipt")
    for field in ("file_name", "format", "preamble", "trailer", "root", "record", "namespace"):
        assert made.get(field) == known.get(field)


def test_a_profile_is_stored_in_versions_and_batches_keep_theirs(town, stadtkern, tmp_path) -> None:
    town.login("finance_clerk")
    form = form_of(town.get(f"{PAGE}/csv-own-1"))
    form["new_name"] = "csv-kasse-1"
    form["name-0"] = "Unsere Nummer"
    page = form.submit("do", value="sample", status=200)
    page.mustcontain("Unsere Nummer;Stapel", "Rausi Dörfel")
    town.get(f"{PAGE}/csv-kasse-1", status=404)
    page = form_of(page).submit("do", value="save", status=302).follow()
    page.mustcontain("Version 1", "Unsere Nummer;Stapel")
    deliver(town, notice(), "a.xml")
    released(town)
    export(stadtkern, tmp_path / "1.csv", "--profile", "csv-kasse-1")
    assert (tmp_path / "1.csv").read_text("utf-8-sig").startswith("Unsere Nummer;Stapel")
    town.login("finance_clerk")
    form = form_of(town.get(f"{PAGE}/csv-kasse-1"))
    form["name-0"] = "Andere Nummer"
    form.submit("do", value="save", status=302).follow().mustcontain("Version 2")
    export(stadtkern, tmp_path / "again.csv", "--batch", "1")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "1.csv").read_bytes()
    # The form that was opened before the other one was stored.
    form.submit("do", value="save", status=422).mustcontain("inzwischen geändert")


@on_sqlite
def test_the_envelope_is_edited_with_its_sample(town: Town) -> None:
    town.login("finance_clerk")
    form = form_of(town.get(f"{PAGE}/xfinanz-like-1"))
    form["new_name"] = "xml-kasse-1"
    form["head.name-1"] = "Kopf/Absender/Amt"
    form["head.name-8"] = "Kopf/Art"
    form["head.constant-8"] = "Soll & Haben"
    form["receipt.in_answer"] = True
    page = form.submit("do", value="sample", status=200)
    sample = page.html.select_one("#sample pre").text
    assert "<Amt>" in sample
    assert "<Art>Soll &amp; Haben</Art>" in sample
    assert "<Mandant>" not in sample
    form = form_of(page)
    form["head.name-0"] = "Kopf/7"
    page = form.submit("do", value="save", status=422)
    page.mustcontain("Angabe zum Stapel 1 „Kopf/7“, Überschrift")
    form = form_of(page)
    form["head.name-0"] = ""
    form.submit("do", value="save", status=302).follow().mustcontain("Version 1")
    with town.session(write=False) as session:
        text = profiles.text_of(session, "xml-kasse-1")
    assert text is not None
    stored = load_profile(text)
    assert [one.name for one in stored.head][:2] == ["Kopf/Absender/Amt", "Kopf/Erstellt"]
    assert stored.get("receipt")["in_answer"] is True


@on_sqlite
def test_what_does_not_fit_is_named_as_the_form_names_it(town: Town) -> None:
    town.login("finance_clerk")
    form = form_of(town.get(f"{PAGE}/fixed-own-1"))
    form["width-3"] = ""
    form["name-5"] = ""
    form["title"] = ""
    form.submit("do", value="save", status=422).mustcontain("Titel")
    form["title"] = "Kasse"
    form.submit("do", value="save", status=422).mustcontain("Spalte 4 „Kassenzeichen“, Breite")
    form["width-3"] = "4"
    form.submit("do", value="sample", status=422).mustcontain("Kassenzeichen", "höchstens 4")
    form["width-3"] = "20"
    form["new_name"] = "csv-own-1"
    form.submit("do", value="save", status=422).mustcontain("anderen Namen")
