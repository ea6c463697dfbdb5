"""News as Atom and events as calendars."""

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from icalendar import Calendar

from stadtkern.db import utcnow
from stadtkern.testing.databases import on_sqlite

A = {"a": "http://www.w3.org/2005/Atom"}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def picture_block(town) -> dict:
    """Plant a picture in the library and return a block that shows it."""
    stored = {"sha": "ab" * 32, "name": "markt.jpg", "type": "image/jpeg", "size": 1234}
    fields = {"alt": "Der Markt", "credit": "Stadt", "licence": "own", "stored": stored}
    node = town.add("image", "Markt", fields=fields)
    return {"id": "b1", "type": "image", "data": {"image": node.id, "caption": None}}


def feed(town, path: str = "/feed.atom") -> ET.Element:
    answer = town.get(path)
    assert answer.content_type == "application/atom+xml"
    return ET.fromstring(answer.body)  # noqa: S314 - our own answer


def titles(root: ET.Element) -> list[str]:
    return [found.text or "" for found in root.iterfind("a:entry/a:title", A)]


def test_a_feed_has_what_rfc_4287_asks_for(town) -> None:
    town.add("news", "Älteres & <Neues>", fields={"date": date(2026, 2, 1)}, summary="Kurz")
    town.add("news", "Jüngstes", fields={"date": date(2026, 3, 1)}, blocks=[picture_block(town)])
    root = feed(town)
    assert root.get(XML_LANG) == "de"
    for element in (root, *root.iterfind("a:entry", A)):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", A)) == 1
        assert element.find("a:id", A).text.startswith("urn:uuid:")
        assert datetime.fromisoformat(element.find("a:updated", A).text).tzinfo is not None
    assert root.find("a:author/a:name", A).text == "Musterstadt"
    links = {link.get("rel"): link.get("href") for link in root.findall("a:link", A)}
    assert links == {
        "self": f"http://{town.host}/feed.atom",
        "alternate": f"http://{town.host}/",
    }
    assert titles(root) == ["Jüngstes", "Älteres & <Neues>"]
    first, second = root.findall("a:entry", A)
    enclosure = first.find("a:link[@rel='enclosure']", A)
    assert (enclosure.get("type"), enclosure.get("length")) == ("image/jpeg", "1234")
    assert second.find("a:summary", A).text == "Kurz"
    assert first.find("a:link[@rel='alternate']", A).get("href").endswith("/juengstes")


def test_feeds_are_named_in_the_head_and_by_language(town) -> None:
    folder = town.add("folder", "Aktuelles")
    town.add("news", "Hier", parent=folder)
    town.add("news", "Anderswo")
    town.add("news", "English", parent="/en")
    assert titles(feed(town, "/aktuelles/feed.atom")) == ["Hier"]
    assert set(titles(feed(town))) == {"Hier", "Anderswo"}
    assert titles(feed(town, "/en/feed.atom")) == ["English"]
    links = [
        link["href"]
        for link in town.get("/aktuelles").html.select('link[type="application/atom+xml"]')
    ]
    assert links == ["/aktuelles/feed.atom", "/feed.atom"]
    town.get("/aktuelles/hier/feed.atom", status=404)


def test_drafts_and_what_stands_below_them_are_not_fed(town) -> None:
    hidden = town.add("folder", "Verborgen", published=False)
    town.add("news", "Darin", parent=hidden)
    town.add("news", "Entwurf", published=False)
    town.add("event", "Geheim", published=False)
    assert titles(feed(town)) == []
    town.get("/verborgen/feed.atom", status=404)
    assert "Geheim" not in town.get("/events.ics").text
    town.get("/geheim/event.ics", status=404)


def test_ids_outlast_a_move_and_pages_a_renaming(town) -> None:
    node = town.add("news", "Neues")
    event = town.add("event", "Fest")
    before = feed(town).find("a:entry/a:id", A).text
    uid = str(calendar(town).walk("VEVENT")[0]["uid"])
    with town.content() as content:
        content.rename(node.id, "anders")
        content.rename(event.id, "feier")
    assert feed(town).find("a:entry/a:id", A).text == before
    assert str(calendar(town).walk("VEVENT")[0]["uid"]) == uid


@on_sqlite
@pytest.mark.parametrize("path", ["/feed.atom", "/events.ics"])
def test_they_cost_the_same_for_one_and_for_many(make_town, path) -> None:
    town = make_town({"stadtkern.tenant_cache_seconds": "60"})
    counts = []
    for number in (1, 20):
        for index in range(number):
            town.add("news", f"Neues {number} {index}", blocks=[picture_block(town)])
            town.add("event", f"Fest {number} {index}")
        town.registry["tenants"].forget()
        town.get("/impressum")
        with town.statements() as statements:
            answer = town.get(path)
        counts.append(len(statements))
        with town.statements() as statements:
            again = town.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_int, statements) == (304, [])
    assert counts[0] == counts[1] <= 4


