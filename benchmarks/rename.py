"""Renaming a node with 10,000 descendants: statements and seconds."""

import tempfile
import time
from pathlib import Path

from sqlalchemy import event

from stadtkern.app import build
from stadtkern.content import Content
from stadtkern.content.models import Node
from stadtkern.db import bind_tenant, migrate, work
from stadtkern.db.engine import open_database
from stadtkern.jobs import queue
from stadtkern.tenants import services as tenants
from stadtkern.tenants import tenant_by_slug
from stadtkern.tenants.events import TenantCreated

DESCENDANTS = 10_000


def main() -> None:
    """Build the tree, rename its root, print."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/rename.sqlite")
        migrate.upgrade(database, migrate.CORE)
        queue.migrate(database)
        settings = {"stadtkern.files": folder, "stadtkern.secret_file": str(Path(folder) / "s")}
        config = build(settings, database=database, plugins={})
        config.make_wsgi_app()
        registry = config.registry
        with work(database) as session:
            tenants.add_tenant(
                session, slug="bench", host="bench.example", name="Bench", ags="06439015"
            )
            tenant = tenant_by_slug(session, "bench")
            bind_tenant(session, tenant.id)
            registry.notify(TenantCreated(session, tenant))
            content = Content(registry, session, tenant, plugins=frozenset())
            home = content.by_path("/")
            if home is None:
                raise SystemExit("The town has no first page.")
            top = content.create(home, "folder", title="Oben", slug="oben")
            for index in range(DESCENDANTS):
                session.add(
                    Node(
                        parent_id=top.id,
                        path=f"/oben/n{index}",
                        slug=f"n{index}",
                        type="page",
                        state="published",
                        language="de",
                        title=f"Seite {index}",
                    )
                )
            top_id = top.id
        statements: list[str] = []

        def count(_c: object, _u: object, statement: str, *_rest: object) -> None:
            statements.append(statement)

        event.listen(database.engine, "before_cursor_execute", count)
        begun = time.perf_counter()
        with work(database, tenant.id) as session:
            content = Content(registry, session, tenant, plugins=frozenset())
            content.rename(top_id, "unten")
        seconds = time.perf_counter() - begun
        real = [line for line in statements if not line.startswith("BEGIN")]
        print(
            f"renamed with {DESCENDANTS} descendants: {len(real)} statements (aim 10), "
            f"{seconds:.2f} s (aim 2)"
        )
        database.dispose()


if __name__ == "__main__":
    main()
