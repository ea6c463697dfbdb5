"""Which columns hold sealed values: what rotation goes through."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator

from stadtkern.db import TenantScoped


@dataclass(frozen=True)
class Field:
    """A column with sealed values; ``context(row)`` as it was given to ``seal``."""

    column: Any
    context: Callable[[Any], str]

    @property
    def name(self) -> str:
        """Return table and column."""
        return f"{self.column.class_.__tablename__}.{self.column.key}"

    @property
    def scoped(self) -> bool:
        """Whether its rows belong to municipalities."""
        return issubclass(self.column.class_, TenantScoped)


def add_vault_field(config: Configurator, column: Any, *, context: Callable[[Any], str]) -> None:
    """Have rotation re-encrypt a column: ``add_vault_field(Form.answer, context=lambda row: …)``.

    A sealed column that is not named so becomes unreadable after two rotations.
    """
    field = Field(column, context)

    def register() -> None:
        config.registry["vault_fields"][field.name] = field

    intr = config.introspectable("vault fields", field.name, field.name, "vault field")
    intr["name"] = field.name
    config.action(("vault field", field.name), register, introspectables=(intr,))


def directives(config: Configurator) -> None:
    """Offer the directive of this room."""
    config.registry["vault_fields"] = {}
    config.add_directive("add_vault_field", add_vault_field)
