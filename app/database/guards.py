"""What the catalogue of tables cannot say: triggers, roles, grants and policies.

Derived from the metadata and put back after every upgrade (SQLite's batch mode drops
triggers silently). Everything here can run any number of times.
"""

from sqlalchemy import Connection, Table, inspect, text
from sqlalchemy.engine import make_url

from .. import tenancy
from .engine import COMPANY_ROLE, DEVICES_ROLE, PLATFORM_ROLE
from .tables import Model

_ROLES = (COMPANY_ROLE, PLATFORM_ROLE, DEVICES_ROLE)

# Rows of these are facts: never changed, never deleted.
APPEND_ONLY = (
    "loyalty_transactions",
    "point_draws",
    "program_revisions",
    "program_tiers",
    "program_bonuses",
    "audit_entries",
    "anchors",
    "tier_reviews",
)


def install_guards(connection: Connection, login_url: str) -> None:
    """(Re)create triggers on both databases; on PostgreSQL also roles, grants and policies."""
    if connection.dialect.name == "sqlite":
        _sqlite_triggers(connection)
    else:
        _postgresql_triggers(connection)
        _postgresql_roles(connection, make_url(login_url).username)


def _tables(connection: Connection) -> list[Table]:
    present = set(inspect(connection).get_table_names())
    return [table for table in Model.metadata.sorted_tables if table.name in present]


def _sqlite_triggers(connection: Connection) -> None:
    for table in _tables(connection):
        if table.name in APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                name = f"{table.name}_no_{verb.lower()}"
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
                connection.execute(
                    text(
                        f"CREATE TRIGGER {name} BEFORE {verb} ON {table.name}"
                        f" BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
                    )
                )


def _postgresql_triggers(connection: Connection) -> None:
    connection.execute(
        text(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME"
            " USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    )
    for table in _tables(connection):
        if table.name in APPEND_ONLY:
            name = f"{table.name}_append_only"
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name} ON {table.name}"))
            connection.execute(
                text(
                    f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table.name}"
                    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
                )
            )


def make_roles(connection: Connection) -> None:
    """The roles that own nothing and log in nowhere. Only what is missing: a login that may
    not create roles works where they were made for it."""
    for role in _ROLES:
        connection.execute(
            text(
                f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN"
                f" CREATE ROLE {role} NOLOGIN NOBYPASSRLS; END IF;"
                " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            )
        )


def _postgresql_roles(connection: Connection, login: str | None) -> None:
    """Grants for the roles; the login role may become any of them."""
    make_roles(connection)
    for role in _ROLES:
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
        # Since 16 being a member and being allowed to put the role on are two things.
        right = "SET" if (connection.dialect.server_version_info or (0,)) >= (16,) else "MEMBER"
        member = text(f"SELECT pg_has_role(:login, :role, '{right}')")
        if login and not connection.execute(member, {"login": login, "role": role}).scalar():
            connection.execute(text(f'GRANT {role} TO "{login}"'))
        for table in _tables(connection):
            connection.execute(text(f"REVOKE ALL ON {table.name} FROM {role}"))
            if verbs := _verbs(role, table.name):
                connection.execute(text(f"GRANT {verbs} ON {table.name} TO {role}"))
    if login:  # who owns nothing still asks, before serving, which migrations are applied
        connection.execute(text(f'GRANT SELECT ON alembic_version TO "{login}"'))
    for table in _tables(connection):
        if tenancy.is_tenant(table):
            _policies(connection, table.name)


def _verbs(role: str, table: str) -> str:
    if role == DEVICES_ROLE:
        return "SELECT" if table in tenancy.OF_DEVICES else ""
    return "SELECT, INSERT" if table in APPEND_ONLY else "ALL"


def _policies(connection: Connection, table: str) -> None:
    """A company sees its own rows; the operator's crossing sees all; ENABLE without FORCE, so
    that the owner's backfills and dumps see everything too."""
    acting = "company_id = nullif(current_setting('app.company_id', true), '')::bigint"
    connection.execute(text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))
    rules = [
        ("of_the_acting_company", COMPANY_ROLE, acting),
        ("of_the_platform", PLATFORM_ROLE, "true"),
    ]
    if table in tenancy.OF_DEVICES:
        rules.append(("of_devices", DEVICES_ROLE, "true"))
    for name, role, rule in rules:
        connection.execute(text(f"DROP POLICY IF EXISTS {name} ON {table}"))
        connection.execute(
            text(f"CREATE POLICY {name} ON {table} TO {role} USING ({rule}) WITH CHECK ({rule})")
        )
