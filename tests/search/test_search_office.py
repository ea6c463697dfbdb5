"""Editors find what they may see by the words of its text; nobody finds more by it."""

from searching import body, suggested, titles

from stadtkern.accounts.services import add_local_role, set_roles
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


def listed(town: Town, query: str) -> set[str]:
    """Return the titles that the list of pages shows for words."""
    page = town.get("/admin/pages", params={"q": query})
    return {row.select_one("td a").get_text() for row in page.html.select(".page-table tbody tr")}


def working_copy(town: Town, path: str, text: str) -> None:
    node = town.node(path)
    with town.content() as content:
        content.save_draft(node.id, version=node.version, title=node.title, blocks=body(text))


def test_editors_find_drafts_and_working_copies_by_their_words(town: Town) -> None:
    town.page("Vorhaben", blocks=body("Neue Zisternen am Sägewerk"), published=False)
    public = town.page("Rathaus", blocks=body("Hier steht die Zisterne"))
    working_copy(town, public.path, "Bald steht hier ein Überlaufbecken")
    gone = town.page("Altes", blocks=body("Zisterne von früher"))
    with town.content() as content:
        content.delete(gone.id)
    neighbour = town.second_tenant()
    town.login("editor")
    assert listed(town, "Zisterne") == {"Vorhaben", "Rathaus"}
    assert listed(town, "sägewerk zisternen") == {"Vorhaben"}
    assert listed(town, "überlaufbecken") == {"Rathaus"}
    assert listed(town, "Vorha") == {"Vorhaben"}
    # Visitors find none of it, and nobody does in another town.
    assert titles(town, "Zisterne") == ["Rathaus"]
    assert titles(town, "Sägewerk") == titles(town, "Überlaufbecken") == []
    assert suggested(town, "säge") == suggested(town, "überl") == []
    neighbour.login("editor")
    assert listed(neighbour, "Zisterne") == listed(neighbour, "Überlaufbecken") == set()


def test_words_of_others_drafts_are_found_in_ones_own_part_only(town: Town) -> None:
    area = town.page("Bauamt")
    town.page("Eigenes", parent=area.path, blocks=body("Wasserturm"), published=False)
    town.page("Fremdes", blocks=body("Wasserturm"), published=False)
    other = town.page("Offen", blocks=body("Alle sehen das"))
    working_copy(town, other.path, "Der Wasserturm wird verkauft")
    account = town.account(mail="bauamt@people.example")
    with town.session() as session:
        set_roles(session, town.registry, account, ())
        add_local_role(session, account.id, area.id, "editor")
    town.login(mail="bauamt@people.example")
    assert listed(town, "Wasserturm") == {"Eigenes"}
    assert listed(town, "alle sehen") == {"Offen"}


@on_sqlite
def test_hostile_words_are_words_in_the_office_too(town: Town) -> None:
    town.page("Rathaus", published=False)
    town.login("editor")
    for query in ('"', "NEAR(a b, 9)", "title : x", "%_%", "\\", "\0rathaus", "🏛️", "a" * 300, "?!"):
        assert town.get("/admin/pages", params={"q": query}).status_int == 200
