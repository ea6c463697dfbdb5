"""The library: uploading, describing, publishing, replacing, finding."""

import io
import json

import pytest
import webtest
from PIL import Image

from stadtkern.accounts.services import add_local_role, set_roles
from stadtkern.content import ContentRefused
from stadtkern.content.models import Reference
from stadtkern.media import services
from stadtkern.media.intake import store_image
from stadtkern.testing.databases import on_sqlite


def picture(colour: str = "#336699", size=(400, 200)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "PNG")
    return target.getvalue()


def sent(name: str, data: bytes | None = None) -> webtest.Upload:
    return webtest.Upload(name, picture() if data is None else data, "application/octet-stream")


def upload(town, *files, place: str = "", **kw):
    fields = [("place", place), *(("file", one) for one in files)]
    return town.post("/admin/media/upload", fields, content_type="multipart/form-data", **kw)


def node_in(town, *, published: bool = True, **fields):
    stored = store_image(town.registry["storage"], io.BytesIO(picture()), "a.png").as_field()
    values = {"alt": "Ein Feld", "credit": "Stadt", "licence": "own", "stored": stored} | fields
    return town.add("image", "Feld", fields=values, published=published)


def test_several_files_become_drafts_in_a_folder_of_their_own(town) -> None:
    town.login("editor")
    answer = upload(town, sent("Rathaus_im-Mai.png"), sent("plan.pdf", b"%PDF-1.7"))
    page = answer.follow()
    first, second = town.node("/medien/rathaus-im-mai"), town.node("/medien/plan")
    assert (first.type, first.title, first.state) == ("image", "Rathaus im Mai", "draft")
    assert second.type == "file"
    assert town.node("/medien").state == "published"
    # What is missing is asked for on one page.
    form = page.forms[len(page.forms) - 1]
    assert "alt" in form.fields
    # The folder is made once, and visitors find nothing at its address.
    upload(town, sent("b.png"))
    assert town.node("/medien/b").parent_id == first.parent_id
    town.anonymous()
    town.get("/medien", status=404)
    town.get(first.path, status=404)


def test_the_script_gets_an_answer_for_each_file(town) -> None:
    town.login("author")
    json_wanted = {"Accept": "application/json"}
    good = upload(town, sent("a.png"), headers=json_wanted)
    assert json.loads(good.text) == {"ids": [town.node("/medien/a").id], "error": ""}
    bad = upload(town, sent("a.exe", b"MZ"), headers=json_wanted, status=422)
    assert bad.json["ids"] == []
    assert "gpx" in bad.json["error"]


@on_sqlite
def test_what_is_refused_is_named_and_the_rest_is_kept(town) -> None:
    town.login("editor")
    page = upload(town, sent("gut.png"), sent("schlecht.pdf", b"MZ")).follow()
    assert "schlecht.pdf" in page.text
    assert town.node("/medien/gut").type == "image"
    page = upload(town, sent("schlecht.pdf", b"MZ"), status=422)
    assert "schlecht.pdf" in page.text
    upload(town, status=422)


def test_a_refused_file_leaves_nothing_behind(town) -> None:
    town.login("editor")
    sound = sent("ton.mp3", b"PK\x05\x06" + bytes(18))
    page = upload(town, sound, status=422)
    # MP3 is taken, so it is no help to say which kinds are.
    assert "ton.mp3" in page.text
    assert "Der Inhalt der Datei passt nicht zu ihrem Namen" in page.text
    # Not even the folder that would have been made for it.
    with pytest.raises(LookupError):
        town.node("/medien")


def test_uploads_go_only_where_one_may_add(town) -> None:
    area = town.add("folder", "Feuerwehr")
    other = town.add("folder", "Bauhof")
    account = town.account(mail="wehr@people.example")
    with town.session() as session:
        set_roles(session, town.registry, account, ())
        add_local_role(session, account.id, area.id, "author")
    town.login(mail="wehr@people.example")
    page = town.get("/admin/media/upload")
    assert "/feuerwehr" in page.text
    assert "/bauhof" not in page.text
    upload(town, sent("loeschzug.png"), place=str(area.id))
    assert town.node("/feuerwehr/loeschzug").author_id == account.id
    upload(town, sent("a.png"), place=str(other.id), status=403)
    upload(town, sent("a.png"), place="", status=403)


