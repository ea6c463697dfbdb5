"""Alembic's environment, one for the core and every plugin; run through ``stadtkern db``."""

from alembic import context

from stadtkern.db.base import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
    render_as_batch=connection.dialect.name == "sqlite",
    # The runner has begun the one transaction and ends it.
    transactional_ddl=False,
)
context.run_migrations()
