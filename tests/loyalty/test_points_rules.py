"""How many points a sale gives: tables, and properties against exact fractions."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import clock
from app.errors import Invalid, Refusal
from app.modules.loyalty.accrual.occasions import Occasion, holds, is_birthday, occasion
from app.modules.loyalty.accrual.points import Award, Sale, SaleLine, points_for, sale_of
from app.modules.loyalty.accrual.sales import preview_of, sale_for
from app.modules.loyalty.cards import BLOCKED
from app.modules.loyalty.ledger.checks import CardBlocked, PointsNotEnabled, ProgramInactive
from app.modules.loyalty.ledger.decision import Decision, LockedCard, Setting
from app.modules.loyalty.programs.rules import (
    POINTS,
    STAMPS,
    Bonus,
    ProgramState,
    Rules,
    Tier,
)
from tests.cast import Chain
from tests.loyalty.ground import CARD, NOON, RULES, SHOP, TODAY, ZONE, Purse, at, sale

SOUTH = "Pacific/Auckland"
MOST = 1_000_000_000_000
PLAIN = Occasion(TODAY, "12:00", "old-town", birthday=False, purchase=1, new=True)


def earned(amount: int, on: Occasion = PLAIN, tier: Tier | None = None, **rules: Any) -> int:
    return points_for(sale(amount), RULES.changed(**rules), tier, on).earned


def first(card: LockedCard, amount: int, where: Setting) -> Decision:
    """The sale's own line."""
    return sale_for(card, sale(amount), where, None)[0]


# -- amounts, rates and the cap -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "points"), [(50_000, 50), (600_000, 500), (999, 0), (1_000, 1), (1_999, 1)]
)
def test_A1_a_point_for_each_ten_and_five_hundred_at_most(amount: int, points: int) -> None:
    assert earned(amount, unit_minor=1_000, max_points_per_order=500) == points


@pytest.mark.parametrize(
    ("amount", "per", "points"),
    [(115, 100, 115), (110, 100, 110), (229, 100, 229), (1_999, 100, 1_999), (3, 33, 0)],
)
def test_T15_odd_cents_are_never_truncated(amount: int, per: int, points: int) -> None:
    """1.15 × 100 is 115, which no binary fraction knows."""
    assert earned(amount, points_per_unit=per) == points


def test_T15_lines_of_odd_cents_are_rounded_once_and_not_each() -> None:
    lines = Sale(tuple(SaleLine(115) for _ in range(100)))
    assert points_for(lines, RULES, None, PLAIN).earned == 115


def test_T6_T16_T17_a_programme_without_a_rate_gives_nothing_and_divides_by_nothing() -> None:
    assert earned(MOST, points_per_unit=0) == 0
    assert first(CARD, 100, at(points_per_unit=0)).steps[-2]["needed_minor"] is None


def test_T8_every_rule_has_a_value_and_none_is_the_last_row_read() -> None:
    rates = {"tea": 3, "cake": 5}
    for order in (rates, dict(reversed(rates.items()))):
        rules = RULES.changed(category_rates=order)
        basket = Sale((SaleLine(200, "tea"), SaleLine(100, "cake"), SaleLine(100)))
        assert points_for(basket, rules, None, PLAIN).earned == 6 + 5 + 1


def test_B4_a_category_has_its_rate_and_an_unknown_one_is_refused_by_name() -> None:
    rules = RULES.changed(category_rates={"tea": 3})
    assert sale_of(100, "tea", None, rules).lines == (SaleLine(100, "tea"),)
    with pytest.raises(Invalid) as refusal:
        sale_of(100, "coffee", None, rules)
    assert "coffee" in refusal.value.errors["category"]
    with pytest.raises(Invalid) as refusal:
        sale_of(None, None, [SaleLine(50, "tea"), SaleLine(50, "coffee")], rules)
    assert list(refusal.value.errors) == ["lines.1.category"]


