"""What searching 10,000 pages costs, against a bare Pyramid hello view through the same server.

Ratios of process CPU including kernel time, all in one run, median of 5 rounds; the search's cost
is the median over queries of one word, several, a compound, a typing error and a very common word.
Each twice: computed anew for every request (without the page cache), and as a town serves them,
where an answer is kept until something that can be found changes. Then a day's searches in a row:
how often a query comes falls with its rank, as word frequencies do (Zipf 1935), so that some come
again and are answered from what is kept, and many come once; printed is the median of all, and of
those that were computed.
``python benchmarks/search.py [sqlite|postgresql]``; without a name both. PostgreSQL works in
processes of its own: what it uses is not counted, but shown as the time that an answer takes.
"""

import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from itertools import accumulate
from pathlib import Path
from urllib.parse import quote

from pages import HELLO
from serving import (
    ROOT,
    SETTINGS,
    STADTKERN,
    cpu_now,
    cpu_per_request,
    fetch,
    free_port,
    running,
)

NODES = 10_000
FREQUENT = 100
ASKED = 600
"""Searches of a day, among ``DIFFERENT`` queries."""
DIFFERENT = 1_000
RATE = "stadtkern.search_rate = 1000000/minute"
QUERIES = (
    "Personalausweis",
    "Personalausweis beantragen",
    "Wo kann ich meinen Hund anmelden",
    "Beteiligung",
    "Müllabfuhrkalender",
    "Personalauswies",
    "Satzung Wasserversorgung Gebühren",
    "Rathaus",
)


def _words(text: str) -> list[str]:
    return text.split()


BEGINNINGS = ("pers", "mül", "bürgerbe", "hund anm", "satz")
HEADS = _words("""
Bürger Müll Personal Hunde Grund Wasser Straßen Kinder Jugend Senioren Bau Gewerbe Garten Schul
Sport Feuerwehr Verkehrs Friedhofs Haushalts Umwelt Energie Wohnungs Sozial Kultur Markt Melde
Pass Wald Orts Kreis
""")
TAILS = _words("""
beteiligung abfuhr ausweis steuer satzung gebühren versorgung reinigung garten amt büro antrag
kalender plan beirat verein förderung schutz platz verwaltung ordnung beratung aufsicht bescheid
termin karte prüfung hilfe
""")
WORDS = _words("""
beantragen anmelden melden verlängern zahlen öffnen finden beraten entscheiden prüfen Antrag
Frist Ausweis Euro Gebühr Rathaus Stadt Gemeinde Woche Monat Jahr Termin Formular Unterlagen
Bescheid Auskunft Adresse Telefon Hund Kind Familie Haus Wohnung Grundstück Baum Straße Wasser
Strom Tonne Verein Schule Halle Fest Markt Platz Wald
""")


def vocabulary() -> list[str]:
    """Return the words of the town, the most frequent first: real ones and made-up ones.

    The most frequent words of a language are those that nobody searches for.
    """
    draw = random.Random(1)  # noqa: S311 - made-up texts
    syllables = [a + b + c for a in "bdfgklmnprstw" for b in "aeiou" for c in ("", "n", "r", "l")]
    made_up = {"".join(draw.choices(syllables, k=3)).capitalize() for _index in range(6_000)}
    known = sorted({*WORDS, *(head + tail for head in HEADS for tail in TAILS)} - {"Rathaus"})
    invented = sorted(made_up)
    draw.shuffle(invented)
    found = known + invented[FREQUENT:]
    draw.shuffle(found)
    return [*invented[:FREQUENT], "Rathaus", *found]


FOUND = vocabulary()
# How often a word occurs falls with its rank, as in every natural text (Zipf 1935).
SHARES = list(accumulate(1 / (rank + 20) for rank in range(len(FOUND))))


def texts(seed: int) -> tuple[str, str, str]:
    """Return title, summary and text of an invented page; the same for the same number."""
    draw = random.Random(seed)  # noqa: S311 - made-up texts
    chosen = draw.choices(FOUND, cum_weights=SHARES, k=125)
    sentences = [" ".join(chosen[at : at + 10]) + "." for at in range(5, 125, 10)]
    return " ".join(chosen[:3]), " ".join(chosen[3:12]), " ".join(sentences)


def plant(ini: Path) -> None:
    """Store the pages past the services, as an import of a dump would."""
    from sqlalchemy import insert, select  # noqa: PLC0415 - after the database is there

    from stadtkern.cli import build_registry, load_settings  # noqa: PLC0415
    from stadtkern.content import Node  # noqa: PLC0415
    from stadtkern.db import work  # noqa: PLC0415
    from stadtkern.tenants import tenant_by_slug  # noqa: PLC0415

    registry = build_registry(load_settings(str(ini)))
    with work(registry["database"], write=False) as session:
        tenant = tenant_by_slug(session, "demo")
    with work(registry["database"], tenant.id) as session:
        root = session.scalars(select(Node).where(Node.path == "/")).one()
        rows = []
        for number in range(NODES):
            title, summary, text = texts(number)
            rows.append(
                {
                    "tenant_id": tenant.id,
                    "parent_id": root.id,
                    "path": f"/seite-{number}",
                    "slug": f"seite-{number}",
                    "type": "page",
                    "state": "published",
                    "language": root.language,
                    "translation_group": f"group-{number}",
                    "title": title,
                    "summary": summary,
                    "body": {
                        "fields": {},
                        "blocks": [
                            {"id": "b", "type": "text", "version": 1, "data": {"html": text}}
                        ],
                    },
                }
            )
        session.execute(insert(Node), rows)


