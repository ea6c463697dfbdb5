"""What editing costs: the form of a page with 30 blocks, and saving with publishing.

    .venv/bin/python benchmarks/editor.py [--json] [--profile]

In process through WSGI on SQLite, without a server or a network: CPU milliseconds (process time,
kernel included; median of rounds after a warm-up) and SQL statements of one request. ``measure``
returns the same figures for a script that compares them with another system in the same run.
"""

import argparse
import cProfile
import io
import json
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog

from stadtkern.app import build
from stadtkern.db import migrate
from stadtkern.db.engine import open_database
from stadtkern.testing.town import Town

BLOCKS = 30
ROUNDS = 15
PARAGRAPH = (
    "<p>Das Rathaus ist montags bis freitags von 8 bis 12 Uhr geöffnet, donnerstags auch von 14 "
    'bis 18 Uhr. <strong>Termine</strong> vereinbaren Sie <a href="/termine">im Netz</a>.</p>'
)


@dataclass(frozen=True)
class Cost:
    """One request: median CPU in milliseconds, statements of SQL, bytes of the answer."""

    cpu_ms: float
    sql: int
    bytes: int


def page_blocks(image_id: int) -> list[dict[str, Any]]:
    """Return 30 blocks: a heading, a text of three paragraphs and a picture in turn."""
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("heading", {"text": "Öffnungszeiten", "level": "2"}),
        ("text", {"html": PARAGRAPH * 3}),
        ("image", {"image": image_id, "caption": "Das Rathaus"}),
    ]
    return [
        {"id": f"{number:08x}", "type": kinds[number % 3][0], "data": kinds[number % 3][1]}
        for number in range(BLOCKS)
    ]


def town_in(folder: Path) -> Town:
    """Return a new town on SQLite with an editor who is logged in."""
    database = open_database(f"sqlite:///{folder}/editor.sqlite")
    migrate.upgrade(database, migrate.CORE)
    settings = {
        "stadtkern.files": str(folder),
        "stadtkern.secret_file": str(folder / "secret"),
        # The requests come without TLS.
        "stadtkern.secure_cookies": "false",
    }
    config = build(settings, database=database, plugins={})
    wsgi = config.make_wsgi_app()
    town = Town(config.registry, wsgi, "", slug="bench", host="bench.example")
    town.login("administrator")
    return town


def _cost(ask: Callable[[int], Any], town: Town) -> Cost:
    for number in range(3):
        ask(number)
    spent = []
    for number in range(3, 3 + ROUNDS):
        begun = time.process_time()
        ask(number)
        spent.append(time.process_time() - begun)
    with town.statements() as seen:
        answer = ask(3 + ROUNDS)
    return Cost(round(statistics.median(spent) * 1000, 1), len(seen), len(answer.body))


def fields_of(form: Any) -> list[tuple[str, str]]:
    """Return what a browser would send of the form, without the pressed button."""
    return [(name, value) for name, value in form.submit_fields() if name != "do"]


def measure(profile: str = "") -> dict[str, Cost]:
    """Return the costs of ``form`` (GET), ``save`` and ``publish`` (save and publish, POST)."""
    with tempfile.TemporaryDirectory() as name:
        town = town_in(Path(name))
        try:
            return _measure(town, profile)
        finally:
            town.database.dispose()


def _measure(town: Town, profile: str) -> dict[str, Cost]:
    image = town.add(
        "image",
        "Rathaus",
        fields={"alt": "Das Rathaus", "decorative": False, "credit": "Stadt", "licence": "own"},
    )
    blocks = page_blocks(image.id)
    drafts = [
        town.page(f"Seite {number}", blocks=blocks, published=False)
        for number in range(2 * (ROUNDS + 5))
    ]

    def form(number: int) -> Any:
        return town.get(f"/admin/nodes/{drafts[number].id}/edit")

    def prepared(first: int, button: str) -> Callable[[int], Any]:
        asked = []
        for node in drafts[first : first + ROUNDS + 4]:
            page = town.get(f"/admin/nodes/{node.id}/edit")
            found = next(form for form in page.forms.values() if "version" in form.fields)
            asked.append((found.action, [*fields_of(found), ("do", button)]))

        def ask(number: int) -> Any:
            path, fields = asked[number]
            return town.post(path, fields, csrf=False, status=302)

        return ask

    costs = {"form": _cost(form, town)}
    save, publish = prepared(0, "save"), prepared(ROUNDS + 5, "publish")
    if profile:
        with cProfile.Profile() as seen:
            for number in range(10):
                {"form": form, "save": save, "publish": publish}[profile](number)
        pstats.Stats(seen).sort_stats("cumulative").print_stats(60)
        return costs
    return costs | {"save": _cost(save, town), "publish": _cost(publish, town)}


def main() -> None:
    """Measure and print."""
    # Lines of the log are made as ever, but not shown between the figures.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(io.StringIO()))
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument(
        "--profile", choices=["form", "save", "publish"], help="print where the time goes"
    )
    options = parser.parse_args()
    costs = measure(options.profile or "")
    if options.json:
        print(json.dumps({name: asdict(cost) for name, cost in costs.items()}))
        return
    for name, cost in costs.items():
        print(
            f"{name:8} of {BLOCKS} blocks {cost.cpu_ms:8.1f} ms CPU {cost.sql:4} SQL (aim 25) "
            f"{cost.bytes / 1000:7.0f} kB"
        )


if __name__ == "__main__":
    main()
