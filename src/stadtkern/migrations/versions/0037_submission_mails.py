"""Every mail address of an entry is noted, not the first one only.

Entries that were there keep what was noted; their further addresses are sealed and are noted by
the nightly job of the forms.

Revision: 0037, after 0036.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, fill it from the column, and drop that."""
    op.create_table(
        "submission_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
            name=op.f("fk_submission_mail_submission_id_submission"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_submission_mail_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_mail")),
        sa.UniqueConstraint(
            "submission_id", "mark", name=op.f("uq_submission_mail_submission_id_mark")
        ),
    )
    op.execute(
        "insert into submission_mail (tenant_id, submission_id, mark)"
        " select tenant_id, id, mail_mark from submission where mail_mark is not null"
    )
    op.add_column(
        "submission", sa.Column("marked", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    # Who gave no address at first has given none at all.
    op.execute("update submission set marked = true where mail_mark is null")
    # Both indexes have the same name. The column goes without the table being made anew: files
    # of entries hang on its rows.
    op.drop_index("ix_submission_mail_mark", "submission")
    op.drop_column("submission", "mail_mark")
    op.create_index("ix_submission_mail_mark", "submission_mail", ["mark"])
    op.create_index("ix_submission_mail_tenant_id", "submission_mail", ["tenant_id"])
