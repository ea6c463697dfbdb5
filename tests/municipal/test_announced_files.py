"""Files of announcements: their bytes, their addresses and their place stay."""

import io
from typing import Any

import pytest
from town_hall_kit import announce, linking, other_bytes

from stadtkern.content import ContentRefused
from stadtkern.media.types import take
from stadtkern.tenants.models import TenantHost
from stadtkern.testing.town import Town


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
