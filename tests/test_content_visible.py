"""What everybody may see: the SQL against the sentence that it stands for, on random trees."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, not_, select, text
from sqlalchemy.orm import Session

from stadtkern.content import queries
from stadtkern.content.models import Node
from stadtkern.db import utcnow
from stadtkern.testing.databases import on_postgresql, on_sqlite
from stadtkern.testing.town import Town

STATES = ("published", "published", "published", "draft", "submitted", "archived")
TYPES = ("page", "news", "folder", "of_no_plugin")
DAY = timedelta(days=1)

branches = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(STATES),
        st.sampled_from(TYPES),
        st.booleans(),
        # Hours until it is to be published or to leave: a job does so, until then nothing changes.
        st.sampled_from([None, -DAY, DAY]),
        st.sampled_from([None, -DAY, DAY]),
    ),
    max_size=30,
)
"""Of each node: which of those before it is its parent, state, type, deleted or not, times."""


def plant(session: Session, tenant_id: int, drawn: list[Any]) -> list[Node]:
    """Store a tree below the front page past the services, as they would leave it."""
    top = session.scalars(select(Node).where(Node.path == "/")).one()
    grown = [top]
    for number, (place, state, kind, deleted, begins, ends) in enumerate(drawn):
        parent = grown[place % len(grown)]
        # What is deleted takes all below it along.
        gone = (deleted and number % 3 == 0) or parent.deleted_at is not None
        node = Node(
            tenant_id=tenant_id,
            parent_id=parent.id,
            path=f"{parent.path.rstrip('/')}/n{number}",
            slug=f"n{number}",
            type=kind,
            state=state,
            language="de",
            title=f"Nr. {number}",
            deleted_at=utcnow() if gone else None,
            publish_at=None if begins is None else utcnow() + begins,
            expire_at=None if ends is None else utcnow() + ends,
        )
        session.add(node)
        session.flush()
        grown.append(node)
    return grown


def seen_by_all(nodes: list[Node]) -> set[int]:
    """Return the ids of what is published up to the front page, read from the definition."""
    by_id = {node.id: node for node in nodes}

    def shown(node: Node) -> bool:
        public = node.state == "published" and node.deleted_at is None
        return public and (node.parent_id is None or shown(by_id[node.parent_id]))

    return {node.id for node in nodes if shown(node)}


def test_a_page_is_public_only_if_all_above_it_is(town: Town) -> None:
    @given(drawn=branches)
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def holds(drawn: list[Any]) -> None:
        with town.session() as session, session.begin_nested() as planted:
            before = {*session.scalars(select(Node.id))}
            nodes = plant(session, town.tenant_id, drawn)
            wanted = seen_by_all(nodes)
            ids = [node.id for node in nodes]
            asked = select(Node.id).where(Node.id.in_(ids))
            assert {*session.scalars(asked.where(queries.VISIBLE))} == wanted
            assert {*session.scalars(asked.where(not_(queries.VISIBLE)))} == {*ids} - wanted
            assert queries.by_ids(session, ids).keys() == wanted
            for node in nodes[:3]:
                assert (queries.by_ids(session, [node.id]).keys() == {node.id}) == (
                    node.id in wanted
                )
            listed = queries.listing(session, types=TYPES, limit=100)
            told = {row.id for row in listed} - before
            kinds = {node.id for node in nodes if node.type in TYPES}
            assert told == (wanted & kinds) - before
            planted.rollback()

    holds()


def test_a_hidden_page_of_another_town_hides_nothing_here(town: Town) -> None:
    other = town.second_tenant()
    for one, published in ((town, True), (other, False)):
        above = one.page("Oben", slug="oben", published=published)
        one.page("Unten", slug="unten", parent=above)
    for one, number in ((town, 2), (other, 0)):
        with one.session(write=False) as session:
            shown = select(func.count()).where(queries.VISIBLE, Node.path.like("/oben%"))
            assert session.scalar(shown) == number


@on_sqlite
def test_whether_a_page_is_public_is_asked_of_what_stands_above_it_alone(town: Town) -> None:
    """Held against all of a town's pages, each of 5,000 cost two seconds together."""
    plans: list[str] = []
    with town.session(write=False) as session:
        connection = session.connection()

        def explain(_c: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            raw = connection.connection.driver_connection
            rows = raw.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.append("\n".join(str(row[-1]) for row in rows))

        event.listen(connection, "before_cursor_execute", explain)
        session.scalar(select(func.count()).select_from(Node).where(queries.VISIBLE))
        queries.listing(session, types=TYPES, limit=20)
        queries.by_ids(session, [1, 2, 3])
    assert len(plans) == 3
    for plan in plans:
        _, _, above = plan.partition("RECURSIVE STEP")
        assert "SEARCH node_1 USING INTEGER PRIMARY KEY (rowid=?)" in above, plan
        assert "tenant_id" not in above, plan


@on_postgresql
def test_postgresql_compiles_no_statement(town: Town) -> None:
    """For a list of 5,000 pages that took ten times as long as the list."""
    for _transaction in range(2):
        with town.session(write=False) as session:
            assert session.scalar(text("show jit")) == "off"
            session.rollback()
