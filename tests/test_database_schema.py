"""The live catalogue of both databases, read back: keys, limits, defaults, triggers, names.

Neither `flask db check` nor the ORM sees key order, CHECKs, triggers or policies; these do.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Connection,
    Date,
    LargeBinary,
    String,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import Inspector
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.schema import Column

from app import tenancy
from app.database import Json, Model, UtcDateTime
from app.database.guards import APPEND_ONLY
from app.extensions import db
from app.modules.loyalty import accrual, returns
from app.modules.loyalty.ledger import anchors
from app.modules.loyalty.programs import Bonus, default_rules
from app.modules.loyalty.reviews import TierReview
from tests.cast import Chain

# Tables of nobody's company, each for its reason.
SHARED = {
    "companies",  # what the others refer to
    "users",  # one person, any number of companies
    "user_sessions",  # a user's, whichever company they act for
    "wallet_clock",  # phones list the passes of several companies by one order
    "device_logs",  # a phone does not say whose pass it complains of
}
# References that do not begin with company_id, because what they mean is shared.
SHARED_REFERENCES = {("memberships", "user_id", "users")}
TABLES = {table.name: table for table in Model.metadata.sorted_tables}
TENANTS = [name for name, table in TABLES.items() if tenancy.is_tenant(table)]


@pytest.fixture
def owner(app: Flask) -> Iterator[Connection]:
    """A raw connection of the schema's owner; whatever it does is rolled back."""
    with app.app_context(), tenancy.crossing(tenancy.OWNER), db.engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def catalogue(owner: Connection) -> Inspector:
    return inspect(owner)


# -- keys -----------------------------------------------------------------------------------------


def test_every_table_belongs_to_a_company_or_is_named_here(catalogue: Inspector) -> None:
    live = set(catalogue.get_table_names()) - {"alembic_version"}
    assert live == set(TABLES)
    assert live - set(TENANTS) == SHARED


@pytest.mark.parametrize("name", TENANTS)
def test_every_key_begins_with_the_company(catalogue: Inspector, name: str) -> None:
    assert catalogue.get_pk_constraint(name)["constrained_columns"][0] == "company_id"
    unique = [key["column_names"] for key in catalogue.get_unique_constraints(name)]
    unique += [key["column_names"] for key in catalogue.get_indexes(name) if key["unique"]]
    assert [columns for columns in unique if columns[0] != "company_id"] == []


@pytest.mark.parametrize("name", TENANTS)
def test_every_reference_stays_within_the_company(catalogue: Inspector, name: str) -> None:
    for key in catalogue.get_foreign_keys(name):
        target, here, there = (
            key["referred_table"],
            key["constrained_columns"],
            key["referred_columns"],
        )
        if target == "companies":
            assert (here, there) == (["company_id"], ["id"])
        elif (name, here[0], target) not in SHARED_REFERENCES:
            assert here[0] == there[0] == "company_id"
        assert key["options"].get("ondelete") == "RESTRICT"


def test_names_fit_postgresql(catalogue: Inspector) -> None:
    for table in TABLES:
        named: list[Any] = [table, catalogue.get_pk_constraint(table)["name"]]
        for listing in (
            catalogue.get_unique_constraints,
            catalogue.get_foreign_keys,
            catalogue.get_check_constraints,
            catalogue.get_indexes,
        ):
            named += [each["name"] for each in listing(table)]
        named += [column["name"] for column in catalogue.get_columns(table)]
        assert all(name and len(name.encode()) <= 63 for name in named), named


def test_a_row_of_one_company_cannot_refer_to_another(
    owner: Connection, chain: Chain, other_chain: Chain
) -> None:
    number = chain.card()
    foreign = {"shop": other_chain.vendor.id, "number": number}
    move = "UPDATE loyalty_cards SET enrolled_vendor_id = :shop WHERE number = :number"
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        owner.execute(text(move), foreign)


@pytest.mark.parametrize("table", ["companies", "loyalty_programs", "customers", "loyalty_cards"])
def test_T22_what_a_balance_depends_on_is_never_deleted(
    owner: Connection, chain: Chain, table: str
) -> None:
    chain.stamp(chain.card())
    key = "id" if table == "companies" else "company_id"
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        owner.execute(text(f"DELETE FROM {table} WHERE {key} = :id"), {"id": chain.company_id})


# -- limits and defaults (T20) --------------------------------------------------------------------

