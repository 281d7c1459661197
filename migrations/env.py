"""How migrations run: as the owner of the schema, on either database.

SQLite: foreign keys are off while tables are rebuilt, outside the transaction, and checked
afterwards. Both: triggers, roles and policies are put back after each run, because SQLite's
batch mode drops triggers without a word.
"""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, create_engine, text

import app.modules  # noqa: F401 - every table is known before they are compared
from app import tenancy
from app.database import Json, Model, UtcDateTime, engine, guards
from app.extensions import db

settings = current_app.config["SETTINGS"]


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Migrations speak SQLAlchemy's own types, so that they outlive ours."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Json):
        return "sa.Text()"
    return False


def one_at_a_time(connection: Connection) -> None:
    """Two starts at once migrate one after the other: SQLite's writer does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(7236478)"))


def run() -> None:
    """Upgrade or downgrade in one transaction, then the guards in another."""
    migrating = db.engine
    if settings.migration_database_url:
        migrating = create_engine(**engine.engine_options(settings.migration_database_url))
        engine.install(migrating)
    with tenancy.crossing(tenancy.OWNER), migrating.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.connection.execute("PRAGMA foreign_keys=OFF")
        try:
            context.configure(
                connection=connection,
                target_metadata=Model.metadata,
                render_as_batch=True,
                render_item=render_item,
                compare_type=True,
                compare_server_default=not sqlite,
                transaction_per_migration=False,
            )
            with connection.begin(), context.begin_transaction():
                one_at_a_time(connection)
                context.run_migrations()
            # A transaction of its own: on SQLite Alembic has ended the one above by itself.
            if not context.is_offline_mode():
                with connection.begin():
                    one_at_a_time(connection)
                    guards.install_guards(connection, settings.database_url)
                    if sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
                        raise RuntimeError("the migration left rows that refer to nothing")
        finally:
            if sqlite:
                connection.connection.execute("PRAGMA foreign_keys=ON")
    if migrating is not db.engine:
        migrating.dispose()


run()
