"""Tables of the submissions room: what people sent, sealed."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped, utcnow
from stadtkern.web.i18n import _

RECEIVED = "received"
"""Nobody has taken it up yet."""
STATUSES = {
    RECEIVED: _("received"),
    "working": _("in progress"),
    "done": _("done"),
    "refused": _("refused"),
}


class Submission(TenantScoped, Base):
    """One entry: the answers stand in it with the questions as they were asked."""

    __tablename__ = "submission"
    __audit_content__ = False  # a visitor's answers
    __table_args__ = (
        UniqueConstraint("tenant_id", "reference"),
        UniqueConstraint("tenant_id", "token"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Entries outlive their form: whoever deletes a page deletes nobody's application with it.
    node_id: Mapped[int | None] = mapped_column(
        ForeignKey("node.id", ondelete="SET NULL"), index=True
    )
    form_title: Mapped[str] = mapped_column(String(300))
    form_version: Mapped[int] = mapped_column(doc="of the node, when it was sent")
    reference: Mapped[str] = mapped_column(String(20))
    secret_hash: Mapped[str] = mapped_column(String(64), doc="sha256 of the code for its status")
    token: Mapped[str] = mapped_column(String(32), doc="of the page it was sent from: once each")
    sealed: Mapped[str] = mapped_column(Text, doc="answers as JSON, sealed by the vault")
    marked: Mapped[bool] = mapped_column(
        server_default=false(), doc="all mail addresses of its answers are noted beside it"
    )
    locale: Mapped[str] = mapped_column(String(16), doc="language in which it was sent")
    status: Mapped[str] = mapped_column(String(16), default="received")
    note: Mapped[str | None] = mapped_column(Text, doc="words to the sender, sealed by the vault")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    purge_at: Mapped[datetime] = mapped_column(index=True, doc="when it is deleted")


class SubmissionFile(TenantScoped, Base):
    """A file of an entry: its key and name sealed here, its bytes encrypted in the storage."""

    __tablename__ = "submission_file"
    __audit_content__ = False  # a visitor's file

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), index=True
    )
    field: Mapped[str] = mapped_column(String(80), doc="name of the field, as in the answers")
    stored: Mapped[str] = mapped_column(String(64), doc="sha256 of the encrypted bytes")
    size: Mapped[int] = mapped_column(doc="bytes of the file itself")
    sealed: Mapped[str] = mapped_column(Text, doc="key, name and type, sealed by the vault")


class SubmissionMail(TenantScoped, Base):
    """A mail address of an entry's answers, as a keyed hash: to find what is about a person."""

    __tablename__ = "submission_mail"
    __audited__ = False  # made of the entry, which is audited
    __table_args__ = (UniqueConstraint("submission_id", "mark"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: the unique constraint begins with it.
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    mark: Mapped[str] = mapped_column(String(64), index=True)
