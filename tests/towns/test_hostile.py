"""Archives that want to do harm, and those that are merely broken: refused, and nothing stays."""

import hashlib
import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from towns_kit import contents, exported, imported, rows, text

from stadtkern.content.models import Node
from stadtkern.db import work
from stadtkern.tenants.models import TenantRow
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern.towns import Archive, TownRefused
from stadtkern.towns import archive as archives
from stadtkern.towns.models import TownImport
from stadtkern.web.i18n import in_english


def tampered(path: Path, target: Path, **members: bytes | None) -> Path:
    """Write an archive anew with other members (None: without) and a manifest that fits them."""
    held = contents(path)
    for name, data in members.items():
        full = name.replace("__", "/").replace("_jsonl", ".jsonl").replace("town_json", "town.json")
        if data is None:
            del held[full]
        else:
            held[full] = data
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    manifest["members"] = {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in held.items()
    }
    for part in manifest["parts"]:
        part["rows"] = len(held[f"data/{part['name']}.jsonl"].splitlines())
    return packed(target, {**held, "manifest.json": json.dumps(manifest).encode()})


def packed(target: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target


def nothing_came(town: Town) -> None:
    with work(town.database, write=False) as session:
        assert session.scalars(select(TenantRow.slug)).all() == [town.slug]
        assert session.scalar(select(func.count()).select_from(TownImport)) == 0


def reason_of(error: BaseException) -> str:
    return in_english(error.args[0])


@pytest.fixture
def archive(make_town, tmp_path) -> tuple[Town, Path]:
    town = make_town(plugins={})
    town.page("Rathaus", blocks=[text("<p>Hier</p>")])
    return town, exported(town, tmp_path / "good.zip")


def changed(path: Path, part: str, change: Any) -> bytes:
    found = rows(path)[part]
    change(found)
    return b"".join(json.dumps(row).encode() + b"\n" for row in found)


def set_first(**values: Any) -> Any:
    return lambda found: found[0].update(values)


@on_sqlite
def test_rows_that_are_not_as_they_should_be(archive, tmp_path) -> None:
    town, path = archive
    for change, reason in [
        (set_first(id="1"), "id: no number"),
        (set_first(id=0), "id: not above 0"),
        (set_first(id=2**31), "id: no number"),
        (set_first(title="x" * 201), "title: longer than 200"),
        (set_first(title=None), "title is missing"),
        (set_first(title="a\0b"), "character 0"),
        (set_first(title="\ud800"), "no JSON"),
        (set_first(in_nav=1), "in_nav: no truth value"),
        (set_first(created_at="2026-01-01T00:00:00"), "created_at: no zone"),
        (set_first(tenant_id=1), "unknown column tenant_id"),
        (set_first(later="x"), "unknown column later"),
        (set_first(author_id=1), "author_id: no mail address"),
        (lambda found: found[0].pop("path"), "path is missing"),
        (lambda found: found.append(found[0]), "twice"),
        (lambda found: found[1].update(path=found[0]["path"]), "contradicts itself"),
        (set_first(author_id="nobody@people.example"), "refers to what is not there"),
    ]:
        bad = tampered(path, tmp_path / "bad.zip", data__node_jsonl=changed(path, "node", change))
        with pytest.raises(TownRefused) as refused:
            imported(town, bad)
        assert reason in reason_of(refused.value)
        nothing_came(town)


@on_sqlite
def test_lines_that_are_no_rows(archive, tmp_path) -> None:
    town, path = archive
    for line in [
        b"[]\n",
        b"{\n",
        b"[" * 200_000 + b"\n",
        b'{"id": NaN}\n',
        b'{"id": 1' + b"0" * 5000,
    ]:
        bad = tampered(path, tmp_path / "bad.zip", data__node_jsonl=line)
        with pytest.raises(TownRefused):
            imported(town, bad)
        nothing_came(town)


@on_sqlite
def test_members_that_do_not_belong(archive, tmp_path) -> None:
    town, path = archive
    for name, reason in [
        ("../../etc/passwd", "does not belong"),
        ("/etc/passwd", "does not belong"),
        ("files/../town.json", "does not belong"),
        ("data\\node.jsonl", "does not belong"),
        ("data/node.jsonl\0.txt", "does not belong"),
        ("files/" + "g" * 64, "does not belong"),
        ("private/" + "a" * 64, "do not fit together"),
        ("files/" + "a" * 64, "do not fit together"),
        ("data/other.jsonl", "do not fit together"),
    ]:
        bad = tmp_path / "bad.zip"
        bad.write_bytes(path.read_bytes())
        with zipfile.ZipFile(bad, "a") as target:
            info = zipfile.ZipInfo("x")
            info.filename = name
            target.writestr(info, b"x")
        with pytest.raises(TownRefused) as refused:
            imported(town, bad)
        assert reason in reason_of(refused.value)
        nothing_came(town)
        assert not list(tmp_path.glob("passwd"))


@on_sqlite
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_twice_a_link_and_bytes_that_are_others(archive, tmp_path) -> None:
    town, path = archive
    for number, trick in enumerate(("twice", "link", "bytes", "cut", "no zip", "no manifest")):
        bad = tmp_path / f"bad{number}.zip"
        bad.write_bytes(path.read_bytes())
        if trick == "twice":
            with zipfile.ZipFile(bad, "a") as target:
                target.writestr("town.json", b"{}")
        elif trick == "link":
            members = contents(path)
            with zipfile.ZipFile(bad, "w") as target:
                for name, data in members.items():
                    info = zipfile.ZipInfo(name)
                    info.external_attr = (stat.S_IFLNK | 0o777) << 16
                    target.writestr(info, data)
        elif trick == "bytes":
            with zipfile.ZipFile(path) as source:
                manifest = source.read("manifest.json")
            members = contents(path) | {"manifest.json": manifest}
            data = members["data/node.jsonl"]
            members["data/node.jsonl"] = data.replace(b"Rathaus", b"Rathans")
            packed(bad, members)
        elif trick == "cut":
            bad.write_bytes(path.read_bytes()[:-200])
        elif trick == "no zip":
            bad.write_bytes(b"PK\x05\x06")
        else:
            packed(bad, contents(path))
        with pytest.raises(TownRefused):
            imported(town, bad)
        nothing_came(town)


@on_sqlite
def test_bombs_are_not_unpacked(archive, tmp_path, monkeypatch) -> None:
    town, path = archive
    bomb = tampered(path, tmp_path / "bomb.zip", data__node_jsonl=b" " * 3_000_000)
    monkeypatch.setattr(archives, "RATIO_FROM", 2_000_000)
    with pytest.raises(TownRefused, match="larger than"):
        imported(town, bomb)
    monkeypatch.setattr(archives, "RATIO_FROM", 2**40)
    with pytest.raises(TownRefused, match="larger than"), Archive(bomb, maximum=1_000_000):
        pass
    monkeypatch.setattr(archives, "MAX_LINE", 1_000_000)
    with pytest.raises(TownRefused, match="larger than"):
        imported(town, bomb)
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 100)
    with pytest.raises(TownRefused, match="larger than"), Archive(path):
        pass
    nothing_came(town)