@pytest.mark.parametrize(
    ("amount", "lines", "field"),
    [
        (None, None, "amount_minor"),
        (-1, None, "amount_minor"),
        (MOST + 1, None, "amount_minor"),
        (100, [SaleLine(99)], "lines"),
        (100, [SaleLine(1_000), SaleLine(-900)], "lines.1.amount_minor"),
    ],
)
def test_T3_an_amount_that_is_none_is_refused_by_its_field(
    amount: int | None, lines: list[SaleLine] | None, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        sale_of(amount, None, lines, RULES)
    assert field in refusal.value.errors


def test_B11_the_largest_amount_gives_what_a_line_can_hold_or_is_refused() -> None:
    assert earned(MOST, unit_minor=1_000) == 1_000_000_000
    with pytest.raises(Invalid, match="amount_minor"):
        earned(MOST, unit_minor=999)
    assert earned(MOST, points_per_unit=1_000_000, max_points_per_order=7) == 7


def test_C11_below_the_minimum_is_a_line_of_nothing_that_says_what_is_missing() -> None:
    where = at(minimum_purchase_minor=500, stamps_per_sale=1, birthday_bonus_bp=5_000)
    line = first(CARD, 499, where)
    assert (line.points, line.stamps, line.memory, line.amount_minor) == (0, 0, None, 499)
    assert line.steps[1] == {
        "code": "below-minimum",
        "amount_minor": 499,
        "minimum_minor": 500,
        "missing_minor": 1,
    }
    assert first(CARD, 500, where).points == 5


def test_a_sale_that_rounds_to_nothing_says_what_would_be_enough() -> None:
    line = first(CARD, 99, at())
    assert line.points == 0
    assert {"code": "rounds-to-nothing", "needed_minor": 100} in line.steps
    assert first(CARD, 100, at()).points == 1
    assert first(CARD, 0, at()).steps[1] == {"code": "empty-sale"}


# -- tiers ----------------------------------------------------------------------------------------


def test_B2_the_tier_before_the_sale_multiplies() -> None:
    purse = Purse(at())
    purse.buy(500_000)
    assert (purse.lines[0].points, purse.lines[0].told["tier_multiplier_bp"]) == (5_000, 10_000)
    purse.buy(10_000)
    assert (purse.lines[1].points, purse.lines[1].told["tier_points"]) == (125, 25)


# -- bonuses: one condition at a time -------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "yes", "no"),
    [
        ({"birthday": True}, {"birthday": True}, {"birthday": False}),
        ({"first_visit": True}, {"purchase": 1}, {"purchase": 2}),
        ({"first_visit": True}, {"new": True}, {"new": False}),
        ({"every": 5}, {"purchase": 10}, {"purchase": 9}),
        ({"every": 5}, {"purchase": 5}, {"purchase": 5, "new": False}),
        ({"weekdays": (3,)}, {"day": TODAY}, {"day": TODAY + timedelta(1)}),
        ({"from_time": "08:00", "until_time": "11:00"}, {"time": "08:00"}, {"time": "11:00"}),
        ({"from_time": "08:00", "until_time": "11:00"}, {"time": "10:59"}, {"time": "07:59"}),
        ({"from_time": "22:00", "until_time": "02:00"}, {"time": "23:59"}, {"time": "21:59"}),
        ({"from_time": "22:00", "until_time": "02:00"}, {"time": "01:59"}, {"time": "02:00"}),
        ({"starts_on": TODAY}, {"day": TODAY}, {"day": TODAY - timedelta(1)}),
        ({"ends_on": TODAY}, {"day": TODAY}, {"day": TODAY + timedelta(1)}),
        ({"vendors": ("old-town",)}, {"vendor": "old-town"}, {"vendor": "station"}),
        ({"vendors": ("old-town",)}, {"vendor": "old-town"}, {"vendor": None}),
    ],
)
def test_a_bonus_holds_where_its_condition_does(
    condition: dict[str, Any], yes: dict[str, Any], no: dict[str, Any]
) -> None:
    bonus = Bonus("more", points=10, **condition)
    assert holds(bonus, replace(PLAIN, **yes))
    assert not holds(bonus, replace(PLAIN, **no))


def test_every_condition_that_is_set_has_to_hold() -> None:
    bonus = Bonus("more", points=10, weekdays=(3,), vendors=("old-town",))
    assert holds(bonus, PLAIN)
    assert not holds(bonus, replace(PLAIN, vendor="station"))


