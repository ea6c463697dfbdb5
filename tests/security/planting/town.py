"""People, settings and archives of a town."""

import io
import zipfile
from typing import Any

import colander
from security_side import Side

from stadtkern.plugins.settings import bound_schema, schema_of
from stadtkern.towns import arriving, keeping, pages
from stadtkern.towns.models import TownArrival, TownExport


def plant_people(side: Side) -> None:
    """Give the town an administrator, who is an operator, too, and an author."""
    town = side.town
    side.admin = town.account(
        "administrator", "finance_approver", mail=f"{side.prefix}admin@people.example"
    )
    side.member = town.account("author", mail=f"{side.prefix}member@people.example")
    with town.session() as session:
        for account, name in ((side.admin, "adminname"), (side.member, "membername")):
            row = session.merge(account)
            row.name = side.word(name)
            row.operator = name == "adminname"
    side.ticket = town.ticket(side.admin)


def plant_settings(side: Side) -> None:
    """Put a marker into every free text of every settings form."""
    registry = side.town.registry
    for owner in ("site", *sorted(registry["plugins"])):
        schema = schema_of(registry, owner)
        if schema is None:
            continue
        values = {}
        for node in bound_schema(schema).children:
            if isinstance(node.typ, colander.String):
                for value in (side.word("set" + node.name.replace("_", "")), None):
                    try:
                        values[node.name] = node.deserialize(value)
                        break
                    except colander.Invalid:
                        continue
        values.pop("folder", None)
        values["mail" if owner == "site" else "contact_mail"] = (
            f"{side.word('townmail')}@people.example"
        )
        side.town.configure(owner, **values)


def plant_archives(side: Side, session: Any) -> None:
    """Let an archive of the town lie there, one that was sent, and pages in a file."""
    town = side.town
    kept = io.BytesIO(side.word("archive").encode())
    sha, size = keeping.store_of(town.registry, town.tenant_id).put(kept, maximum=1_000)
    export = TownExport(state="done", job="", sha=sha, size=size)
    session.add(export)
    session.flush()
    side.ids["export"] = export.id
    sent, _size = arriving.store_of(town.registry).put(
        io.BytesIO(side.word("arrived").encode()), maximum=1_000
    )
    arrival = TownArrival(account_id=side.admin.id, sha=sent, digest=sent, report=_report(side))
    session.add(arrival)
    session.flush()
    side.ids["arrival"] = arrival.id
    below = town.content_in(session).by_path("/")
    sent_in = pages.waiting.receive(
        session,
        town.registry,
        town.tenant,
        io.BytesIO(packed(f"{side.word('importedfile')}.md", f"# {side.word('importedpage')}")),
        name=f"{side.word('importedzip')}.zip",
        below=below,
        account_id=side.admin.id,
        credit=side.word("importedcredit"),
        licence="own",
    )
    side.ids["pagefile"] = sent_in.id


def packed(name: str, text: str) -> bytes:
    """Return a ZIP archive with one file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, text)
    return target.getvalue()


def _report(side: Side) -> dict[str, Any]:
    """Return what an archive that was sent and checked is said to hold."""
    return {
        "name": side.word("arrivingtown"),
        "slug": "x",
        "host": side.word("arrivinghost"),
        "made_at": "",
        "software": "",
        "missing": [],
        "pages": 1,
        "files": 0,
        "people": 0,
        "rows": 1,
        "lost": 0,
    }