# What a minimal row says where any value of the column's type would not do.
SAYS: dict[str, Any] = {
    "companies.country": "LU",
    "companies.currency": "EUR",
    "memberships.role": "admin",
    "invitations.role": "admin",
    "audit_entries.sequence": 1,
    "idempotency_records.status": 201,
    "loyalty_cards.number": "0" * 12,
    "loyalty_transactions.type": "stamps_added",
    "loyalty_transactions.sequence": 1,
    "api_keys.scopes": "read",
    "rewards.points": 100,
    "program_bonuses.points": 1,
    "brand_images.kind": "logo",
    "brand_images.digest": "0" * 64,
    "wallet_channels.platform": "apple",
    "wallet_passes.platform": "apple",
    "wallet_clock.id": 2,
}
# table.constraint: a change to the minimal row that breaks it.
BREAKS: dict[str, dict[str, Any]] = {
    "companies.status": {"status": "gone"},
    "companies.slug_length": {"slug": ""},
    "companies.name_length": {"name": ""},
    "companies.currency_length": {"currency": "E"},
    "companies.country_length": {"country": "L"},
    "users.failures": {"failures": -1},
    "memberships.role": {"role": "owner", "vendor_id": 1},
    "memberships.manager_has_vendor": {"role": "manager", "vendor_id": None},
    "invitations.role": {"role": "owner", "vendor_id": 1},
    "invitations.manager_has_vendor": {"role": "manager", "vendor_id": None},
    "vendors.name_length": {"name": ""},
    "vendors.status": {"status": "gone"},
    "terminals.name_length": {"name": ""},
    "terminals.pin_failures": {"pin_failures": -1},
    "terminals.misses": {"misses": -1},
    "staff_members.name_length": {"name": ""},
    "staff_members.role": {"role": "boss"},
    "staff_pins.failures": {"failures": 11},
    "customers.first_name_length": {"first_name": "x" * 81},
    "customers.last_name_length": {"last_name": "x" * 81},
    "api_keys.scopes_length": {"scopes": "all"},
    "outbox.state": {"state": "lost"},
    "outbox.attempts": {"attempts": -1},
    "idempotency_records.key_length": {"key": ""},
    "idempotency_records.status": {"status": 500},
    "audit_entries.sequence": {"sequence": 0},
    "sign_in_requests.tries": {"tries": 6},
    "loyalty_programs.activated": {"active": True, "activated_at": None},
    "loyalty_cards.status": {"status": "lost"},
    "loyalty_cards.number_length": {"number": "0" * 11},
    "loyalty_cards.sequence": {"sequence": -1},
    "loyalty_cards.stamp_day_count": {"stamp_day_count": -1},
    "loyalty_cards.stamp_eve_count": {"stamp_eve_count": -1},
    "loyalty_cards.lifetime_points": {"lifetime_points": -1},
    "loyalty_cards.laid_aside": {"laid_aside": -1},
    "loyalty_cards.link_version": {"link_version": 0},
    "loyalty_cards.merged": {"merged_into_id": 1, "status": "active"},
    "loyalty_cards.purchases": {"purchases": -1},
    "loyalty_cards.purchases_peak": {"purchases_peak": -1},
    "loyalty_cards.welcome_due": {"welcome_due": "enrolment"},
    "loyalty_transactions.type": {"type": "gift"},
    "loyalty_transactions.sequence": {"sequence": 0},
    "loyalty_transactions.reversal": {"reverses_id": 1, "reversal_part": None},
    "loyalty_transactions.reversal_part": {"reverses_id": 1, "reversal_part": 0},
    "loyalty_transactions.points": {"points": 1_000_000_001},
    "loyalty_transactions.stamps": {"stamps": -1_001},
    "loyalty_transactions.amount_minor": {"amount_minor": -1},
    "loyalty_transactions.reason_length": {"reason": ""},
    "point_lots.granted": {"granted": 0, "remaining": 0},
    "point_lots.remaining": {"remaining": -1},
    "point_lots.expired": {"granted": 5, "remaining": 3, "expired": 3},
    "point_lots.noticed": {"noticed": 11},
    "schedules.failures": {"failures": -1},
    "schedules.lasted_ms": {"lasted_ms": -1},
    "point_draws.points": {"points": 0},
    "rewards.name_length": {"name": ""},
    "rewards.description_length": {"description": "x" * 501},
    "rewards.points": {"points": 1_000_000_001},
    "rewards.stamps": {"stamps": 1_001},
    "rewards.has_a_price": {"points": 0, "stamps": 0},
    "rewards.value_minor": {"value_minor": -1},
    "rewards.validity": {"valid_from": date(2026, 1, 2), "valid_until": date(2026, 1, 1)},
    "rewards.stock": {"stock": -1},
    "rewards.per_card_limit": {"per_card_limit": 0},
    "adjustment_requests.points": {"points": 0},
    "adjustment_requests.points_range": {"points": -1_000_000_001},
    "adjustment_requests.reason_length": {"reason": ""},
    "adjustment_requests.state": {"state": "lost"},
    "adjustment_requests.given": {"state": "given", "transaction_id": None},
    "adjustment_requests.two_people": {"asked_by": 1, "decided_by": 1},
    "program_revisions.number": {"number": 0},
    "program_revisions.loyalty_type": {"loyalty_type": "miles"},
    "program_revisions.stamps_target": {"stamps_target": -3},
    "program_revisions.stamps_reward_name": {"stamps_reward_name": ""},
    "program_revisions.stamps_reward_value_minor": {"stamps_reward_value_minor": -1},
    "program_revisions.cooldown_minutes": {"cooldown_minutes": -1},
    "program_revisions.max_daily_stamps": {"max_daily_stamps": 0},
    "program_revisions.points_per_unit": {"points_per_unit": -1},
    "program_revisions.unit_minor": {"unit_minor": 0},
    "program_revisions.max_points_per_order": {"max_points_per_order": 0},
    "program_revisions.minimum_purchase_minor": {"minimum_purchase_minor": -1},
    "program_revisions.minimum_redemption_points": {"minimum_redemption_points": -1},
    "program_revisions.point_value_bp": {"point_value_bp": 0},
    "program_revisions.max_points_per_checkout": {"max_points_per_checkout": 0},
    "program_revisions.welcome_bonus_points": {"welcome_bonus_points": -1},
    "program_revisions.welcome_bonus_when": {"welcome_bonus_when": "later"},
    "program_revisions.birthday_bonus_bp": {"birthday_bonus_bp": -1},
    "program_revisions.void_policy": {"void_policy": "keep"},
    "program_revisions.bonus_stacking": {"bonus_stacking": "all"},
    "program_revisions.stamps_per_sale": {"stamps_per_sale": -1},
    "program_revisions.void_alone_minutes": {"void_alone_minutes": -1},
    "program_revisions.void_days": {"void_days": -1},
    "program_revisions.redemption_alone_points": {"redemption_alone_points": -1},
    "program_revisions.adjustment_alone_points": {"adjustment_alone_points": -1},
    "program_revisions.tier_review_on": {"tier_review_on": "1-1"},
    "program_revisions.card_color": {"card_color": "#FFF"},
    "program_revisions.card_name": {"card_name": ""},
    "program_revisions.terms_text": {"terms_text": "x" * 20_001},
    "program_tiers.name_length": {"name": ""},
    "program_tiers.min_lifetime_points": {"min_lifetime_points": -1},
    "program_tiers.multiplier_bp": {"multiplier_bp": -1},
    "program_bonuses.name_length": {"name": ""},
    "program_bonuses.position": {"position": 51},
    "program_bonuses.percent_bp": {"percent_bp": -1, "points": 0},
    "program_bonuses.points": {"percent_bp": 0, "points": -1},
    "program_bonuses.gives_one": {"percent_bp": 5, "points": 5},
    "anchors.number": {"number": 0},
    "anchors.lines": {"lines": -1},
    "anchors.acts": {"acts": -1},
    "program_drafts.based_on": {"based_on": 0},
    "program_drafts.typed_length": {"typed": 1},
    "brand_images.kind": {"kind": "photo"},
    "brand_images.digest": {"digest": "0"},
    "brand_images.size": {"png": b"0" * 2_000_001},
    "wallet_channels.platform": {"platform": "paper"},
    "wallet_channels.sealed": {"sealed": b"0" * 40_001},
    "wallet_channels.spent": {"spent": -1},
    "wallet_passes.platform": {"platform": "paper"},
    "wallet_passes.wanted": {"wanted": 0},
    "wallet_passes.attempts": {"attempts": -1},
    "wallet_devices.library_id": {"library_id": ""},
    "wallet_devices.pass_type": {"pass_type": ""},
    "wallet_devices.push_token": {"push_token": ""},
    "google_nonces.nonce": {"nonce": ""},
    "device_logs.message": {"message": ""},
}


