"""The programme, its revisions and their tiers. Limits stand here as CHECKs too."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from .... import clock, tenancy
from ....database import Json, Model, UtcDateTime, belongs_to, company_table, server_now

MOST_POINTS = 1_000_000_000
MOST_MINOR = 1_000_000_000_000


def _between(column: str, low: int, high: int, *, name: str | None = None) -> CheckConstraint:
    return CheckConstraint(f"{column} BETWEEN {low} AND {high}", name=name or column)


class LoyaltyProgram(tenancy.Tenant, Model):
    """A company's one programme: which revision is in force, and whether it runs."""

    __tablename__ = "loyalty_programs"
    __table_args__ = (
        company_table(),
        UniqueConstraint("company_id"),
        CheckConstraint("active = false OR activated_at IS NOT NULL", name="activated"),
    )

    active: Mapped[bool] = mapped_column(Boolean, server_default=true(), default=True)
    # The first activation; it survives off and on.
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    redeemable_until: Mapped[date | None] = mapped_column(Date)
    # No foreign key: the two tables would refer to each other. Verified as an invariant.
    revision_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


class ProgramRevision(tenancy.Tenant, Model):
    """One published set of rules, never changed afterwards."""

    __tablename__ = "program_revisions"
    __table_args__ = (
        belongs_to("loyalty_programs", "program_id"),
        UniqueConstraint("company_id", "number"),
        _between("number", 1, 1_000_000),
        CheckConstraint("loyalty_type IN ('stamps', 'points', 'hybrid')", name="loyalty_type"),
        _between("stamps_target", 1, 100),
        _between("length(stamps_reward_name)", 1, 80, name="stamps_reward_name"),
        _between("stamps_reward_value_minor", 0, MOST_MINOR),
        _between("cooldown_minutes", 0, 10_080),
        _between("max_daily_stamps", 1, 1_000),
        _between("points_per_unit", 0, 1_000_000),
        _between("unit_minor", 1, MOST_MINOR),
        _between("max_points_per_order", 1, MOST_POINTS),
        _between("minimum_purchase_minor", 0, MOST_MINOR),
        _between("minimum_redemption_points", 0, MOST_POINTS),
        _between("point_value_bp", 1, MOST_MINOR),
        _between("max_points_per_checkout", 1, MOST_POINTS),
        _between("welcome_bonus_points", 0, 1_000_000),
        CheckConstraint(
            "welcome_bonus_when IN ('enrolment', 'verified', 'first_visit')",
            name="welcome_bonus_when",
        ),
        _between("birthday_bonus_bp", 0, 1_000_000),
        CheckConstraint("bonus_stacking IN ('sum', 'best')", name="bonus_stacking"),
        _between("stamps_per_sale", 0, 100),
        _between("void_alone_minutes", 0, 1_440),
        CheckConstraint("length(tier_review_on) = 5", name="tier_review_on"),
        _between("void_days", 0, 3_650),
        _between("redemption_alone_points", 0, MOST_POINTS),
        _between("adjustment_alone_points", 0, MOST_POINTS),
        CheckConstraint("void_policy IN ('debt', 'forgive')", name="void_policy"),
        CheckConstraint("length(card_color) = 7", name="card_color"),
        _between("length(card_name)", 1, 80, name="card_name"),
        _between("length(terms_text)", 0, 20_000, name="terms_text"),
    )

    program_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int] = mapped_column(Integer)
    loyalty_type: Mapped[str] = mapped_column(String(8), server_default="points")
    unit_minor: Mapped[int] = mapped_column(BigInteger)
    stamps_target: Mapped[int] = mapped_column(SmallInteger, server_default="10")
    stamps_reward_name: Mapped[str] = mapped_column(String(80), server_default="Free item")
    stamps_reward_value_minor: Mapped[int | None] = mapped_column(BigInteger)
    cooldown_minutes: Mapped[int] = mapped_column(Integer, server_default="15")
    max_daily_stamps: Mapped[int | None] = mapped_column(SmallInteger, server_default="5")
    points_per_unit: Mapped[int] = mapped_column(Integer, server_default="1")
    max_points_per_order: Mapped[int | None] = mapped_column(BigInteger)
    minimum_purchase_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    minimum_redemption_points: Mapped[int] = mapped_column(BigInteger, server_default="100")
    point_value_bp: Mapped[int | None] = mapped_column(BigInteger)
    max_points_per_checkout: Mapped[int | None] = mapped_column(BigInteger)
    welcome_bonus_points: Mapped[int] = mapped_column(Integer, server_default="0")
    welcome_bonus_when: Mapped[str] = mapped_column(String(12), server_default="enrolment")
    birthday_bonus_bp: Mapped[int] = mapped_column(Integer, server_default="0")
    category_rates: Mapped[dict[str, int]] = mapped_column(Json, server_default="{}")
    require_staff_pin: Mapped[bool] = mapped_column(Boolean, server_default=true())
    expiry: Mapped[dict[str, Any]] = mapped_column(Json, server_default='{"policy":"never"}')
    expiry_notice_days: Mapped[list[int]] = mapped_column(Json, server_default="[30,7]")
    void_policy: Mapped[str] = mapped_column(String(8), server_default="debt")
    card_name: Mapped[str] = mapped_column(String(80), server_default="Loyalty card")
    card_color: Mapped[str] = mapped_column(String(7), server_default="#4F46E5")
    terms_text: Mapped[str] = mapped_column(Text, server_default="")
    privacy_url: Mapped[str | None] = mapped_column(String(500))
    bonus_stacking: Mapped[str] = mapped_column(String(4), server_default="sum")
    stamps_per_sale: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    void_alone_minutes: Mapped[int] = mapped_column(SmallInteger, server_default="10")
    void_days: Mapped[int | None] = mapped_column(SmallInteger, server_default="30")
    redemption_alone_points: Mapped[int | None] = mapped_column(BigInteger)
    adjustment_alone_points: Mapped[int | None] = mapped_column(BigInteger, server_default="1000")
    tier_review_on: Mapped[str | None] = mapped_column(String(5))
    published_by: Mapped[int | None] = mapped_column(BigInteger)
    published_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


