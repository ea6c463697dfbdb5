"""What nobody finds: drafts, other towns, what a plugin brings where it is off."""

from datetime import UTC, datetime

from searching import body, plugged, suggested, titles
from sqlalchemy import text, update

from stadtkern import search
from stadtkern.content.models import Node
from stadtkern.testing.databases import on_postgresql
from stadtkern.testing.town import Town


def test_drafts_trash_archive_and_working_copies_are_not_found(town: Town) -> None:
    draft = town.page("Geheimplan Eins", published=False)
    assert titles(town, "Geheimplan") == suggested(town, "Geheimp") == []
    with town.content() as content:
        content.publish(draft.id)
    assert titles(town, "Geheimplan") == suggested(town, "Geheimp") == ["Geheimplan Eins"]
    node = town.node(draft.path)
    with town.content() as content:
        content.save_draft(node.id, version=node.version, title="Verschlusssache")
    assert titles(town, "Verschlusssache") == suggested(town, "Verschl") == []
    with town.content() as content:
        content.archive(draft.id)
    assert titles(town, "Geheimplan") == titles(town, "Verschlusssache") == []
    again = town.page("Geheimplan Zwei")
    with town.content() as content:
        content.delete(again.id)
    assert titles(town, "Geheimplan") == suggested(town, "Geheimp") == []
    with town.content() as content:
        content.restore_trashed(again.id)
    assert titles(town, "Geheimplan") == ["Geheimplan Zwei"]
    with town.content() as content:
        content.delete(again.id)
        content.purge(again.id)
    assert titles(town, "Geheimplan") == []


def test_what_stands_below_a_hidden_page_is_hidden(town: Town) -> None:
    top = town.page("Vorhaben")
    middle = town.page("Abschnitt", parent=top.path)
    leaf = town.page("Tunnelbohrung", parent=middle.path)
    other = town.page("Anderswo", published=False)
    assert titles(town, "Tunnelbohrung") == ["Tunnelbohrung"]
    with town.content() as content:
        content.unpublish(top.id)
    assert titles(town, "Tunnelbohrung") == suggested(town, "Tunnel") == []
    with town.content() as content:
        content.publish(top.id)
    assert titles(town, "Tunnelbohrung") == ["Tunnelbohrung"]
    with town.content() as content:
        content.unpublish(middle.id)
        content.unpublish(top.id)
        content.publish(top.id)
    # The page between is a draft still.
    assert titles(town, "Tunnelbohrung") == []
    with town.content() as content:
        content.publish(middle.id)
        content.move(middle.id, other.id)
    assert titles(town, "Tunnelbohrung") == suggested(town, "Tunnel") == []
    with town.content() as content:
        content.publish(other.id)
    assert titles(town, "Tunnelbohrung") == ["Tunnelbohrung"]
    assert leaf.id == town.node("/anderswo/abschnitt/tunnelbohrung").id


def test_the_database_asks_the_page_itself_whatever_the_index_says(town: Town) -> None:
    node = town.page("Geheimplan", published=False)
    with town.session() as session:
        session.execute(update(search.SearchEntry).values(visible=True))
    assert titles(town, "Geheimplan") == suggested(town, "Geheimp") == []
    with town.content() as content:
        content.publish(node.id)
    assert titles(town, "Geheimplan") == ["Geheimplan"]
    with town.session() as session:
        session.execute(
            update(Node)
            .where(Node.id == node.id)
            .values(expire_at=datetime(2020, 1, 1, tzinfo=UTC))
        )
    town.registry["page_cache_aside"].clear()
    assert titles(town, "Geheimplan") == suggested(town, "Geheimp") == []


def test_another_town_finds_nothing_of_it(town: Town) -> None:
    town.page("Wasserturm Hochbehälter", blocks=body("Ein Kleinod aus Sandstein"))
    neighbour = town.second_tenant()
    for query in ("Wasserturm", "Wasserturn", "Kleinod", "Hochbeh", '"Kleinod aus Sandstein"'):
        assert titles(neighbour, query, **{"in": "all"}) == []
    assert suggested(neighbour, "Wasser") == []
    assert "Wasserturm" not in neighbour.get("/suche", params={"q": "Wasserturn"}).text