def calendar(town, path: str = "/events.ics") -> Calendar:
    answer = town.get(path)
    assert answer.content_type == "text/calendar"
    assert b"\r\n" in answer.body
    return Calendar.from_ical(answer.body)


def test_a_calendar_keeps_the_towns_clock(town) -> None:
    town.add(
        "event",
        "Sommerfest; mit Musik, Tanz",
        summary="Zeile",
        fields={
            "starts": datetime(2099, 7, 1, 16, tzinfo=UTC),
            "ends": datetime(2099, 7, 1, 20, tzinfo=UTC),
            "place": "Markt, Rathaus",
        },
    )
    made = calendar(town)
    assert [str(one["tzid"]) for one in made.walk("VTIMEZONE")] == ["Europe/Berlin"]
    (event,) = made.walk("VEVENT")
    assert str(event["dtstart"].dt.replace(tzinfo=None)) == "2099-07-01 18:00:00"
    assert event["dtstart"].params["TZID"] == "Europe/Berlin"
    assert event["dtstart"].dt.utcoffset() == timedelta(hours=2)
    assert str(event["summary"]) == "Sommerfest; mit Musik, Tanz"
    assert str(event["location"]) == "Markt, Rathaus"
    assert str(event["url"]).startswith(f"http://{town.host}/")
    assert not event.get("attendee") and not event.get("organizer")  # noqa: PT018
    assert "method" not in made
    (single,) = calendar(town, "/sommerfest-mit-musik-tanz/event.ics").walk("VEVENT")
    assert single["uid"] == event["uid"]
    assert single.to_ical() == event.to_ical()


def test_calendars_leave_out_what_is_long_over(town) -> None:
    for title, days in (("Vorbei", -400), ("Neulich", -3), ("Bald", 3)):
        town.add("event", title, fields={"starts": utcnow() + timedelta(days=days)})
    folder = town.add("folder", "Feste")
    town.add("event", "Im Ordner", parent=folder, fields={"starts": utcnow() + timedelta(days=9)})
    shown = [str(one["summary"]) for one in calendar(town).walk("VEVENT")]
    assert shown == ["Neulich", "Bald", "Im Ordner"]
    inner = [str(one["summary"]) for one in calendar(town, "/feste/events.ics").walk("VEVENT")]
    assert inner == ["Im Ordner"]


def test_pages_lead_to_their_calendars(town) -> None:
    folder = town.add("folder", "Feste")
    town.add("event", "Fest", parent=folder)
    assert 'href="/feste/events.ics"' in town.get("/feste").text
    assert 'href="/feste/fest/event.ics"' in town.get("/feste/fest").text


def test_a_feed_of_a_type_and_of_all_types(town) -> None:
    place = town.page("Rathaus")
    town.add("event", "Stadtfest", parent=place)
    town.page("Satzung", parent=place)
    town.page("Entwurf", parent=place, published=False)
    town.add("event", "Anderswo")
    assert titles(feed(town, "/rathaus/feed.atom?type=event")) == ["Stadtfest"]
    assert sorted(titles(feed(town, "/rathaus/feed.atom?type=all"))) == ["Satzung", "Stadtfest"]
    assert sorted(titles(feed(town, "/feed.atom?type=event"))) == ["Anderswo", "Stadtfest"]
    town.get("/feed.atom?type=nix", status=404)
    town.get("/feed.atom?type=image", status=404)
    own, other = (
        feed(town, f"/feed.atom?type={name}").find("a:id", A).text for name in ("event", "page")
    )
    assert own != other
    calendar = Calendar.from_ical(town.get("/rathaus/events.ics").body)
    assert [one["summary"] for one in calendar.walk("VEVENT")] == ["Stadtfest"]


def test_a_feed_and_a_calendar_of_a_search(town) -> None:
    town.page("Abfuhr 2027", summary="Termine der Müllabfuhr")
    town.page("Termine der Bücherei")
    town.page("Geheime Müllabfuhr", published=False)
    town.add("event", "Aktionstag Müllabfuhr")
    found = titles(feed(town, "/suche/feed.atom?q=M%C3%BCllabfuhr"))
    assert sorted(found) == ["Abfuhr 2027", "Aktionstag Müllabfuhr"]
    only = titles(feed(town, "/suche/feed.atom?q=M%C3%BCllabfuhr&kind=page"))
    assert only == ["Abfuhr 2027"]
    calendar = Calendar.from_ical(town.get("/suche/events.ics?q=M%C3%BCllabfuhr").body)
    assert [one["summary"] for one in calendar.walk("VEVENT")] == ["Aktionstag Müllabfuhr"]
    assert titles(feed(town, "/suche/feed.atom")) == []
    assert titles(feed(town, "/suche/feed.atom?q=" + "x" * 3000)) == []
