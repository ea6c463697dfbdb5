"""Whoever has proved to read an address's mails: what that opens, and what it never opens."""

from typing import Any

from readers_kit import MAIL, ask, codes, enter, form_of, subscribe
from sqlalchemy import func, select

from stadtkern.notify.subscriptions import Subscriber, Subscription
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town

OTHER = "nachbarin@people.example"


def cookies(town: Town) -> list[Any]:
    """Return the browser's cookies, for somebody who keeps them."""
    return list(town.browser.cookiejar)


def come_back(town: Town, kept: list[Any]) -> None:
    town.anonymous()
    for cookie in kept:
        town.browser.cookiejar.set_cookie(cookie)


def number_of(town: Town) -> int:
    with town.session(write=False) as session:
        return session.scalars(select(Subscriber)).one().id


@on_sqlite
def test_who_has_ended_all_does_not_open_the_next_subscribers(town: Town) -> None:
    subscribe(town)
    kept, before = cookies(town), number_of(town)
    town.post("/abonnieren/aendern", {"do": "end-all"}, status=302)
    town.anonymous()
    subscribe(town, mail=OTHER)
    # The database gives the same number out again.
    assert number_of(town) == before
    come_back(town, kept)
    page = town.get("/abonnieren/verwalten")
    assert OTHER not in page.text
    assert form_of(page, "mail")
    town.post("/abonnieren/aendern", {"do": "end-all"}, status=302)
    with town.session(write=False) as session:
        assert session.scalar(select(func.count(Subscription.id))) == 1


@on_sqlite
def test_a_proof_of_one_town_opens_nothing_in_another(town: Town) -> None:
    other = town.second_tenant()
    subscribe(town)
    proof = cookies(town)
    before = number_of(town)
    town.post("/abonnieren/aendern", {"do": "end-all"}, status=302)
    subscribe(other, mail=OTHER)
    assert number_of(other) == before
    other.anonymous()
    for cookie in proof:
        cookie.domain = cookie.domain.replace(town.host, other.host)
        other.browser.cookiejar.set_cookie(cookie)
    assert any(one.name.endswith("stadtkern_session") for one in cookies(other))
    assert OTHER not in other.get("/abonnieren/verwalten").text


@on_sqlite
def test_with_the_last_subscription_the_proof_goes(town: Town) -> None:
    for deed in ("end", "end-all"):
        subscribe(town)
        # A second request waits: the address stays, and yet nobody manages it any more.
        ask(town, "type:event")
        with town.session(write=False) as session:
            row = session.scalars(
                select(Subscription).where(Subscription.confirmed_at.is_not(None))
            ).one()
        town.post("/abonnieren/aendern", {"do": deed, "id": str(row.id)}, status=302)
        page = town.get("/abonnieren/verwalten")
        assert MAIL not in page.text
        assert form_of(page, "mail")
        enter(town, codes(town)[0], status=302)
        town.post("/abonnieren/aendern", {"do": "end-all"}, status=302)
