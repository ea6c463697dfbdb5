"""A delivery of base notices read, checked and matched: seconds, CPU against lxml, memory.

    python benchmarks/intake.py [--records N] [--database sqlite|postgresql] [--json]

A synthetic delivery meets a stock of as many accounts; each notice finds its own by number.
Beside it the same archive merely parsed by lxml. The aims hold on two cores that do nothing else:
25,000 records in 60 s on PostgreSQL, 10 times the CPU of parsing, 300 MB.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from lxml import etree
from serving import cpu_of_children

from stadtkern.app import build
from stadtkern.db import TenantSession, bind_tenant, work
from stadtkern.db.engine import Database, open_database
from stadtkern.exchange import receiving, staging
from stadtkern.plugins.services import enable, save_settings
from stadtkern.tenants import services as tenants
from stadtkern.tenants import tenant_by_slug
from stadtkern.testing.databases import migrate_all
from stadtkern.testing.postgres import PostgresServer
from stadtkern.vault.keyring import add_key

SEED = 3


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[tuple[Database, int | None]]:
    """Open a migrated database of its own; yield it and its server's process."""
    if kind == "sqlite":
        database = open_database(f"sqlite:///{folder}/intake.sqlite")
        migrate_all(database)
        yield database, None
        database.dispose()
        return
    with PostgresServer() as server:
        urls = server.create_database("intake")
        owner = open_database(urls.owner)
        migrate_all(owner)
        owner.dispose()
        database = open_database(urls.app)
        yield database, server.pid
        database.dispose()


def merely_parsed(archive: Path) -> float:
    """Return the CPU seconds of parsing all files of an archive."""
    begun = time.process_time()
    with ZipFile(archive) as opened_archive:
        for info in opened_archive.infolist():
            etree.fromstring(opened_archive.read(info))
    return time.process_time() - begun


def numbers(archive: Path) -> Iterator[str]:
    """Yield the file numbers of all notices."""
    with ZipFile(archive) as opened_archive:
        for info in opened_archive.infolist():
            root = etree.fromstring(opened_archive.read(info))
            yield root.findtext(".//{*}Aktenzeichen") or ""


def measured(database: Database, server: int | None, folder: Path, archive: Path) -> dict[str, Any]:
    """Take the delivery in; return what it took: our own CPU, and that of PostgreSQL beside it."""
    from stadtkern_finance.models import TaxAccount  # noqa: PLC0415 - after the application
    from stadtkern_finance.stock.queries import add  # noqa: PLC0415

    add_key(folder / "key")
    settings = {
        "stadtkern.files": str(folder / "files"),
        "stadtkern.secret_file": str(folder / "secret"),
        "stadtkern.master_key_file": str(folder / "key"),
    }
    config = build(settings, database=database)
    config.make_wsgi_app()
    registry = config.registry
    with work(database) as session:
        tenants.add_tenant(
            session, slug="bench", host="bench.example", name="Bench", ags="06439015"
        )
        tenant = tenant_by_slug(session, "bench")
        bind_tenant(session, tenant.id)
        enable(session, registry, tenant, "finance")
        rates = {"rate_a": 450, "rate_b": 690}
        save_settings(session, registry, tenant, "finance", rates)
        rows = [
            {
                "tenant_id": tenant.id,
                "kassenzeichen": f"5.{place}",
                "tax_kind": "grundsteuer_b",
                "number": number,
                "place": {},
                "place_key": "",
                "owners": [],
            }
            for place, number in enumerate(numbers(archive))
        ]
        for start in range(0, len(rows), 1000):
            add(session, TaxAccount, rows[start : start + 1000])
    with archive.open("rb") as stream, work(database, tenant.id) as session:
        receiving.receive(
            session, registry, area="finance", stream=stream, name=archive.name, source="command"
        )

    @contextmanager
    def unit(*, write: bool = True) -> Iterator[TenantSession]:
        with work(database, tenant.id, write=write) as session:
            yield session

    theirs = cpu_of_children(server) if server else 0.0
    seconds, cpu = time.perf_counter(), time.process_time()
    staging.Reader(registry, tenant, unit).run()
    return {
        "seconds": round(time.perf_counter() - seconds, 1),
        "cpu": round(time.process_time() - cpu, 1),
        "cpu_database": round((cpu_of_children(server) - theirs) / 1e6, 1) if server else 0.0,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000,
    }


def main() -> None:
    """Measure and print."""
    from stadtkern_finance.synthetic import Order, write  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--records", type=int, default=25_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = folder / "delivery.zip"
        write(Order(options.records, SEED), archive)
        parsing = merely_parsed(archive)
        with opened(options.database, folder) as (database, server):
            found = measured(database, server, folder, archive)
    found |= {"records": options.records, "parsing": round(parsing, 2)}
    found["ratio"] = round(found["cpu"] / parsing, 1)
    found["ratio_all"] = round((found["cpu"] + found["cpu_database"]) / parsing, 1)
    if options.json:
        print(json.dumps(found))
        return
    print(
        f"{options.records} notices on {options.database}: {found['seconds']} s (aim 60 for "
        f"25,000), {found['cpu']} s CPU, {found['ratio']} times merely parsing (aim 10; "
        f"with PostgreSQL's own {found['cpu_database']} s: {found['ratio_all']}), "
        f"{found['memory_mb']} MB (aim 300)"
    )


if __name__ == "__main__":
    main()
