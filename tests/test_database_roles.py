"""PostgreSQL's second net, with the guard off: raw connections as the roles themselves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from app import tenancy
from app.database import Model
from app.database.engine import COMPANY_ROLE, DEVICES_ROLE, PLATFORM_ROLE
from app.database.guards import APPEND_ONLY
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import POSTGRESQL, Databases, plain

TENANTS = [table.name for table in Model.metadata.sorted_tables if tenancy.is_tenant(table)]

pytestmark = pytest.mark.parametrize("kind", [POSTGRESQL], indirect=True, scope="session")


@pytest.fixture
def raw(app: Flask, database_url: str) -> Iterator[Any]:
    """The owner's own connection, in a transaction that is rolled back."""
    with psycopg.connect(plain(database_url)) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def two(chain: Chain, other_chain: Chain) -> tuple[Chain, Chain]:
    """Two companies with a row in every table that their people have touched."""
    for each in (chain, other_chain):
        each.stamp(each.card())
        each.staff_cookie(each.staff)
    return chain, other_chain


def _act(raw: Any, company: int | None, role: str = COMPANY_ROLE) -> None:
    raw.execute(f"SET LOCAL ROLE {role}")
    raw.execute("SELECT set_config('app.company_id', %s, true)", [str(company or "")])


def _companies_in(raw: Any, table: str) -> set[int]:
    return {row[0] for row in raw.execute(f"SELECT DISTINCT company_id FROM {table}")}


@pytest.mark.parametrize("table", TENANTS)
def test_every_tenant_table_has_both_policies_and_no_force(raw: Any, table: str) -> None:
    query = "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass"
    assert raw.execute(query, [table]).fetchone() == (True, False)
    query = (
        "SELECT policyname, roles::text[], cmd, qual, with_check FROM pg_policies"
        " WHERE tablename = %s ORDER BY policyname"
    )
    *devices, company, platform = raw.execute(query, [table]).fetchall()
    assert [policy[0] for policy in devices] == ["of_devices"] * (table in tenancy.OF_DEVICES)
    assert company[:3] == ("of_the_acting_company", [COMPANY_ROLE], "ALL")
    assert platform == ("of_the_platform", [PLATFORM_ROLE], "ALL", "true", "true")
    rule = (
        "(company_id = (NULLIF(current_setting('app.company_id'::text, true), ''::text))::bigint)"
    )
    assert company[3:] == (rule, rule)


def test_the_roles_log_in_nowhere_own_nothing_and_bypass_nothing(raw: Any) -> None:
    query = (
        "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb"
        " FROM pg_roles WHERE rolname = ANY(%s)"
    )
    roles = [COMPANY_ROLE, PLATFORM_ROLE, DEVICES_ROLE]
    assert raw.execute(query, [roles]).fetchall() == [(False,) * 5] * 3
    owned = "SELECT count(*) FROM pg_class WHERE relowner::regrole::text = ANY(%s)"
    assert raw.execute(owned, [roles]).fetchone() == (0,)


def test_a_company_sees_its_own_rows_alone(raw: Any, two: tuple[Chain, Chain]) -> None:
    mine, theirs = two
    filled = [name for name in TENANTS if theirs.company_id in _companies_in(raw, name)]
    assert len(filled) >= 12
    _act(raw, mine.company_id)
    for table in filled:
        assert _companies_in(raw, table) == {mine.company_id}, table


@pytest.mark.parametrize("nobody", ["", None])
def test_nobody_acting_sees_nothing(raw: Any, two: tuple[Chain, Chain], nobody: str | None) -> None:
    """Never set, or left behind empty by an earlier transaction's SET LOCAL."""
    raw.execute(f"SET LOCAL ROLE {COMPANY_ROLE}")
    if nobody is not None:
        raw.execute("SELECT set_config('app.company_id', '', true)")
    for table in TENANTS:
        assert _companies_in(raw, table) == set(), table


def test_a_phone_without_a_name_reads_two_tables_and_writes_none(
    raw: Any, two: tuple[Chain, Chain]
) -> None:
    for table in Model.metadata.tables:
        allowed = raw.execute(
            "SELECT has_table_privilege(%s, %s, 'SELECT'),"
            " has_table_privilege(%s, %s, 'INSERT, UPDATE, DELETE, TRUNCATE')",
            [DEVICES_ROLE, table] * 2,
        ).fetchone()
        assert allowed == (table in tenancy.OF_DEVICES, False), table


