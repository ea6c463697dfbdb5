"""The automatic filter, on both databases, and row-level security below it."""

import pytest
from sqlalchemy import delete, exists, func, insert, inspect, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import aliased

from stadtkern.content.models import Node, Redirect
from stadtkern.db import ReadOnlyBreach, TenantBreach, metadata, work
from stadtkern.db.migrate import APP_ROLE, global_tables
from stadtkern.testing.databases import on_postgresql, scoped_models


@pytest.fixture
def two(town):
    """Two towns with a page of the same address each."""
    other = town.second_tenant()
    return (town, town.page("Unsere Seite", slug="seite")), (
        other,
        other.page("Fremde Seite", slug="seite"),
    )


def node_like(**values):
    return Node(path="/x", slug="x", type="page", language="de", title="X", body={}, **values)


def test_selects_see_only_their_own_tenant(two) -> None:
    (town, mine), (_other, theirs) = two
    twin = aliased(Node)
    with town.session(write=False) as session:
        assert set(session.scalars(select(Node.tenant_id))) == {town.tenant_id}
        assert session.scalars(select(Node).where(Node.id == theirs.id)).all() == []
        assert session.get(Node, theirs.id) is None
        assert session.get(Node, mine.id).title == "Unsere Seite"
        titles = session.execute(select(Node.title).where(Node.slug == "seite")).all()
        assert titles == [("Unsere Seite",)]
        assert session.scalar(select(func.count()).select_from(Node)) == 3
        pairs = session.execute(select(Node.id, twin.id).join(twin, twin.slug == Node.slug))
        assert theirs.id not in {number for pair in pairs for number in pair}
        found = exists(select(twin.id).where(twin.id == theirs.id))
        assert session.scalars(select(Node.id).where(found)).all() == []
        within = select(twin.id).where(twin.title == "Fremde Seite")
        assert session.scalars(select(Node.id).where(Node.id.in_(within))).all() == []
        assert session.scalar(select(within.subquery())) is None
        assert (
            session.scalars(select(Node.id).union_all(select(twin.id))).all().count(theirs.id) == 0
        )


def test_another_tenants_redirect_leads_nowhere(two) -> None:
    (town, mine), (other, theirs) = two
    with other.content() as content:
        content.rename(theirs.id, "umbenannt")
    town.get("/seite")
    other.get("/seite", status=301)
    with town.content() as content:
        content.rename(mine.id, "neu")
    with town.session(write=False) as session:
        rows = session.execute(select(Redirect.path, Node.path).join(Node)).all()
    assert [tuple(row) for row in rows] == [("/seite", "/neu")]


@pytest.mark.parametrize("kind", ["update", "delete"])
def test_bulk_writes_do_not_reach_another_tenant(two, kind) -> None:
    (town, _mine), (other, theirs) = two
    statement = (
        update(Node).values(title="Übernommen") if kind == "update" else delete(Node)
    ).where(Node.id == theirs.id)
    with town.session() as session:
        assert session.execute(statement).rowcount == 0
    assert other.node("/seite").title == "Fremde Seite"


def test_without_a_tenant_nothing_is_seen_and_nothing_is_written(two) -> None:
    (town, _mine), _other = two
    with work(town.database) as session:
        assert session.scalars(select(Node)).all() == []
        assert session.scalar(select(func.count()).select_from(Node)) == 0
        assert session.execute(update(Node).values(title="Alle")).rowcount == 0
        assert session.execute(delete(Node)).rowcount == 0
    with pytest.raises(TenantBreach), work(town.database) as session:
        session.add(node_like())
    assert town.node("/seite").title == "Unsere Seite"


def test_new_rows_get_the_sessions_tenant(town) -> None:
    with town.session() as session:
        node = node_like()
        session.add(node)
    assert node.tenant_id == town.tenant_id
    assert town.node("/x").id == node.id


def test_a_row_for_another_tenant_is_refused_and_nothing_is_kept(two) -> None:
    (town, _mine), (other, _theirs) = two
    with pytest.raises(TenantBreach), town.session() as session:
        session.add(node_like())
        session.flush()
        session.add(node_like(tenant_id=other.tenant_id))
    with pytest.raises(LookupError):
        town.node("/x")
    with pytest.raises(LookupError):
        other.node("/x")


def test_a_smuggled_object_is_refused(two) -> None:
    (town, _mine), (_other, theirs) = two
    for change in ("dirty", "deleted"):
        with pytest.raises(TenantBreach), town.session() as session:
            row = session.merge(theirs, load=False)
            if change == "dirty":
                row.title = "Übernommen"
            else:
                session.delete(row)
    with pytest.raises(TenantBreach), town.session() as session:
        own = session.get(Node, town.node("/seite").id)
        own.tenant_id = theirs.tenant_id


def test_reading_sessions_do_not_write(town) -> None:
    with pytest.raises(ReadOnlyBreach), town.session(write=False) as session:
        session.add(node_like())
        session.flush()
    with pytest.raises(ReadOnlyBreach), town.session(write=False) as session:
        session.execute(update(Node).values(title="X"))
    with pytest.raises(ReadOnlyBreach), town.session(write=False) as session:
        session.get(Node, town.node().id).title = "X"
        session.flush()