def test_a_picture_goes_public_with_words_credit_and_licence_only(town) -> None:
    town.login("editor")
    upload(town, sent("a.png"))
    node = town.node("/medien/a")
    with pytest.raises(ContentRefused), town.content() as content:
        content.publish(node.id)
    assert town.node("/medien/a").state == "draft"
    page = town.get(f"/admin/media/details?ids={node.id}")
    form = next(form for form in page.forms.values() if "alt" in form.fields)
    form["title"] = "Das Rathaus"
    form["alt"] = "Ein Haus mit Turm"
    refused = form.submit("do", value="publish", status=422)
    assert town.node("/medien/a").state == "draft"
    # What was typed is stored all the same.
    assert town.node("/medien/a").body["fields"]["alt"] == "Ein Haus mit Turm"
    form = next(form for form in refused.forms.values() if "alt" in form.fields)
    form.fields["credit"][-1].value = "Erika Musterfrau"
    form.fields["licence"][-1].value = "CC-BY-4.0"
    form.submit("do", value="publish").follow()
    stored = town.node("/medien/a")
    assert stored.state == "published"
    assert stored.title == "Das Rathaus"
    assert stored.body["fields"]["stored"] == node.body["fields"]["stored"]
    # What is public cannot lose them again.
    with pytest.raises(ContentRefused), town.content() as content:
        services.describe(
            content,
            node.id,
            version=stored.version,
            title="x",
            values={"alt": "", "credit": ""},
            live=True,
        )


def test_credit_and_licence_for_all_fill_what_is_empty(town) -> None:
    town.login("editor")
    upload(town, sent("a.png"), sent("b.png", picture("red")))
    first, second = town.node("/medien/a"), town.node("/medien/b")
    page = town.get(f"/admin/media/details?ids={first.id},{second.id}")
    form = next(form for form in page.forms.values() if "alt" in form.fields)
    form.fields["credit"][0].value = "Stadtarchiv"
    form.fields["licence"][0].value = "CC0-1.0"
    form.fields["credit"][2].value = "Erika Musterfrau"
    for field in form.fields["decorative"]:
        field.value = True
    form.submit("do", value="publish")
    one, two = (town.node(path).body["fields"] for path in ("/medien/a", "/medien/b"))
    assert (one["credit"], one["licence"]) == ("Stadtarchiv", "CC0-1.0")
    assert two["credit"] == "Erika Musterfrau"
    assert town.node("/medien/b").state == "published"


@on_sqlite
def test_what_somebody_else_saved_meanwhile_is_not_overwritten(town) -> None:
    town.login("editor")
    upload(town, sent("a.png"))
    node = town.node("/medien/a")
    page = town.get(f"/admin/media/details?ids={node.id}")
    form = next(form for form in page.forms.values() if "alt" in form.fields)
    with town.content() as content:
        services.describe(
            content,
            node.id,
            version=node.version,
            title="Neu",
            values={"alt": "Von nebenan"},
            live=True,
        )
    form["alt"] = "Von hier"
    form.submit("do", value="save", status=422)
    assert town.node("/medien/a").body["fields"]["alt"] == "Von nebenan"


def test_the_library_is_filtered_searched_and_paged_in_few_statements(town) -> None:
    town.login("editor")
    for number in range(26):
        stored = store_image(town.registry["storage"], io.BytesIO(picture()), "a.png").as_field()
        town.add("image", f"Bild {number:02}", fields={"stored": stored}, published=False)
    upload(town, sent("Haushalt.pdf", b"%PDF-1.7"))
    town.get("/admin/media")
    with town.statements() as statements:
        page = town.get("/admin/media")
    assert len(page.html.select(".media-grid li")) == 24
    assert len(statements) <= 8
    assert len(town.get("/admin/media?page=2").html.select(".media-grid li")) == 3
    town.get("/admin/media?page=3", status=404)
    found = town.get("/admin/media?kind=file").html.select(".media-title")
    assert [one.text for one in found] == ["Haushalt"]
    found = town.get("/admin/media?q=bild 1&kind=image").html.select(".media-title")
    assert len(found) == 10
    assert town.get("/admin/media?q=%25").html.select(".empty-state")


