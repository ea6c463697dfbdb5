"""Areas of places and stops of tours are found by where they lie, places by when they are there.

Revision: 0005. What is there already is indexed here, from its bodies.
"""

from datetime import date

import sqlalchemy as sa
from alembic import op

from stadtkern.db import JSONBody

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NODE = sa.table(
    "node",
    sa.column("id", sa.Integer),
    sa.column("tenant_id", sa.Integer),
    sa.column("type", sa.String),
    sa.column("body", JSONBody),
)
POINT = sa.table(
    "cityguide_point",
    sa.column("node_id", sa.Integer),
    sa.column("valid_from", sa.Date),
    sa.column("valid_to", sa.Date),
)
STOP = sa.table(
    "cityguide_stop",
    *(sa.column(name, sa.Integer) for name in ("node_id", "position", "tenant_id")),
    *(sa.column(name, sa.Double) for name in ("lat", "lon")),
)


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"],
        ["tenant.id"],
        name=op.f(f"fk_{table}_tenant_id_tenant"),
        ondelete="CASCADE",
    )


def _node(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["node_id"], ["node.id"], name=op.f(f"fk_{table}_node_id_node"), ondelete="CASCADE"
    )


def upgrade() -> None:
    for name in ("valid_from", "valid_to"):
        op.add_column("cityguide_point", sa.Column(name, sa.Date(), nullable=True))
    op.create_table(
        "cityguide_area",
        sa.Column("node_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in _BOX),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        _node("cityguide_area"),
        _tenant("cityguide_area"),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_cityguide_area")),
    )
    op.create_index(op.f("ix_cityguide_area_tenant_id"), "cityguide_area", ["tenant_id"])
    op.create_table(
        "cityguide_stop",
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        _node("cityguide_stop"),
        _tenant("cityguide_stop"),
        sa.PrimaryKeyConstraint("node_id", "position", name=op.f("pk_cityguide_stop")),
    )
    op.create_index(
        "ix_cityguide_stop_tenant_id_lat_lon", "cityguide_stop", ["tenant_id", "lat", "lon"]
    )
    op.create_index(op.f("ix_cityguide_stop_tenant_id"), "cityguide_stop", ["tenant_id"])
    _index()


_BOX = ("south", "west", "north", "east")


def _index() -> None:
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(NODE.c.id, NODE.c.tenant_id, NODE.c.type, NODE.c.body).where(
            NODE.c.type.in_(("place", "tour"))
        )
    ).all()
    stops = []
    for row in rows:
        fields = (row.body or {}).get("fields") or {}
        if row.type == "tour":
            stops += [
                {
                    "node_id": row.id,
                    "tenant_id": row.tenant_id,
                    "position": position,
                    "lat": float(stop["lat"]),
                    "lon": float(stop["lon"]),
                }
                for position, stop in enumerate(fields.get("stops") or (), start=1)
                if stop.get("lat") is not None and stop.get("lon") is not None
            ]
            continue
        days = {name: fields.get(name) for name in ("valid_from", "valid_to")}
        if any(days.values()):
            connection.execute(
                sa.update(POINT)
                .where(POINT.c.node_id == row.id)
                .values({name: date.fromisoformat(day) for name, day in days.items() if day})
            )
    if stops:
        connection.execute(sa.insert(STOP), stops)
