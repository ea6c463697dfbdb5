"""Tables of the jobs room: what towns and operators see of a job, leases, schedules.

The queue itself is DBOS's; these rows say what a queued workflow is for and what became of it.
They hold ids and class names only, never what people wrote.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, utcnow

WAITING = "waiting"
RUNNING = "running"
DONE = "done"
FAILED = "failed"
PARKED = "parked"
CANCELLED = "cancelled"
STATES = (RUNNING, WAITING, FAILED, PARKED, DONE, CANCELLED)
OPEN = (WAITING, RUNNING)
"""States in which a queued workflow stands behind the row."""


class JobRow(Base):
    """One job, from being enqueued to being purged.

    ``run`` counts the workflows queued for it (a retry is a new one); ``claim`` is the token of
    the execution that may write in its name: one that was taken over finds another's.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_state_due_at", "state", "due_at"),
        Index("ix_job_tenant_id_state", "tenant_id", "state"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    tenant_id: Mapped[int | None] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), doc="None: the installation's"
    )
    name: Mapped[str] = mapped_column(String(100))
    owner: Mapped[str | None] = mapped_column(String(64), doc="the plugin; None: the core")
    ids: Mapped[dict[str, Any]]
    unique_key: Mapped[str | None] = mapped_column(
        String(300), unique=True, doc="while it waits: no second one like it"
    )
    state: Mapped[str] = mapped_column(String(16), default=WAITING)
    run: Mapped[int] = mapped_column(default=1)
    claim: Mapped[str | None] = mapped_column(String(36))
    starts: Mapped[int] = mapped_column(default=0, doc="executions begun, crashed ones too")
    failures: Mapped[int] = mapped_column(default=0)
    cancelling: Mapped[bool] = mapped_column(default=False)
    done: Mapped[int | None] = mapped_column(doc="progress: so many of …")
    total: Mapped[int | None] = mapped_column(doc="… so many")
    error: Mapped[str | None] = mapped_column(String(200), doc="class of the last error")
    code: Mapped[str | None] = mapped_column(String(64), doc="its code, if it has one")
    executor: Mapped[str | None] = mapped_column(String(64))
    due_at: Mapped[datetime] = mapped_column(default=utcnow)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobLease(Base):
    """The lease of a live process that runs jobs; once it has lapsed others take its jobs over."""

    __tablename__ = "job_lease"

    executor: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), doc="serve or worker")
    host: Mapped[str] = mapped_column(String(200))
    pid: Mapped[int]
    since: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class JobSchedule(Base):
    """When a schedule was last due and fired; several processes agree by this row."""

    __tablename__ = "job_schedule"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    last_at: Mapped[datetime]