@on_sqlite
def test_authors_of_a_part_see_what_is_public_or_theirs(town) -> None:
    node_in(town)
    node_in(town, published=False)
    area = town.add("folder", "Feuerwehr")
    account = town.account(mail="wehr@people.example")
    with town.session() as session:
        set_roles(session, town.registry, account, ())
        add_local_role(session, account.id, area.id, "author")
    town.login(mail="wehr@people.example")
    assert len(town.get("/admin/media").html.select(".media-grid li")) == 1


# Focal point, replacing, use


def test_the_focal_point_is_set_by_numbers(town) -> None:
    node = node_in(town)
    town.login("editor")
    page = town.get(f"/admin/nodes/{node.id}/media")
    form = next(form for form in page.forms.values() if "x" in form.fields)
    form["x"], form["y"] = "12,5", "90"
    form.submit().follow()
    fields = town.node(node.path).body["fields"]
    assert (fields["focal_x"], fields["focal_y"]) == (12.5, 90)
    assert fields["alt"] == "Ein Feld"
    version = str(town.node(node.path).version)
    for x, y in (("", "1"), ("101", "1"), ("nan", "1"), ("inf", "1"), ("-1", "1"), ("a", "b")):
        wrong = {"x": x, "y": y, "version": version}
        town.post(f"/admin/nodes/{node.id}/media/focal", wrong, status=422)
    stale = {"x": "1", "y": "1", "version": str(int(version) - 1)}
    town.post(f"/admin/nodes/{node.id}/media/focal", stale, status=409)
    assert town.node(node.path).body["fields"] == fields


def test_a_file_is_replaced_in_its_place(town) -> None:
    node = node_in(town, focal_x=10.0, focal_y=10.0)
    page = town.page("Seite", blocks=[{"id": "a", "type": "image", "data": {"image": node.id}}])
    old = f"/media/{node.id}/{node.body['fields']['stored']['sha'][:12]}/a.png"
    assert old in town.get(page.path).text
    town.login("editor")
    path = f"/admin/nodes/{node.id}/media/replace"
    new = picture("red", (300, 300))
    wrong = {"version": str(node.version), "file": sent("b.pdf", b"%PDF-1.7")}
    town.post(path, wrong, content_type="multipart/form-data", status=422)
    town.post(
        path,
        {"version": str(node.version), "file": sent("b.png", new)},
        content_type="multipart/form-data",
    )
    town.anonymous()
    fields = town.node(node.path).body["fields"]
    assert (fields["stored"]["name"], fields["stored"]["width"]) == ("b.png", 300)
    assert fields["alt"] == "Ein Feld"
    assert "focal_x" not in fields
    html = town.get(page.path).text
    assert f"/media/{node.id}/{fields['stored']['sha'][:12]}/b.png" in html
    assert old not in html
    # The old bytes may be gone for a reason: nobody reaches them any more.
    town.get(old, status=404)
    with town.content() as content:
        assert content.revision(node.id, 1).body["fields"]["stored"]["name"] == "a.png"


def test_a_picture_says_where_it_is_used(town) -> None:
    node = node_in(town)
    page = town.page("Die Seite", blocks=[{"id": "a", "type": "image", "data": {"image": node.id}}])
    with town.session() as session:
        session.query(Reference).filter_by(source_id=page.id).delete()
        session.add(Reference(source_id=page.id, block="a", kind="block", target_id=node.id))
    town.login("author")
    shown = town.get(f"/admin/nodes/{node.id}/media").html
    assert "Die Seite" in shown.find(attrs={"aria-labelledby": "used"}).text
    town.get(f"/admin/nodes/{page.id}/media", status=404)


# Beside somebody's working copy


def draft_of(town, node, title: str, **changes):
    with town.content() as content:
        now = content.get(node.id)
        content.save_draft(
            now.id, version=now.version, title=title, fields=content.fields(now) | changes
        )
    return town.node(node.path)


def copy_of(town, node):
    with town.content() as content:
        now = content.get(node.id)
        assert now.draft_revision is not None
        draft = content.working_copy(now)
        return draft.title, dict(draft.body["fields"])


