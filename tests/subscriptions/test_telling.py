"""Mails with news: what went public, once, to those who asked for it."""

from typing import Any

import pytest
from readers_kit import KEY, MAIL, PLACE, form_of, news, pass_time, section, subscribe
from sqlalchemy import select

from stadtkern.notify.subscriptions import Subscription
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


def test_a_confirmed_reader_is_told_of_what_goes_public_in_a_section(town: Town) -> None:
    place, other = section(town), section(town, "Vereine")
    subscribe(town, f"section:{place.id}")
    town.add("news", "Freibad öffnet", parent=place, summary="Ab Mai.")
    town.add("news", "Chor probt", parent=other)
    pass_time(town)
    (mail,) = news(town)
    assert mail.recipient == MAIL
    assert mail.subject.endswith("Freibad öffnet")
    assert "Freibad öffnet" in (mail.body or "")
    assert f"https://{town.host}/aktuelles/freibad-oeffnet" in (mail.body or "")
    assert "Chor" not in (mail.body or "")


@on_sqlite
def test_a_digest_is_written_once_even_if_its_job_runs_again(town: Town) -> None:
    place = section(town)
    subscribe(town, f"section:{place.id}", frequency="daily")
    for number in range(3):
        town.add("news", f"Bericht {number}", parent=place)
    pass_time(town)
    assert news(town) == []
    town.run_schedule("subscriptions.daily")
    town.run_schedule("subscriptions.daily")
    (mail,) = news(town)
    assert [f"Bericht {number}" in (mail.body or "") for number in range(3)] == [True] * 3
    # Nothing new: nothing is sent, nothing is even enqueued for the town.
    assert town.run_schedule("subscriptions.daily") == 1
    assert len(news(town)) == 1


@on_sqlite
def test_a_killed_run_goes_on_with_those_not_written_to_yet(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stadtkern.notify.subscriptions import letters, telling

    place = section(town)
    readers = [f"leser{number}@people.example" for number in range(4)]
    for mail in readers:
        subscribe(town, f"section:{place.id}", mail=mail, frequency="weekly")
        town.anonymous()
    town.add("news", "Freibad öffnet", parent=place)
    monkeypatch.setattr(telling, "BATCH", 1)
    send, calls = letters.send, []

    def dying(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 3:
            raise OSError("killed")
        send(*arguments)

    monkeypatch.setattr(letters, "send", dying)
    with pytest.raises(OSError, match="killed"):
        town.run_schedule("subscriptions.weekly")
    assert len(news(town)) == 2
    pass_time(town)
    assert sorted(mail.recipient for mail in news(town)) == readers


@on_sqlite
def test_drafts_and_what_stands_below_them_wait_until_they_can_be_seen(town: Town) -> None:
    hidden = town.add("folder", "Entwurf", published=False)
    subscribe(town, frequency="daily")
    below = town.add("news", "Noch geheim", parent=hidden)
    back = town.add("news", "Zurückgezogen")
    with town.content() as content:
        content.unpublish(back.id)
    pass_time(town)
    town.run_schedule("subscriptions.daily")
    assert news(town) == []
    with town.content() as content:
        content.publish(hidden.id)
    town.run_schedule("subscriptions.daily")
    (mail,) = news(town)
    assert below.title in (mail.body or "")
    assert back.title not in (mail.body or "")


@on_sqlite
def test_a_change_of_a_public_page_is_no_news(town: Town) -> None:
    page = town.page("Satzung")
    subscribe(town)
    with town.content() as content:
        content.save(page.id, version=page.version, title="Satzung", fields={}, blocks=[])
        content.publish(page.id)
    pass_time(town)
    assert news(town) == []


@on_sqlite
def test_a_type_is_told_of_wherever_it_stands_in_the_language_asked_for(town: Town) -> None:
    subscribe(town, "type:event")
    town.add("event", "Stadtfest")
    town.add("news", "Kein Fest")
    pass_time(town)
    (mail,) = news(town)
    assert "Stadtfest" in (mail.body or "")
    assert "Kein Fest" not in (mail.body or "")
    assert "- Auf allen Seiten: Veranstaltung" in (mail.body or "")


def test_a_saved_search_tells_of_what_fits_all_its_words(town: Town) -> None:
    page = town.get("/suche", params={"q": "Müllabfuhr Termine"})
    link, feed = page.lxml.xpath('//p[contains(@class, "subscribe")]/a/@href')
    assert town.get(feed).content_type == "application/atom+xml"
    assert form_of(town.get(link), "mail")["about"].value == "search::Müllabfuhr Termine"
    subscribe(town, "search::Müllabfuhr Termine")
    town.page("Abfuhr 2027", summary="Die Termine der Müllabfuhr")
    town.page("Termine der Bücherei")
    town.page("Geheime Termine der Müllabfuhr", published=False)
    pass_time(town)
    (mail,) = news(town)
    assert "\nAbfuhr 2027\n" in (mail.body or "")
    assert "Bücherei" not in (mail.body or "")
    assert "Geheime" not in (mail.body or "")


@on_sqlite
@pytest.mark.parametrize("words", ["", "   ", "***", "\"'(", "a" * 100_000, "NEAR(a OR *) AND"])
def test_odd_searches_break_nothing(town: Town, words: str) -> None:
    page = town.get("/abonnieren", params={"about": f"search::{words}"})
    choice = form_of(page, "mail")["about"].value
    if choice.startswith("search"):
        subscribe(town, f"search::{words}")
        town.page("Irgendetwas")
        pass_time(town)
    assert news(town) == []


@on_sqlite
def test_a_page_of_a_plugin_that_is_switched_off_is_not_told(town: Town) -> None:
    town.enable("cityguide")
    subscribe(town, frequency="daily")
    place = town.add("place", "Brunnen", fields=PLACE, published=False)
    with town.content() as content:
        content.publish(place.id)
    town.disable("cityguide")
    town.run_schedule("subscriptions.daily")
    assert news(town) == []


@on_sqlite
def test_a_mail_about_two_subscriptions_tells_a_page_once_and_ends_each_by_itself(
    town: Town,
) -> None:
    place = section(town)
    subscribe(town, f"section:{place.id}", frequency="daily")
    subscribe(town, "type:event", frequency="daily")
    town.add("news", "Freibad öffnet", parent=place)
    town.add("event", "Stadtfest", parent=place)
    town.run_schedule("subscriptions.daily")
    (mail,) = news(town)
    body = mail.body or ""
    assert body.count("\nStadtfest") == 1
    keys = KEY.findall(body)
    assert len(set(keys)) == 3
    town.post(keys[0], {"List-Unsubscribe": "One-Click"}, csrf=False)
    with town.session(write=False) as session:
        assert [row.kind for row in session.scalars(select(Subscription))] == ["type"]


@on_sqlite
def test_a_town_can_do_without(town: Town) -> None:
    place = section(town)
    assert f"about=section%3A{place.id}" in town.get("/aktuelles").text
    subscribe(town, f"section:{place.id}")
    town.configure("subscriptions", offered=False)
    assert "abonnieren" not in town.get("/aktuelles").text
    town.get("/abonnieren", status=404)
    town.add("news", "Freibad öffnet", parent=place)
    pass_time(town)
    assert news(town) == []


@on_sqlite
def test_publishing_costs_one_statement_more_at_most(town: Town) -> None:
    page = town.page("Seite", published=False)
    with town.content() as content, town.statements() as seen:
        content.publish(page.id)
    asked = [one for one in seen if "subscri" in one.lower()]
    assert len(asked) == 1, asked
