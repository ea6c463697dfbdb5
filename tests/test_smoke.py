"""A new town answers."""

from stadtkern.testing.town import Town


def test_a_new_town_has_a_front_page(town: Town) -> None:
    page = town.get("/")
    assert "Was möchten Sie erledigen?" in page.text


def test_staff_see_drafts_and_visitors_do_not(town: Town) -> None:
    node = town.page("Entwurf", published=False)
    town.get(node.path, status=404)
    town.login("author")
    assert "Entwurf" in town.get(node.path).text