@on_sqlite
def test_manifests_of_another_kind(archive, tmp_path) -> None:
    town, path = archive
    for change, reason in [
        ({"version": 2}, "has format 2"),
        ({"version": 0}, "damaged"),
        ({"format": "other"}, "no town"),
        ({"parts": [{"name": "node", "version": 9, "owner": None, "rows": 1}]}, "version 9"),
        ({"parts": [{"name": "x_y", "version": 1, "owner": "x", "rows": 1}]}, "plugin “x”"),
        ({"parts": [{"name": "x_y", "version": 1, "owner": None, "rows": 1}]}, "does not know"),
        ({"parts": 5}, "damaged"),
        ({"members": {"town.json": {"size": -1, "sha256": ""}}}, "damaged"),
    ]:
        with zipfile.ZipFile(path) as source:
            manifest = json.loads(source.read("manifest.json")) | change
        held = contents(path)
        names = (
            [part["name"] for part in manifest["parts"]]
            if "parts" in change and reason != "damaged"
            else []
        )
        if names:
            held = {"town.json": held["town.json"], f"data/{names[0]}.jsonl": b"{}\n"}
            manifest["members"] = {
                name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                for name, data in held.items()
            }
        bad = packed(tmp_path / "bad.zip", {**held, "manifest.json": json.dumps(manifest).encode()})
        with pytest.raises(TownRefused) as refused:
            imported(town, bad)
        assert reason in reason_of(refused.value)
        nothing_came(town)


