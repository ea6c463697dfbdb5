"""What ``/health/ready`` says about search."""

from pyramid.config import Configurator
from pyramid.registry import Registry

from stadtkern.db import Database, work
from stadtkern.search.backends import POSTGRESQL
from stadtkern.web.health import Health


def check(registry: Registry) -> Health:
    """Say where typing errors are not forgiven because PostgreSQL lacks ``pg_trgm``."""
    database: Database = registry["database"]
    if not database.is_postgresql:
        return Health("ok")
    with work(database, write=False) as session:
        if POSTGRESQL.has_trigrams(session):
            return Health("ok")
    return Health("degraded", "typing errors are not forgiven: the extension pg_trgm is missing")


def configure(config: Configurator) -> None:
    """Register the check."""
    config.add_health_check("search", check)