def test_a_word_that_is_not_public_any_more_is_not_suggested_instead(town: Town) -> None:
    town.page("Sommerfest")
    node = town.page("Codewort", blocks=body("Papageientaucher"))
    with town.content() as content:
        content.unpublish(node.id)
    page = town.get("/suche", params={"q": "Papageientaucer Sommerfest"})
    assert "Papageientaucher" not in page.text


def test_a_plugins_things_are_found_while_it_is_on(make_town) -> None:
    town = make_town(plugins=plugged())
    assert titles(town, "Brausepulver") == []
    town.enable("kiosk")
    assert titles(town, "Brausepulver") == suggested(town, "Kioskp") == ["Kioskplan"]
    town.page("Fest", blocks=[{"type": "note", "data": {"text": "Zuckerwatte"}}])
    town.add("booth", "Losbude")
    assert titles(town, "Zuckerwatte") == ["Fest"]
    assert titles(town, "Losbude") == ["Losbude"]
    town.disable("kiosk")
    for query in ("Brausepulver", "Zuckerwatte", "Losbude"):
        assert titles(town, query) == []
    town.enable("kiosk")
    assert titles(town, "Zuckerwatte") == ["Fest"]
    assert titles(town, "Losbude") == ["Losbude"]


def test_a_source_with_a_permission_is_for_those_who_have_it(make_town) -> None:
    town = make_town(plugins=plugged())
    town.enable("kiosk")
    assert "Dienstplan Kiosk" not in titles(town, "Dienstplan") + suggested(town, "Dienstp")
    town.login("editor")
    assert titles(town, "Dienstplan") == suggested(town, "Dienstp") == ["Dienstplan Kiosk"]


def test_records_are_put_and_removed_in_the_transaction(make_town) -> None:
    town = make_town(plugins=plugged())
    town.enable("kiosk")
    entry = search.Entry("two", "Lakritzschnecke", "/kiosk/2", "de", names="Bärendreck")
    with town.session() as session:
        search.put(session, town.registry, town.tenant_id, "kiosk", [entry])
    assert titles(town, "Bärendreck") == ["Lakritzschnecke"]
    with town.session() as session:
        search.remove(session, town.registry, town.tenant_id, "kiosk", ["two"])
    assert titles(town, "Bärendreck") == []


@on_postgresql
def test_without_pg_trgm_only_typing_errors_are_not_forgiven(town, database) -> None:
    town.page("Personalausweis")
    town.page("Zisterne")
    assert titles(town, "Zistrene") == ["Zisterne"]
    assert town.get("/health/ready").json["checks"]["search"]["status"] == "ok"
    with database.superuser.engine.begin() as connection:
        connection.execute(text("drop extension pg_trgm cascade"))

    ready = town.get("/health/ready").json
    assert ready["status"] == "degraded"
    assert "pg_trgm" in ready["checks"]["search"]["detail"]
    # Answers from before are kept as long as nothing is published.
    town.page("Etwas Neues")
    assert titles(town, "Zistrene") == []
    assert titles(town, "Ausweis") == ["Personalausweis"]


@on_postgresql
def test_the_functions_put_up_the_wall_themselves(town, database) -> None:
    town.page("Wasserturm")
    neighbour = town.second_tenant()
    word = f"'{town.tenant_id}xwasserturm'".replace("'", "''")
    ask = text(
        f"select count(*) from stadtkern_search('{word}', '{word}', '{{}}', '{{}}', '{word}', 1, 9)"  # noqa: S608
    )
    near = text("select count(*) from stadtkern_search_similar('{wasserturm}', 10)")
    for tenant, expected in ((town, 1), (neighbour, 0)):
        with tenant.session(write=False) as session:
            assert session.scalar(ask) == session.scalar(near) == expected
    with database.app.reader.connect() as connection:
        assert connection.scalar(ask) == connection.scalar(near) == 0