@contextlib.contextmanager
def database(kind: str, folder: str) -> Iterator[dict[str, str]]:
    """Yield the environment that leads commands to a database of this kind."""
    if kind == "sqlite":
        url = f"sqlite:///{folder}/bench.sqlite"
        yield {"STADTKERN_DATABASE_URL": url, "STADTKERN_OWNER_DATABASE_URL": url}
        return
    from stadtkern.testing.postgres import PostgresServer  # noqa: PLC0415 - only when asked for

    with PostgresServer() as server:
        urls = server.create_database("bench")
        yield {"STADTKERN_DATABASE_URL": urls.app, "STADTKERN_OWNER_DATABASE_URL": urls.owner}


def measure(kind: str, hello: float) -> None:
    """Fill a database of this kind, index it and ask it."""
    with tempfile.TemporaryDirectory() as folder, database(kind, folder) as env:
        os.environ.update(env)
        port = free_port()
        ini = Path(folder) / "bench.ini"
        ini.write_text(SETTINGS.format(here=folder, root=ROOT, port=port, more=RATE), "utf-8")
        quiet = subprocess.DEVNULL
        run = partial(subprocess.run, check=True, stdout=quiet, stderr=quiet)
        for verb in (["db", "upgrade"], ["demo", "load"]):
            run([str(STADTKERN), "-c", str(ini), *verb])
        plant(ini)
        for label in ("first", "again"):
            began = time.monotonic()
            run([str(STADTKERN), "-c", str(ini), "search", "reindex"])
            seconds = time.monotonic() - began
            print(f"{kind:10} reindex, {label:5} {NODES / seconds:8.0f} nodes/s   (aim 1000)")
        for label, more in (("anew", f"{RATE}\nstadtkern.page_cache = false"), ("kept", RATE)):
            ini.write_text(SETTINGS.format(here=folder, root=ROOT, port=port, more=more), "utf-8")
            ask(kind, label, ini, f"http://localhost:{port}", hello)
        stream(kind, ini, f"http://localhost:{port}", hello)


def ask(kind: str, label: str, ini: Path, address: str, hello: float) -> None:
    """Serve the town and print what searches cost: computed anew each time, or kept."""
    with running([str(STADTKERN), "-c", str(ini), "serve"], f"{address}/health/live") as pid:
        frame = cpu_per_request(f"{address}/suche", pid, requests=100)
        print(f"{kind:10} {label}: empty page {frame:19.0f} µs {frame / hello:5.1f} ×")
        costs = {}
        for query in QUERIES:
            url = f"{address}/suche?q={quote(query)}"
            began = time.monotonic()
            fetch(url)
            fetch(url)
            took = (time.monotonic() - began) / 2 * 1e3
            costs[query] = cpu_per_request(url, pid, requests=60)
            ratio = costs[query] / hello
            print(f"{kind:10}   {query:36} {costs[query]:7.0f} µs {ratio:5.1f} × {took:7.1f} ms")
        middle = statistics.median(costs.values())
        ratio = middle / hello
        print(
            f"{kind:10} {label}: search, median {middle:15.0f} µs {middle / hello:5.1f} × (aim 12)"
        )
        begun = [
            cpu_per_request(f"{address}/suche/vorschlaege?q={quote(one)}", pid, requests=100)
            for one in BEGINNINGS
        ]
        middle = statistics.median(begun)
        ratio = middle / hello
        print(f"{kind:10} {label}: suggestions, median {middle:10.0f} µs {ratio:5.1f} × (aim 6)")


def day() -> Iterator[str]:
    """Yield the queries of a day: one to three words of the town's, few of them often."""
    draw = random.Random(2)  # noqa: S311 - made-up questions
    telling = FOUND[FREQUENT:]
    queries = list(QUERIES)
    while len(queries) < DIFFERENT:
        queries.append(" ".join(draw.sample(telling, draw.choice((1, 1, 2, 3)))))
    shares = list(accumulate(1 / (rank + 1) for rank in range(DIFFERENT)))
    yield from draw.choices(queries, cum_weights=shares, k=ASKED)


def stream(kind: str, ini: Path, address: str, hello: float) -> None:
    """Ask a freshly started town what is asked in a day, and print what an answer costs."""
    costs: dict[bool, list[float]] = {True: [], False: []}
    known: set[str] = set()
    with running([str(STADTKERN), "-c", str(ini), "serve"], f"{address}/health/live") as pid:
        for query in ("warm", "laufen", *QUERIES[:1]):
            fetch(f"{address}/suche?q={quote(query)}")
        for query in day():
            before = cpu_now(pid)
            fetch(f"{address}/suche?q={quote(query)}")
            costs[query in known].append(cpu_now(pid) - before)
            known.add(query)
    every = [*costs[True], *costs[False]]
    told = (("all", every), ("computed", costs[False]), ("kept", costs[True]))
    for label, some in told:
        middle = statistics.median(some)
        print(
            f"{kind:10} a day's searches, {label:8} {len(some):4} of {len(every)}, median"
            f" {middle:6.0f} µs {middle / hello:5.1f} × (aim 12)"
        )


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "hello.py"
        script.write_text(HELLO, "utf-8")
        port = free_port()
        with running(
            [sys.executable, "-W", "ignore", str(script), str(port)], f"http://localhost:{port}/"
        ) as pid:
            hello = cpu_per_request(f"http://localhost:{port}/", pid, requests=1500)
    print(f"bare hello view {hello:26.0f} µs   1.0 ×")
    for kind in sys.argv[1:] or ("sqlite", "postgresql"):
        measure(kind, hello)


if __name__ == "__main__":
    main()
