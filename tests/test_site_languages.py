"""Languages: the switch, hreflang, fallback, and what pages say about their language."""


def translate(town, node, title: str, *, parent: str = "/en", **kw):
    """Add the English version of a page."""
    return town.page(title, parent=parent, translation_group=node.translation_group, **kw)


def switch(page) -> dict[str, str]:
    """Return where the first language switch of a page leads."""
    return {
        link.get_text(" ", strip=True).split(" (")[0]: link["href"]
        for link in page.html.select("nav.language-switch")[0].select("a")
    }


def test_the_switch_leads_to_the_translation(town) -> None:
    node = town.page("Rathaus")
    translate(town, node, "Town hall")
    assert switch(town.get("/rathaus"))["English"] == "/en/town-hall"


def test_a_translation_below_a_hidden_page_is_not_offered(town) -> None:
    node = town.page("Rathaus")
    hidden = town.page("Hidden", parent="/en", published=False)
    translate(town, node, "Town hall", parent=hidden.path)
    town.get("/en/hidden/town-hall", status=404)
    page = town.get("/rathaus")
    assert "/en/hidden" not in page.text
    with town.content() as content:
        content.publish(hidden.id)
    assert switch(town.get("/rathaus"))["English"] == "/en/hidden/town-hall"


def alternates(page) -> dict[str, str]:
    return {
        link["hreflang"]: link["href"] for link in page.html.select("link[rel=alternate][hreflang]")
    }


def test_pages_name_their_versions_to_search_engines(town) -> None:
    node = town.page("Rathaus")
    town.get("/rathaus")
    assert alternates(town.get("/rathaus")) == {}
    translate(town, node, "Town hall")
    host = f"http://{town.host}"
    wanted = {
        "de": f"{host}/rathaus",
        "en": f"{host}/en/town-hall",
        "x-default": f"{host}/rathaus",
    }
    assert alternates(town.get("/rathaus")) == wanted
    assert alternates(town.get("/en/town-hall")) == wanted
    assert alternates(town.get("/impressum")) == {
        "de": f"{host}/impressum",
        "en": f"{host}/impressum?lang=en",
        "x-default": f"{host}/impressum",
    }


def test_without_a_translation_the_nearest_one_above_is_offered_and_says_so(town) -> None:
    above = town.page("Rathaus")
    translate(town, above, "Town hall")
    town.page("Fundbüro", parent=above)
    page = town.get("/rathaus/fundbuero")
    assert switch(page)["English"] == "/en/town-hall?untranslated=de"
    assert "nicht übersetzt" in page.html.select("nav.language-switch")[0].get_text()
    there = town.get("/en/town-hall?untranslated=de")
    assert "(Deutsch) does not exist in this language" in there.text
    assert "does not exist" not in town.get("/en/town-hall").text
    assert "does not exist" not in town.get("/en/town-hall?untranslated=xx").text
    assert there.html.select_one("link[rel=canonical]")["href"].endswith("/en/town-hall")


def test_the_town_chooses_where_untranslated_pages_lead(town) -> None:
    above = town.page("Rathaus")
    translate(town, above, "Town hall")
    town.page("Fundbüro", parent=above)
    town.configure("site", untranslated="front")
    assert switch(town.get("/rathaus/fundbuero"))["English"] == "/en?untranslated=de"
    town.configure("site", untranslated="hide")
    assert list(switch(town.get("/rathaus/fundbuero"))) == ["Deutsch"]
    assert list(switch(town.get("/rathaus"))) == ["Deutsch", "English"]


def add_language(town, code: str) -> None:
    town.login("administrator")
    page = town.get("/admin/languages")
    form = next(
        form
        for form in page.forms.values()
        if "language" in form.fields and form["language"].value == code
    )
    assert form.submit().follow().status_int == 200
    town.anonymous()


def test_simple_language_and_signs_can_be_added_and_speak_german(town) -> None:
    for code in ("de-simple", "gsg"):
        add_language(town, code)
    assert town.tenant.locales == ("de", "en", "de-simple", "gsg")
    front = town.get("/")
    assert list(switch(front)) == [
        "Deutsch",
        "English",
        "Leichte Sprache",
        "Deutsche Gebärdensprache",
    ]
    assert set(alternates(front)) == {"de", "en", "de-simple", "gsg", "x-default"}
    simple, signs = town.get("/de-simple"), town.get("/gsg")
    assert (simple.html.html["lang"], signs.html.html["lang"]) == ("de-simple", "de")
    assert simple.headers["Content-Language"] == "de-simple"
    assert signs.headers["Content-Language"] == "gsg, de"
    assert front.headers["Content-Language"] == "de"
    for page in (simple, signs):
        assert "Zum Inhalt" in page.text
        assert "Impressum" in page.text
    town.add("news", "Neues leicht", parent="/de-simple")
    assert "1. März 2026" in town.get("/de-simple").text


def test_a_page_at_the_languages_address_is_in_the_way(town) -> None:
    town.page("Im Weg", slug="gsg")
    town.login("administrator")
    page = town.get("/admin/languages")
    form = next(
        form
        for form in page.forms.values()
        if "language" in form.fields and form["language"].value == "gsg"
    )
    assert "andere Adresse" in form.submit().follow().text
    assert town.tenant.locales == ("de", "en")


def test_only_administrators_add_languages(town) -> None:
    town.login("editor")
    town.post("/admin/languages", {"language": "gsg"}, status=403)
