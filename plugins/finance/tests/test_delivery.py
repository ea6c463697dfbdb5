"""A batch reaches a folder, an SFTP server, a web address: whole, once, and failing visibly."""

import http.server
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest
from intake_kit import deliver, notice
from sftp_counterpart import PASSWORD, USER, SftpCounterpart
from sqlalchemy import select
from test_booking_export import export, released

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.bookings.rendering import Artifact
from stadtkern_finance.ledger import answers, batches, delivering, profiles
from stadtkern_finance.ledger.models import StoredBatch, Way
from stadtkern_finance.ledger.ways import folder, sftp, web
from stadtkern_finance.ledger.ways.failing import NotDelivered

FILE = Artifact("SOLL_1.csv", "text/csv", b"a;b\r\n1;2\r\n" * 5_000)
PAGE = "/admin/finance/delivery"


@pytest.fixture
def loopback(make_town: Any) -> Town:
    return make_town({"egress.allow_loopback": "true"})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpCounterpart]:
    with SftpCounterpart(tmp_path / "sftp") as made:
        yield made


def reached(server: SftpCounterpart, **changes: Any) -> sftp.Server:
    values = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": USER,
        "folder": "",
        "host_key": sftp.fingerprint(server.key),
        "secret": PASSWORD,
    }
    return sftp.Server(**(values | changes))


def failing(act: Any, *given: Any, **more: Any) -> tuple[str, bool]:
    with pytest.raises(NotDelivered) as found:
        act(*given, **more)
    return found.value.code, found.value.lasting


def test_a_folder_gets_the_file_whole_and_keeps_what_it_has(tmp_path) -> None:
    place = tmp_path / "out"
    folder.deliver(place, FILE)
    folder.deliver(place, FILE)
    assert [one.name for one in place.iterdir()] == [FILE.name]
    assert (place / FILE.name).read_bytes() == FILE.data
    other = Artifact(FILE.name, "text/csv", b"other")
    assert failing(folder.deliver, place, other) == ("exists", True)
    assert (place / FILE.name).read_bytes() == FILE.data
    (tmp_path / "file").write_bytes(b"")
    assert failing(folder.deliver, tmp_path / "file", FILE) == ("folder", False)


@on_sqlite
def test_sftp_uploads_under_another_name_and_renames(loopback, server) -> None:
    registry = loopback.registry
    sftp.deliver(registry, reached(server), FILE)
    assert server.files() == {FILE.name: FILE.data}
    assert server.opened == [f"{FILE.name}.part"]
    sftp.deliver(registry, reached(server), FILE)
    assert server.files() == {FILE.name: FILE.data}
    other = Artifact(FILE.name, "text/csv", b"other")
    assert failing(sftp.deliver, registry, reached(server), other) == ("exists", True)
    (server.root / "in").mkdir()
    key = paramiko.RSAKey.generate(2048)
    server.allowed = key
    sftp.deliver(registry, reached(server, folder="in/", secret=text_of(key)), FILE)
    assert (server.root / "in" / FILE.name).read_bytes() == FILE.data


def text_of(key: paramiko.PKey) -> str:
    made = io.StringIO()
    key.write_private_key(made)
    return made.getvalue()


@on_sqlite
def test_sftp_faults_leave_nothing_that_looks_whole(loopback, server) -> None:
    registry = loopback.registry
    wrong = reached(server, host_key="SHA256:" + "A" * 43)
    assert failing(sftp.deliver, registry, wrong, FILE) == ("host-key", True)
    # Nothing of ours was said to it.
    assert server.logins == []
    refused = reached(server, secret="wrong")
    assert failing(sftp.deliver, registry, refused, FILE) == ("login", True)
    broken = reached(server, secret="-----BEGIN PRIVATE KEY-----\nnonsense")
    assert failing(sftp.deliver, registry, broken, FILE) == ("key", True)
    server.short = True
    assert failing(sftp.deliver, registry, reached(server), FILE) == ("half", False)
    assert server.files() == {}
    server.short = False
    server.breaking = True
    assert failing(sftp.deliver, registry, reached(server), FILE)[0] == "connection"
    assert FILE.name not in server.files()
    # What was left of a broken one does not stand in the way.
    sftp.deliver(registry, reached(server), FILE)
    assert server.files()[FILE.name] == FILE.data
    server.silent = True
    late = Artifact("late.csv", "text/csv", b"1")
    code, lasting = failing(sftp.deliver, registry, reached(server), late, seconds=1.0)
    assert (code, lasting) == ("too-slow", False)