def _checks() -> set[str]:
    return {
        f"{table.name}.{str(check.name).removeprefix(f'ck_{table.name}_')}"
        for table in TABLES.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint) and check.name
    }


def test_every_limit_has_its_breaker_here() -> None:
    assert _checks() == set(BREAKS)


def test_every_limit_stands_in_the_live_catalogue(catalogue: Inspector) -> None:
    live = {
        f"{table}.{str(check['name']).removeprefix(f'ck_{table}_')}"
        for table in TABLES
        for check in catalogue.get_check_constraints(table)
    }
    assert live == _checks()


@pytest.mark.parametrize("limit", BREAKS)
def test_T20_the_schema_refuses_what_is_beyond_the_limit(owner: Connection, limit: str) -> None:
    table, _, check = limit.partition(".")
    texts = ("first_name_length", "last_name_length", "description_length")
    too_long = "|value too long" if check in texts else ""
    with pytest.raises(DBAPIError, match=f"ck_{table}_{check}\\b{too_long}"):
        _insert(owner, table, **BREAKS[limit])


@pytest.mark.parametrize("table", TABLES)
def test_T20_a_minimal_row_is_accepted(owner: Connection, table: str) -> None:
    """The control: what is refused above is refused for its one fault alone."""
    _trust_references(owner)
    _insert(owner, table)


