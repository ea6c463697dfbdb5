"""The declarative base of the core, the shared metadata and the column types all rooms use."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

# Constraint names must be the same on both databases, or migrations cannot drop them by name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

JSONBody = JSON().with_variant(JSONB(), "postgresql")
"""A JSON document; on PostgreSQL in its binary form."""


def utcnow() -> datetime:
    """Return the current time, aware, in UTC, to the microsecond."""
    return datetime.now(UTC)


class UTCDateTime(TypeDecorator[datetime]):
    """A point in time, always aware and in UTC; SQLite stores it without zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values (``ValueError``) and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a point in time needs its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return what makes a stored value an aware one in UTC.

        Lists read thousands of these: one function a value, not the decorator's three.
        """
        parse: Any = self.impl_instance.result_processor(dialect, coltype)

        def read(value: Any) -> datetime | None:
            if value is None:
                return None
            found: datetime = value if parse is None else parse(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)

        return read


class Base(DeclarativeBase):
    """Base of the core's models.

    A plugin writes ``class Base(DeclarativeBase): metadata = metadata`` of its own, so that one
    broken mapper of a plugin does not break every query.
    """

    metadata = metadata
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UTCDateTime,
        dict[str, Any]: JSONBody,
        list[str]: JSONBody,
        list[Any]: JSONBody,
    }


class TenantScoped:
    """Mixin of every row that belongs to one municipality.

    Sessions filter on ``tenant_id`` by themselves and PostgreSQL's row-level security repeats
    the wall below; the tenant of new rows is filled in on flush.
    """

    @declared_attr
    def tenant_id(self) -> Mapped[int]:
        """Return the tenant's column; the table is known by name only (a lower floor)."""
        return mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"), index=True)
