"""What visitors find and are suggested; what editors say about it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from searching import body, suggested, titles
from sqlalchemy import delete

from stadtkern import search
from stadtkern.testing.town import Town


def test_a_page_is_found_as_soon_as_it_is_published(town: Town) -> None:
    town.page("Zisternensatzung", blocks=body("Wer Regenwasser sammelt, zahlt weniger."))
    assert titles(town, "zisternensatzungen") == ["Zisternensatzung"]
    assert titles(town, "Regenwasser") == ["Zisternensatzung"]
    assert titles(town, "REGENWASSER sammeln") == ["Zisternensatzung"]


def test_compounds_are_found_by_their_parts_and_parts_by_compounds(town: Town) -> None:
    town.page("Bürgerbeteiligung")
    town.page("Abfuhr", blocks=body("Wann welche Tonne geleert wird."))
    assert titles(town, "Beteiligung") == ["Bürgerbeteiligung"]
    assert titles(town, "Müllabfuhr") == ["Abfuhr"]
    assert titles(town, "Buergerbeteiligung") == ["Bürgerbeteiligung"]


def test_compounds_of_the_towns_own_words_are_taken_apart(town: Town) -> None:
    town.page("Quellwichtel", blocks=body("Der Wichtel wohnt an der Quarre."))
    town.page("Quarrenwichtel")
    assert "Quarrenwichtel" in titles(town, "Wichtel")


def test_of_more_than_can_be_ranked_the_newest_are(town: Town, monkeypatch) -> None:
    monkeypatch.setattr("stadtkern.search.finding.MOST", 4)
    words = body("Die Sitzung beginnt um acht.")
    for number in range(8):
        town.page(f"Alt {number}", blocks=words)
    for number in range(4):
        town.page(f"Entwurf {number}", blocks=words, published=False)
    town.page("Heute", blocks=words)
    for number in range(4):
        town.page(f"Geheim {number}", blocks=words, published=False)
    assert sorted(titles(town, "Sitzung")) == ["Alt 5", "Alt 6", "Alt 7", "Heute"]
    assert "Mehr als 4" in town.get("/suche", params={"q": "Sitzung"}).text


def test_what_was_chosen_lies_among_all_that_fit(town: Town, monkeypatch) -> None:
    monkeypatch.setattr("stadtkern.search.finding.MOST", 4)
    words = body("Die Sitzung beginnt um acht.")
    town.add("news", "Meldung", blocks=words)
    for number in range(8):
        town.page(f"Seite {number}", blocks=words)
    assert "Meldung" not in titles(town, "Sitzung")
    assert titles(town, "Sitzung", kind="news") == ["Meldung"]


def test_typing_errors_are_forgiven_and_said(town: Town) -> None:
    town.page("Personalausweis")
    page = town.get("/suche", params={"q": "Personalauswies"})
    assert page.html.select_one("ol.list > li > a").get_text() == "Personalausweis"
    notice = page.html.select_one("p.notice")
    assert notice.select_one("a").get_text() == "Personalausweis"


def test_words_that_mean_the_same(town: Town) -> None:
    town.page("Personalausweis")
    town.page("Sperrige Abfälle")
    assert titles(town, "Perso") == ["Personalausweis"]
    town.configure("search", synonyms="Sperrmüll, sperrige Abfälle\nLappen, Führerschein")
    assert titles(town, "Sperrmüll") == ["Sperrige Abfälle"]
    # The town's own list has taken the place of ours.
    assert titles(town, "Ausweis") == ["Personalausweis"]
    assert suggested(town, "Sperrmü") == ["Sperrige Abfälle"]


def test_quotation_marks_keep_words_together(town: Town) -> None:
    town.page("Eins", blocks=body("Das rote Haus am Bach"))
    town.page("Zwei", blocks=body("Das Haus, an dem rote Rosen wachsen"))
    assert set(titles(town, "rote Haus")) == {"Eins", "Zwei"}
    assert titles(town, '"rote Haus"') == ["Eins"]
    assert titles(town, "„rote Haus“") == ["Eins"]


def test_the_passage_shows_the_words_and_nothing_of_it_is_markup(town: Town) -> None:
    town.page(
        "Preise <b>fett</b>",
        blocks=[
            {"type": "heading", "data": {"text": "<script>alert(1)</script>", "level": "2"}},
            *body("Ein Eimer Wackersteine kostet 5 &lt; 6 Euro."),
        ],
    )
    page = town.get("/suche", params={"q": "Wackersteine"})
    hit = page.html.select_one("ol.list > li")
    assert hit.select_one("a").get_text() == "Preise <b>fett</b>"
    assert hit.select_one(".passage mark").get_text() == "Wackersteine"
    assert "5 < 6 Euro" in hit.get_text()
    assert not hit.select("script, b")


def test_facets_narrow_down_and_count(town: Town) -> None:
    # News of today are there, though they sort by noon, which may be to come.
    day = datetime.now(ZoneInfo("Europe/Berlin")).date()
    town.add("news", "Markt eröffnet", fields={"date": day})
    town.add("news", "Markt verlegt", fields={"date": day - timedelta(days=800)})
    town.page("Der Markt")
    town.add("event", "Markttag", fields={"starts": datetime.now(UTC) + timedelta(days=5)})
    page = town.get("/suche", params={"q": "Markt"})
    kinds = page.html.select_one('nav[aria-label="Art"]')
    shown = {a.get_text(" ", strip=True) for a in kinds.select("a")}
    assert {"Alle", "Nachricht 2", "Seite 1", "Veranstaltung 1"} <= shown
    assert titles(town, "Markt", kind="news") == ["Markt eröffnet", "Markt verlegt"]
    assert titles(town, "Markt", kind="news", when="month") == ["Markt eröffnet"]
    town.add("news", "Markt am Freitag", fields={"date": day + timedelta(days=1)})
    assert set(titles(town, "Markt", when="coming")) == {"Markttag", "Markt am Freitag"}
    assert titles(town, "Markt", when="older") == ["Markt verlegt"]
    assert titles(town, "Markt", kind="news", when="older") == ["Markt verlegt"]
    nothing = town.get("/suche", params={"q": "Markt", "kind": "event", "when": "older"})
    assert nothing.html.select_one(".empty-state a")["href"].endswith("q=Markt&in=all")


def test_results_are_in_the_pages_language_until_all_are_asked_for(town: Town) -> None:
    town.page("Museum Mühle")
    town.add("page", "The Museum", parent="/en")
    assert titles(town, "museum") == ["Museum Mühle"]
    assert titles(town, "museums", lang="en") == ["The Museum"]
    assert set(titles(town, "museum", **{"in": "all"})) == {"Museum Mühle", "The Museum"}
    assert suggested(town, "muse", lang="en") == ["The Museum"]


def test_pages_that_every_town_has_are_found(town: Town) -> None:
    assert titles(town, "Impressum") == ["Impressum"]
    assert "Barrierefreiheit" in titles(town, "Barrierefreiheit")


def test_nothing_found_helps(town: Town) -> None:
    town.page("Rathaus", in_nav=True)
    page = town.get("/suche", params={"q": "Quastenflosser"})
    help_ = page.html.select_one(".empty-state")
    assert "Quastenflosser" in help_.get_text()
    assert "Rathaus" in [a.get_text() for a in help_.select("a")]


def test_the_form_and_its_answers_work_without_cookies_and_are_not_kept(town: Town) -> None:
    town.page("Rathaus")
    front = town.get("/")
    form = front.html.select_one("form[role=search]")
    assert (form["action"], form["method"], form.select_one("input[name=q]")["type"]) == (
        "/suche",
        "get",
        "search",
    )
    answer = town.get("/suche", params={"q": "rathaus"})
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in answer.headers["Cache-Control"]
    assert 'href="/suche"' in town.get("/impressum").text


def test_more_than_a_page_of_results(town: Town) -> None:
    for number in range(12):
        town.page(f"Bach {number}")
    first, second = titles(town, "Bach"), titles(town, "Bach", page="2")
    assert len(first) == 10
    assert len(second) == 2
    assert not set(first) & set(second)
    assert titles(town, "Bach", page="999999999") == []


def test_suggestions_complete_the_last_word(town: Town) -> None:
    town.page("Wohnsitz anmelden")
    town.page("Hund anmelden")
    town.page("Bürgerbeteiligung")
    assert suggested(town, "wohn") == ["Wohnsitz anmelden"]
    assert set(suggested(town, "anm")) == {"Wohnsitz anmelden", "Hund anmelden"}
    assert suggested(town, "hund anm") == ["Hund anmelden"]
    assert suggested(town, "beteil") == ["Bürgerbeteiligung"]
    assert suggested(town, "w") == []
    assert suggested(town, "") == []


def test_searches_are_told_without_anything_of_who_searched(make_town) -> None:
    heard: list[search.Searched] = []
    town = make_town(configure=lambda config: config.add_subscriber(heard.append, search.Searched))
    town.page("Rathaus")
    town.get("/suche", params={"q": "Rathaus"})
    town.get("/suche", params={"q": "Quastenflosser 06124"})
    # Asked again it is answered from what is kept, and counts nevertheless.
    town.get("/suche", params={"q": "Quastenflosser 06124"})
    town.get("/suche", params={"q": "max@people.example"})
    town.get("/suche", params={"q": ""})
    # One of two words, or a word spelt alike, is not what was asked for.
    assert "Rathaus" in town.get("/suche", params={"q": "Rathaus Quastenflosser"})
    assert [(one.terms, one.results) for one in heard] == [
        (("rathaus",), 1),
        (("quastenflosser",), 0),
        (("quastenflosser",), 0),
        (("rathaus", "quastenflosser"), 0),
    ]
    assert all(one.tenant_id == town.tenant_id for one in heard)


def test_editors_keep_the_words_that_mean_the_same(town: Town) -> None:
    town.page("Wertstoffhof")
    town.get("/admin/search", status=302)
    town.login("author")
    town.get("/admin/search", status=403)
    town.login("editor")
    page = town.get("/admin/search")
    form = next(form for form in page.forms.values() if "synonyms" in form.fields)
    assert "Perso, Personalausweis" in form["synonyms"].value
    form["synonyms"] = "Schrottplatz, Wertstoffhof\nallein"
    refused = form.submit(status=422)
    assert "Zeile 2" in refused.text
    form = next(form for form in refused.forms.values() if "synonyms" in form.fields)
    form["synonyms"] = "Schrottplatz, Wertstoffhof"
    form.submit(status=302)
    assert titles(town, "Schrottplatz") == ["Wertstoffhof"]


def test_editors_have_the_index_built_anew(town: Town) -> None:
    town.page("Zisterne")
    with town.session() as session:
        session.execute(delete(search.SearchEntry))
    town.login("editor")
    town.post("/admin/search/rebuild", status=302)
    town.run_jobs()
    assert titles(town, "Zisterne") == ["Zisterne"]
    assert "Zuletzt ganz durchgegangen" in town.get("/admin/search").text
