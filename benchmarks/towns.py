"""A town of 2,000 nodes and 500 files out of one installation and into another: time, memory.

    python benchmarks/towns.py [--nodes 2000] [--files 500] [--kilobytes 400]

Both run as the commands do, each in a process of its own over SQLite; ``peak`` is its largest
resident size, Python and the whole application included. Exit code 1 above 200 MB.
"""

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from stadtkern.app import build
from stadtkern.content.models import Node
from stadtkern.db import Database, bind_tenant, work
from stadtkern.db.engine import open_database
from stadtkern.tenants import services as tenants
from stadtkern.tenants import tenant_by_slug
from stadtkern.tenants.events import TenantCreated
from stadtkern.testing.databases import migrate_all
from stadtkern.towns import Archive, TownImporter, export_town, whole_file

LIMIT = 200_000_000
WORDS = "Die Verwaltung öffnet um acht Uhr und bittet um einen Termin. " * 12
AT_ONCE = 50


def settings_of(folder: Path) -> dict[str, str]:
    """Return the settings of an installation in a folder."""
    return {
        "stadtkern.files": str(folder / "files"),
        "stadtkern.secret_file": str(folder / "secret"),
        "stadtkern.plugins": "",
    }


def open_in(folder: Path) -> Database:
    """Open the folder's database."""
    return open_database(f"sqlite:///{folder / 'town.sqlite'}")


def fill(folder: Path, nodes: int, files: int, kilobytes: int) -> None:
    """Make a town: pages of three blocks each and two revisions, and files."""
    database = open_in(folder)
    registry = build(settings_of(folder), database=database).registry
    with work(database) as session:
        tenants.add_tenant(session, slug="alt", host="alt.example", name="Alt", ags="06999999")
        tenant = tenant_by_slug(session, "alt")
        bind_tenant(session, tenant.id)
        registry.notify(TenantCreated(session, tenant))
    store = registry["storage"]
    for begin in range(0, nodes, AT_ONCE):
        with work(database, tenant.id) as session:
            content = registry["content_of_tenant"](registry, session, tenant)
            root = content.by_path("/")
            for number in range(begin, min(begin + AT_ONCE, nodes)):
                _page(content, store, root, number, files=files, kilobytes=kilobytes)
    database.dispose()


def _page(content: Any, store: Any, root: Node, number: int, *, files: int, kilobytes: int) -> None:
    if number < files:
        data = io.BytesIO(b"%PDF-1.7 " + os.urandom(kilobytes * 1000))
        sha, size = store.put(data, maximum=10**9)
        stored = {"sha": sha, "name": f"{number}.pdf", "type": "application/pdf", "size": size}
        content.create(root, "file", title=f"Datei {number}", fields={"stored": stored})
        return
    html = f"<p>{number}: {WORDS}</p>"
    blocks = [{"type": "text", "data": {"html": html}} for _ in range(3)]
    content.create(root, "page", title=f"Seite {number}", blocks=blocks)


def child(verb: str, folder: Path, file: Path) -> None:
    """Export or import, and print seconds and the largest resident size in bytes."""
    database = open_in(folder)
    registry = build(settings_of(folder), database=database).registry
    began = time.perf_counter()
    if verb == "export":
        with work(database, write=False) as session:
            tenant = tenant_by_slug(session, "alt")
        with whole_file(file) as target:
            export_town(registry, database, tenant, target)
    else:
        with Archive(file) as archive:
            importer = TownImporter(registry, database, archive)
            importer.check()
            importer.run(importer.begin(slug="neu", host="neu.example"))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps({"seconds": round(seconds, 2), "peak": peak}))
    database.dispose()


def measured(verb: str, folder: Path, file: Path) -> dict[str, Any]:
    """Run one direction in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", verb, str(folder), str(file)],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=2000)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--kilobytes", type=int, default=400)
    parser.add_argument("--child", nargs=3, metavar=("VERB", "FOLDER", "FILE"))
    asked = parser.parse_args()
    if asked.child:
        child(asked.child[0], Path(asked.child[1]), Path(asked.child[2]))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folders = {verb: Path(name, verb) for verb in ("export", "import")}
        for folder in folders.values():
            folder.mkdir()
            database = open_in(folder)
            migrate_all(database)
            database.dispose()
        fill(folders["export"], asked.nodes, asked.files, asked.kilobytes)
        file = Path(name, "town.zip")
        highest = 0
        for verb, folder in folders.items():
            found = measured(verb, folder, file)
            highest = max(highest, found["peak"])
            print(
                f"{verb}: {found['seconds']:.1f} s, peak {found['peak'] / 1e6:.0f} MB "
                f"({asked.nodes} nodes, {asked.files} files, {file.stat().st_size / 1e6:.0f} MB)"
            )
    print(f"peak against the limit of {LIMIT / 1e6:.0f} MB: {highest / LIMIT:.2f}")
    return int(highest > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