def test_a_percentage_for_a_category_is_of_its_lines_alone_and_flat_points_of_any() -> None:
    basket = Sale((SaleLine(1_000, "tea"), SaleLine(1_000)))
    tea = {"categories": ("tea",)}
    percent = RULES.changed(bonuses=(Bonus("tea", percent_bp=5_000, **tea),))
    flat = RULES.changed(bonuses=(Bonus("tea", points=7, **tea),))
    assert points_for(basket, percent, None, PLAIN).earned == 25
    assert points_for(basket, flat, None, PLAIN).earned == 27
    assert points_for(sale(2_000), percent, None, PLAIN).earned == 20
    assert points_for(sale(2_000), flat, None, PLAIN).earned == 20


@pytest.mark.parametrize(("stacking", "points"), [("sum", 10 + 3 + 4), ("best", 10 + 4)])
def test_bonuses_add_up_or_the_best_counts_alone(stacking: str, points: int) -> None:
    bonuses = (Bonus("a", percent_bp=3_000), Bonus("b", points=4), Bonus("c", points=9, every=2))
    assert earned(1_000, bonuses=bonuses, bonus_stacking=stacking) == points


def test_percentages_add_up_before_the_one_rounding() -> None:
    """1.5 × (1 + 0.5 + 0.5) is 3; rounded one by one it would be 1, or 2."""
    bonuses = (Bonus("a", percent_bp=5_000), Bonus("b", percent_bp=5_000))
    assert earned(150, bonuses=bonuses) == 3


# -- the birthday ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "day", "is_it"),
    [
        (date(1990, 6, 10), date(2026, 6, 10), True),
        (date(1990, 6, 10), date(2026, 6, 11), False),
        (date(1992, 2, 29), date(2028, 2, 29), True),
        (date(1992, 2, 29), date(2028, 2, 28), False),
        (date(1992, 2, 29), date(2026, 2, 28), True),
        (date(1992, 2, 29), date(2026, 3, 1), False),
        (date(1992, 2, 29), date(2100, 2, 28), True),
        (date(1992, 2, 28), date(2026, 2, 28), True),
    ],
)
def test_B5_the_29th_of_february_is_the_28th_in_other_years(
    born: date, day: date, is_it: bool
) -> None:
    assert is_birthday(born, day) == is_it


@pytest.mark.parametrize(
    ("zone", "hour", "points"),
    [
        (ZONE, 21, 110),
        (ZONE, 22, 100),
        ("Pacific/Auckland", 11, 110),
        ("Pacific/Auckland", 12, 100),
    ],
)
def test_B5_T16_the_birthday_is_the_shops_day(zone: str, hour: int, points: int) -> None:
    """10 % more on the 10th of June, which ends at another moment in each zone."""
    moment = datetime(2026, 6, 10, hour, tzinfo=UTC)
    where = at(moment, zone, birthday=date(1990, 6, 10), birthday_bonus_bp=1_000)
    assert first(CARD, 10_000, where).points == points


def test_B5_the_birthday_bonus_goes_to_the_first_earning_and_comes_once_a_year() -> None:
    rules = {"birthday_bonus_bp": 1_000}
    purse = Purse(at(birthday=TODAY, **rules))
    assert [purse.lines[purse.buy(amount) - 1].points for amount in (50, 10_000, 10_000)] == [
        0,
        110,
        100,
    ]
    purse.where = at(NOON + timedelta(days=365), birthday=TODAY, **rules)
    purse.buy(10_000)
    assert purse.lines[-1].points == 110


def test_T16_nobodys_birthday_gives_nothing() -> None:
    assert first(CARD, 10_000, at(birthday=None, birthday_bonus_bp=1_000)).points == 100


# -- hours in zones, and DST nights ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "time", "day"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "01:59", date(2026, 3, 29)),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "03:00", date(2026, 3, 29)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02:30", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02:30", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "00:00", date(2026, 10, 26)),
    ],
)
def test_B11_hours_are_the_shops_in_both_nights_of_the_clock(
    moment: datetime, time: str, day: date
) -> None:
    on = occasion(CARD, at(moment))
    assert (on.time, on.day) == (time, day)


