"""Rallies: answers that count, solutions that nobody reads, and what editors are told."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtkern.content.completeness import Unfinished
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.rally.answers import (
    Unsolvable,
    code,
    interval,
    normal,
    scaled,
    solution,
)
from stadtkern_cityguide.rally.sealing import sealed
from stadtkern_cityguide.services import folder_for, import_tour

VECTORS = json.loads(Path(__file__).with_name("answers.json").read_text("utf-8"))
WORDS = st.text(
    st.characters(categories=["Lu", "Ll", "Nd", "Zs", "Po"], max_codepoint=0x24F), max_size=30
)


def test_answers_are_compared_in_one_form() -> None:
    for text, wanted in VECTORS["normal"]:
        assert normal(text) == wanted, text
    for text, wanted in VECTORS["code"]:
        assert code(text) == wanted, text
    for text, decimals, wanted in VECTORS["scaled"]:
        assert scaled(text, decimals) == wanted, text


@given(WORDS)
def test_case_blanks_and_points_never_matter(text: str) -> None:
    once = normal(text)
    assert normal(once) == once
    assert normal(f"  {text} !") == once
    assert normal(text.replace(" ", "-")) == once
    assert code(code(text)) == code(text)


@given(
    st.integers(-99_999, 99_999),
    st.integers(0, 500),
    st.sampled_from([0, 1, 2, 4]),  # three would look like parted thousands
    st.integers(-1_000, 1_000),
)
def test_a_number_counts_within_its_tolerance_and_not_beyond(
    middle: int, either: int, decimals: int, off: int
) -> None:
    unit = Decimal(10) ** -decimals
    task = {"kind": "number", "answer": f"{middle * unit:f}", "tolerance": float(either * unit)}
    solved = solution(task, "")
    given_text = f"{(middle + off) * unit:f}".replace(".", ",")
    typed = scaled(given_text, solved.decimals)
    assert typed is not None
    counts = interval(typed, solved) in solved.accepted
    exact = Decimal(typed) * Decimal(10) ** -solved.decimals
    assert counts == (abs(exact - middle * unit) <= either * unit)


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=5), min_size=2, max_size=8, unique=True))
def test_what_is_to_be_put_in_order_never_stands_in_order(items: list[str]) -> None:
    solved = solution({"kind": "order", "answer": "\n".join(items)}, "salt")
    assert sorted(solved.shown) == sorted(items)
    assert list(solved.shown) != items
    places = [int(place) for place in solved.accepted[0].split(",")]
    assert [solved.shown[place] for place in places] == items


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ({"kind": "choice", "options": "a\nb", "answer": "c"}, "not among"),
        ({"kind": "choice", "options": "a", "answer": "a"}, "at least two"),
        ({"kind": "choice", "options": "a\nA", "answer": "a"}, "the same"),
        ({"kind": "number", "answer": "viele"}, "one number"),
        ({"kind": "number", "answer": ""}, "missing"),
        ({"kind": "text", "answer": "…"}, "missing"),
        ({"kind": "text", "answer": "\n".join("abcdefghijklmn")}, "At most 12"),
        ({"kind": "order", "answer": "eins"}, "at least two"),
        ({"kind": "order", "answer": "eins\neins"}, "no two"),
        ({"kind": "qr", "answer": ""}, "missing"),
    ],
)
def test_a_task_that_nobody_can_solve_is_refused(task: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsolvable, match=reason):
        solution(task, "")


TASKS = [
    {"kind": "text", "question": "Wer stand hier?", "answer": "Treverer\nDie Treverer", "stop": 2},
    {"kind": "choice", "question": "Welche Farbe?", "options": "Rot\nGelb\nBlau", "answer": "Gelb"},
    {"kind": "number", "question": "Wie alt?", "answer": "4711", "tolerance": 5.0},
    {"kind": "order", "question": "In welcher Folge?", "answer": "Neuhof\nWehen\nHahn"},
    {"kind": "checkin", "question": "Komm her!", "answer": "XQ7PWZ", "stop": 1},
]
RALLY = {
    "title": "Auf Spurensuche",
    "tasks": [{"points": 10, "hint": "Schau genau"} | task for task in TASKS],
    "badges": [{"title": "Legionär", "points": 20}],
}
SECRETS = ("Treverer", "treverer", "4711", "4706", "Neuhof\\nWehen", "XQ7PWZ", '"tolerance"')


@pytest.fixture
def rally(guide_town: Town, gpx: Path) -> int:
    """Publish a tour with a rally; return its node's id."""
    with guide_town.content() as content:
        plan = plan_tour(gpx.read_bytes(), gpx.name, language="de")
        done = import_tour(content, plan, folder_for(content, {}), publish=False)
        node = content.get(done.node_id)
        content.save(
            node.id,
            version=node.version,
            title=node.title,
            fields=content.fields(node),
            blocks=[{"id": "00ab00cd", "type": "rally", "data": RALLY}],
        )
        content.publish(node.id)
    guide_town.run_jobs()
    return done.node_id


