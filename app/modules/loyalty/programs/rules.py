"""One revision's rules as plain values: what every pure rule function reads."""

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

STAMPS, POINTS, HYBRID = "stamps", "points", "hybrid"
LOYALTY_TYPES = (STAMPS, POINTS, HYBRID)
EXPIRY_POLICIES = ("never", "inactivity", "age", "yearly")
VOID_POLICIES = ("debt", "forgive")
WELCOME_MOMENTS = ("enrolment", "verified", "first_visit")
STACKINGS = ("sum", "best")


@dataclass(frozen=True, slots=True)
class Tier:
    """A named threshold of lifetime points; the multiplier in basis points (10,000 = × 1)."""

    name: str
    min_lifetime_points: int
    multiplier_bp: int


@dataclass(frozen=True, slots=True)
class Bonus:
    """More points, where every condition that is set holds; what is not set always does.

    `percent_bp` is a share of the points that amount and tier make (1,000 = 10 %), `points` a
    flat number; a bonus has one of the two. Days and hours are the shop's. `weekdays` count
    from Monday, 1, to Sunday, 7; hours are `HH:MM`, the last not included, and may pass
    midnight. With `categories` a percentage is of those lines alone. `every` means each Nth
    purchase of a card; `vendors` are slugs.
    """

    name: str
    percent_bp: int = 0
    points: int = 0
    birthday: bool = False
    first_visit: bool = False
    every: int | None = None
    weekdays: tuple[int, ...] = ()
    from_time: str | None = None
    until_time: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    vendors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """A revision. Amounts in minor units, rates in basis points, `None` lifts a cap.

    `bonus_stacking` says whether all bonuses that apply add up, or the best one counts alone.
    `stamps_per_sale` are the stamps that a sale gives beside its points. A person at a counter
    takes back their own lines for `void_alone_minutes`, and with a second person anybody's for
    `void_days`; redeeming and adjusting from `…_alone_points` on takes two people too.
    `tier_review_on` is the day of the year, `MM-DD`, on which tiers are reviewed; None for never.
    """

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
    bonus_stacking: str = "sum"
    stamps_per_sale: int = 0
    void_alone_minutes: int = 10
    void_days: int | None = 30
    redemption_alone_points: int | None = None
    adjustment_alone_points: int | None = 1_000
    tier_review_on: str | None = None
    tiers: tuple[Tier, ...] = ()
    bonuses: tuple[Bonus, ...] = ()
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
        """Every rule by name, without the revision's own number, id, tiers and bonuses."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _OWN}

    def tier_at(self, lifetime_points: int) -> Tier | None:
        """The highest tier whose threshold is met (never merely the first one met)."""
        met = [tier for tier in self.tiers if tier.min_lifetime_points <= lifetime_points]
        return max(met, key=lambda tier: tier.min_lifetime_points, default=None)

    def next_tier(self, lifetime_points: int) -> Tier | None:
        """The lowest tier that is still ahead."""
        ahead = [tier for tier in self.tiers if tier.min_lifetime_points > lifetime_points]
        return min(ahead, key=lambda tier: tier.min_lifetime_points, default=None)

    @property
    def all_bonuses(self) -> tuple[Bonus, ...]:
        """The bonuses, with the birthday's own rate as the first of them."""
        if not self.birthday_bonus_bp:
            return self.bonuses
        return (Bonus("birthday", percent_bp=self.birthday_bonus_bp, birthday=True), *self.bonuses)

    @property
    def categories(self) -> frozenset[str]:
        """The categories a sale can name: those with a rate of their own or a bonus."""
        named = (category for bonus in self.bonuses for category in bonus.categories)
        return frozenset((*self.category_rates, *named))


_OWN = {"number", "id", "tiers", "bonuses"}


@dataclass(frozen=True, slots=True)
class ProgramState:
    """Whether the programme runs, and until when rewards can be taken after it was stopped."""

    active: bool
    redeemable_until: date | None = None
