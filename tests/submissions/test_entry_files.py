"""Files that come with entries: sealed, refused, gone with their entry."""

import io
import os
import time
from datetime import timedelta
from typing import Any

import pytest
from entries_kit import question, rows, token_of
from PIL import Image
from webtest import Upload

from stadtkern.content.models import Node
from stadtkern.db import utcnow
from stadtkern.submissions import files
from stadtkern.submissions.models import Submission, SubmissionFile
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, kind)
    return out.getvalue()


def with_files(town: Town) -> Node:
    blocks = [
        question(1, "Ihr Name"),
        question(7, "Nachweis", "file"),
        question(8, "Foto", "file", required=False),
    ]
    return town.add("form", "Mit Anlage", blocks=blocks, fields={"keep_days": 30})


def attach(town: Town, node: Node, status: int = 200, **files_: Upload) -> Any:
    values = {f"q-0000000{key[1:]}": value for key, value in files_.items()}
    fields = {"page_token": token_of(town, node), "q-00000001": "Erika", **values}
    return town.post(node.path, fields, status=status)


def test_a_file_is_kept_sealed_and_goes_with_its_entry(town: Town) -> None:
    node = with_files(town)
    page = town.get(node.path)
    assert page.html.select_one("form.questions")["enctype"] == "multipart/form-data"
    big = PDF + os.urandom(300_000)
    attach(town, node, _7=Upload("../Bescheid <1>.pdf", big), _8=Upload("foto.txt", picture("PNG")))
    (row,) = rows(town)
    store = files.store_of(town.registry, town.tenant_id)
    assert len(list(store.shas())) == 2
    # Long enough that no cipher text holds them by chance.
    for stored in map(store.read, store.shas()):
        assert PDF not in stored
        assert picture("PNG")[:16] not in stored
    with town.session(write=False) as session:
        first, second = session.query(SubmissionFile.id).order_by(SubmissionFile.id)
        sealed = session.query(SubmissionFile.sealed).all()
    assert "Bescheid" not in str(sealed)
    address = f"/admin/submissions/{row.id}/files/{first.id}"
    town.get(address, status="3*")
    town.login("editor")
    town.get(address, status=403)
    town.login("clerk")
    assert address in town.get(f"/admin/submissions/{row.id}").text
    got = town.get(address)
    assert got.body == big
    assert got.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''Bescheid")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert town.get(f"/admin/submissions/{row.id}/files/{second.id}").content_type == "image/png"
    town.get(f"/admin/submissions/{row.id + 1}/files/{first.id}", status=404)
    for sha in store.shas():
        os.utime(store.path(sha), (time.time() - files.GRACE - 5,) * 2)
    town.post(f"/admin/submissions/{row.id}", {"do": "delete"}, status=302)
    town.get(address, status=404)
    town.run_jobs()
    assert list(store.shas()) == []
    with town.session(write=False) as session:
        assert session.query(SubmissionFile).count() == 0


@on_sqlite
def test_the_purge_takes_files_along(town: Town) -> None:
    attach(town, with_files(town), _7=Upload("a.pdf", PDF))
    store = files.store_of(town.registry, town.tenant_id)
    (sha,) = store.shas()
    town.run_schedule("submissions.purge")
    assert store.has(sha)
    os.utime(store.path(sha), (time.time() - files.GRACE - 5,) * 2)
    town.run_schedule("submissions.purge")
    assert store.has(sha)
    with town.session() as session:
        session.query(Submission).one().purge_at = utcnow() - timedelta(seconds=1)
    town.run_schedule("submissions.purge")
    assert not store.has(sha)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"<html><script>1</script></html>"),
        ("a.html", b"<html></html>"),
        ("a.exe", b"MZ\0\0"),
        ("a.pdf", b""),
        ("a.docx", b"PK\x03\x04broken"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.txt", b"\0\0binary"),
        ("a.pdf", PDF + b"0" * files.MAX_FILE),
        ("", PDF),
    ],
)
def test_other_files_are_refused_at_the_field(name: str, data: bytes) -> None:
    with pytest.raises(files.NotTaken):
        files.attached(io.BytesIO(data), name)


@on_sqlite
def test_a_refused_file_is_said_at_its_field_and_nothing_is_kept(town: Town) -> None:
    node = with_files(town)
    answer = attach(town, node, 422, _7=Upload("a.exe", b"MZ"))
    assert "Nachweis" in answer.html.select_one(".error-summary").text
    assert answer.html.select_one(".notice.warning") is not None
    assert "Nachweis" in attach(town, node, 422).html.select_one(".error-summary").text
    attach(town, node, 413, _7=Upload("a.pdf", PDF + b"0" * 21_000_000))
    town.anonymous()
    big = {"q": Upload("a.pdf", PDF + b"0" * 300_000)}
    town.browser.post(node.path, big, status=413)
    assert rows(town) == []
    assert list(files.store_of(town.registry, town.tenant_id).shas()) == []
