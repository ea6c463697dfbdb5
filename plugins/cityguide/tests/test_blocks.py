"""Blocks of the guide: what visitors, machines and editors get of each, and what is demanded."""

import io
import json
from typing import Any

import pytest
from PIL import Image

from stadtkern.content.completeness import Unfinished
from stadtkern.media.intake import store_image
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


def picture(town: Town, title: str, colour: str = "#336699") -> int:
    """Publish a picture; return its node's id."""
    data = io.BytesIO()
    Image.new("RGB", (400, 200), colour).save(data, "PNG")
    data.seek(0)
    stored = store_image(town.registry["storage"], data, f"{title}.png").as_field()
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
