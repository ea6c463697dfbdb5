"""Every form that changes rows leaves an entry in the audit of its own municipality."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from security_attack import probes_of, views
from security_world import World

from stadtkern.testing.databases import on_sqlite

pytestmark = on_sqlite

BESIDE = {"audit_entry", "audit_seal", "tenant_generation", "login_failure", "mail_message"}
"""Tables whose changes alone are no deed."""
NO_DEED: dict[str, str] = {
    "admin.node.lock": "a lease, no deed",
    "admin.node.autosave": "not saved by anybody yet",
    "admin.node.add.autosave": "not saved by anybody yet",
    "admin.search.rebuild": "the index is built by a job from what is there; no contents change",
    "cityguide.push": "a device agrees or ends it; nobody knows whose, and the history shall not",
    "admin.links": "asking for a check enqueues a job, nothing else; ignoring a link is audited",
}
"""Views that change rows and yet do nothing worth an entry: name → reason."""


@pytest.fixture
def world(database: Any, make_town: Any, settings: dict[str, Any]) -> Iterator[World]:
    """Return both towns of the wall tests."""
    made = World(database, make_town(), Path(settings["stadtkern.files"]))
    yield made
    made.close()


def test_every_form_that_changes_rows_is_audited(world: World) -> None:
    victim = world.victim
    tenant = victim.town.tenant_id
    changed, silent = set(), []
    for view in views(world.registry):
        for probe in probes_of(view):
            ask = probe.make(world, victim, victim)
            if view.method == "GET":
                continue
            before = world.snapshot()
            world.send(ask, victim, login=probe.login)
            now = world.snapshot()
            if any(now[name] != rows for name, rows in before.items() if name not in BESIDE):
                changed.add(view.name)
                entries = [row for row in now["audit_entry"] if row["tenant_id"] == tenant]
                old = [row for row in before["audit_entry"] if row["tenant_id"] == tenant]
                if len(entries) <= len(old) and view.name not in NO_DEED:
                    silent.append(f"{view.name}: {probe.name}")
            world.restore()
    assert "\n".join(silent) == ""
    assert len(changed) > 15