class ProgramTier(tenancy.Tenant, Model):
    """One rung of a revision's ladder."""

    __tablename__ = "program_tiers"
    __table_args__ = (
        belongs_to("program_revisions", "revision_id"),
        UniqueConstraint("company_id", "revision_id", "min_lifetime_points"),
        _between("length(name)", 1, 40, name="name_length"),
        _between("min_lifetime_points", 0, MOST_POINTS),
        _between("multiplier_bp", 0, 1_000_000),
    )

    revision_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(40))
    min_lifetime_points: Mapped[int] = mapped_column(BigInteger)
    multiplier_bp: Mapped[int] = mapped_column(Integer)


class ProgramBonus(tenancy.Tenant, Model):
    """One bonus of a revision: what it gives, and the conditions that are set."""

    __tablename__ = "program_bonuses"
    __table_args__ = (
        belongs_to("program_revisions", "revision_id"),
        UniqueConstraint("company_id", "revision_id", "position"),
        _between("position", 1, 50),
        _between("length(name)", 1, 80, name="name_length"),
        _between("percent_bp", 0, 1_000_000),
        _between("points", 0, 1_000_000),
        CheckConstraint("(percent_bp = 0) <> (points = 0)", name="gives_one"),
    )

    revision_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str] = mapped_column(String(80))
    percent_bp: Mapped[int] = mapped_column(Integer, server_default="0")
    points: Mapped[int] = mapped_column(Integer, server_default="0")
    conditions: Mapped[dict[str, Any]] = mapped_column(Json, server_default="{}")


class ProgramDraft(tenancy.Owned, Model):
    """The next rules as somebody left them in the editor: one draft a company, as typed."""

    __tablename__ = "program_drafts"
    __table_args__ = (
        company_table(),
        _between("based_on", 1, 1_000_000),
        _between("length(typed)", 2, 200_000, name="typed_length"),
    )

    typed: Mapped[dict[str, Any]] = mapped_column(Json)
    based_on: Mapped[int] = mapped_column(Integer)
    kept_by: Mapped[int | None] = mapped_column(BigInteger)
    kept_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )
