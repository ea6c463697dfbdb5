"""Whole towns: out of an installation, into another, without loss; and hostile archives."""

import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import func, select
from towns_kit import ANSWERS, CITIZEN, PHOTO, contents, exported, furnish, imported, rows

from stadtkern.accounts.models import Account, LocalRole, Membership
from stadtkern.app import build
from stadtkern.content.models import Node, Redirect, Reference, Revision
from stadtkern.db import bind_tenant, work
from stadtkern.notify.subscriptions import Subscriber, Subscription
from stadtkern.notify.subscriptions.services import address, mail_hash
from stadtkern.privacy import LegalHold
from stadtkern.privacy.holding import mark_of
from stadtkern.submissions import Submission, files, of_person
from stadtkern.submissions import queries as submissions
from stadtkern.tenants.models import TenantRow
from stadtkern.testing.databases import on_sqlite, scoped_models
from stadtkern.testing.plugin import PostgresTemplate
from stadtkern.testing.town import Town
from stadtkern.towns import LEFT_OUT, Archive, TownImporter, TownRefused, export_town
from stadtkern.towns.models import TownImport, TownImportId
from stadtkern.vault import open_


def drop(town: Town) -> None:
    with work(town.database) as session:
        session.delete(session.get(TenantRow, town.tenant_id))


def nothing_came(town: Town) -> None:
    with work(town.database, write=False) as session:
        assert session.scalars(select(TenantRow.slug)).all() == [town.slug]
        assert session.scalar(select(func.count()).select_from(TownImport)) == 0


# Without loss


def test_there_and_back_is_the_same_json(town, tmp_path) -> None:
    ids = furnish(town)
    first = exported(town, tmp_path / "first.zip")
    drop(town)
    done = imported(town, first, town.slug, town.host)
    assert done.renumbered == 0
    again = Town.__new__(Town)
    vars(again).update(vars(town) | {"tenant_id": done.tenant_id})
    second = exported(again, tmp_path / "second.zip")
    assert contents(first) == contents(second)
    found = rows(first)
    assert {row["type"] for row in found["node"]} >= {"home", "page", "news", "image", "place"}
    assert [row["mail"] for row in found["account"]] == ["autorin@people.example"]
    assert found["local_role"][0]["node_id"] == ids["page"]
    assert found["cityguide_point"][0]["node_id"] == ids["place"]
    assert all(found[name] for name in ("revision", "redirect", "tenant_plugin", "day_count"))
    # It is the town that it was: pages, old addresses, pictures, search, working copy, trash.
    with again.session(write=False) as session:
        draft = session.get(Node, ids["page"])
        assert draft.draft_revision is not None
        assert session.get(Node, ids["below"]).deleted_with == ids["gone"]
        assert session.scalar(select(func.count()).select_from(TownImportId)) == 0
        linked = select(Reference.target_id).where(Reference.source_id == ids["page"])
        assert set(session.scalars(linked)) == {ids["picture"], ids["office"]}
        entry = session.scalars(select(Submission)).one()
        sealed = open_(
            session, town.registry, done.tenant_id, entry.sealed, "submission:M-1"
        ).decode()
        assert sealed == ANSWERS
        # Whoever sent it is found by their address, and the file lies under a key of this town.
        mark = mark_of(session, town.registry, done.tenant_id, CITIZEN)
        found = of_person(session, town.registry, mark)
        assert [row.id for row in found] == [entry.id]
        sent = submissions.files(session, entry.id)[0]
        assert files.opened(session, town.registry, sent).data == PHOTO
        secret = files.store_of(town.registry, done.tenant_id).read(sent.stored)
        assert PHOTO not in secret
        assert not town.registry["storage"].has(hashlib.sha256(PHOTO).hexdigest())
        held = dict(session.execute(select(LegalHold.kind, LegalHold.subject)).all())
        reader = session.scalars(select(Subscriber)).one()
        assert address(session, town.registry, reader) == CITIZEN
        assert reader.mail_hash == mail_hash(session, town.registry, done.tenant_id, CITIZEN)
        assert len(reader.key_hash) == 64
        assert session.scalars(select(Subscription)).one().node_id == ids["office"]
        assert held == {"person": mark, "submission": str(entry.id)}
    page = again.get("/rathaus/ausweise")
    assert again.get("/buergerbuero").location.endswith("/rathaus")
    picture = page.html.select_one(f'a[href^="/media/{ids["picture"]}/"]')["href"]
    assert again.get(picture).content_type == "image/png"
    assert "Ausweise" in again.get("/suche", params={"q": "Ausweis"}).text
    # New rows find numbers that are free.
    again.page("Danach")


