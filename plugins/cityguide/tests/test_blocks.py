"""Blocks of the guide: what visitors, machines and editors get of each, and what is demanded."""

import io
import json
from typing import Any

import pytest
from PIL import Image

from stadtkern.content.completeness import Unfinished
from stadtkern.media import take
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.demo import computed


def picture(town: Town, title: str, *, height: int = 200) -> int:
    """Publish a picture; return its node's id."""
    data = io.BytesIO()
    Image.new("RGB", (400, height), "#336699").save(data, "PNG")
    data.seek(0)
    stored = take(town.registry, "image", data, f"{title}.png")
    fields = {"stored": stored, "alt": f"{title} in Farbe", "credit": "Archiv"}
    return town.add("image", title, fields=fields | {"licence": "CC-BY-4.0"}).id


def block(kind: str, **data: Any) -> dict[str, Any]:
    """Return a stored block."""
    return {"id": "0000abcd", "type": kind, "data": data}


def machine(page: Any, kind: str) -> dict[str, Any]:
    """Return what machines read of a block."""
    graph = json.loads(page.html.select_one("script[type*=ld]").string)["@graph"]
    found: dict[str, Any] = next(one for one in graph if one["@type"] == kind)
    return found


QUIZ = {
    "question": "Wer stand hier Wache?",
    "choices": [
        {"text": "Römer", "right": True},
        {"text": "Ritter", "right": False},
    ],
    "explanation": "Der Limes war die Grenze.",
}
EVENTS = [
    {"year": 1899, "words": "", "title": "Aus drei", "text": "", "image": None},
    {"year": 150, "words": "um 150", "title": "Aus Stein", "text": "Ein Turm.", "image": None},
    {"year": -50, "words": "", "title": "Davor", "text": "", "image": None},
]


@on_sqlite
def test_before_and_after_can_be_read_one_below_the_other(guide_town: Town) -> None:
    before, after = picture(guide_town, "Alt"), picture(guide_town, "Neu")
    data = {
        "title": "Der Markt",
        "before": before,
        "before_label": "1910",
        "after": after,
        "after_label": "2020",
        "text": "Der Baum ist fort.",
    }
    guide_town.page("Markt", blocks=[block("compare", **data)])
    page = guide_town.get("/markt")
    figures = page.html.select("[data-compare] figure")
    assert [one.b.get_text() for one in figures] == ["1910", "2020"]
    assert [one.img["alt"] for one in figures] == ["Alt in Farbe", "Neu in Farbe"]
    assert "Archiv, CC BY 4.0" in figures[0].figcaption.get_text(" ", strip=True)
    assert "Der Baum ist fort." in page.html.get_text()
    found = machine(page, "ImageGallery")
    assert [one["creditText"] for one in found["associatedMedia"]] == ["Archiv", "Archiv"]
    assert found["isPartOf"]["@id"].endswith("/markt")
    # What is asked for is asked for once, with the pictures that the page's head wants.
    guide_town.page("Ohne", blocks=[block("image", image=before)])
    counts = []
    for path in ("/ohne", "/markt"):
        guide_town.get(f"{path}?a")
        with guide_town.statements() as seen:
            guide_town.get(f"{path}?b")
        counts.append(len(seen))
    assert counts[0] == counts[1]


@on_sqlite
def test_a_timeline_is_a_list_in_order(guide_town: Town) -> None:
    guide_town.page("Zeit", blocks=[block("timeline", title="Geschichte", entries=EVENTS)])
    page = guide_town.get("/zeit")
    years = [one.get_text() for one in page.html.select(".guide-timeline__year")]
    assert years == ["-50", "um 150", "1899"]
    names = [one["name"] for one in machine(page, "ItemList")["itemListElement"]]
    assert names == ["-50: Davor", "um 150: Aus Stein", "1899: Aus drei"]


@on_sqlite
def test_a_quiz_can_be_answered_without_scripts(guide_town: Town) -> None:
    guide_town.page("Rätsel", blocks=[block("quiz", **QUIZ)])
    page = guide_town.get("/raetsel")
    answer = page.html.select_one("[data-quiz] details")
    assert "open" not in answer.attrs
    assert answer.strong.get_text(strip=True) == "Römer"
    assert "Der Limes war die Grenze." in answer.get_text()
    question = machine(page, "Quiz")["hasPart"][0]
    assert [one["text"] for one in question["acceptedAnswer"]] == ["Römer"]


@on_sqlite
@pytest.mark.parametrize(
    ("kind", "data", "lacking"),
    [
        (
            "quiz",
            QUIZ | {"choices": [row | {"right": False} for row in QUIZ["choices"]]},
            "Answers",
        ),
        ("quiz", QUIZ | {"choices": QUIZ["choices"][:1]}, "Answers"),
        ("quiz", QUIZ | {"explanation": ""}, "Explanation"),
        ("timeline", {"title": "Leer", "entries": []}, "Events"),
        ("compare", {"title": "Der Markt", "text": "Fort."}, "Earlier picture"),
    ],
)
def test_half_a_block_is_not_published(
    guide_town: Town, kind: str, data: dict[str, Any], lacking: str
) -> None:
    node = guide_town.page("Halb", blocks=[block(kind, **data)], published=False)
    with guide_town.content() as content, pytest.raises(Unfinished) as refused:
        content.publish(node.id)
    assert refused.value.lacks[0].gap.title == lacking
    assert guide_town.get("/halb", status="*").status_int == 404