@on_sqlite
def test_visitors_read_the_tasks_and_never_a_solution(guide_town: Town, rally: int) -> None:
    page = guide_town.get("/waldrunde")
    tasks = page.html.select("[data-task]")
    assert [one.select_one("[data-question]").get_text() for one in tasks] == [
        task["question"] for task in TASKS
    ]
    # Without scripts a sentence says what is missing; order and choice can be read.
    assert page.html.select_one("[data-rally] [data-lacking]")
    assert {item.get_text() for item in tasks[3].select("[data-shown] li")} == {
        *("Neuhof", "Wehen", "Hahn")
    }
    script = json.loads(tasks[0]["data-task"])
    assert script["hashes"] == [sealed(script["id"], one) for one in ("treverer", "dietreverer")]
    assert json.loads(tasks[4]["data-task"])["at"][:2] == [50.14, 8.15]
    # Somebody with a role elsewhere in the site is a visitor here.
    elsewhere = guide_town.page("Anderswo")
    token = guide_town.token(roles=("editor",), node=elsewhere)
    answers = [
        page.text,
        guide_town.get(f"/guide/tour/{rally}.geojson").text,
        guide_town.get(f"/guide/tour/{rally}.gpx").text,
        guide_town.get("/ogc/collections/tours/items").text,
        guide_town.api("GET", f"/nodes/{rally}", token=token).text,
        guide_town.get("/suche?q=Treverer")
        .text.replace("q=Treverer", "")
        .replace('value="Treverer"', ""),
    ]
    assert "Wer stand hier?" in answers[4]
    for text in answers[:5]:
        assert not [secret for secret in SECRETS if secret in text]
    assert "/waldrunde" not in answers[5]
    assert "/waldrunde" in guide_town.get("/suche?q=Spurensuche").text


@on_sqlite
def test_editors_keep_the_solutions(guide_town: Town, rally: int) -> None:
    token = guide_town.token(guide_town.account("editor"))
    answer = guide_town.api("GET", f"/nodes/{rally}", token=token)
    blocks = answer.json["blocks"]
    assert blocks[0]["data"]["tasks"][0]["answer"] == TASKS[0]["answer"]
    guide_town.login("editor")
    page = guide_town.get(f"/admin/nodes/{rally}/edit")
    assert "Treverer" in page.text
    # Rows that nobody has filled are none, and what is saved unchanged stays.
    form = next(form for form in page.forms.values() if "version" in form.fields)
    form.submit("do", value="publish")
    guide_town.anonymous()
    assert len(guide_town.get("/waldrunde").html.select("[data-task]")) == len(TASKS)
    again = guide_town.api("GET", f"/nodes/{rally}", token=token).json
    kept = [task["answer"] for task in again["blocks"][0]["data"]["tasks"]]
    assert [text.split() for text in kept] == [task["answer"].split() for task in TASKS]


@on_sqlite
def test_a_rally_without_a_right_answer_is_not_published(guide_town: Town, rally: int) -> None:
    tasks = [*RALLY["tasks"], {"kind": "text", "question": "Und nun?", "points": 10}]
    with guide_town.content() as content, pytest.raises(Unfinished) as refused:
        node = content.get(rally)
        content.save(
            rally,
            version=node.version,
            title=node.title,
            fields=content.fields(node),
            blocks=[{"id": "00ab00cd", "type": "rally", "data": RALLY | {"tasks": tasks}}],
        )
        content.publish(rally)
    message = refused.value.lacks[0].gap.message
    assert message.mapping["n"] == 6
