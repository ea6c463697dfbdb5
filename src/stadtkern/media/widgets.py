"""Choosing a node of the library in a form."""

from typing import Any

import colander
import deform.widget as w
from sqlalchemy import select

from stadtkern.content import Node
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

MAX_CHOICES = 500


def node_choice(title: str, type_name: str) -> Any:
    """Return a choice among the tenant's nodes of one type; the value is the node's id."""

    def choices(request: Any) -> list[tuple[str, str]]:
        key = f"choices:{type_name}"
        known: dict[str, list[tuple[str, str]]] = request.__dict__.setdefault("_choices", {})
        if key not in known:
            rows = request.db.execute(
                select(Node.id, Node.title, Node.language)
                .where(Node.type == type_name, Node.deleted_at.is_(None))
                .order_by(Node.title, Node.id)
                .limit(MAX_CHOICES)
            )
            known[key] = [(str(row.id), f"{row.title} ({row.language})") for row in rows]
        return known[key]

    @colander.deferred
    def widget(_node: Any, kw: dict[str, Any]) -> Any:
        return w.SelectWidget(
            values=[("", _("Please choose")), *(choices(kw["request"]) if "request" in kw else [])]
        )

    @colander.deferred
    def validator(_node: Any, kw: dict[str, Any]) -> Any:
        def check(node: Any, value: int) -> None:
            if "request" in kw and str(value) not in dict(choices(kw["request"])):
                raise colander.Invalid(node, _("Please choose one of the list."))

        return check

    return colander.SchemaNode(
        colander.Integer(),
        title=title,
        widget=widget,
        validator=validator,
        missing_msg=f.REQUIRED,
    )
