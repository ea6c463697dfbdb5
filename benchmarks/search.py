"""What searching 10,000 pages costs, against a bare Pyramid hello view through the same server.

Ratios of process CPU including kernel time, each against a hello asked in turns with it, median of
9 rounds; the search's cost is the median over queries of one word, several, a compound, a typing
error and a very common word.
Each twice: computed anew for every request (without the page cache), and as a town serves them,
where an answer is kept until something that can be found changes. Then a day's searches in a row:
how often a query comes falls with its rank, as word frequencies do (Zipf 1935), so that some come
again and are answered from what is kept, and many come once; printed is the median of all, and of
those that were computed.
``python benchmarks/search.py [sqlite|postgresql]``; without a name both. PostgreSQL works in
processes of its own: what it uses stands beside, and in the ratio in brackets it is added.
"""

import contextlib
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path
from urllib.parse import quote

from pages import HELLO
from serving import (
    ROOT,
    SETTINGS,
    STADTKERN,
    Bare,
    cpu_now,
    cpu_of_children,
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
def database(kind: str, folder: str) -> Iterator[tuple[dict[str, str], int | None]]:
    """Yield the environment that leads commands to a database of this kind, and its process."""
    if kind == "sqlite":
        url = f"sqlite:///{folder}/bench.sqlite"
        yield {"STADTKERN_DATABASE_URL": url, "STADTKERN_OWNER_DATABASE_URL": url}, None
        return
    from stadtkern.testing.postgres import PostgresServer  # noqa: PLC0415 - only when asked for

    with PostgresServer() as server:
        urls = server.create_database("bench")
        env = {"STADTKERN_DATABASE_URL": urls.app, "STADTKERN_OWNER_DATABASE_URL": urls.owner}
        yield env, server.pid


def measure(kind: str, bare: Bare) -> None:
    """Fill a database of this kind, index it and ask it."""
    with tempfile.TemporaryDirectory() as folder, database(kind, folder) as (env, server):
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
            reindex(kind, label, ini)
        address = f"http://localhost:{port}"
        for label, more in (("anew", f"{RATE}\nstadtkern.page_cache = false"), ("kept", RATE)):
            ini.write_text(SETTINGS.format(here=folder, root=ROOT, port=port, more=more), "utf-8")
            ask(kind, label, ini, address, bare, server)
        stream(kind, ini, address, bare, server)


def reindex(kind: str, label: str, ini: Path) -> None:
    """Index the town by the command and print how long that took, and the CPU of its process."""
    began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [str(STADTKERN), "-c", str(ini), "search", "reindex"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seconds, now = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    print(
        f"{kind:10} reindex, {label:5} {NODES / seconds:8.0f} nodes/s   (aim 1000;"
        f" {NODES / busy:.0f} a second of its CPU)"
    )


def ask(kind: str, label: str, ini: Path, address: str, bare: Bare, server: int | None) -> None:
    """Serve the town and print what searches cost: computed anew each time, or kept."""
    with running([str(STADTKERN), "-c", str(ini), "serve"], f"{address}/health/live") as pid:

        def told(name: str, url: str, aim: str = "") -> tuple[float, float, float]:
            found = bare.compare(url, pid, requests=20, database=server)
            show(kind, name, found, aim)
            return found

        told(f"{label}: empty page", f"{address}/suche")
        for what, path, asked, aim in (
            ("search", "/suche", QUERIES, "(aim 12)"),
            ("suggestions", "/suche/vorschlaege", BEGINNINGS, "(aim 6)"),
        ):
            costs = [told(f"  {one}", f"{address}{path}?q={quote(one)}") for one in asked]
            middle = [statistics.median(column) for column in zip(*costs, strict=True)]
            show(kind, f"{label}: {what}, median", middle, aim)


def show(kind: str, name: str, found: Sequence[float], aim: str = "") -> None:
    """Print microseconds and ratio; where the database works beside, with its part."""
    own, ratio, theirs = found
    more = f" + {theirs:5.0f} µs ({ratio * (own + theirs) / own:4.1f} ×)" if theirs else ""
    print(f"{kind:10} {name:40} {own:7.0f} µs {ratio:5.1f} ×{more} {aim}")


def day() -> Iterator[str]:
    """Yield the queries of a day: one to three words of the town's, few of them often."""
    draw = random.Random(2)  # noqa: S311 - made-up questions
    telling = FOUND[FREQUENT:]
    queries = list(QUERIES)
    while len(queries) < DIFFERENT:
        queries.append(" ".join(draw.sample(telling, draw.choice((1, 1, 2, 3)))))
    shares = list(accumulate(1 / (rank + 1) for rank in range(DIFFERENT)))
    yield from draw.choices(queries, cum_weights=shares, k=ASKED)


def stream(kind: str, ini: Path, address: str, bare: Bare, server: int | None) -> None:
    """Ask a freshly started town what is asked in a day, and print what an answer costs."""
    costs: dict[bool, list[tuple[float, float, float]]] = {True: [], False: []}
    known: set[str] = set()
    with running([str(STADTKERN), "-c", str(ini), "serve"], f"{address}/health/live") as pid:
        for query in ("warm", "laufen", *QUERIES[:1]):
            fetch(f"{address}/suche?q={quote(query)}")
        for query in day():
            hello = bare.cost(5)
            used = cpu_of_children(server) if server else 0.0
            before = cpu_now(pid)
            fetch(f"{address}/suche?q={quote(query)}")
            own = cpu_now(pid) - before
            theirs = cpu_of_children(server) - used if server else 0.0
            costs[query in known].append((own, own / hello, theirs))
            known.add(query)
    every = [*costs[True], *costs[False]]
    for label, some in (("all", every), ("computed", costs[False]), ("kept", costs[True])):
        middle = [statistics.median(column) for column in zip(*some, strict=True)]
        show(kind, f"a day's searches, {label}: {len(some)} of {len(every)}", middle, "(aim 12)")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "hello.py"
        script.write_text(HELLO, "utf-8")
        port = free_port()
        address = f"http://localhost:{port}/"
        command = [sys.executable, "-W", "ignore", str(script), str(port)]
        with running(command, address) as pid:
            bare = Bare(address, pid)
            print(f"bare hello view {bare.cost(1500):46.0f} µs   1.0 ×")
            for kind in sys.argv[1:] or ("sqlite", "postgresql"):
                measure(kind, bare)


if __name__ == "__main__":
    main()