def test_B11_an_hour_that_comes_twice_has_its_bonus_twice_and_a_lost_one_never() -> None:
    night = Bonus("night", points=10, from_time="02:00", until_time="03:00")
    hours = {
        date(2026, 3, 29): 0,
        date(2026, 6, 10): 1,
        date(2026, 10, 25): 2,
    }
    for day, expected in hours.items():
        start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
        moments = [start + timedelta(hours=hour) for hour in range(23)]
        assert sum(holds(night, occasion(CARD, at(moment))) for moment in moments) == expected


# -- refusals, explanation, preview ---------------------------------------------------------------


def test_refusals_of_a_sale_come_in_the_contracts_order() -> None:
    blocked = replace(CARD, status=BLOCKED)
    stopped = replace(at(loyalty_type=STAMPS), state=ProgramState(active=False))
    heard: list[type[Refusal]] = []
    stamps = at(loyalty_type=STAMPS)
    for card, where in ((blocked, stopped), (blocked, stamps), (CARD, stamps)):
        with pytest.raises(Refusal) as refusal:
            first(card, 100, where)
        heard.append(type(refusal.value))
    assert heard == [ProgramInactive, CardBlocked, PointsNotEnabled]


def test_one_sale_gives_points_and_a_stamp_in_one_line() -> None:
    line = first(CARD, 100, at(stamps_per_sale=2))
    assert (line.type, line.points, line.stamps) == ("points_earned", 1, 2)
    assert first(CARD, 100, at(stamps_per_sale=2, loyalty_type=POINTS)).stamps == 0


def test_where_a_stamp_cannot_come_the_sale_stands_and_says_so() -> None:
    card = replace(CARD, last_stamp_at=NOON)
    line = first(card, 100, at(stamps_per_sale=1, cooldown_minutes=15))
    assert (line.points, line.stamps, line.stamp_clock) == (1, 0, None)
    step = line.steps[-1]
    assert (step["code"], step["because"], step["retry_after_seconds"]) == (
        "no-stamp",
        "cooldown",
        900,
    )


def test_B6_a_capped_sale_says_what_the_cap_took() -> None:
    line = first(CARD, 10_000, at(max_points_per_order=50))
    assert {"code": "capped", "cap": 50, "lost": 50} in line.steps
    assert line.told["capped_points"] == 50


@pytest.mark.parametrize("amount", [0, 50, 12_345, 999_999])
def test_a_preview_is_the_line_itself(amount: int) -> None:
    where = at(birthday=TODAY, birthday_bonus_bp=777, welcome_bonus_points=5, stamps_per_sale=1)
    card = replace(CARD, welcome_due="first_visit", lifetime_points=4_990)
    assert preview_of(card, sale(amount), where) == first(card, amount, where)


def test_C10_the_first_paid_visit_brings_the_welcome_and_an_empty_one_does_not() -> None:
    where = at(welcome_bonus_points=50, minimum_purchase_minor=100)
    card = replace(CARD, welcome_due="first_visit")
    assert len(sale_for(card, sale(99), where, None)) == 1
    line, welcome = sale_for(card, sale(100), where, None)
    assert (line.points, welcome.points, welcome.type) == (1, 50, "welcome_bonus")


# -- every sale, against exact fractions ----------------------------------------------------------

_categories = st.sampled_from(["tea", "cake", None])
_bonuses = st.lists(
    st.one_of(
        st.builds(
            Bonus,
            name=st.just("percent"),
            percent_bp=st.integers(1, 30_000),
            categories=st.sampled_from([(), ("tea",), ("tea", "cake")]),
        ),
        st.builds(
            Bonus,
            name=st.just("flat"),
            points=st.integers(1, 900),
            categories=st.sampled_from([(), ("cake",)]),
        ),
    ),
    max_size=4,
).map(tuple)
_rules = st.builds(
    RULES.changed,
    unit_minor=st.sampled_from([1, 3, 7, 100, 1_000]),
    points_per_unit=st.integers(0, 50),
    category_rates=st.dictionaries(st.sampled_from(["tea", "cake"]), st.integers(0, 50)),
    max_points_per_order=st.one_of(st.none(), st.integers(1, 5_000)),
    bonus_stacking=st.sampled_from(["sum", "best"]),
    bonuses=_bonuses,
)
_baskets = st.lists(
    st.builds(SaleLine, st.integers(0, 99_999), _categories), min_size=1, max_size=5
)


