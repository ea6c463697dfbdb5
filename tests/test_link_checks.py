"""Links to other sites: looked at politely, counted slowly, safe to be interrupted."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from stadtkern.content import links
from stadtkern.content.links import LinkCheck, checks
from stadtkern.content.models import Reference
from stadtkern.db import utcnow, work
from stadtkern.jobs import enqueue
from stadtkern.testing.town import Town


class Handler(BaseHTTPRequestHandler):
    """Answers with the status that the path names; ``/nohead/…`` refuses HEAD."""

    server: "Server"

    def log_message(self, *_arguments: Any) -> None:
        """Stay quiet."""

    def answer(self) -> None:
        """Answer by path."""
        self.server.asked.append((self.command, self.path))
        parts = self.path.split("/")
        status = int(parts[-1])
        if parts[1] == "nohead" and self.command == "HEAD":
            status = 405
        self.send_response(self.server.overrides.get(self.path, status))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = answer  # noqa: N815 - names of the base class


class Server(ThreadingHTTPServer):
    """A server on loopback."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str]] = []
        self.overrides: dict[str, int] = {}

    def url(self, path: str) -> str:
        """Return an address here."""
        return f"http://127.0.0.1:{self.server_port}{path}"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def town(make_town: Any) -> Town:
    made: Town = make_town({"egress.allow_loopback": "true"})
    made.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    return made


def page(town: Town, title: str, *urls: str, **kw: Any) -> Any:
    html = "".join(f'<p><a href="{url}">dort</a></p>' for url in urls)
    return town.page(title, blocks=[{"id": "0001", "type": "text", "data": {"html": html}}], **kw)


def check(town: Town, **kw: Any) -> int:
    def unit(*, write: bool) -> AbstractContextManager[Any]:
        return work(town.database, town.tenant_id, write=write)

    return checks.check_all(town.registry, unit, **{"pause": lambda _seconds: None} | kw)


def a_day_later(town: Town) -> None:
    with town.session() as session:
        for row in session.scalars(select(LinkCheck)):
            row.checked_at = utcnow() - timedelta(hours=25)


def known(town: Town) -> dict[str, Any]:
    with town.session(write=False) as session:
        return {
            row.url.rpartition(":")[2].partition("/")[2]: (row.status, row.problem, row.failures)
            for row in session.scalars(select(LinkCheck))
        }


def test_a_link_counts_as_broken_after_three_nights(town: Town, server: Server) -> None:
    bad, good, shy = (server.url(path) for path in ("/a/404", "/a/200", "/nohead/200"))
    page(town, "Quelle", bad, good, shy, server.url("/a/403"), server.url("/a/404") + "#x")
    page(town, "Auch", bad)
    page(town, "Entwurf", server.url("/draft/200"), published=False)
    assert check(town) == 5
    assert check(town) == 0
    assert known(town)["a/404"] == (404, "status", 1)
    assert known(town)["a/200"] == (200, "", 0)
    assert known(town)["nohead/200"] == (200, "", 0)
    assert known(town)["a/403"] == (403, "", 0)
    assert ("GET", "/nohead/200") in server.asked
    assert ("GET", "/a/200") not in server.asked
    assert not any("draft" in path for _method, path in server.asked)
    with town.session(write=False) as session:
        assert list(links.broken_external(session)) == []
    for _night in range(2):
        a_day_later(town)
        check(town)
    town.login("editor")
    report = town.get("/admin/links?show=outside").text
    assert bad in report
    assert "Error 404" in report
    assert "Quelle" in report
    assert "Auch" in report
    assert good not in report
    # It answers again: forgotten at once.
    server.overrides["/a/404"] = 200
    a_day_later(town)
    check(town)
    assert bad not in town.get("/admin/links?show=outside").text


