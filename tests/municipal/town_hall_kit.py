"""What tests of the municipal types share: announcements, and the cost of a page."""

import io
from typing import Any

from stadtkern.media.types import take
from stadtkern.testing.town import Town


def count(town: Town, path: str) -> int:
    with town.statements() as statements:
        town.get(path)
    return len(statements)


def read(schema: Any, **values: Any) -> Any:
    return schema.bind(timezone="Europe/Berlin").deserialize(values)


def announce(town: Town, title: str = "Bebauungsplan", **kw: Any) -> Any:
    kw.setdefault("fields", {"legal_basis": "Hauptsatzung"})
    kw.setdefault("blocks", [{"id": "0001", "type": "text", "data": {"html": "<p>Wortlaut</p>"}}])
    return town.add("announcement", title, **kw)


def fixed(node: Any) -> tuple[Any, ...]:
    # An empty list says as much as none.
    fields = {name: value for name, value in node.body["fields"].items() if value != []}
    return (node.title, node.state, node.path, node.sort_at, fields, node.body["blocks"])


def other_bytes(town: Town, data: bytes) -> dict[str, Any]:
    kept = io.BytesIO(b"%PDF-1.7\n" + data)
    return {"stored": take(town.registry, "file", kept, "plan.pdf")}


def linking(town: Town, href: str, title: str = "Bebauungsplan", **kw: Any) -> Any:
    html = f'<p><a href="{href}">Plan</a></p>'
    return announce(
        town, title, blocks=[{"id": "0001", "type": "text", "data": {"html": html}}], **kw
    )
