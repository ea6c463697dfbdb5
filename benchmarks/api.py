"""What the API costs: a list of 100 nodes and one node, against a bare Pyramid hello view.

    .venv/bin/python benchmarks/api.py [--json]

In process through WSGI on SQLite, 10,000 nodes, in turns: CPU (process time, kernel included),
median of the turns. The figures of plone.restapi beside ours (9.0 ms for one item, 19 ms for a
list) were measured on another machine; ``against_plone.py`` measures both in one run.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from editor import page_blocks, town_in
from pyramid.config import Configurator
from pyramid.response import Response
from webob import Request

from stadtkern.content.models import Node
from stadtkern.testing.town import Town

NODES = 10_000
ROUNDS = 15
PLONE_MS = {"list of 100": 19.0, "one node, 30 blocks": 9.0}
LIMIT = 1 / 5


def asked(wsgi: Any, path: str, headers: dict[str, str]) -> Callable[[], Any]:
    """Return what asks an application for an address and takes the whole answer."""

    def ask() -> Any:
        response = Request.blank(path, headers=headers).get_response(wsgi)
        if response.status_int != 200:
            raise SystemExit(f"{path}: {response.status}")
        return response.body

    return ask


def hello() -> Any:
    """Return the bare application."""
    with Configurator() as config:
        config.add_route("hello", "/")
        config.add_view(lambda _request: Response("Hello"), route_name="hello")
        return config.make_wsgi_app()


def fill(town: Town) -> int:
    """Add nodes; return the id of one with 30 blocks."""
    big = town.page("Seite mit Bausteinen", blocks=texts())
    with town.session() as session:
        session.add_all(
            Node(
                parent_id=big.id,
                path=f"{big.path}/seite-{number}",
                slug=f"seite-{number}",
                type="page",
                state="published",
                language="de",
                title=f"Seite {number}",
                summary="Was hier steht",
            )
            for number in range(NODES)
        )
    return big.id


def texts() -> list[dict[str, Any]]:
    """Return 30 blocks of headings and texts."""
    blocks = page_blocks(1)
    return [block for block in blocks if block["type"] != "image"] + [
        {**block, "id": f"f{number:07x}"}
        for number, block in enumerate(b for b in blocks if b["type"] == "text")
    ]


def cpu_ms(ask: Callable[[], Any], times: int) -> float:
    """Return milliseconds of CPU for one call."""
    begun = time.process_time()
    for _number in range(times):
        ask()
    return (time.process_time() - begun) / times * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    as_json = parser.parse_args().json
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder:
        town = town_in(Path(folder))
        town.configure("api", per_minute=10_000)
        number = fill(town)
        token = town.token(town.account("editor"))
        headers = {"Authorization": f"Bearer {token}", "Host": town.host}
        bare = asked(hello(), "/", {})

        def asker(path: str) -> Callable[[], Any]:
            return asked(town.wsgi, f"/api/v1{path}", headers)

        tasks = {
            "list of 100": asker("/nodes?limit=100"),
            "list of 100, filtered": asker(f"/nodes?limit=100&parent={number}&sort=-updated_at"),
            "one node, 30 blocks": asker(f"/nodes/{number}"),
        }
        spent: dict[str, list[float]] = {name: [] for name in ("hello", *tasks)}
        statements = {}
        for name, ask in tasks.items():
            ask()
            with town.statements() as seen:
                ask()
            statements[name] = len(seen)
        for _round in range(ROUNDS):
            spent["hello"].append(cpu_ms(bare, 40))
            for name, ask in tasks.items():
                spent[name].append(cpu_ms(ask, 4))
    base = statistics.median(spent["hello"])
    figures = {
        name: {
            "cpu_ms": round(statistics.median(values), 2),
            "ratio": round(statistics.median(values) / base, 1),
            "sql": statements.get(name, 0),
        }
        for name, values in spent.items()
    }
    if as_json:
        print(json.dumps(figures))
        return
    for name, found in figures.items():
        beside = ""
        if name in PLONE_MS:
            beside = f"   plone.restapi, as reported: {PLONE_MS[name]} ms (aim {LIMIT:.0%} of it)"
        line = f"{name:24}{found['cpu_ms']:8} ms{found['ratio']:8} ×{found['sql']:4} SQL"
        print(f"{line}{beside}")


if __name__ == "__main__":
    main()