def test_a_get_that_writes_fails_and_stores_nothing(make_town) -> None:
    def view(request):
        request.db.get(Node, int(request.matchdict["id"])).title = "Von GET"
        return request.response

    def configure(config):
        config.add_route("bad", "/schreibt/{id}")
        config.add_view(view, route_name="bad", require_csrf=False)

    town = make_town(configure=configure)
    town.get(f"/schreibt/{town.node().id}", status=500)
    assert town.node().title == "Musterstadt"
    town.post(f"/schreibt/{town.node().id}", csrf=False)
    assert town.node().title == "Von GET"


def test_an_added_row_is_saved_though_nothing_was_asked_before(town) -> None:
    with town.session() as session:
        session.add(node_like(tenant_id=town.tenant_id))
    assert town.node("/x").title == "X"


# The list of global tables and the models, both ways


def scoped_tables() -> set[str]:
    """Return the tables of all models that are a tenant's, plugins' included."""
    return {model.__tablename__ for model in scoped_models()}


def test_every_table_is_a_tenants_or_global_with_a_reason(town) -> None:
    scoped = scoped_tables()
    assert scoped
    assert scoped.isdisjoint(global_tables())
    assert set(metadata.tables) == scoped | set(global_tables())
    assert all(global_tables().values())
    for name in scoped:
        assert "tenant_id" in metadata.tables[name].columns


@on_postgresql
def test_tables_with_a_tenant_have_row_level_security(database) -> None:
    with database.superuser.reader.connect() as connection:
        inspector = inspect(connection)
        with_tenant = {
            table
            for table in inspector.get_table_names()
            if "tenant_id" in {column["name"] for column in inspector.get_columns(table)}
        }
        secured = set(
            connection.scalars(
                text(
                    "select relname from pg_class join pg_policy on polrelid = pg_class.oid "
                    "where relrowsecurity and polcmd = '*' and polwithcheck is not null"
                )
            )
        )
    assert secured == with_tenant - set(global_tables())
    assert scoped_tables() <= secured


@on_postgresql
def test_the_serving_role_is_neither_superuser_nor_owner(database) -> None:
    with database.app.reader.connect() as connection:
        row = connection.execute(
            text(
                "select rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole "
                "from pg_roles where rolname = current_user"
            )
        ).one()
        owners = set(
            connection.scalars(text("select tableowner from pg_tables where schemaname = 'public'"))
        )
        member_of = connection.scalars(
            text(
                "select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid "
                "join pg_roles u on u.oid = m.member where u.rolname = current_user"
            )
        ).all()
    assert tuple(row) == (APP_ROLE, False, False, False, False)
    assert owners == {"stadtkern_owner"}
    assert member_of == []


@on_postgresql
@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (id int)",
        "alter table node disable row level security",
        "drop policy tenant_wall on node",
        "drop table node",
        "truncate node",
        "set role stadtkern_owner",
        "update alembic_version set version_num = 'x'",
    ],
)
def test_the_serving_role_cannot_take_the_wall_down(database, statement) -> None:
    with pytest.raises(ProgrammingError), database.app.writer.begin() as connection:
        connection.execute(text(statement))


@on_postgresql
def test_row_level_security_holds_where_the_filter_is_off(two) -> None:
    (town, _mine), (other, theirs) = two
    count = text("select count(*) from node")
    with town.session() as session:
        session.info["filtered"] = False
        assert session.scalar(count) == 3
        assert session.scalars(select(Node).where(Node.id == theirs.id)).all() == []
        changed = text("update node set title = 'X' where id = :id")
        assert session.execute(changed, {"id": theirs.id}).rowcount == 0
    with pytest.raises(ProgrammingError, match="row-level security"), town.session() as session:
        session.info["filtered"] = False
        session.add(node_like(tenant_id=other.tenant_id))
        session.flush()
    with pytest.raises(ProgrammingError, match="row-level security"), town.session() as session:
        session.info["filtered"] = False
        values = {"tenant_id": other.tenant_id, "path": "/x", "node_id": theirs.id}
        session.execute(insert(Redirect), [values])
    with work(town.database, write=False) as session:
        session.info["filtered"] = False
        assert session.scalar(count) == 0
        assert session.scalars(select(Node)).all() == []
    with town.database.reader.connect() as connection:
        assert connection.scalar(count) == 0


def test_rows_inserted_in_bulk_must_name_the_tenant(town) -> None:
    home = town.node("/")
    foreign = {"tenant_id": town.tenant_id + 1, "path": "/x", "node_id": home.id}
    with pytest.raises(TenantBreach), town.session() as session:
        session.execute(insert(Redirect), [foreign])
    with town.session() as session:
        session.execute(insert(Redirect), [{**foreign, "tenant_id": town.tenant_id}])
        assert session.get(Redirect, (town.tenant_id, "/x")) is not None


@on_postgresql
def test_a_pooled_connection_forgets_the_tenant(town) -> None:
    asked = text("select pg_backend_pid(), current_setting('stadtkern.tenant', true)")
    seen = set()
    for _ in range(3):
        with town.session(write=False) as session:
            pid, value = session.execute(asked).one()
            assert value == str(town.tenant_id)
            seen.add(pid)
        with town.database.reader.connect() as connection:
            pid, value = connection.execute(asked).one()
            assert value in {"", None}
            assert pid in seen