def test_C5_the_schema_itself_knows_the_defaults(owner: Connection) -> None:
    _trust_references(owner)
    revisions: Any = TABLES["program_revisions"]
    _insert(owner, "program_revisions", id=5)
    row = owner.execute(select(revisions).where(revisions.c.id == 5)).mappings().one()
    expected = default_rules("EUR").values() | {"unit_minor": row["unit_minor"]}
    assert {name: row[name] for name in expected} == expected


def test_moments_and_counters_have_server_defaults(owner: Connection) -> None:
    _trust_references(owner)
    cards: Any = TABLES["loyalty_cards"]
    _insert(owner, "loyalty_cards", id=5)
    row = owner.execute(select(cards).where(cards.c.id == 5)).mappings().one()
    assert (row["status"], row["points_balance"], row["stamps_balance"]) == ("active", 0, 0)
    assert (row["sequence"], row["lifetime_points"], row["stamp_day_count"]) == (0, 0, 0)
    assert abs((datetime.now(UTC) - row["created_at"]).total_seconds()) < 60


def _trust_references(owner: Connection) -> None:
    """A minimal row refers to nothing: foreign keys are proved elsewhere."""
    if owner.dialect.name == "sqlite":
        owner.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    else:
        owner.exec_driver_sql("SET LOCAL session_replication_role = replica")


def _insert(owner: Connection, table: str, /, **changes: Any) -> None:
    """A row with nothing but what has no default, and these changes."""
    columns = TABLES[table].c
    values = {
        column.name: SAYS.get(f"{table}.{column.name}", _any_value(column))
        for column in columns
        if column.primary_key
        or f"{table}.{column.name}" in SAYS
        or not (column.nullable or column.server_default is not None)
    }
    if table == "loyalty_programs":  # active from birth means: since some moment
        values["activated_at"] = datetime.now(UTC)
    values |= changes
    for name, value in values.items():
        if ready := columns[name].type.bind_processor(owner.dialect):
            values[name] = ready(value)
    marks = ", ".join(f":{name}" for name in values)
    owner.execute(text(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"), values)


def _any_value(column: Column[Any]) -> Any:
    for kind, value in (
        (Json, []),
        (String, "x"),
        (Boolean, True),
        (UtcDateTime, datetime.now(UTC)),
        (Date, date(2026, 1, 1)),
        (LargeBinary, b"x"),
    ):
        if isinstance(column.type, kind):
            return value
    return 1


# -- append-only ----------------------------------------------------------------------------------


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_the_ledger_and_its_like_are_append_only(
    owner: Connection, chain: Chain, table: str, verb: str
) -> None:
    chain.publish(
        loyalty_type="hybrid", minimum_redemption_points=0, bonuses=(Bonus("all", points=5),)
    )
    number = chain.card()
    with chain.acting() as session:
        given = accrual.earn(number, 100, by=chain.actor, attempt=None)
        returns.void(given.transaction_id, by=chain.actor, attempt=None)
        session.commit()
        anchors.take(older_than=timedelta(0))
        session.add(TierReview(reviewed_on=date(2026, 1, 1)))
        session.commit()
    key = "company_id"
    change = f"UPDATE {table} SET {key} = {key}" if verb == "UPDATE" else f"DELETE FROM {table}"
    where = {"id": chain.company_id}
    count = text(f"SELECT count(*) FROM {table} WHERE company_id = :id")
    assert owner.execute(count, where).scalar_one() > 0
    with pytest.raises(DBAPIError, match=f"{table} is append-only"):
        owner.execute(text(f"{change} WHERE company_id = :id"), where)


def test_T9_a_ledger_holds_a_minus(chain: Chain) -> None:
    chain.publish(cooldown_minutes=0, stamps_target=1)
    number = chain.card()
    chain.stamp(number)
    chain.redeem(number)
    assert [line.stamps for line in chain.lines(number)] == [1, -1]