def test_beside_the_town_that_it_came_from_numbers_are_others(town, tmp_path) -> None:
    ids = furnish(town)
    before = rows(exported(town, tmp_path / "a.zip"))
    done = imported(town, tmp_path / "a.zip")
    assert done.renumbered == len(before["node"])
    new = Town.__new__(Town)
    vars(new).update(
        vars(town) | {"tenant_id": done.tenant_id, "slug": "neu", "host": "neu.example"}
    )
    new.browser = new._new_browser()
    after = rows(exported(new, tmp_path / "b.zip"))
    numbers = {old["id"]: now["id"] for old, now in zip(before["node"], after["node"], strict=True)}
    page = next(row for row in after["node"] if row["id"] == numbers[ids["page"]])
    html, picture, teasers = page["body"]["blocks"]
    assert f"/media/{numbers[ids['picture']]}/" in html["data"]["html"]
    assert picture["data"]["image"] == numbers[ids["picture"]]
    assert teasers["data"]["picks"] == [numbers[ids["office"]], numbers[ids["picture"]]]

    def renumbered(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: renumbered(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [renumbered(item, name) for item in value]
        if isinstance(value, str):
            for old, now in numbers.items():
                value = value.replace(f"/media/{old}/", f"/media/#{now}/")
            return value.replace("/media/#", "/media/")
        named = {"id", "parent_id", "source_id", "deleted_with", "node_id", "picks", "image"}
        return numbers[value] if name in named and value is not None else value

    for part in ("submission", "submission_file", "legal_hold", "subscriber", "subscription"):
        assert len(before.pop(part)) == len(after.pop(part)) > 0
    assert renumbered(before) == after
    assert new.get(f"/media/{numbers[ids['picture']]}/x/feld.png", status=404)
    assert "Ausweise" in new.get("/rathaus/ausweise").text
    assert "Ausweise" in town.get("/rathaus/ausweise").text


@pytest.mark.parametrize(("database", "other"), [("sqlite", "postgresql")], indirect=["database"])
def test_from_sqlite_to_postgresql(
    town, other, tmp_path, settings, postgres_template: PostgresTemplate
) -> None:
    furnish(town)
    first = exported(town, tmp_path / "first.zip")
    assert other == "postgresql"
    with postgres_template.copy() as made:
        files = {"stadtkern.files": str(tmp_path / "elsewhere")}
        config = build(settings | files, database=made.app)
        config.commit()
        with Archive(first) as archive:
            importer = TownImporter(config.registry, made.app, archive)
            done = importer.run(importer.begin(slug="dort", host="dort.example"))
        assert done.renumbered == 0
        with work(made.app, write=False) as session:
            from stadtkern.tenants import tenant_by_slug

            tenant = tenant_by_slug(session, "dort")
        with (tmp_path / "second.zip").open("w+b") as target:
            export_town(config.registry, made.app, tenant, target)
    assert contents(first) == contents(tmp_path / "second.zip")


def test_accounts_are_found_by_mail_and_get_no_password(town, tmp_path) -> None:
    furnish(town)
    path = exported(town, tmp_path / "a.zip")
    assert b"argon2" not in b"".join(contents(path).values())
    with work(town.database) as session:
        author = session.scalars(select(Account)).one()
        author.name = "Heißt hier anders"
        known = author.id
    done = imported(town, path)
    with work(town.database, done.tenant_id, write=False) as session:
        member = session.scalars(select(Membership)).one()
        assert (member.account_id, member.roles) == (known, ["editor"])
        assert session.scalars(select(LocalRole)).one().account_id == known
        assert session.get(Account, known).name == "Heißt hier anders"
        assert session.get(Account, known).password_hash is not None


@on_sqlite
def test_every_table_of_a_town_travels_or_says_why_not(town) -> None:
    tables = {model.__tablename__ for model in scoped_models()}
    travelling = {part.table.name for part in town.registry["town_data"].values()}
    assert tables - travelling - set(LEFT_OUT) == set()
    assert travelling.isdisjoint(LEFT_OUT)
    assert all(LEFT_OUT.values())
    # A number of another row that nobody names would be another town's row where it comes in.
    unnamed = {
        f"{part.table.name}.{name}"
        for part in town.registry["town_data"].values()
        for name, column in part.columns.items()
        if column.foreign_keys and name not in part.references
    }
    assert unnamed == set()


@on_sqlite
def test_an_archive_without_a_plugin_that_is_not_here(make_town, tmp_path) -> None:
    town = make_town()
    furnish(town)
    path = exported(town, tmp_path / "a.zip")
    bare = make_town(plugins={}, slug="leer", host="leer.example")
    with pytest.raises(TownRefused, match="plugin"):
        imported(bare, path)
    done = imported(bare, path, leave_out=["cityguide", "finance"])
    assert {"cityguide_point", "cityguide_track"} <= set(done.left_out)
    with work(bare.database, done.tenant_id, write=False) as session:
        # What only the plugin understands is kept as it was.
        place = session.scalars(select(Node).where(Node.type == "place")).one()
        assert place.body["fields"]["lat"] == 50.14


# The commands


@on_sqlite
def test_the_commands(stadtkern, town, tmp_path) -> None:
    furnish(town)
    file = tmp_path / "town.zip"
    made = stadtkern("tenants", "export", town.slug, str(file), "--json")
    assert made.exit_code == 0, made.output
    report = json.loads(made.stdout)
    assert report["rows"]["node"] > 5
    assert (report["files"], report["missing"]) == (2, 0)
    assert stadtkern("tenants", "export", town.slug, str(file)).exit_code == 1
    assert stadtkern("tenants", "export", "nirgends", str(tmp_path / "b.zip")).exit_code == 1
    assert not (tmp_path / "b.zip").exists()
    checked = stadtkern("tenants", "import", str(file), "--check")
    assert "The archive is whole" in checked.stdout
    nothing_came(town)
    taken = stadtkern("tenants", "import", str(file))
    assert (taken.exit_code, "already" in taken.stderr) == (1, True)
    done = stadtkern(
        "tenants", "import", str(file), "--slug", "neu", "--host", "neu.example", "--suspended",
        "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["host"] == "neu.example"
    assert town.raw("/", host="neu.example").status_int == 503
    assert stadtkern("tenants", "resume", "neu").exit_code == 0
    assert "Ausweise" in town.raw("/rathaus/ausweise", host="neu.example").text
    entries = stadtkern("audit", "verify")
    assert entries.exit_code == 0


@on_sqlite
def test_a_private_file_that_is_lost_is_said_to_be(town, tmp_path) -> None:
    furnish(town)
    store = files.store_of(town.registry, town.tenant_id)
    for sha in list(store.shas()):
        store.remove(sha)
    with (tmp_path / "a.zip").open("w+b") as target:
        done = export_town(town.registry, town.database, town.tenant, target)
    assert (done.missing, done.rows["submission_file"], done.rows["submission"]) == (1, 0, 1)
    imported(town, tmp_path / "a.zip")


# Interrupted


@on_sqlite
def test_what_was_interrupted_is_invisible_and_goes_on(town, stadtkern, tmp_path) -> None:
    furnish(town)
    first = exported(town, tmp_path / "a.zip")
    drop(town)

    class Killed(BaseException):
        pass

    stops = 0
    with Archive(first) as archive:
        importer = TownImporter(town.registry, town.database, archive)
        number = importer.begin(slug=town.slug, host=town.host)
        for _attempt in range(100):
            seen = 0

            def once(_done: int, _total: int, stops: int = stops) -> None:
                nonlocal seen
                seen += 1
                if seen > 1 and stops < 15:
                    raise Killed

            try:
                done = importer.run(number, once)
                break
            except Killed:
                stops += 1
                assert town.raw("/").status_int == 503
                assert stadtkern("tenants", "resume", town.slug).exit_code == 1
                assert importer.begin(slug=town.slug, host=town.host) == number
    assert stops == 15
    again = Town.__new__(Town)
    vars(again).update(vars(town) | {"tenant_id": done.tenant_id})
    assert contents(exported(again, tmp_path / "b.zip")) == contents(first)


def test_what_was_given_up_leaves_nothing(town, stadtkern, tmp_path) -> None:
    furnish(town)
    first = exported(town, tmp_path / "a.zip")
    drop(town)
    with work(town.database) as session:
        session.delete(session.scalars(select(Account)).one())

    class Killed(BaseException):
        pass

    def stop(done: int, total: int) -> None:
        if done > total / 2:
            raise Killed

    with Archive(first) as archive:
        importer = TownImporter(town.registry, town.database, archive)
        number = importer.begin(slug="halb", host="halb.example")
        with pytest.raises(Killed):
            importer.run(number, stop)
    with work(town.database, write=False) as session:
        tenant_id = session.scalars(select(TenantRow.id)).one()
        bind_tenant(session, tenant_id)
        assert session.scalar(select(func.count()).select_from(Node))
        assert session.scalar(select(func.count()).select_from(Account)) == 1
    assert stadtkern("tenants", "discard", "halb").exit_code == 0
    with work(town.database, tenant_id, write=False) as session:
        for model in (TenantRow, TownImport, TownImportId, Node, Revision, Redirect, Account):
            assert session.scalar(select(func.count()).select_from(model)) == 0, model
    assert stadtkern("tenants", "discard", "halb").exit_code == 1