def test_what_is_ignored_is_neither_reported_nor_asked(town: Town, server: Server) -> None:
    bad = server.url("/a/500")
    page(town, "Quelle", bad)
    for _night in range(3):
        check(town)
        a_day_later(town)
    town.login("editor")
    form = next(
        form
        for form in town.get("/admin/links?show=outside").forms.values()
        if "link" in form.fields
    )
    form.submit("do", value="ignore")
    assert bad not in town.get("/admin/links?show=outside").text
    assert bad in town.get("/admin/links?show=ignored").text
    server.asked.clear()
    assert check(town) == 0
    assert server.asked == []
    town.post("/admin/links", {"link": "999", "do": "ignore"}, status=404)


def test_one_link_is_checked_at_once(town: Town, server: Server) -> None:
    bad = server.url("/a/404")
    page(town, "Quelle", bad)
    for _night in range(3):
        check(town)
        a_day_later(town)
    server.overrides["/a/404"] = 200
    town.login("editor")
    form = next(
        form
        for form in town.get("/admin/links?show=outside").forms.values()
        if "link" in form.fields
    )
    form.submit("do", value="check")
    assert known(town)["a/404"][2] == 3
    town.run_jobs()
    assert known(town)["a/404"] == (200, "", 0)
    assert bad not in town.get("/admin/links?show=outside").text


def test_the_schedule_checks_every_night_and_old_pages_get_references(
    town: Town, server: Server
) -> None:
    page(town, "Quelle", server.url("/a/200"))
    with town.session() as session:
        for row in session.scalars(select(Reference)):
            session.delete(row)
    with town.session() as session:
        enqueue(session, town.registry, "content.references", tenant_id=town.tenant_id)
    town.run_jobs()
    town.run_schedule("content.external_links")
    assert known(town)["a/200"] == (200, "", 0)


def test_inner_addresses_are_not_asked_but_named(make_town: Any, server: Server) -> None:
    town = make_town()
    page(
        town, "Quelle", "http://127.0.0.1/x", "http://169.254.169.254/latest", server.url("/a/200")
    )
    check(town)
    assert server.asked == []
    with town.session(write=False) as session:
        rows = {row.url: row.problem for row in session.scalars(select(LinkCheck))}
    assert rows["http://127.0.0.1/x"] == "inner"
    assert rows["http://169.254.169.254/latest"] == "inner"
    assert rows[server.url("/a/200")] == "port"


def test_an_interrupted_night_goes_on_with_what_is_left(town: Town, server: Server) -> None:
    page(town, "Quelle", *(server.url(f"/{n}/200") for n in range(5)))

    class Killed(BaseException):
        """The process ends."""

    def dies(done: int, _total: int) -> None:
        if done == 2:
            raise Killed

    with pytest.raises(Killed):
        check(town, progress=dies)
    assert len(known(town)) == 2
    assert check(town) == 3
    assert len(server.asked) == 5
    assert check(town, cancelled=lambda: True) == 0


def test_hosts_are_asked_in_turns_and_not_too_fast(town: Town, server: Server) -> None:
    page(town, "Quelle", *(server.url(f"/{n}/200") for n in range(4)))
    waits: list[float] = []
    check(town, pause=waits.append, clock=lambda: 100.0)
    assert waits == [checks.PAUSE] * 3


def test_addresses_nobody_links_to_are_forgotten(town: Town, server: Server) -> None:
    source = page(town, "Quelle", server.url("/a/200"))
    check(town)
    with town.content() as content:
        now = content.get(source.id)
        content.save(now.id, version=now.version, title="Quelle", blocks=[])
    check(town)
    assert known(town) == {}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 99)), unique=True, max_size=12))
def test_turns_lose_nothing_and_alternate(pairs: list[tuple[str, int]]) -> None:
    urls = [f"https://{host}.example/{number}" for host, number in pairs]
    ordered = checks.spread(urls)
    assert sorted(ordered) == sorted(urls)
    hosts = {host for host, _number in pairs}
    first = [url.split(".")[0] for url in ordered[: len(hosts)]]
    assert len(set(first)) == len(hosts)