def _exactly(basket: list[SaleLine], rules: Rules, tier: Tier, apply: tuple[Bonus, ...]) -> int:
    """The contract's sentence with fractions, up to the cap."""
    total = Fraction(0)
    for line in basket:
        rate = rules.category_rates.get(line.category or "", rules.points_per_unit)
        more = sum(
            Fraction(bonus.percent_bp, 10_000)
            for bonus in apply
            if not bonus.categories or line.category in bonus.categories
        )
        exact = Fraction(line.amount_minor * rate, rules.unit_minor)
        total += exact * Fraction(tier.multiplier_bp, 10_000) * (1 + more)
    return floor(total) + sum(bonus.points for bonus in apply)


@settings(max_examples=300)
@given(
    basket=_baskets, rules=_rules, multiplier=st.sampled_from([0, 5_000, 10_000, 12_500, 33_333])
)
def test_any_sale_gives_what_exact_fractions_say(
    basket: list[SaleLine], rules: Rules, multiplier: int
) -> None:
    tier = Tier("any", 0, multiplier)
    award = points_for(Sale(tuple(basket)), rules, tier, PLAIN)
    named = {line.category for line in basket}
    apply = tuple(b for b in rules.bonuses if not b.categories or named & set(b.categories))
    gross = _exactly(basket, rules, tier, apply)
    if rules.bonus_stacking == "best":
        gross = max([_exactly(basket, rules, tier, (b,)) for b in apply] or [gross])
    cap = rules.max_points_per_order
    assert award.earned == (gross if cap is None else min(gross, cap))
    _adds_up(award)
    exact = sum(
        Fraction(
            line.amount_minor
            * rules.category_rates.get(line.category or "", rules.points_per_unit),
            rules.unit_minor,
        )
        for line in basket
    )
    assert award.base == floor(exact)
    assert award.tier == floor(exact * Fraction(multiplier, 10_000)) - award.base


def _adds_up(award: Award) -> None:
    assert award.base + award.tier + award.bonus - award.capped == award.earned
    assert award.earned >= 0
    assert award.capped >= 0


@settings(max_examples=100)
@given(amounts=st.lists(st.integers(0, 9_999), min_size=1, max_size=8))
def test_what_a_card_has_earned_is_the_sum_of_its_lines(amounts: list[int]) -> None:
    purse = Purse(
        at(birthday=TODAY, birthday_bonus_bp=1_234, bonuses=(Bonus("2", points=3, every=2),))
    )
    for amount in amounts:
        before = purse.card
        line = purse.lines[purse.buy(amount) - 1]
        assert purse.card.lifetime_points - before.lifetime_points == line.points
        told = line.told
        assert (
            told["points_earned"]
            == line.points
            == (
                told["base_points"]
                + told["tier_points"]
                + told["bonus_points"]
                - told["capped_points"]
            )
        )
    assert purse.card.points_balance == sum(line.points for line in purse.lines)


def test_the_shop_is_named_where_a_sale_happened() -> None:
    assert first(CARD, 100, at()).steps[0]["vendor"] == SHOP.name


def test_B5_a_birthday_bonus_published_after_the_days_first_earning_waits_a_year(
    chain: Chain,
) -> None:
    chain.publish(loyalty_type="points", birthday_bonus_bp=0)
    number = chain.card(email=f"b@{chain.slug}.example", birthday=date(2000, 6, 10))
    body = {"card": number, "vendor": chain.vendor.slug, "amount_minor": 1_000, "reference": "r"}

    def earned(year: int) -> int:
        with clock.at(datetime(year, 6, 10, 10, tzinfo=UTC)):
            points: int = chain.api.post("/points/earn", body).json["points_earned"]
            return points

    assert earned(2027) == 10
    chain.publish(birthday_bonus_bp=5_000)
    assert earned(2027) == 10
    assert [earned(2028), earned(2028)] == [15, 10]
