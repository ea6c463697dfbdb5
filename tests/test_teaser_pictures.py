"""Lists show the picture that a page shows first, whatever their length at one query's cost."""

import io
from typing import Any

import pytest
from PIL import Image

from stadtkern.media.intake import store_image
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


def image(town: Town, title: str, *, published: bool = True, colour: str = "#336699") -> Any:
    data = io.BytesIO()
    Image.new("RGB", (800, 800), colour).save(data, "PNG")
    data.seek(0)
    stored = store_image(town.registry["storage"], data, f"{title}.png").as_field()
    fields = {"alt": f"Zu sehen ist {title}", "credit": "Stadt", "licence": "own", "stored": stored}
    return town.add("image", title, fields=fields, published=published)


def shows(*pictures: Any) -> list[dict[str, Any]]:
    return [
        {"id": f"{number:04}", "type": "image", "data": {"image": picture.id}}
        for number, picture in enumerate(pictures)
    ]


@pytest.fixture
def uncached(make_town: Any) -> Town:
    town: Town = make_town({"stadtkern.page_cache": "false"})
    return town


def entries(town: Town, path: str) -> dict[str, Any]:
    """Return the picture of each entry of a page's lists by the entry's title."""
    found = town.get(path).html.select("main .list > li")
    return {item.find("a").text: item.select_one(".teaser-picture img") for item in found}


def test_an_entry_shows_the_first_picture_of_its_page(uncached: Town) -> None:
    town = uncached
    # The later made one stands first: the order is the page's, not that of the library.
    second, first = image(town, "zweites"), image(town, "erstes", colour="red")
    hidden = image(town, "Entwurf", published=False)
    town.run_jobs()
    folder = town.add("folder", "Ordner")
    for kind in ("news", "page"):
        town.add(kind, f"Mit Bild {kind}", parent=folder, blocks=shows(hidden, first, second))
        town.add(kind, f"Ohne {kind}", parent=folder)
    teasers = [{"id": "t", "type": "teasers", "data": {"type": "news", "number": 5}}]
    town.page("Anreißer", blocks=teasers)
    for path in ("/ordner", "/anreisser", "/"):
        found = entries(town, path)
        assert found["Ohne news"] is None
        shown = found["Mit Bild news"]
        assert shown["alt"] == ""
        assert f"/media/{first.id}/" in shown["src"]
        assert int(shown["width"]) * 10 == int(shown["height"]) * 16
    assert entries(town, "/ordner")["Mit Bild page"] is not None


def test_a_picture_in_a_folder_stands_for_itself(uncached: Town) -> None:
    town = uncached
    folder = town.add("folder", "Ordner")
    shown = image(town, "Rathaus")
    with town.content() as content:
        content.move(shown.id, folder.id)
    picture = entries(town, "/ordner")["Rathaus"]
    # Until its smaller copies are made the picture itself is shown, cut by the style sheet.
    assert picture["src"].startswith(f"/media/{shown.id}/")


@on_sqlite
def test_lists_cost_the_same_for_few_and_many_pictures(make_town: Any) -> None:
    figures = []
    for index, number in enumerate((1, 8)):
        town = make_town(
            {"stadtkern.page_cache": "false"}, slug=f"stadt{index}", host=f"s{index}.example"
        )
        folder = town.add("folder", "Ordner")
        for count in range(number):
            blocks = shows(image(town, f"Bild {count}"))
            town.add("news", f"Neues {count}", parent=folder, blocks=blocks)
        lists = [
            {"id": f"t{one}", "type": "teasers", "data": {"type": "news", "number": number}}
            for one in range(number)
        ]
        town.page("Anreißer", blocks=lists)
        town.get("/ordner")
        counted = []
        for path in ("/ordner", "/anreisser", "/"):
            with town.statements() as statements:
                town.get(path)
            counted.append(len(statements))
        figures.append(counted)
    assert figures[0] == figures[1]
    assert max(figures[0]) <= 8
