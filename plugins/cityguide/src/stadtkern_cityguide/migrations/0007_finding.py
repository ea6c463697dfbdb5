"""Places are found by the languages spoken there, tours by their step-free way.

Revision: 0007.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cityguide_point",
        sa.Column("spoken", sa.String(length=200), nullable=False, server_default=""),
    )
    op.add_column(
        "cityguide_track",
        sa.Column("step_free", sa.String(length=10), nullable=False, server_default=""),
    )
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "select node.id, node.body from node join cityguide_point"
            " on cityguide_point.node_id = node.id"
        )
    )
    known = [{"node": number, "spoken": _spoken(body)} for number, body in rows]
    known = [row for row in known if row["spoken"]]
    if known:
        connection.execute(
            sa.text("update cityguide_point set spoken = :spoken where node_id = :node"), known
        )


def _spoken(body: object) -> str:
    """Return the languages of a place's body, as the plugin's index writes them today."""
    stored = json.loads(body) if isinstance(body, str) else body
    fields = (stored or {}).get("fields") or {} if isinstance(stored, dict | None) else {}
    codes = set(fields.get("spoken_languages") or ())
    if "sign_language" in (fields.get("access") or ()):
        codes.add("gsg")
    return f" {' '.join(sorted(codes))} " if codes else ""
