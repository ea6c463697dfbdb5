"""Tours that cross from town to town: offered, adopted, changed on both sides, withdrawn."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from stadtkern.accounts import services as accounts
from stadtkern.content import Node
from stadtkern.media import services as library
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.services import folder_for, import_tour
from stadtkern_cityguide.sharing import Adoption, Offer
from stadtkern_cityguide.sharing.packing import may_copy

AddPlace = Callable[..., None]
PAGE = "/admin/cityguide/sharing"


def picture(town: Town, licence: str = "CC-BY-4.0") -> int:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(data, "PNG")
    data.seek(0)
    with town.content() as content:
        node = library.add_upload(content, library.place(content), data, "quelle.png")
        node = library.describe(
            content,
            node.id,
            version=node.version,
            title="Die Quelle",
            values={"alt": "Eine Quelle", "credit": "Amt", "licence": licence},
            live=True,
        )
        content.publish(node.id)
        return node.id


@pytest.fixture
def tour(guide_town: Town, gpx: Path, add_place: AddPlace) -> int:
    """Publish a tour whose second stop names a place with a picture."""
    town = guide_town
    image = picture(town)
    add_place("Brunnen", fee="frei")
    with town.content() as content:
        place = content.by_path("/brunnen")
        content.save(
            place.id,
            version=place.version,
            title=place.title,
            fields=content.fields(place),
            blocks=[
                {"type": "image", "data": {"image": image}},
                {"type": "text", "data": {"html": '<p><a href="/brunnen">hier</a></p>'}},
            ],
        )
        plan = plan_tour(gpx.read_bytes(), gpx.name, language="de")
        number = import_tour(content, plan, folder_for(content, {}), publish=True).node_id
        node = content.get(number)
        fields = content.fields(node)
        fields["stops"][1]["place"] = place.id
        content.save(number, version=node.version, title=node.title, fields=fields)
    return number


@pytest.fixture
def other(guide_town: Town) -> Town:
    town = guide_town.second_tenant()
    town.enable("cityguide")
    return town


def press(town: Town, deed: str, number: int, **kw: Any) -> Any:
    return town.post(PAGE, {"do": deed, "id": str(number)}, **kw)


def told(answer: Any) -> str:
    return str(answer.follow().html.select(".notice")[-1].get_text())


def offer(town: Town, number: int) -> Offer:
    town.login("administrator")
    answer = press(town, "offer", number)
    assert "angeboten" in told(answer)
    with town.session(write=False) as session:
        row = session.scalars(select(Offer).where(Offer.node_id == number)).one()
        session.expunge(row)
    return row


def adopt(town: Town, row: Offer) -> int:
    town.login("administrator")
    assert "Entw" in told(press(town, "adopt", row.id))
    with town.session(write=False) as session:
        return session.scalars(select(Adoption.node_id)).one()


def rename(town: Town, path: str, **changes: Any) -> None:
    with town.content() as content:
        node = content.by_path(path)
        title = changes.pop("title", node.title)
        fields = content.fields(node) | changes
        content.save(node.id, version=node.version, title=title, fields=fields)


@pytest.mark.parametrize(
    ("licence", "copied"),
    [
        ("CC-BY-4.0", True),
        ("https://creativecommons.org/licenses/by-sa/3.0/de/", True),
        ("CC0-1.0", True),
        ("DL-DE-BY-2.0", True),
        ("https://creativecommons.org/licenses/by-nd/4.0/", False),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/", False),
        ("own", False),
        ("alle Rechte vorbehalten", False),
        ("", False),
        (None, False),
    ],
)
def test_licences_say_whether_a_work_may_be_copied(licence: str | None, *, copied: bool) -> None:
    assert may_copy(licence) is copied


def test_an_adopted_tour_is_the_towns_own_copy_with_its_licence(
    guide_town: Town, other: Town, tour: int
) -> None:
    row = offer(guide_town, tour)
    assert (row.rev, row.stops, row.places, row.media) == (1, 2, 1, 1)
    number = adopt(other, row)
    other.anonymous()
    other.get("/waldrunde", status=404)
    other.login("administrator")
    assert "veröffentlicht" in told(press(other, "publish", number))
    other.anonymous()
    page = other.get("/waldrunde")
    text = page.html.get_text(" ", strip=True)
    assert "1,9 km" in text
    assert f"Von {guide_town.tenant.name}, CC BY 4.0" in text
    assert page.html.select_one(f'a[href="http://{guide_town.host}/waldrunde"]')
    place = other.get("/brunnen")
    assert "frei" in place.text
    assert guide_town.tenant.name in place.html.get_text()
    # The picture is a record of this town's own, and links lead back to the giving one.
    address = place.html.select_one("main img")["src"]
    assert other.get(address).content_type.startswith("image/")
    assert place.html.select_one(f'a[href="http://{guide_town.host}/brunnen"]')
    # What the giving town does with its own pages is nothing to the copy.
    with guide_town.content() as content:
        content.delete(tour)
    assert "Waldrunde" in other.get("/waldrunde").text


def test_changes_are_taken_over_without_what_was_changed_here(
    guide_town: Town, other: Town, tour: int
) -> None:
    row = offer(guide_town, tour)
    number = adopt(other, row)
    press(other, "publish", number)
    rename(other, "/brunnen", fee="2 Euro")
    rename(other, "/waldrunde", title="Unsere Waldrunde")
    rename(guide_town, "/brunnen", fee="3 Euro", phone="06128 1")
    with guide_town.content() as content:
        node = content.get(tour)
        fields = content.fields(node) | {"step_free": "yes"}
        content.save(tour, version=node.version, title="Große Waldrunde", fields=fields)
    listed = guide_town.get(PAGE).html.get_text()
    assert "geändert, seit sie angeboten wurde" in listed
    assert offer(guide_town, tour).rev == 2
    # The same once more is the same revision.
    assert offer(guide_town, tour).rev == 2
    other.login("administrator")
    assert "dort geändert" in other.get(PAGE).html.get_text()
    assert "übernommen" in told(press(other, "take", number))
    # Published pages wait in working copies until somebody here publishes them.
    assert "06128" not in other.get("/brunnen").html.get_text()
    press(other, "publish", number)
    other.anonymous()
    place = other.get("/brunnen").html.get_text(" ", strip=True)
    assert "2 Euro" in place
    assert "06128 1" in place
    tour_page = other.get("/waldrunde").html
    assert tour_page.h1.get_text() == "Unsere Waldrunde"
    assert "Stufenloser Weg" in tour_page.select_one(".facts").get_text()
    other.login("administrator")
    assert "aktuell" in other.get(PAGE).html.get_text()


def test_nothing_crosses_that_is_not_offered(guide_town: Town, other: Town, tour: int) -> None:
    other.login("administrator")
    assert "Waldrunde" not in other.get(PAGE).text
    # The other town's tour cannot be offered from here, and numbers that are no offer are nothing.
    press(other, "offer", tour, status=404)
    press(other, "adopt", 12345, status=404)
    press(other, "take", tour, status=404)
    for nonsense in ("x", "99999999999"):
        other.post(PAGE, {"do": "adopt", "id": nonsense}, status=404)
    press(other, "nothing", 1, status=404)
    guide_town.configure("cityguide", share_with="dorf\nweiler")
    row = offer(guide_town, tour)
    assert "Waldrunde" not in other.get(PAGE).text
    press(other, "adopt", row.id, status=404)
    guide_town.configure("cityguide", share_with=f"dorf\n{other.slug}")
    row = offer(guide_town, tour)
    assert "Waldrunde" in other.get(PAGE).text
    number = adopt(other, row)
    press(other, "publish", number)
    # A copy is not offered on; and what left the site is withdrawn by itself.
    assert "Nur diese kann sie anbieten" in told(press(other, "offer", number))
    with guide_town.content() as content:
        content.unpublish(tour)
    assert "nicht mehr angeboten" in other.get(PAGE).html.get_text()
    press(other, "take", number, status=404)
    with guide_town.session(write=False) as session:
        gone = session.get(Offer, row.id)
        assert gone.withdrawn_at is not None
        assert gone.package == ""


@on_sqlite
def test_what_may_not_be_copied_is_not_offered(guide_town: Town, tour: int) -> None:
    town = guide_town
    rename(town, "/brunnen", licence="https://creativecommons.org/licenses/by-nd/4.0/")
    town.login("administrator")
    answer = told(press(town, "offer", tour))
    assert "Brunnen" in answer
    assert "CC BY 4.0" in answer
    rename(town, "/brunnen", licence="CC0-1.0")
    image = picture(town, licence="own")
    with town.content() as content:
        node = content.by_path("/brunnen")
        blocks = [{"type": "image", "data": {"image": image}}]
        content.save(
            node.id,
            version=node.version,
            title=node.title,
            fields=content.fields(node),
            blocks=blocks,
        )
    assert "Die Quelle" in told(press(town, "offer", tour))
    with town.session(write=False) as session:
        assert session.scalars(select(Offer)).all() == []


@on_sqlite
def test_offering_and_adopting_need_their_permissions(
    guide_town: Town, other: Town, tour: int
) -> None:
    row = offer(guide_town, tour)
    guide_town.login("editor")
    assert "ours-h" not in guide_town.get(PAGE).text
    press(guide_town, "offer", tour, status=403)
    press(guide_town, "withdraw", tour, status=403)
    other.login("author")
    other.get(PAGE, status=403)
    number = None
    other.login("editor")
    assert "Entw" in told(press(other, "adopt", row.id))
    assert "schon" in told(press(other, "adopt", row.id))
    with other.session(write=False) as session:
        number = session.scalars(select(Adoption.node_id)).one()
    # Thrown away, it can be adopted anew.
    with other.content() as content:
        content.delete(number)
    assert "Entw" in told(press(other, "adopt", row.id))
    guide_town.login("administrator")
    press(guide_town, "withdraw", tour)
    press(guide_town, "withdraw", tour, status=404)
    press(other, "adopt", row.id, status=404)


@on_sqlite
def test_a_picture_that_was_withdrawn_travels_no_further(
    guide_town: Town, other: Town, tour: int
) -> None:
    town = guide_town
    town.login("administrator")
    press(town, "offer", tour)
    with town.content() as content:
        image = content.session.scalars(select(Node.id).where(Node.type == "image")).one()
    unrelated = picture(town)
    with town.content() as content:
        content.unpublish(unrelated)
        offer = content.session.scalars(select(Offer)).one()
        assert offer.withdrawn_at is None
        content.unpublish(image)
        content.session.flush()
        content.session.refresh(offer)
        assert offer.withdrawn_at is not None
        number = offer.id
    other.login("editor")
    press(other, "adopt", number, status=404)


def test_changes_are_taken_over_only_on_pages_that_one_may_edit(
    guide_town: Town, tour: int, other: Town
) -> None:
    number = adopt(other, offer(guide_town, tour))
    with other.content() as content:
        folder = content.create(content.by_path("/"), "folder", title="Orte")
        content.publish(folder.id)
        content.move(content.by_path("/brunnen").id, folder.id)
    other.login("administrator")
    press(other, "publish", number)
    rename(guide_town, "/brunnen", fee="3 Euro")
    rename(guide_town, "/waldrunde", title="Große Waldrunde")
    offer(guide_town, tour)

    helper = other.login("guide_editor", mail="helfer@people.example")
    with other.session() as session:
        accounts.add_local_role(session, helper.id, folder.id, "editor")
    text = told(press(other, "take", number))
    assert "kein Recht" in text
    assert text.strip().endswith(": Waldrunde")
    with other.content() as content:
        place, walk = content.get(other.node("/orte/brunnen").id), content.get(number)
        assert content.working_copy(place).body["fields"]["fee"] == "3 Euro"
        assert content.working_copy(walk).title == "Waldrunde"
    # The tour stays behind its offer, so that somebody who may takes the rest; on its page, too,
    # they have no right to publish.
    assert "publish" not in {
        button.get("value") for button in other.get(PAGE).html.select("button[name=do]")
    }
    press(other, "publish", number, status=403)
    other.login("editor")
    assert "bis auf" not in told(press(other, "take", number))
    with other.content() as content:
        assert content.working_copy(content.get(number)).title == "Große Waldrunde"


@on_sqlite
def test_a_tour_is_published_with_those_pages_that_one_may_publish(
    guide_town: Town, tour: int, other: Town
) -> None:
    number = adopt(other, offer(guide_town, tour))
    helper = other.login("guide_editor", mail="helfer@people.example")
    with other.session() as session:
        accounts.add_local_role(session, helper.id, number, "editor")
    text = told(press(other, "publish", number))
    assert "Kein Recht" in text
    assert "Brunnen" in text
    assert other.node("/brunnen").state == "draft"
