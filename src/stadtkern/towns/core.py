"""The tables of the core's lower rooms that travel with a town."""

from typing import Any

from pyramid.config import Configurator

from stadtkern.accounts.models import LocalRole, Membership
from stadtkern.content.links import LinkCheck
from stadtkern.content.models import Node, NodeComment, Redirect, Revision
from stadtkern.content.moving import files_in
from stadtkern.plugins import TenantPlugin
from stadtkern.plugins.settings import schema_of
from stadtkern.towns.parts import Row


def _move_node(mover: Any, row: Row) -> None:
    row["body"], row["body_version"] = mover.moving.body(
        row["type"], row["body"], row["body_version"]
    )


def _move_revision(mover: Any, row: Row) -> None:
    kind, _version = mover.kinds.get(row["node_id"], ("", 0))
    row["body"], row["body_version"] = mover.moving.body(kind, row["body"], row["body_version"])


def _files(row: Any) -> list[str]:
    return list(files_in(row["body"]))


def configure(config: Configurator) -> None:
    """Name them; rooms on this floor and plugins name their own."""
    registry = config.registry

    def move_settings(mover: Any, row: Row) -> None:
        schema = schema_of(registry, row["plugin"])
        if schema is not None:
            row["settings"] = mover.values(schema, row["settings"])

    config.add_town_data(
        "node",
        Node,
        numbered=True,
        references={
            "parent_id": "node",
            "source_id": "node",
            "deleted_with": "node",
            "author_id": "account",
            "deleted_by": "account",
        },
        leave_out=("derived",),
        files=_files,
        move=_move_node,
    )
    config.add_town_data(
        "revision",
        Revision,
        references={"node_id": "node", "account_id": "account"},
        files=_files,
        move=_move_revision,
    )
    config.add_town_data(
        "node_comment", NodeComment, references={"node_id": "node", "account_id": "account"}
    )
    config.add_town_data("redirect", Redirect, references={"node_id": "node"})
    config.add_town_data("link_check", LinkCheck, only=lambda: LinkCheck.ignored)
    config.add_town_data("membership", Membership, references={"account_id": "account"})
    config.add_town_data(
        "local_role", LocalRole, references={"node_id": "node", "account_id": "account"}
    )
    config.add_town_data("tenant_plugin", TenantPlugin, move=move_settings)
