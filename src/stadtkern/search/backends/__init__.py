"""The two databases behind one interface: words in, ids and ranks out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.orm import Session

from stadtkern.search.backends.postgresql import PostgreSQL
from stadtkern.search.backends.sqlite import SQLite
from stadtkern.search.documents import Tokens
from stadtkern.search.parse import Query


class Backend(Protocol):
    """What a database's own search must offer."""

    hits: str
    """The table ``hits``: of the ``:most`` newest entries that fit and for which ``{may_find}``
    holds of ``entry`` (the best by their titles beyond them) ``id``, ``node_id``, ``kind``,
    ``language``, ``era`` (``{era}``) and ``score`` (times ``{worth}``). With those that it is made
    of, as they stand in a ``with``; the parameters come from ``asked``."""
    hits_loosely: str
    """The same for queries of which any word may occur."""
    begun: str
    """What somebody is still typing: ``found`` with columns ``id`` and ``score``; its parameters
    come from ``begun_with``."""

    def listed(self, names: Iterable[str]) -> Any:
        """Return names as a parameter of ``one_of``."""

    def one_of(self, column: str, parameter: str) -> str:
        """Return the condition that a column's value is among the names that were ``listed``."""

    def by_id(self, table: str, name: str, column: str, key: str, *, left: bool = False) -> str:
        """Return what joins a table, called ``name``, whose ``column`` is ``key``.

        One look-up of its key for each row; ``left``: also where there is none.
        """

    def asked(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return the parameters of ``found``."""

    def begun_with(self, tenant_id: int, query: Query) -> dict[str, Any]:
        """Return the parameters of ``begun``."""

    def insert(
        self,
        session: Session,
        model: Any,
        rows: Sequence[dict[str, Any]],
        *returned: str,
        skip: bool = False,
    ) -> Sequence[Any]:
        """Insert rows, all with the same columns; return columns of those that are new.

        ``skip``: what is there already stays as it is.
        """

    def store(self, session: Session, tenant_id: int, rows: Sequence[tuple[int, Tokens]]) -> None:
        """Store the words of new entries."""

    def settle(self, session: Session, changed: int) -> None:
        """Put the index in order after so many entries have changed at once."""

    def learn(self, session: Session, tenant_id: int, found: Collection[str]) -> None:
        """Make new words of the town findable by their spelling."""

    def similar(
        self, session: Session, tenant_id: int, asked: Iterable[str]
    ) -> Mapping[str, Sequence[Any]]:
        """Return words of the town that are spelt like these, the most alike first.

        Rows have word, shown, stem and entries.
        """


SQLITE, POSTGRESQL = SQLite(), PostgreSQL()
BACKENDS: dict[str, Backend] = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def backend_of(session: Session) -> Backend:
    """Return the way of the session's database."""
    return BACKENDS[session.get_bind().dialect.name]


__all__ = ["BACKENDS", "Backend", "PostgreSQL", "SQLite", "backend_of"]
