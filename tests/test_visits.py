"""Numbers of visits: what counts, what does not, what editors read."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtkern.testing.town import Town
from stadtkern.visits import searched_in_vain
from stadtkern.visits.counting import Askers
from stadtkern.visits.models import PAGE, SEARCH, DayCount
from stadtkern.visits.queries import LEAST, in_steps
from stadtkern.visits.services import NAMES, store

READER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def read(town: Town, path: str, *, headers: dict[str, str] = READER, status: int = 200) -> None:
    town.get(path, headers=headers, status=status)


def counted(town: Town, kind: str = PAGE) -> dict[str, int]:
    town.registry["counts"].flush()
    with town.session(write=False) as session:
        return {row.name: row.number for row in session.query(DayCount).filter_by(kind=kind)}


def test_pages_count_without_anything_of_the_visitor(town: Town) -> None:
    page = town.page("Freibad")
    for _time in range(3):
        read(town, f"{page.path}?utm_source=brief&mail=a@b.example")
    read(town, "/gibt-es-nicht", status=404)
    read(town, "/theme.css")
    assert counted(town) == {page.path: 3}
    read(town, page.path)
    assert counted(town) == {page.path: 4}


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {"User-Agent": "curl/8.5"},
        {"User-Agent": ""},
        READER | {"Sec-Purpose": "prefetch"},
    ],
)
def test_programs_do_not_count(town: Town, headers: dict[str, str]) -> None:
    read(town, "/", headers=headers)
    assert counted(town) == {}


def test_the_staff_does_not_count(town: Town) -> None:
    town.login("editor")
    read(town, "/")
    assert counted(town) == {}


def test_a_counted_page_from_the_cache_costs_no_statement(make_town: Callable[..., Town]) -> None:
    town = make_town({"stadtkern.tenant_cache_seconds": "60"})
    read(town, "/")
    with town.statements() as statements:
        read(town, "/")
    assert statements == []
    assert counted(town) == {"/": 2}


def test_towns_count_apart(town: Town) -> None:
    other = town.second_tenant()
    read(town, "/")
    assert counted(town) == {"/": 1}
    assert counted(other) == {}


def test_a_day_is_the_towns_day_and_old_days_go(town: Town) -> None:
    late = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    with town.session() as session:
        store(session, {"/": 2}, kind=PAGE, now=late - timedelta(days=900))
        store(session, {"frau müller": 1}, kind=SEARCH, now=late - timedelta(days=100))
        store(session, {"/": 1}, kind=PAGE, now=late)
        store(session, {"/": 1}, kind=PAGE, now=NOON)
        store(session, {"bad": 1}, kind=SEARCH, now=NOON)
    with town.session(write=False) as session:
        rows = {(row.kind, row.day, row.name): row.number for row in session.query(DayCount)}
    # 23.30 UTC is half past midnight in Hesse.
    assert rows == {(PAGE, date(2026, 3, 10), "/"): 2, (SEARCH, date(2026, 3, 10), "bad"): 1}


@pytest.mark.parametrize(
    "words", [["a@b.example"], ["de44", "50050000"], ["wort"] * 7, ["x" * 201], [], ["a\x00b"]]
)
def test_what_could_be_about_a_person_is_not_kept(town: Town, words: list[str]) -> None:
    searched_in_vain(town.registry, town.tenant_id, words, "192.0.2.1")
    assert counted(town, SEARCH) == {}


@given(
    st.integers(1, 400), st.integers(1, 31), st.lists(st.integers(0, 399), max_size=20, unique=True)
)
def test_columns_cover_each_day_once(days: int, step: int, hits: list[int]) -> None:
    first = date(2026, 1, 1)
    last = first + timedelta(days=days - 1)

    numbers = {first + timedelta(days=hit): 2 for hit in hits if hit < days}
    found = in_steps(numbers, first, last, step)
    assert found[0].first == first
    assert found[-1].last == last
    assert all(a.last + timedelta(days=1) == b.first for a, b in pairwise(found))
    assert sum(span.number for span in found) == 2 * sum(hit < days for hit in hits)


def test_a_search_that_finds_nothing_counts(town: Town) -> None:
    town.page("Freibad")
    read(town, "/suche?q=Freibad")
    read(town, "/suche?q=Wasserrutsche")
    read(town, "/suche?q=erika@mustermann.example")
    assert counted(town, SEARCH) == {"wasserrutsche": 1}


def test_turning_pages_and_narrowing_ask_nothing_new(town: Town) -> None:
    for query in ("", "&page=2", "&kind=news", "&in=en", "&when=year"):
        read(town, f"/suche?q=Wasserrutsche{query}")
    assert counted(town, SEARCH) == {"wasserrutsche": 1}


def test_a_day_keeps_its_most_frequent_names(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMES, SEARCH, 2)
    with town.session() as session:
        store(session, {"a": 1, "b": 3, "c": 2, "d": 1}, kind=SEARCH, now=NOON)
        store(session, {"a": 9, "e": 1}, kind=SEARCH, now=NOON)
    assert counted(town, SEARCH) == {"a": 9, "b": 3}


def test_searching_is_slowed_down(town: Town) -> None:
    for number in range(120):
        town.get(f"/suche?q=x{number}")
    town.get("/suche?q=y", status=429)
    # What has just been answered costs nothing.
    town.get("/suche?q=x1")


def test_one_page_has_one_name(town: Town) -> None:
    page = town.page("Freibad", slug="freibad")
    for path in ("//freibad", "/freibad/", "/freibad//", "/%2Ffreibad", "///freibad/?a=1"):
        read(town, path)
    read(town, page.path)
    assert counted(town) == {"/freibad": 6}
    assert len(town.registry["page_cache"]._entries) == 1


def test_editors_read_the_numbers(town: Town) -> None:
    page = town.page("Freibad", slug="freibad")
    for _time in range(4):
        read(town, page.path)
    read(town, "/")
    for number in range(LEAST):
        searched_in_vain(town.registry, town.tenant_id, ["wasserrutsche"], f"192.0.2.{number}")
        searched_in_vain(town.registry, town.tenant_id, ["erika", "mustermann"], "192.0.2.1")
    counted(town)
    town.login("editor")
    shown = town.get("/admin/visits?days=7")
    rows = {
        cells[0].get_text(" ", strip=True): cells[1].get_text(strip=True)
        for table in shown.html.find_all("table")
        for row in table.find_all("tr")
        if len(cells := row.find_all("td")) == 2
    }
    assert rows["Freibad /freibad"] == "4"
    assert rows["wasserrutsche"] == "3"
    assert not [name for name in rows if "mustermann" in name]
    columns = shown.html.select(".chart rect")
    assert len(columns) == 7
    assert columns[-1]["height"] == "120"
    for days in ("30", "90", "365", "x", "-1", "99999999999"):
        assert "Freibad" in town.get(f"/admin/visits?days={days}")
    with town.statements() as few:
        town.get("/admin/visits")
    with town.session() as session:
        names = {f"/seite-{number}": number for number in range(1, 200)}
        store(session, names, kind=PAGE, now=datetime.now(UTC))
    with town.statements() as many:
        town.get("/admin/visits")
    assert len(many) == len(few)


def test_who_asks_again_counts_once_a_day(town: Town) -> None:
    for address in ("2001:db8:1:2::1", "2001:db8:1:2::1", "2001:db8:1:2:abcd::2"):
        # The second one is answered from what is kept.
        town.browser.extra_environ["REMOTE_ADDR"] = address
        read(town, "/suche?q=Erika+Muster+Scheidung")
    assert counted(town, SEARCH) == {"erika muster scheidung": 1}
    read(town, "/suche?q=Wasserrutsche")
    town.browser.extra_environ["REMOTE_ADDR"] = "192.0.2.7"
    read(town, "/suche?q=Wasserrutsche")
    assert counted(town, SEARCH) == {"erika muster scheidung": 1, "wasserrutsche": 2}


def test_what_tells_askers_apart_is_forgotten_each_day_and_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    askers = Askers()
    assert askers.first(1, "wort", "192.0.2.1", day=1)
    assert not askers.first(1, "wort", "192.0.2.1", day=1)
    assert askers.first(1, "wort", "192.0.2.2", day=1)
    assert askers.first(2, "wort", "192.0.2.1", day=1)
    kept, salt = dict(askers.seen), askers.salt
    assert b"192" not in b"".join(set().union(*kept.values()))
    assert askers.first(1, "wort", "192.0.2.1", day=2)
    assert askers.salt != salt
    assert not set().union(*kept.values()) & set().union(*askers.seen.values())
    # A flood of one town makes nothing count there any more, and takes nothing from others.
    monkeypatch.setattr("stadtkern.visits.counting.MOST_ASKED", 3)
    assert [askers.first(1, f"{n}", "192.0.2.1", day=2) for n in range(3)] == [True, True, False]
    assert askers.first(2, "wort", "192.0.2.1", day=2)