@on_sqlite
def test_sftp_keeps_to_the_guard(town, server) -> None:
    assert failing(sftp.deliver, town.registry, reached(server), FILE) == ("port", True)


class Receiver(http.server.BaseHTTPRequestHandler):
    """An address of an accounting system: keeps what it gets."""

    def do_POST(self) -> None:
        """Take a file."""
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        self.server.got.append((dict(self.headers), body))
        answer = self.server.answering(body)
        self.send_response(self.server.status)
        if self.server.cut:
            # More is announced than comes.
            self.send_header("Content-Length", str(len(answer) + 9))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_given: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Any]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as made:
        made.got, made.status, made.cut = [], 200, False
        made.answering = lambda _body: b""
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@on_sqlite
def test_a_web_address_gets_the_file_with_its_token(loopback, receiver) -> None:
    url = f"http://127.0.0.1:{receiver.server_port}/in"
    web.deliver(loopback.registry, url, "geheim", "000001-abc", FILE)
    ((headers, body),) = receiver.got
    assert body == FILE.data
    assert headers["Authorization"] == "Bearer geheim"
    assert headers["Idempotency-Key"] == "000001-abc"
    for status, expected in ((500, ("status", False)), (429, ("status", False))):
        receiver.status = status
        assert failing(web.deliver, loopback.registry, url, "", "b", FILE) == expected
    receiver.status = 403
    assert failing(web.deliver, loopback.registry, url, "", "b", FILE) == ("status", True)


def batch(town: Town) -> StoredBatch:
    with town.session(write=False) as session:
        row = session.scalars(select(StoredBatch)).one()
        session.expunge(row)
    return row


def test_a_batch_is_delivered_by_its_button(make_town, stadtkern, tmp_path) -> None:
    town = make_town({"finance.export_folder": str(tmp_path / "out")})
    town.enable("finance")
    town.configure("finance", rate_b=690)
    deliver(town, notice(), "a.xml")
    released(town)
    export(stadtkern, tmp_path / "1.csv")
    town.login("finance_approver", mail="other@people.example")
    form = next(form for form in town.get(PAGE).forms.values() if "kind" in form.fields)
    form["kind"] = "folder"
    form.submit(status=302).follow().mustcontain(str(tmp_path / "out" / "musterstadt"))
    # In the way of the file: it fails lastingly, says so, and is sent again once that is gone.
    place = tmp_path / "out" / "musterstadt"
    place.mkdir(parents=True)
    (name,) = [delivered_name(town)]
    (place / name).write_bytes(b"something else")
    town.login("finance_clerk")
    form = next(f for f in town.get("/admin/finance/batches/1").forms.values() if f_is(f))
    form.submit(status=302)
    town.run_jobs()
    assert (batch(town).state, batch(town).error) == ("rendered", "exists")
    page = town.get("/admin/finance/batches/1")
    page.mustcontain("nicht ausgeliefert", "Erneut ausliefern")
    (place / name).unlink()
    next(f for f in page.forms.values() if f_is(f)).submit(status=302)
    town.run_jobs()
    assert batch(town).state == "delivered"
    assert (place / name).read_bytes() == (tmp_path / "1.csv").read_bytes()
    town.get("/admin/finance/batches/1").mustcontain("ausgeliefert")


def answered(body: bytes, **rejected: str) -> bytes:
    """Return what an accounting system says to a batch in JSON; ``rejected``: the first line's."""
    answers: list[dict[str, str]] = [
        {"line_id": one["line_id"], "status": "accepted"} for one in json.loads(body)["lines"]
    ]
    answers[0] |= rejected
    return json.dumps({"answers": answers}).encode()