def test_the_focal_point_leaves_somebodys_unfinished_words_alone(town) -> None:
    node = node_in(town)
    town.page("Seite", blocks=[{"id": "a", "type": "image", "data": {"image": node.id}}])
    draft = draft_of(town, node, "Unfertig", alt="Noch nicht fertig")
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    town.login("editor")
    page = town.get(f"/admin/nodes/{node.id}/media")
    assert "stay unpublished" in page
    form = next(form for form in page.forms.values() if "x" in form.fields)
    form["x"], form["y"] = "20", "0"
    form.submit().follow()
    stored = town.node(node.path)
    assert (stored.title, stored.body["fields"]["alt"]) == ("Feld", "Ein Feld")
    assert (stored.body["fields"]["focal_x"], stored.body["fields"]["focal_y"]) == (20, 0)
    assert stored.version > draft.version
    title, fields = copy_of(town, node)
    assert (title, fields["alt"], fields["focal_x"]) == ("Unfertig", "Noch nicht fertig", 20)
    town.anonymous()
    assert "Noch nicht fertig" not in town.get("/seite")


def test_a_replaced_file_is_on_the_site_and_in_the_working_copy(town) -> None:
    node = node_in(town)
    draft_of(town, node, "Unfertig", alt="Noch nicht fertig", focal_x=3.0, focal_y=4.0)
    with town.content() as content:
        services.replace(
            content,
            node.id,
            version=content.get(node.id).version,
            stream=io.BytesIO(picture("red", (300, 300))),
            name="b.png",
            live=True,
        )
    stored = town.node(node.path)
    assert stored.body["fields"]["stored"]["name"] == "b.png"
    assert (stored.title, stored.body["fields"]["alt"]) == ("Feld", "Ein Feld")
    title, fields = copy_of(town, node)
    assert (title, fields["alt"], fields["stored"]["name"]) == (
        "Unfertig",
        "Noch nicht fertig",
        "b.png",
    )
    assert "focal_x" not in fields


def test_other_bytes_in_a_working_copy_keep_their_own_focal_point(town) -> None:
    node = node_in(town)
    other = store_image(town.registry["storage"], io.BytesIO(picture("red")), "b.png").as_field()
    draft_of(town, node, "Feld", stored=other, focal_x=3.0, focal_y=4.0)
    with town.content() as content:
        services.set_focal(
            content, node.id, version=content.get(node.id).version, x=50, y=60, live=True
        )
    assert town.node(node.path).body["fields"]["focal_x"] == 50
    _title, fields = copy_of(town, node)
    assert (fields["stored"]["name"], fields["focal_x"]) == ("b.png", 3.0)


def test_describing_changes_what_was_typed_and_publishes_nothing_else(town) -> None:
    node = node_in(town)
    draft_of(town, node, "Unfertig", credit="Noch zu klären")
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    town.login("editor")
    page = town.get(f"/admin/media/details?ids={node.id}")
    form = next(form for form in page.forms.values() if "alt" in form.fields)
    assert form["title"].value == "Unfertig"
    form["alt"] = "Ein Feld im Mai"
    answer = form.submit("do", value="publish", status=422)
    assert "was not published" in answer
    stored = town.node(node.path)
    assert (stored.title, stored.body["fields"]["alt"]) == ("Feld", "Ein Feld im Mai")
    assert stored.body["fields"]["credit"] == "Stadt"
    title, fields = copy_of(town, node)
    assert (title, fields["alt"], fields["credit"]) == (
        "Unfertig",
        "Ein Feld im Mai",
        "Noch zu klären",
    )


def test_who_may_not_publish_changes_the_working_copy_only(town) -> None:
    author = town.account("author")
    with town.content(actor=author) as content:
        stored = store_image(town.registry["storage"], io.BytesIO(picture()), "a.png").as_field()
        values = {"alt": "Ein Feld", "credit": "Stadt", "licence": "own", "stored": stored}
        made = content.create(content.by_path("/"), "image", title="Feld", fields=values)
        number = made.id
    with town.content() as content:
        content.publish(number)
    node = town.node("/feld")
    with town.content(actor=author) as content:
        services.set_focal(content, node.id, version=node.version, x=1, y=2, live=False)
    assert "focal_x" not in town.node("/feld").body["fields"]
    assert copy_of(town, node)[1]["focal_x"] == 1
    town.login("author")
    version = str(town.node("/feld").version)
    form = {"x": "7", "y": "8", "version": version}
    town.post(f"/admin/nodes/{node.id}/media/focal", form, status=403)
    assert "focal_x" not in town.node("/feld").body["fields"]
