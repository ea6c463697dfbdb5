"""What visitors say of a place or tour, and which deeds of devices have arrived."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import TenantScoped, utcnow
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.models import Base

OPEN, ANSWERED, DONE = "open", "answered", "done"
WHOLE = "/guide"
"""The page of what is said of the guide as a whole."""
STATUSES = {OPEN: _("open"), ANSWERED: _("answered"), DONE: _("done")}
KINDS = {
    "closed": _("It is closed, though it should be open"),
    "blocked": _("The way is blocked or hard to pass"),
    "hours": _("The opening hours are wrong"),
    "other": _("Something else"),
}


class Feedback(TenantScoped, Base):
    """One visitor's words; the mail address is wiped once somebody has seen to it."""

    __tablename__ = "cityguide_feedback"
    __audit_content__ = False  # a visitor's words and address
    __table_args__ = (UniqueConstraint("tenant_id", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20))
    node_id: Mapped[int | None] = mapped_column(
        ForeignKey("node.id", ondelete="SET NULL"), index=True
    )
    page: Mapped[str] = mapped_column(String(1000), doc="its address when it was written")
    kind: Mapped[str] = mapped_column(String(12), doc="a key of KINDS")
    text: Mapped[str] = mapped_column(Text)
    sealed: Mapped[str | None] = mapped_column(Text, doc="mail address, sealed by the vault")
    status: Mapped[str] = mapped_column(String(12), default=OPEN)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    closed_at: Mapped[datetime | None]

    @property
    def about(self) -> str:
        """Return the page that it is about, empty: the guide as a whole."""
        return "" if self.page == WHOLE else self.page

    @property
    def context(self) -> str:
        """Return what the vault binds the address to."""
        return f"cityguide_feedback:{self.reference}"


class Arrived(TenantScoped, Base):
    """A deed of a device that has taken effect, so that the same one again has none.

    Neither key nor contents stand here: the key is a device's own random text, and both are
    hashed with it.
    """

    __tablename__ = "cityguide_arrived"
    __audited__ = False  # its effect is audited where it has one
    __table_args__ = (UniqueConstraint("tenant_id", "key_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    body_hash: Mapped[str] = mapped_column(String(64))
    reference: Mapped[str] = mapped_column(String(20), default="", doc="what was answered")
    created_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
