"""The audit: what leaves an entry, what the entry holds, and that the chain shows every change."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError

from stadtkern import audit
from stadtkern.accounts.models import Account
from stadtkern.audit import Wanted, record
from stadtkern.audit.chain import LONGEST
from stadtkern.audit.models import AuditEntry, AuditSeal
from stadtkern.content.models import Node
from stadtkern.db import ReadOnlyBreach, work
from stadtkern.tenants.models import TenantRow
from stadtkern.testing.databases import on_sqlite, scoped_models


def entries(town, **where):
    with town.session(write=False) as session:
        found = list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
        session.expunge_all()
    return [row for row in found if all(getattr(row, k) == v for k, v in where.items())]


def seal(town) -> int:
    with town.session() as session:
        return audit.seal(session)


def verdict(town, expected=None):
    with town.session(write=False) as session:
        return audit.verify(session, expected)


# What leaves an entry


def test_a_row_leaves_one_entry_a_transaction_with_ids_and_a_hash_only(town) -> None:
    node = town.page("Geheimer Titel", published=False)
    (entry,) = entries(town, kind="node", subject=str(node.id))
    assert (entry.deed, entry.origin, entry.actor_id) == ("node.create", "command", None)
    assert re.fullmatch("[0-9a-f]{64}", entry.content)
    before = len(entries(town))
    with town.session() as session:
        row = session.get(Node, node.id)
        row.title = "Eins"
        session.flush()
        row.title = "Zwei"
    (changed,) = entries(town)[before:]
    assert (changed.deed, changed.subject) == ("node.update", str(node.id))
    assert changed.content not in {None, entry.content}
    stored = json.dumps([str(vars(one)) for one in entries(town)])
    assert "Geheimer Titel" not in stored


@on_sqlite
def test_the_same_content_has_the_same_hash(town) -> None:
    node = town.page("Gleich")
    hashes = []
    for summary in ("a", "b", "a"):
        with town.session() as session:
            session.connection().execute(
                update(Node.__table__).where(Node.__table__.c.id == node.id).values(version=7)
            )
            row = session.get(Node, node.id, populate_existing=True)
            row.summary = summary + "!"
            session.flush()
        hashes.append(entries(town, subject=str(node.id), kind="node")[-1].content)
    assert hashes[0] == hashes[2] != hashes[1]


@on_sqlite
def test_a_request_names_its_actor(town) -> None:
    node = town.page("Seite", published=False)
    account = town.login("editor")
    town.post(f"/admin/nodes/{node.id}/step", {"step": "publish", "version": str(node.version)})
    found = entries(town, kind="node", subject=str(node.id))[-1]
    assert (found.deed, found.actor_id, found.origin) == ("node.to_published", account.id, "web")


@on_sqlite
def test_a_visitors_write_has_no_actor(town) -> None:
    town.post("/barriere-melden", {"description": "Zu klein", "page": "/", "mail": ""})
    (entry,) = entries(town, kind="barrier_report")
    assert (entry.actor_id, entry.origin, entry.content) == (None, "web", None)


@on_sqlite
def test_a_name_takes_the_place_of_what_the_hook_saw(town) -> None:
    node = town.page("Seite")
    before = len(entries(town))
    with town.session() as session:
        session.get(Node, node.id).title = "Neu"
        record(session, "node.bless", "node", node.id)
        record(session, "node.praise", "node", node.id, content=b"x")
    bless, praise = entries(town)[before:]
    assert [bless.deed, praise.deed] == ["node.bless", "node.praise"]
    assert bless.content is None
    assert praise.content == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"


def test_bulk_statements_are_seen_unless_they_are_named(town) -> None:
    town.page("Seite")
    before = len(entries(town))
    with town.session() as session:
        session.execute(update(Node).values(in_nav=True))
    (bulk,) = entries(town)[before:]
    assert (bulk.deed, bulk.kind, bulk.subject) == ("node.update", "node", "*")
    with town.session() as session:
        session.execute(update(Node).values(in_nav=False))
        record(session, "node.hide", "node", "all")
    assert [row.deed for row in entries(town)[before + 1 :]] == ["node.hide"]


def test_what_is_rolled_back_leaves_nothing(town) -> None:
    node = town.page("Seite")
    before = len(entries(town))
    with pytest.raises(ZeroDivisionError), town.session() as session:
        session.get(Node, node.id).title = "Nie"
        session.flush()
        record(session, "node.never", "node", node.id)
        raise ZeroDivisionError
    assert len(entries(town)) == before
    with town.session() as session:
        session.get(Node, node.id).title = "Doch"
        session.flush()
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            record(session, "node.never", "node", node.id)
            raise ZeroDivisionError
        with session.begin_nested():
            record(session, "node.within", "redirect", node.id)
    assert [row.deed for row in entries(town)[before:]] == ["node.update", "node.within"]


@on_sqlite
def test_a_deed_alone_is_stored_too(town) -> None:
    with town.session() as session:
        record(session, "login.in", "account", 5)
    assert [row.deed for row in entries(town, kind="account")][-1:] == ["login.in"]
    with pytest.raises(ReadOnlyBreach), town.session(write=False) as session:
        record(session, "login.in", "account", 5)
    with pytest.raises(ValueError, match="belongs to a tenant"), work(town.database) as session:
        record(session, "login.in", "account", 5)


def test_writes_for_two_towns_in_one_transaction_stay_apart(town) -> None:
    other = town.second_tenant()
    before = len(entries(town)), len(entries(other))
    from stadtkern.db import bind_tenant

    with town.session() as session:
        record(session, "x.one", "x", 1)
        bind_tenant(session, other.tenant_id)
        record(session, "x.two", "x", 2)
    assert [row.deed for row in entries(town)[before[0] :]] == ["x.one"]
    assert [row.deed for row in entries(other)[before[1] :]] == ["x.two"]


@on_sqlite
def test_an_audited_write_costs_one_statement_more(town) -> None:
    nodes = [town.page(f"Seite {number}") for number in range(5)]
    with town.statements() as seen, town.session() as session:
        for node in nodes:
            session.get(Node, node.id).title += "!"
    assert len([one for one in seen if "audit_entry" in one]) == 1


@on_sqlite
def test_accounts_leave_no_hash_that_could_be_guessed(town) -> None:
    town.account("editor")
    found = entries(town, kind="account")
    assert found
    assert {row.content for row in found} == {None}


def test_every_exception_from_the_audit_gives_its_reason() -> None:
    root = Path(audit.__file__).parents[1]
    lines = [
        (path, line)
        for path in [*root.rglob("models.py"), *root.rglob("models/*.py")]
        for line in path.read_text("utf-8").splitlines()
        if re.search("__audited__.*False", line)
    ]
    assert lines
    assert [line for _path, line in lines if not re.search(r"# \w[\w ]{3,}", line)] == []


@on_sqlite
def test_all_of_a_towns_tables_are_audited_but_those(town) -> None:
    from stadtkern.audit.collect import _model

    unaudited = {model.__tablename__ for model in scoped_models() if _model(model) is None}
    assert {"audit_entry", "audit_seal"} <= unaudited
    assert {"node", "membership", "local_role", "tenant_plugin"}.isdisjoint(unaudited)
    assert _model(Account) is not None


@on_sqlite
def test_what_is_done_to_a_page_is_named(town) -> None:
    node = town.page("Seite")
    other = town.page("Andere")
    with town.content() as content:
        content.rename(node.id, "umbenannt")
        content.move(node.id, other.id)
    with town.content() as content:
        content.delete(node.id)
    deeds = [row.deed for row in entries(town, kind="node", subject=str(node.id))]
    assert deeds == ["node.create", "node.to_published", "node.move", "node.trash"]
    assert entries(town, kind="node", subject="*") == []


# Sealing and checking


def test_sealing_chains_all_and_twice_is_once(town) -> None:
    count = len(entries(town))
    assert verdict(town).waiting == count
    assert seal(town) == count
    assert seal(town) == 0
    town.page("Noch eine")
    assert seal(town) > 0
    found = verdict(town)
    assert (found.broken, found.waiting, found.seals) == (None, 0, len(entries(town)))


@on_sqlite
def test_the_schedule_seals_all_towns(town) -> None:
    other = town.second_tenant()
    town.run_schedule("audit.seal")
    town.run_jobs()
    for place in (town, other):
        found = verdict(place)
        assert (found.broken, found.waiting) == (None, 0)
        assert found.seals == len(entries(place)) > 0


def test_entries_and_seals_cannot_be_changed_or_deleted(town, database) -> None:
    seal(town)
    for connection in (database.app, database.superuser):
        for table, verb in (
            ("audit_entry", "update audit_entry set deed = 'x'"),
            ("audit_entry", "delete from audit_entry"),
            ("audit_seal", "update audit_seal set hash = 'x'"),
            ("audit_seal", "delete from audit_seal"),
        ):
            with pytest.raises(DatabaseError), connection.writer.begin() as found:
                if database.is_postgresql:
                    found.execute(text(f"set local stadtkern.tenant = '{town.tenant_id}'"))
                found.execute(text(verb))
            assert table
    if database.is_postgresql:
        with pytest.raises(DatabaseError), database.owner.writer.begin() as found:
            found.execute(text("truncate audit_seal"))
    assert verdict(town).broken is None
    with pytest.raises(DatabaseError), town.session() as session:
        session.execute(delete(AuditEntry))


def test_a_towns_audit_goes_with_the_town_and_only_then(town, database) -> None:
    other = town.second_tenant()
    seal(town)
    seal(other)
    with database.superuser.writer.begin() as connection:
        connection.execute(delete(TenantRow).where(TenantRow.id == other.tenant_id))
    assert verdict(town).seals > 0
    with database.superuser.reader.connect() as connection:
        statement = select(AuditEntry.id).where(AuditEntry.tenant_id == other.tenant_id)
        assert connection.execute(statement).all() == []


def unguard(database) -> None:
    """Take the triggers away, as somebody with all rights over the database could."""
    with database.superuser.writer.begin() as connection:
        for table in ("audit_entry", "audit_seal"):
            if database.is_postgresql:
                connection.execute(text(f"alter table {table} disable trigger user"))
            else:
                for verb in ("update", "delete"):
                    connection.execute(text(f"drop trigger {table}_no_{verb}"))


TAMPERED = st.one_of(
    st.tuples(
        st.just("change"),
        st.integers(0, 11),
        st.sampled_from(["deed", "kind", "subject", "content", "actor_id", "origin", "at"]),
    ),
    st.tuples(st.just("remove"), st.integers(0, 11), st.sampled_from(["entry", "seal", "both"])),
    st.tuples(st.just("insert"), st.integers(0, 11), st.sampled_from(["sealed", "back-dated"])),
    st.tuples(st.just("swap"), st.integers(0, 10), st.sampled_from(["next", "last"])),
)


@on_sqlite
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TAMPERED)
def test_any_change_of_the_past_is_found(town, database, tampered) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(database.superuser_url)
    with town.session() as session:
        for number in range(12):
            record(session, f"x.{number}", "x", number, content=b"%d" % number)
    seal(town)
    exported = None
    with town.session(write=False) as session:
        found = audit.head(session)
        exported = (found.number, found.hash)
    with engine.connect() as connection, connection.begin() as changing:
        # All in a transaction that is taken back, so that the next example finds it whole.
        connection.exec_driver_sql("drop trigger if exists audit_entry_no_update")
        for name in ("entry_no_delete", "seal_no_update", "seal_no_delete"):
            connection.exec_driver_sql(f"drop trigger if exists audit_{name}")
        tamper(connection, town.tenant_id, tampered)
        from stadtkern.db import TenantSession

        with TenantSession(bind=connection) as session:
            session.info.update(tenant_id=town.tenant_id, write=False)
            verdict = audit.verify(session, exported)
        changing.rollback()
    engine.dispose()
    assert verdict.broken, tampered
    assert verdict.number is not None or verdict.entry_id is not None


def tamper(connection, tenant_id, tampered) -> None:
    """Change the past of the last twelve entries as told."""
    what, index, how = tampered
    entry, sealed = AuditEntry.__table__, AuditSeal.__table__
    rows = connection.execute(
        select(sealed, entry)
        .join(entry, entry.c.id == sealed.c.entry_id)
        .where(sealed.c.tenant_id == tenant_id)
        .order_by(sealed.c.number.desc())
        .limit(12)
    ).all()[::-1]
    row = rows[index]
    if what == "change":
        value = {
            "at": row.at + timedelta(microseconds=1),
            "actor_id": 99_999,
            "content": None,
        }.get(how, "other")
        connection.execute(update(entry).where(entry.c.id == row.id).values({how: value}))
    elif what == "remove":
        if how in {"entry", "both"}:
            connection.execute(delete(entry).where(entry.c.id == row.id))
        if how in {"seal", "both"}:
            connection.execute(delete(sealed).where(sealed.c.number == row.number))
    elif what == "insert":
        at = row.at if how == "sealed" else row.at - LONGEST - timedelta(hours=1)
        number = connection.execute(
            entry.insert().values(
                tenant_id=tenant_id, at=at, origin="web", deed="x.y", kind="x", subject="1"
            )
        ).inserted_primary_key[0]
        if how == "sealed":
            for later in rows[:index:-1]:
                connection.execute(
                    update(sealed)
                    .where(sealed.c.number == later.number)
                    .values(number=later.number + 1)
                )
            connection.execute(
                sealed.insert().values(
                    tenant_id=tenant_id,
                    number=row.number + 1,
                    entry_id=number,
                    sealed_at=row.sealed_at,
                    hash=row.hash,
                )
            )
    else:
        other = rows[-1] if how == "last" else rows[index + 1]
        for number, entry_id in ((other.number, 0), (row.number, other.id), (other.number, row.id)):
            connection.execute(
                update(sealed).where(sealed.c.number == number).values(entry_id=entry_id)
            )


def test_the_command_names_the_first_broken_seal(town, stadtkern, database) -> None:
    stadtkern_ok = stadtkern("audit", "seal")
    assert stadtkern_ok.exit_code == 0
    good = stadtkern("audit", "verify", "--json")
    assert good.exit_code == 0
    assert json.loads(good.stdout)[0]["broken"] is None
    exported = json.loads(stadtkern("audit", "head", "--json").stdout)[0]["head"]
    expect = ("audit", "verify", "--tenant", town.slug, "--expect", exported)
    assert stadtkern(*expect).exit_code == 0
    town.page("Noch eine")
    stadtkern("audit", "seal", "--tenant", town.slug)
    assert stadtkern(*expect).exit_code == 0
    unguard(database)
    with database.superuser.writer.begin() as connection:
        connection.execute(
            update(AuditEntry.__table__)
            .where(
                AuditEntry.__table__.c.id
                == select(AuditSeal.entry_id).where(AuditSeal.number == 3).scalar_subquery()
            )
            .values(deed="node.forged")
        )
    bad = stadtkern("audit", "verify", "--tenant", town.slug)
    assert bad.exit_code == 1
    assert "seal 3 does not fit" in bad.stderr
    assert stadtkern("audit", "verify", "--tenant", "nirgends").exit_code == 1


@on_sqlite
def test_a_chain_cut_short_is_found_by_the_exported_head(town, stadtkern, database) -> None:
    stadtkern("audit", "seal")
    exported = json.loads(stadtkern("audit", "head", "--json").stdout)[0]["head"]
    unguard(database)
    number = int(exported.partition(":")[0])
    with database.superuser.writer.begin() as connection:
        gone = select(AuditSeal.entry_id).where(AuditSeal.number == number).scalar_subquery()
        connection.execute(delete(AuditEntry.__table__).where(AuditEntry.__table__.c.id == gone))
        connection.execute(
            delete(AuditSeal.__table__).where(AuditSeal.__table__.c.number == number)
        )
    assert stadtkern("audit", "verify", "--tenant", town.slug).exit_code == 0
    cut = stadtkern("audit", "verify", "--tenant", town.slug, "--expect", exported)
    assert cut.exit_code == 1
    assert "exported" in cut.stderr


@on_sqlite
def test_finding_is_the_towns_own(town) -> None:
    other = town.second_tenant()
    other.page("Fremd")
    with town.session(write=False) as session:
        found = audit.find(session, Wanted(kind="node"), size=500)
        assert {row.tenant_id for row in found.rows} == {town.tenant_id}
        assert found.total == len(found.rows)
