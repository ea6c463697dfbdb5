"""Services, offices, contacts and official announcements, as visitors and editors meet them."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import colander
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtkern.content import ContentRefused
from stadtkern.media.types import take
from stadtkern.municipal import withdraw
from stadtkern.municipal.lists import Entry, by_letter, folded, letter, lines, surname
from stadtkern.municipal.schemas import OfficeSchema, ServiceSchema
from stadtkern.tenants.models import TenantHost
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


@pytest.fixture
def uncached(make_town: Any) -> Town:
    town: Town = make_town({"stadtkern.page_cache": "false"})
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    return town


def count(town: Town, path: str) -> int:
    with town.statements() as statements:
        town.get(path)
    return len(statements)


def read(schema: Any, **values: Any) -> Any:
    return schema.bind(timezone="Europe/Berlin").deserialize(values)


@pytest.mark.parametrize("number", ["99012345678901", "9901 2345 678 901", ""])
def test_leika_ids_are_accepted(number: str) -> None:
    assert read(ServiceSchema(), leika=number)["leika"] == number.replace(" ", "")


@pytest.mark.parametrize("number", ["98012345678901", "9901234567890", "990123456789012", "99a"])
def test_what_is_no_leika_id_is_refused(number: str) -> None:
    with pytest.raises(colander.Invalid) as refused:
        read(ServiceSchema(), leika=number)
    assert "leika" in refused.value.asdict()


def test_opening_hours_are_whole_spans() -> None:
    def hours(**span: str) -> Any:
        return read(OfficeSchema(), hours=[span])["hours"][0]

    assert hours(day="mo", opens="8.30", closes="12:00")["opens"] == "08:30"
    assert hours(day="fr", note="nach Vereinbarung")["note"] == "nach Vereinbarung"
    for wrong in (
        {"day": "mo", "opens": "12:00", "closes": "08:00"},
        {"day": "mo", "opens": "08:00"},
        {"day": "mo", "closes": "08:00"},
        {"opens": "08:00", "closes": "12:00"},
        {"day": "xx", "opens": "08:00", "closes": "12:00"},
        {"day": "mo", "opens": "25:00", "closes": "26:00"},
        {"day": "mo"},
    ):
        with pytest.raises(colander.Invalid):
            hours(**wrong)


def test_letters_are_those_of_german_directories() -> None:
    assert [letter(word) for word in ("Öffentlich", "„Äpfel“", "ßa", "1. Mai", "Éclair", "")] == [
        "O", "A", "S", "#", "E", "#",
    ]  # fmt: skip
    assert folded("Straße") == folded("STRASSE") == "strasse"
    assert lines("- a\n\n • b \nc") == ["a", "b", "c"]
    assert (surname("Dr. Özlem Probe", None), surname("Ina van Berg", "van Berg")) == (
        "Probe",
        "van Berg",
    )


class Row:
    """A row with an id."""

    id = 1


@given(st.lists(st.text(max_size=12)))
def test_every_entry_stands_under_exactly_one_letter(titles: list[str]) -> None:
    groups = by_letter(Entry(title, Row()) for title in titles)
    assert sorted(entry.title for _letter, entries in groups for entry in entries) == sorted(titles)
    assert len({name for name, _entries in groups}) == len(groups)
    for name, entries in groups:
        assert all(letter(entry.title) == name for entry in entries)


def make_offices(town: Town, services: int) -> None:
    office = town.add("office", "Bürgerbüro", fields={"phone": "06128 000-1", "hours": []})
    for number in range(services):
        contact = town.add(
            "contact", f"Ina Probe{number}", fields={"office": office.id, "function": "Ausweise"}
        )
        town.add(
            "service",
            f"Ausweis {number}",
            summary="Für alle",
            fields={"office": office.id, "contact": contact.id, "names": f"Perso{number}"},
        )


@on_sqlite
def test_lists_cost_the_same_for_few_and_many(make_town: Any) -> None:
    figures = []
    for index, services in enumerate((2, 9)):
        town = make_town(
            {"stadtkern.page_cache": "false"}, slug=f"stadt{index}", host=f"s{index}.example"
        )
        make_offices(town, services)
        town.add("service_list", "Leistungen")
        town.add("directory", "Verzeichnis")
        town.get("/leistungen")
        figures.append(
            [count(town, path) for path in (
                "/leistungen", "/leistungen?q=perso", "/verzeichnis", "/verzeichnis?by=name",
                "/buergerbuero", "/ausweis-0", "/ina-probe0",
            )]
        )  # fmt: skip
    assert figures[0] == figures[1]
    assert max(figures[0]) <= 6


def test_services_stand_under_all_their_names_and_are_filtered(uncached: Town) -> None:
    town = uncached
    make_offices(town, 1)
    town.add("service", "Zählerstand", fields={})
    town.add("service", "Entwurf", fields={}, published=False)
    town.add("service_list", "Leistungen")
    page = town.get("/leistungen?lang=en").text
    assert 'id="letter-a"' in page
    assert 'href="#letter-z"' in page
    assert "Perso0: see" in page
    assert "Entwurf" not in page
    found = town.get("/leistungen?lang=en&q=PERSO").text
    assert "Perso0" in found
    assert "Zählerstand" not in found
    assert "Nothing found" in town.get("/leistungen?lang=en&q=gibtesnicht").text
    assert "Zählerstand" in town.get("/leistungen?lang=en&q=zahler").text


def test_a_service_names_who_is_responsible(uncached: Town) -> None:
    town = uncached
    make_offices(town, 1)
    page = town.get("/ausweis-0?lang=en").text
    assert 'href="/buergerbuero"' in page
    assert 'href="tel:061280001"' in page
    assert "Ina Probe0" in page
    office = town.get("/buergerbuero").text
    assert "Ina Probe0" in office
    assert "Ausweis 0" in office
    # What is taken back is no longer named anywhere.
    with town.content() as content:
        content.unpublish(town.node("/ina-probe0").id)
    assert "Ina Probe0" not in town.get("/ausweis-0").text
    assert "Ina Probe0" not in town.get("/buergerbuero").text


def test_the_directory_stands_by_office_and_by_name(uncached: Town) -> None:
    town = uncached
    make_offices(town, 2)
    town.add("contact", "Zora Allein", fields={"function": "Ehrenamt"})
    town.add("directory", "Verzeichnis")
    page = town.get("/verzeichnis?lang=en").text
    assert page.index("Bürgerbüro") < page.index("Ina Probe0") < page.index("Zora Allein")
    by_name = town.get("/verzeichnis?lang=en&by=name").text
    assert by_name.index("Zora Allein") < by_name.index("Ina Probe0")
    found = town.get("/verzeichnis?lang=en&q=ehrenamt").text
    assert "Zora Allein" in found
    assert "Ina Probe0" not in found


def announce(town: Town, title: str = "Bebauungsplan", **kw: Any) -> Any:
    kw.setdefault("fields", {"legal_basis": "Hauptsatzung"})
    kw.setdefault("blocks", [{"id": "0001", "type": "text", "data": {"html": "<p>Wortlaut</p>"}}])
    return town.add("announcement", title, **kw)


def fixed(node: Any) -> tuple[Any, ...]:
    # An empty list says as much as none.
    fields = {name: value for name, value in node.body["fields"].items() if value != []}
    return (node.title, node.state, node.path, node.sort_at, fields, node.body["blocks"])


def test_the_date_is_set_at_publishing_and_with_it_the_hash(town: Town) -> None:
    draft = announce(town, published=False)
    assert "published_at" not in draft.body["fields"]
    before = datetime.now(UTC)
    with town.content() as content:
        content.publish(draft.id)
    node = town.node("/bebauungsplan")
    when = datetime.fromisoformat(node.body["fields"]["published_at"])
    assert before <= when <= datetime.now(UTC)
    assert node.sort_at == when
    page = town.get("/bebauungsplan").text
    assert node.body["fields"]["sha256"] in page
    other = announce(town, "Anderer Plan")
    assert other.body["fields"]["sha256"] != node.body["fields"]["sha256"]


def test_no_way_of_writing_changes_what_is_announced(town: Town) -> None:
    area = town.page("Amtliches")
    node = announce(town, parent=area)
    was = fixed(node)
    same = {"title": node.title, "summary": node.summary}

    def refused(deed: Any) -> None:
        with pytest.raises(ContentRefused), town.content() as content:
            deed(content, content.get(node.id))
        assert fixed(town.node(node.path)) == was

    typed = {"legal_basis": "Hauptsatzung"}
    past = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    refused(lambda c, n: c.save(n.id, version=n.version, title="Anders", fields=c.fields(n)))
    refused(lambda c, n: c.save(n.id, version=n.version, **same, fields=typed))
    refused(
        lambda c, n: c.save(
            n.id, version=n.version, **same, fields=c.fields(n) | {"published_at": past}
        )
    )
    refused(lambda c, n: c.save(n.id, version=n.version, **same, fields=c.fields(n), blocks=[]))
    refused(lambda c, n: c.save_draft(n.id, version=n.version, title="X", fields=typed))
    refused(lambda c, n: c.restore(n.id, 1))
    refused(lambda c, n: c.unpublish(n.id))
    refused(lambda c, n: c.archive(n.id))
    refused(lambda c, n: c.delete(n.id))
    refused(lambda c, _n: c.delete(area.id))
    # Nothing is lost by saving it as it is, and it may move: the old address redirects.
    with town.content() as content:
        now = content.get(node.id)
        content.save(now.id, version=now.version, **same, fields=content.fields(now))
    assert fixed(town.node(node.path)) == was
    with town.content() as content:
        content.move(node.id, content.by_path("/").id)
    assert fixed(town.node("/bebauungsplan"))[3:] == was[3:]


def test_an_announcement_is_given_no_end(uncached: Town) -> None:
    town = uncached
    node, draft = announce(town), announce(town, "Entwurf", published=False)
    soon = datetime.now(UTC) + timedelta(hours=1)
    for number in (node.id, draft.id):
        with pytest.raises(ContentRefused, match="stays on the site"), town.content() as content:
            content.schedule(number, publish_at=None, expire_at=soon)
    assert town.node(node.path).expire_at is None
    # One from before is dropped when it is published; a page may still be given one.
    with town.session() as session:
        session.get(type(draft), draft.id).expire_at = soon
    with town.content() as content:
        content.publish(draft.id)
    assert town.node(draft.path).expire_at is None
    page = town.page("Seite")
    with town.content() as content:
        content.schedule(page.id, publish_at=None, expire_at=soon)
    town.login("editor")
    assert "Take off the site at" in town.get(f"/admin/nodes/{page.id}/schedule")
    assert "Take off the site at" not in town.get(f"/admin/nodes/{node.id}/schedule")


def test_withdrawing_keeps_the_entry_and_says_why(uncached: Town) -> None:
    town = uncached
    town.add("announcement_list", "Amtlich")
    node = announce(town)
    with town.content() as content:
        for reason in ("", "  "):
            with pytest.raises(ContentRefused):
                withdraw(content, node.id, reason)
        withdraw(content, node.id, "Falscher Plan")
    stored = town.node("/bebauungsplan")
    assert stored.sort_at == node.sort_at
    assert stored.body["fields"]["published_at"] == node.body["fields"]["published_at"]
    assert stored.body["fields"]["sha256"] == node.body["fields"]["sha256"]
    page = town.get("/bebauungsplan?lang=en").text
    assert "This announcement is withdrawn." in page
    assert "Falscher Plan" in page
    assert "Wortlaut" in page
    assert "withdrawn" in town.get("/amtlich?lang=en").text
    for reason in ("Doch nicht", ""):
        with pytest.raises(ContentRefused), town.content() as content:
            withdraw(content, node.id, reason)
    with pytest.raises(ContentRefused), town.content() as content:
        now = content.get(node.id)
        content.save(
            now.id,
            version=now.version,
            title=now.title,
            fields=content.fields(now) | {"withdrawn_at": None, "withdrawn_reason": None},
        )


def test_a_copy_is_an_announcement_of_its_own(town: Town) -> None:
    node = announce(town)
    with town.content() as content:
        copy = content.copy(node.id, content.by_path("/").id)
        copy_id = copy.id
        assert "published_at" not in copy.body["fields"]
        content.save(copy.id, version=copy.version, title="Neu", fields={})
        content.publish(copy.id)
    with town.content() as content:
        assert content.get(copy_id).sort_at > node.sort_at


def test_the_archive_stands_by_year(uncached: Town) -> None:
    town = uncached
    town.add("announcement_list", "Amtlich")
    node = announce(town)
    with town.session() as session:
        old = session.get(type(node), announce(town, "Altes").id)
        old.sort_at = datetime(node.sort_at.year - 1, 6, 1, tzinfo=UTC)
    page = town.get("/amtlich").text
    assert "Bebauungsplan" in page
    assert "Altes" not in page
    assert "Altes" in town.get(f"/amtlich?year={node.sort_at.year - 1}").text
    town.get("/amtlich?year=1900", status=404)
    assert town.get("/amtlich?year=nonsense").status_int == 200


def test_the_back_office_withdraws_with_a_reason(uncached: Town) -> None:
    town = uncached
    node = announce(town)
    town.login("editor")
    assert "Withdraw" in town.get(f"/admin/nodes/{node.id}")
    form = next(
        form
        for form in town.get(f"/admin/nodes/{node.id}/withdraw").forms.values()
        if "version" in form.fields
    )
    assert "Please say why" in form.submit(status=422)
    form["reason"] = "Falsches Datum"
    assert "withdrawn" in form.submit().follow()
    town.get(f"/admin/nodes/{town.page('Seite').id}/withdraw", status=404)
    edit = next(
        form
        for form in town.get(f"/admin/nodes/{node.id}/edit").forms.values()
        if "version" in form.fields
    )
    edit["title"] = "Anders"
    answer = edit.submit("do", value="save", status=422)
    assert "can no longer be changed" in answer
    assert town.node("/bebauungsplan").title == "Bebauungsplan"


def test_a_file_that_was_announced_is_neither_replaced_nor_deleted(town: Town) -> None:
    def stored(data: bytes) -> dict[str, Any]:
        kept = io.BytesIO(b"%PDF-1.7\n" + data)
        return {"stored": take(town.registry, "file", kept, "plan.pdf")}

    folder = town.page("Unterlagen")
    file = town.add("file", "Plan", parent=folder, fields=stored(b"alt"))
    row = {"file": file.id}
    node = announce(town, fields={"attachments": [row]})
    with pytest.raises(ContentRefused, match="own"), town.content() as content:
        now = content.get(file.id)
        content.save(now.id, version=now.version, title="Plan", fields=stored(b"neu"))
    for number in (file.id, folder.id):
        with pytest.raises(ContentRefused, match="announced"), town.content() as content:
            content.delete(number)
    assert town.node(file.path).body["fields"]["stored"] == file.body["fields"]["stored"]
    assert town.node(node.path).state == "published"


def other_bytes(town: Town, data: bytes) -> dict[str, Any]:
    kept = io.BytesIO(b"%PDF-1.7\n" + data)
    return {"stored": take(town.registry, "file", kept, "plan.pdf")}


@pytest.mark.parametrize("way", ["attached", "shown", "linked"])
def test_a_working_copy_from_before_does_not_change_an_announced_file(town: Town, way: str) -> None:
    file = town.add("file", "Plan", fields=other_bytes(town, b"alt"))
    with town.content() as content:
        now = content.get(file.id)
        content.save_draft(
            now.id, version=now.version, title="Plan", fields=other_bytes(town, b"neu")
        )
    sha = file.body["fields"]["stored"]["sha"]
    html = f'<p><a href="/media/{file.id}/{sha[:12]}/plan.pdf">Plan</a></p>'
    announce(
        town,
        fields={"attachments": [{"file": file.id}] if way == "attached" else []},
        blocks=[
            {"id": "0001", "type": "download", "data": {"file": file.id}}
            if way == "shown"
            else {"id": "0001", "type": "text", "data": {"html": html}}
        ]
        if way != "attached"
        else [],
    )
    town.login("editor")
    for path, values in (
        ("step", {"step": "publish"}),
        ("publish-below", {}),
    ):
        town.post(f"/admin/nodes/{file.id}/{path}", values)
    with pytest.raises(ContentRefused, match="announced"), town.content() as content:
        content.publish(file.id)
    stored = town.node(file.path)
    assert stored.state == "published"
    assert stored.body["fields"]["stored"]["sha"] == sha
    # The words about it may be put right, and dropping the other bytes opens the way.
    with town.content() as content:
        content.discard_draft(file.id)
        now = content.get(file.id)
        content.save(now.id, version=now.version, title="Der Plan", fields=content.fields(now))
    assert town.node(file.path).title == "Der Plan"


def linking(town: Town, href: str, title: str = "Bebauungsplan", **kw: Any) -> Any:
    html = f'<p><a href="{href}">Plan</a></p>'
    return announce(
        town, title, blocks=[{"id": "0001", "type": "text", "data": {"html": html}}], **kw
    )


@pytest.mark.parametrize("way", ["number", "address", "other host"])
def test_a_file_is_kept_whichever_host_the_link_names(town: Town, way: str) -> None:
    file = town.add("file", "Plan", fields=other_bytes(town, b"alt"))
    sha = file.body["fields"]["stored"]["sha"]
    host = town.tenant.host
    if way == "other host":
        host = "zweiter.example"
        with town.session() as session:
            session.add(TenantHost(host=host, tenant_id=town.tenant.id))
    path = file.path if way == "address" else f"/media/{file.id}/{sha[:12]}/plan.pdf"
    linking(town, f"https://{host}{path}")
    with pytest.raises(ContentRefused, match="announced"), town.content() as content:
        now = content.get(file.id)
        content.save(now.id, version=now.version, title="Plan", fields=other_bytes(town, b"neu"))
    with pytest.raises(ContentRefused, match="announced"), town.content() as content:
        content.delete(file.id)
    assert town.node(file.path).body["fields"]["stored"]["sha"] == sha


@pytest.mark.parametrize(
    "href", ["../media/{}/x/plan.pdf", "//{}.example/x", "/x/../media/{}/x/plan.pdf", "plan"]
)
def test_what_an_address_means_may_not_depend_on_the_page(town: Town, href: str) -> None:
    file = town.add("file", "Plan", fields=other_bytes(town, b"alt"))
    draft = linking(town, href.format(file.id), published=False)
    with pytest.raises(ContentRefused, match="depends on where"), town.content() as content:
        content.publish(draft.id)
    assert town.node(draft.path).state == "draft"


def test_no_other_file_takes_the_address_that_was_announced(town: Town) -> None:
    papers, elsewhere = town.page("Unterlagen"), town.page("Anderswo")
    file = town.add("file", "Plan", parent=papers, fields=other_bytes(town, b"alt"))
    free = town.add("file", "Frei", parent=papers, fields=other_bytes(town, b"frei"))
    node = linking(town, file.path)
    for deed in (
        lambda c: c.rename(file.id, "plan-alt"),
        lambda c: c.rename(papers.id, "alt"),
        lambda c: c.move(file.id, elsewhere.id),
        lambda c: c.move(papers.id, elsewhere.id),
    ):
        with pytest.raises(ContentRefused, match="can no longer change"), town.content() as content:
            deed(content)
    assert town.node("/unterlagen/plan").id == file.id
    # What is not linked by its address may move, and so may the announcement.
    sha = free.body["fields"]["stored"]["sha"]
    linking(town, f"/media/{free.id}/{sha[:12]}/plan.pdf", "Zweiter Plan")
    with town.content() as content:
        content.rename(free.id, "frei-alt")
        content.rename(node.id, "plan-von-2026")
    # An old address is nobody's for good.
    draft = linking(town, "/unterlagen/frei", "Dritter Plan", published=False)
    with pytest.raises(ContentRefused, match="old address"), town.content() as content:
        content.publish(draft.id)


def test_nothing_above_takes_an_announcement_or_its_file_off_the_site(town: Town) -> None:
    area, papers = town.page("Amtliches"), town.page("Unterlagen")
    hidden = town.page("Entwurf", published=False)
    file = town.add("file", "Plan", parent=papers, fields=other_bytes(town, b"alt"))
    node = announce(
        town, parent=town.page("2026", parent=area), fields={"attachments": [{"file": file.id}]}
    )
    soon = datetime.now(UTC) + timedelta(hours=1)
    for number, words in ((area.id, "announced officially"), (papers.id, "announced with a file")):
        for deed in (
            lambda c, n: c.unpublish(n),
            lambda c, n: c.archive(n),
            lambda c, n: c.schedule(n, publish_at=None, expire_at=soon),
            lambda c, n: c.move(n, hidden.id),
        ):
            with pytest.raises(ContentRefused, match=words), town.content() as content:
                deed(content, number)
    with pytest.raises(ContentRefused, match="announced with a file"), town.content() as content:
        content.unpublish(file.id)
    # The page says why in words, and nothing has changed.
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    town.login("editor")
    answer = town.post(f"/admin/nodes/{area.id}/step", {"step": "retract"}).follow()
    assert "is announced officially below this page" in answer
    assert town.node("/amtliches").state == "published"
    assert town.node("/unterlagen").path == papers.path
    town.anonymous()
    assert "Wortlaut" in town.get(node.path)
    # Moved to a place in sight, it lets the page above go.
    with town.content() as content:
        content.move(node.id, content.by_path("/").id)
        content.unpublish(area.id)
    assert "Wortlaut" in town.get("/bebauungsplan")


@pytest.mark.parametrize("kind", ["contact", "teasers"])
def test_an_announcement_shows_nothing_that_changes_with_other_pages(
    uncached: Town, kind: str
) -> None:
    town = uncached
    office = town.add("contact", "Ina Probe", fields={"phone": "0612 3"})
    data = {"contact": office.id} if kind == "contact" else {"source": "news"}
    blocks = [
        {"id": "0001", "type": "text", "data": {"html": "<p>Wortlaut</p>"}},
        {"id": "0002", "type": kind, "data": data},
    ]
    draft = announce(town, published=False, blocks=blocks)
    with (
        pytest.raises(ContentRefused, match="what other pages say") as caught,
        town.content() as content,
    ):
        content.publish(draft.id)
    named = {"n": 2, "kind": town.registry["block_types"][kind].title}
    assert caught.value.args[0].mapping == named
    assert town.node(draft.path).state == "draft"
    # The editor does not offer it here, but on pages it does.
    town.login("editor")
    button = f'value="add:{kind}"'
    assert button not in town.get(f"/admin/nodes/{draft.id}/edit")
    assert button in town.get(f"/admin/nodes/{town.page('Seite').id}/edit")
    with town.content() as content:
        now = content.get(draft.id)
        content.save(
            now.id,
            version=now.version,
            title=now.title,
            fields=content.fields(now),
            blocks=blocks[:1],
        )
        content.publish(now.id)
    assert town.node(draft.path).body["fields"]["published_at"]


def test_an_announcement_is_dated_only_where_it_can_be_read(town: Town) -> None:
    area = town.page("Amtliches", published=False)
    draft = announce(town, parent=area, published=False)
    with pytest.raises(ContentRefused, match="not published"), town.content() as content:
        content.publish(draft.id)
    assert "published_at" not in town.node(draft.path).body["fields"]
    with town.content() as content:
        done, left = content.publish_below(area.id, limit=10)
    assert (done, left) == (2, [])
    assert town.node(draft.path).body["fields"]["published_at"]


def test_a_block_shows_what_the_directory_says(uncached: Town) -> None:
    town = uncached
    hours = [{"day": "mo", "opens": "08:00", "closes": "12:00", "note": None}]
    office = town.add("office", "Bürgerbüro", fields={"street": "Am Markt 1", "hours": hours})
    contact = town.add("contact", "Ina Probe", fields={"function": "Ausweise", "phone": "0612 3"})
    hidden = town.add("contact", "Noch nicht da", published=False)
    blocks = [
        {"id": f"0000000{number}", "type": "contact", "data": {"contact": node.id}}
        for number, node in enumerate((office, contact, hidden))
    ]
    page = town.page("Wegweiser", blocks=blocks)
    found = [block.get_text(" ", strip=True) for block in town.get(page.path).html.select(".block")]
    wanted = (
        ("Bürgerbüro", "Am Markt 1", "Montag: 08:00 bis 12:00 Uhr"),
        ("Ina Probe", "Ausweise", "0612 3"),
    )
    assert len(found) == 2
    for text, words in zip(found, wanted, strict=True):
        assert all(word in text for word in words), text