@on_sqlite
def test_the_library_tells_machines_of_sound_and_its_words(guide_town: Town) -> None:
    stored = {"sha": "ab" * 32, "name": "bach.ogg", "type": "audio/ogg", "size": 1200}
    fields = {"stored": stored, "credit": "Archiv", "licence": "CC0-1.0"}
    words = {"transcript": "<p>Es rauscht &amp; plätschert.</p>", "silent": False}
    sound = guide_town.add("audio", "Bach", fields=fields | words)
    guide_town.add(
        "place",
        "Quelle",
        fields={"lat": 50.1, "lon": 8.1, "licence": "CC0-1.0", "attribution": "Archiv"},
        blocks=[block("audio", audio=sound.id)],
    )
    page = guide_town.get("/quelle")
    found = machine(page, "AudioObject")
    assert found["transcript"] == "Es rauscht & plätschert."
    assert found["license"]["name"] == "CC0 1.0"
    # The words and the rights stand beside the player, too.
    player = page.html.select_one("figure.block-audio").get_text(" ", strip=True)
    assert "Es rauscht & plätschert." in player
    assert "Archiv, CC0 1.0" in player


@on_sqlite
def test_a_panorama_is_a_flat_picture_and_a_list_of_its_points(guide_town: Town) -> None:
    image = picture(guide_town, "Rundblick")
    points = [
        {"title": "Turm", "text": "Aus Stein.", "yaw": -30.5, "pitch": 4.0, "link": "/turm"},
        {"title": "Wald", "text": "", "yaw": 170.0, "pitch": 0.0, "link": ""},
    ]
    data = {"title": "Vom Berg", "image": image, "yaw": None, "points": points}
    guide_town.page("Berg", blocks=[block("panorama", **data)])
    page = guide_town.get("/berg")
    host = page.html.select_one("[data-panorama]")
    assert host.img["alt"] == "Rundblick in Farbe"
    assert [one.b.get_text() for one in host.select("li")] == ["Turm", "Wald"]
    assert host.select_one("li")["data-yaw"] == "-30.5"
    assert host.select_one("li a")["href"] == "/turm"
    # The viewer is named, not loaded: only a press asks for it.
    assert "panorama-" in host["data-viewer"]
    assert not [one for one in page.html.select("script[src]") if "panorama-" in one["src"]]
    assert machine(page, "ImageObject")["name"] == "Vom Berg"


@on_sqlite
def test_a_model_brings_picture_words_and_rights(guide_town: Town) -> None:
    stored = take(guide_town.registry, "file", computed.tower(), "turm.glb")
    file = guide_town.add("file", "Turm", fields={"stored": stored})
    image = picture(guide_town, "Turm")
    data = {
        "title": "Ein Turm",
        "model": file.id,
        "image": image,
        "text": "Vier Ecken, ein Dach.",
        "attribution": "Archiv",
        "licence": "CC-BY-4.0",
    }
    guide_town.page("Modell", blocks=[block("model3d", **data)])
    page = guide_town.get("/modell")
    host = page.html.select_one("[data-model]")
    assert host.img["alt"] == "Turm in Farbe"
    assert "Vier Ecken, ein Dach." in page.html.get_text()
    assert page.html.select_one("a[rel=license]")
    answer = guide_town.get(host["data-model"])
    assert answer.content_type == "model/gltf-binary"
    assert answer.body[:4] == b"glTF"
    found = machine(page, "3DModel")
    assert (found["creditText"], found["encodingFormat"]) == ("Archiv", "model/gltf-binary")


@on_sqlite
def test_editors_are_told_of_a_wrong_picture_or_file(guide_town: Town) -> None:
    square = picture(guide_town, "Quadrat", height=400)
    text = take(guide_town.registry, "file", io.BytesIO(b"Hallo"), "hallo.txt")
    file = guide_town.add("file", "Hallo", fields={"stored": text})
    node = guide_town.page("Neu", published=False)
    token = guide_town.token(guide_town.account("editor"))
    model = {"title": "T", "model": file.id, "image": square, "text": "T", "licence": "CC0-1.0"}
    for kind, data, field, reason in (
        ("panorama", {"title": "T", "image": square}, "image", "twice as wide"),
        ("model3d", model | {"attribution": "A"}, "model", "GLB"),
    ):
        refused = guide_town.api(
            "PATCH",
            f"/nodes/{node.id}",
            {"blocks": [{"type": kind, "data": data}]},
            token=token,
            if_match=guide_town.api("GET", f"/nodes/{node.id}", token=token).headers["ETag"],
            status=422,
        )
        (wrong,) = refused.json["errors"]
        assert wrong["pointer"].endswith(f"/data/{field}")
        assert reason in wrong["detail"]
