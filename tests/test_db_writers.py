"""Several writers at once, and passing refusals of the database."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg.errors
import pytest
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from stadtkern.content.models import Node
from stadtkern.db import DatabaseBusy
from stadtkern.db.engine import is_transient

REQUESTS = 200
THREADS = 8


def count_up(request: Request) -> Response:
    """Read a number, then write the next one: what deferred transactions lose."""
    node = request.db.scalars(select(Node).where(Node.path == "/").with_for_update()).one()
    node.summary = str(int(node.summary or 0) + 1)
    return Response(node.summary)


def test_no_read_then_write_is_lost(make_town) -> None:
    def configure(config):
        config.add_route("count", "/zaehlt")
        config.add_view(count_up, route_name="count", request_method="POST", require_csrf=False)

    town = make_town(configure=configure)
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(
            pool.map(lambda _n: town.raw("/zaehlt", REQUEST_METHOD="POST"), range(REQUESTS))
        )
    assert {answer.status_int for answer in answers} == {200}
    assert sorted(int(answer.text) for answer in answers) == list(range(1, REQUESTS + 1))
    assert town.node().summary == str(REQUESTS)


@pytest.mark.parametrize(("refusals", "status"), [(2, 200), (3, 503)])
def test_a_busy_database_is_asked_again_and_then_said_to_be_busy(
    make_town, refusals, status
) -> None:
    left = [refusals]
    lock = threading.Lock()

    def view(request):
        request.db.scalars(select(Node)).first().summary = "Gespeichert"
        request.db.flush()
        with lock:
            if left[0]:
                left[0] -= 1
                raise DatabaseBusy("OperationalError")
        return request.response

    def configure(config):
        config.add_route("busy", "/besetzt")
        config.add_view(view, route_name="busy", require_csrf=False)

    town = make_town(configure=configure)
    answer = town.post("/besetzt", csrf=False, status=status)
    assert left == [0]
    stored = {town.node(path).summary for path in ("/", "/en")}
    if status == 200:
        assert stored == {"Gespeichert", ""}
    else:
        assert stored == {""}
        assert answer.headers["Retry-After"] == "5"
        assert "OperationalError" not in answer.text


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (sqlite3.OperationalError("database is locked"), True),
        (sqlite3.OperationalError("no such table: x"), False),
        (sqlite3.IntegrityError("UNIQUE"), False),
        (psycopg.errors.SerializationFailure(), True),
        (psycopg.errors.DeadlockDetected(), True),
        (psycopg.errors.UniqueViolation(), False),
    ],
)
def test_only_passing_refusals_are_tried_again(error, passing) -> None:
    assert is_transient(error) is passing


def test_two_requests_of_which_one_fails_do_not_mix(town) -> None:
    with pytest.raises(RuntimeError), town.session() as session:
        session.scalars(select(Node)).first().summary = "Halb"
        session.flush()
        raise RuntimeError
    assert town.node().summary == ""