@on_sqlite
def test_what_no_form_would_take_is_not_taken_either(archive, tmp_path) -> None:
    town, path = archive

    def harm(found: list[dict[str, Any]]) -> None:
        page = next(row for row in found if row["title"] == "Rathaus")
        page["body"]["blocks"] = [
            {"id": "a", "type": "text", "version": 1,
             "data": {"html": "<p onclick='x()'>Hier<script>x()</script></p>"}},
            {"id": "b", "type": "call", "version": 1,
             "data": {"heading": "H", "label": "L", "target": "javascript:x()"}},
        ]  # fmt: skip

    bad = tampered(path, tmp_path / "bad.zip", data__node_jsonl=changed(path, "node", harm))
    done = imported(town, bad)
    with work(town.database, done.tenant_id, write=False) as session:
        page = session.scalars(select(Node).where(Node.title == "Rathaus")).one()
        html, call = page.body["blocks"]
    assert html["data"]["html"] == "<p>Hier</p>"
    assert call["data"]["target"] == ""


@on_sqlite
def test_far_numbers_do_not_use_up_the_room(archive, tmp_path) -> None:
    town, path = archive
    far = 2**31 - 1

    def move(found: list[dict[str, Any]]) -> None:
        page = next(row for row in found if row["title"] == "Rathaus")
        page["id"] = far

    def follow(found: list[dict[str, Any]]) -> None:
        page = next(row for row in found if row["title"] == "Rathaus")
        page["node_id"] = far

    members = {"data__node_jsonl": changed(path, "node", move)}
    members["data__revision_jsonl"] = changed(path, "revision", follow)
    members["data__node_comment_jsonl"] = b""
    done = imported(town, tampered(path, tmp_path / "far.zip", **members))
    with work(town.database, done.tenant_id, write=False) as session:
        page = session.scalars(select(Node).where(Node.title == "Rathaus")).one()
        assert page.id < 1000
    town.page("Danach")


@on_sqlite
def test_a_hash_alone_fetches_no_other_towns_file(archive, tmp_path) -> None:
    town, path = archive
    other = io.BytesIO(b"%PDF-1.7 only for the neighbours")
    sha, size = town.registry["storage"].put(other, maximum=1000)

    def steal(found: list[dict[str, Any]]) -> None:
        page = next(row for row in found if row["title"] == "Rathaus")
        page["type"] = "file"
        page["body"] = {"fields": {"stored": {"sha": sha, "type": "application/pdf", "size": size}}}

    bad = tampered(path, tmp_path / "bad.zip", data__node_jsonl=changed(path, "node", steal))
    with pytest.raises(TownRefused) as refused:
        imported(town, bad)
    assert "does not hold" in reason_of(refused.value)
    with zipfile.ZipFile(bad) as source:
        members = {name: source.read(name) for name in source.namelist()}
    lying = json.loads(members["manifest.json"]) | {"missing": [sha]}
    packed(bad, members | {"manifest.json": json.dumps(lying).encode()})
    with pytest.raises(TownRefused):
        imported(town, bad)
    nothing_came(town)