ANSWERS = [
    # what is answered, where the batch stands, why it is no receipt
    (answered, "acknowledged", None),
    (
        lambda body: answered(body, status="rejected", reason="gesperrt"),
        "partially_rejected",
        None,
    ),
    (lambda _body: b"", "delivered", None),
    (lambda _body: b"<html>", "delivered", "JSON"),
    (lambda body: answered(body, status="maybe"), "delivered", "maybe"),
    (lambda body: answered(body, line_id="SK-nobody"), "delivered", "SK-nobody"),
    (lambda _body: b" " * (answers.LARGEST + 5), "delivered", "MB"),
]


@on_sqlite
@pytest.mark.parametrize(("answering", "state", "why"), ANSWERS)
def test_the_answer_to_a_delivery_is_read_as_its_receipt(
    loopback, receiver, stadtkern, tmp_path, answering, state, why
) -> None:
    town = loopback
    town.enable("finance")
    town.configure("finance", rate_b=690)
    deliver(town, notice(), "a.xml")
    released(town)
    text = profiles.shipped()["json-own-1"].replace("receipt:", "receipt:\n  in_answer: true")
    with town.session() as session:
        profiles.store(session, "json-own-2", text.replace("json-own-1", "json-own-2"))
        url = f"http://127.0.0.1:{receiver.server_port}/in"
        delivering.choose(session, town.registry, "https", url=url)
    export(stadtkern, tmp_path / "1.json", "--profile", "json-own-2")
    receiver.answering, receiver.cut = answering, True
    town.login("finance_clerk")
    town.post("/admin/finance/batches/1/deliver", {}, status=302)
    town.run_jobs()
    # An answer that breaks off is none: the same file goes out once more under the same key.
    if answering(receiver.got[0][1]) and state != "delivered":
        assert batch(town).state == "rendered"
    receiver.cut = False
    town.post("/admin/finance/batches/1/deliver", {}, status=302)
    town.run_jobs()
    assert len({headers["Idempotency-Key"] for headers, _body in receiver.got}) == 1
    found = batch(town)
    assert found.state == state
    page = town.get("/admin/finance/batches/1")
    if why is None:
        assert found.answer_problem is None
    else:
        page.mustcontain("nicht als Quittung", why)
    assert ("gesperrt" in page.text) is (state == "partially_rejected")


def f_is(form: Any) -> bool:
    return form.action.endswith("/deliver")


def delivered_name(town: Town) -> str:
    with town.session(write=False) as session:
        row = session.scalars(select(StoredBatch)).one()
        return batches.artifact(session, row).name


@on_sqlite
def test_the_secret_goes_in_and_never_comes_out(town) -> None:
    town.enable("finance")
    town.login("finance_clerk")
    town.get(PAGE, status=403)
    town.login("finance_approver", mail="other@people.example")
    form = next(form for form in town.get(PAGE).forms.values() if "kind" in form.fields)
    form["kind"] = "sftp"
    form.submit(status=422).mustcontain("Dieser Weg braucht diese Angabe")
    for name, value in {
        "host": "sftp.example.org",
        "user": "kasse",
        "host_key": "SHA256:" + "A" * 43,
        "secret": "Nebelhorn-77",
    }.items():
        form[name] = value
    page = form.submit(status=302).follow()
    assert "Nebelhorn" not in page.text
    with town.session(write=False) as session:
        row = session.scalars(select(Way)).one()
        assert "Nebelhorn" not in row.secret
        assert delivering._secret(session, town.registry, row) == "Nebelhorn-77"
    # Left empty it stays; another way forgets it.
    form = next(form for form in page.forms.values() if "kind" in form.fields)
    form.submit(status=302)
    with town.session(write=False) as session:
        row = session.scalars(select(Way)).one()
        assert delivering._secret(session, town.registry, row) == "Nebelhorn-77"
    form["kind"], form["url"] = "https", "https://kasse.example.org/in"
    form.submit(status=302)
    with town.session(write=False) as session:
        assert session.scalars(select(Way)).one().secret == ""