def test_a_row_for_another_company_is_refused(raw: Any, two: tuple[Chain, Chain]) -> None:
    mine, theirs = two
    _act(raw, mine.company_id)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        raw.execute(
            "INSERT INTO vendors (company_id, id, slug, name, timezone)"
            " VALUES (%s, 1, 'x', 'x', 'UTC')",
            [theirs.company_id],
        )


def test_another_companys_rows_cannot_be_changed_or_taken(
    raw: Any, two: tuple[Chain, Chain]
) -> None:
    mine, theirs = two
    _act(raw, mine.company_id)
    change = "UPDATE vendors SET name = 'x' WHERE company_id = %s"
    assert raw.execute(change, [theirs.company_id]).rowcount == 0
    assert (
        raw.execute("DELETE FROM outbox WHERE company_id = %s", [theirs.company_id]).rowcount == 0
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        raw.execute(
            "UPDATE vendors SET company_id = %s WHERE slug = 'station'", [theirs.company_id]
        )


def test_the_operators_role_and_the_owner_see_every_company(
    raw: Any, two: tuple[Chain, Chain]
) -> None:
    both = {chain.company_id for chain in two}
    assert both <= _companies_in(raw, "vendors")
    _act(raw, None, PLATFORM_ROLE)
    assert both <= _companies_in(raw, "vendors")


@pytest.mark.parametrize("role", [COMPANY_ROLE, PLATFORM_ROLE])
@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "verb", ["UPDATE {} SET company_id = company_id", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_no_acting_role_may_change_facts(
    raw: Any, chain: Chain, role: str, table: str, verb: str
) -> None:
    _act(raw, chain.company_id, role)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        raw.execute(verb.format(table))


@pytest.mark.parametrize(
    "statement", ["DROP TABLE vendors", "ALTER TABLE vendors DISABLE ROW LEVEL SECURITY"]
)
def test_no_acting_role_may_change_the_schema(raw: Any, chain: Chain, statement: str) -> None:
    _act(raw, chain.company_id)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw.execute(statement)


def test_readyz_refuses_an_acting_role_that_passes_the_net_by(
    app: Flask, database_url: str
) -> None:
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    with psycopg.connect(plain(database_url), autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {COMPANY_ROLE} BYPASSRLS")
        try:
            answer = client.get("/readyz")
        finally:
            connection.execute(f"ALTER ROLE {COMPANY_ROLE} NOBYPASSRLS")
    assert answer.status_code == 503
    assert COMPANY_ROLE in answer.get_data(as_text=True)
    assert client.get("/readyz").status_code == 200


def test_the_application_runs_under_a_login_that_owns_nothing(
    databases: Databases, folder: Path, raw: Any
) -> None:
    """Those who keep the owner apart: MIGRATION_DATABASE_URL migrates, DATABASE_URL serves."""
    owner = databases.create(POSTGRESQL)
    with psycopg.connect(plain(owner), autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS regulars_test_login")
        connection.execute("CREATE ROLE regulars_test_login LOGIN PASSWORD 'test' NOSUPERUSER")
    login = make_url(owner).set(username="regulars_test_login", password="test")
    url = login.render_as_string(hide_password=False)
    application = make_app(url, folder, MIGRATION_DATABASE_URL=owner)
    try:
        with application.app_context():
            flask_migrate.upgrade()
        chain = Chain.open(application)
        assert chain.stamp(chain.card())["stamps_balance"] == 1
        assert application.test_client().get("/readyz").status_code == 200
    finally:
        dispose(application)
        with psycopg.connect(plain(owner), autocommit=True) as connection:
            connection.execute("DROP OWNED BY regulars_test_login")
            connection.execute("DROP ROLE regulars_test_login")


def test_a_transaction_carries_its_role_and_company(app: Flask, chain: Chain) -> None:
    """Nothing of them outlives it on the pooled connection."""
    from sqlalchemy import text

    from app.extensions import db

    query = text("SELECT current_user, current_setting('app.company_id', true)")
    with chain.acting() as session:
        assert tuple(session.connection().execute(query).one()) == (
            COMPANY_ROLE,
            str(chain.company_id),
        )
    with app.app_context(), tenancy.crossing():
        assert tuple(db.session.connection().execute(query).one()) == (PLATFORM_ROLE, "")
    with app.app_context(), tenancy.crossing(tenancy.OWNER), db.engine.connect() as connection:
        user, company = connection.execute(query).one()
        assert user not in (COMPANY_ROLE, PLATFORM_ROLE)
        assert not company
