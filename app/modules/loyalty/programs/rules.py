"""One revision's rules as plain values: what every pure rule function reads."""

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

STAMPS, POINTS, HYBRID = "stamps", "points", "hybrid"
LOYALTY_TYPES = (STAMPS, POINTS, HYBRID)
EXPIRY_POLICIES = ("never", "inactivity", "age", "yearly")
VOID_POLICIES = ("debt", "forgive")
WELCOME_MOMENTS = ("enrolment", "verified", "first_visit")


@dataclass(frozen=True, slots=True)
class Tier:
    """A named threshold of lifetime points; the multiplier in basis points (10,000 = × 1)."""

    name: str
    min_lifetime_points: int
    multiplier_bp: int


@dataclass(frozen=True, slots=True)
class Rules:
    """A revision. Amounts in minor units, rates in basis points, `None` lifts a cap."""

    loyalty_type: str
    unit_minor: int
    stamps_target: int = 10
    stamps_reward_name: str = "Free item"
    stamps_reward_value_minor: int | None = None
    cooldown_minutes: int = 15
    max_daily_stamps: int | None = 5
    points_per_unit: int = 1
    max_points_per_order: int | None = None
    minimum_purchase_minor: int = 0
    minimum_redemption_points: int = 100
    point_value_bp: int | None = None
    max_points_per_checkout: int | None = None
    welcome_bonus_points: int = 0
    welcome_bonus_when: str = "enrolment"
    birthday_bonus_bp: int = 0
    category_rates: dict[str, int] = field(default_factory=dict)
    require_staff_pin: bool = True
    expiry: dict[str, Any] = field(default_factory=lambda: {"policy": "never"})
    expiry_notice_days: list[int] = field(default_factory=lambda: [30, 7])
    void_policy: str = "debt"
    card_name: str = "Loyalty card"
    card_color: str = "#4F46E5"
    terms_text: str = ""
    privacy_url: str | None = None
    tiers: tuple[Tier, ...] = ()
    number: int = 0
    id: int = 0

    @property
    def stamps(self) -> bool:
        return self.loyalty_type in (STAMPS, HYBRID)

    @property
    def points(self) -> bool:
        return self.loyalty_type in (POINTS, HYBRID)

    def changed(self, **changes: Any) -> "Rules":
        """A copy with these fields changed."""
        return replace(self, **changes)

    def values(self) -> dict[str, Any]:
        """Every rule by name, without the revision's own number, id and tiers."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _OWN}

    def tier_at(self, lifetime_points: int) -> Tier | None:
        """The highest tier whose threshold is met (never merely the first one met)."""
        met = [tier for tier in self.tiers if tier.min_lifetime_points <= lifetime_points]
        return max(met, key=lambda tier: tier.min_lifetime_points, default=None)


_OWN = {"number", "id", "tiers"}


@dataclass(frozen=True, slots=True)
class ProgramState:
    """Whether the programme runs, and until when rewards can be taken after it was stopped."""

    active: bool
    redeemable_until: date | None = None
