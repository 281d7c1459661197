"""What customers get, and what to think about first: exactly, and in words."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g
from hypothesis import given, strategies

from app.modules.loyalty.accrual.occasions import Occasion
from app.modules.loyalty.accrual.points import Sale, SaleLine, points_for
from app.modules.loyalty.pages.admin.program import (
    bonus_words,
    consequences,
    shares,
    warnings,
    words,
)
from app.modules.loyalty.pages.admin.program.warnings import Facts
from app.modules.loyalty.programs import Bonus, Rules, Tier
from app.modules.loyalty.programs.defaults import DEFAULT_LADDER
from app.modules.loyalty.reports import Effect, Sales
from app.modules.loyalty.rewards import Reward
from tests.conftest import make_app

LADDER = (Tier("Bronze", 0, 10_000), Tier("Silver", 500, 12_500), Tier("Gold", 1_500, 15_000))
POINTS = Rules("points", 100, point_value_bp=50_000, tiers=LADDER, terms_text="Be kind.")
TODAY = date(2031, 5, 7)
_NOBREAK = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A page of a company in euros; no database is asked."""
    app = make_app("sqlite:///never-opened.db", tmp_path_factory.mktemp("words"))
    with app.test_request_context():
        g.company = SimpleNamespace(currency="EUR", locale="en-GB", timezone="UTC")
        yield app


def promised(rules: Rules, *, buys: bool = True) -> str:
    return words.points_promise(rules, buys=buys).replace(_NOBREAK, " ")


def test_spend_100_get_5_back(office: Flask) -> None:
    assert promised(POINTS) == "Spend €100, get €5 back: 5 %."
    said = words.members(POINTS).replace(_NOBREAK, " ")
    assert said == "Silver members get 6.25 %, Gold members 7.5 %."


def test_the_first_tiers_multiplier_counts_for_everybody(office: Flask) -> None:
    rules = POINTS.changed(tiers=(Tier("All", 0, 20_000),))
    assert promised(rules) == "Spend €100, get €10 back: 10 %."
    assert words.members(rules) == ""


def test_what_no_two_decimals_hold_is_about(office: Flask) -> None:
    rules = POINTS.changed(unit_minor=300)
    assert promised(rules) == "Spend €300, get €5 back: about 1.66 %."
    rules = POINTS.changed(unit_minor=700, points_per_unit=3)
    assert promised(rules) == "Spend €700, get €15 back: about 2.14 %."


def test_cents_are_told_where_there_are_any(office: Flask) -> None:
    assert promised(POINTS.changed(point_value_bp=2_500)) == "Spend €100, get €0.25 back: 0.25 %."


def test_without_a_value_points_pay_nothing(office: Flask) -> None:
    rules = POINTS.changed(point_value_bp=None)
    told = "1 point for every €1.00: "
    assert promised(rules, buys=False) == told + "points are kept but pay nothing."
    assert promised(rules) == told + "they buy rewards, and pay nothing at a checkout."
    assert words.members(rules) == "Silver members get × 1.25, Gold members × 1.5."


@pytest.mark.parametrize(
    ("currency", "unit", "said"),
    [
        ("JPY", 1, "Spend JP¥100, get JP¥5 back: 5 %."),
        ("KWD", 1_000, "Spend KWD100, get KWD5 back: 5 %."),
    ],
)
def test_yen_and_dinars_have_their_own_digits(
    office: Flask, currency: str, unit: int, said: str
) -> None:
    company, g.company = g.company, SimpleNamespace(currency=currency, locale="en-GB")
    try:
        # A point is worth a twentieth of a currency unit in each of them.
        value = unit * 10_000 // 20
        assert promised(POINTS.changed(unit_minor=unit, point_value_bp=value)) == said
    finally:
        g.company = company


@given(
    per=strategies.integers(1, 50),
    unit=strategies.integers(1, 10_000),
    value=strategies.integers(1, 100_000),
    times=strategies.integers(1, 40_000),
)
def test_the_promised_share_is_what_the_rules_give(
    per: int, unit: int, value: int, times: int
) -> None:
    """Of a purchase large enough that nothing is rounded, by the very function that awards."""
    rules = Rules("points", unit, points_per_unit=per, point_value_bp=value)
    tier = Tier("T", 0, times)
    paid = unit * 10_000
    on = Occasion(TODAY, "12:00", None, birthday=False, purchase=1, new=True)
    award = points_for(Sale((SaleLine(paid),)), rules, tier, on)
    assert Fraction(award.earned * value, 10_000) / paid == shares.given_back(rules, tier)


def test_limits_are_told_with_the_promise(office: Flask) -> None:
    rules = POINTS.changed(minimum_purchase_minor=500, max_points_per_order=200)
    assert words.pace(rules) == "Purchases count from €5.00, at most 200 points a purchase."


# -- bonuses as sentences ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bonus", "said"),
    [
        (Bonus("b", percent_bp=1_000, birthday=True), "On the birthday: +10 %"),
        (Bonus("b", points=10, every=10), "Every 10th purchase: +10 points"),
        (Bonus("b", points=1, every=2), "Every 2nd purchase: +1 point"),
        (Bonus("b", points=5, every=11), "Every 11th purchase: +5 points"),
        (Bonus("b", points=5, every=21), "Every 21st purchase: +5 points"),
        (Bonus("b", points=5, first_visit=True), "On the first purchase: +5 points"),
        (Bonus("b", percent_bp=1_250), "On every purchase: +12.5 %"),
        (
            Bonus(
                "b",
                points=20,
                weekdays=(1,),
                from_time="08:00",
                until_time="11:00",
                vendors=("kirchberg",),
            ),
            "On Monday 08:00–11:00, at Kirchberg: +20 points",
        ),
        (
            Bonus(
                "b",
                percent_bp=5_000,
                starts_on=date(2031, 12, 1),
                ends_on=date(2031, 12, 24),
                categories=("coffee", "cake"),
            ),
            "1 Dec 2031 – 24 Dec 2031, on coffee and cake: +50 %",
        ),
        (
            Bonus("b", points=2, vendors=("a", "b", "c", "d", "e")),
            "At a, b, c and 2 more: +2 points",
        ),
    ],
)
def test_a_bonus_reads_as_a_sentence(office: Flask, bonus: Bonus, said: str) -> None:
    found = bonus_words.sentence(bonus, {"kirchberg": "Kirchberg"})
    assert found.replace(_NOBREAK, " ") == said


# -- warnings ------------------------------------------------------------------------------------

STAMPS = POINTS.changed(loyalty_type="stamps", tiers=DEFAULT_LADDER)
CAKE = Reward(id=1, name="Cake", points=350, stamps=0, active=True)
FACTS = Facts(TODAY, Sales(10, 20_000), (CAKE,), {"old-town": "Old Town"})
NO_REWARDS = Facts(TODAY)


def test_good_rules_are_not_warned_of(office: Flask) -> None:
    assert warnings.warnings(POINTS, FACTS) == []
    assert warnings.warnings(STAMPS, NO_REWARDS) == []


@pytest.mark.parametrize(
    ("rules", "facts", "part"),
    [
        (STAMPS.changed(cooldown_minutes=0, max_daily_stamps=None), NO_REWARDS, "in one visit"),
        (STAMPS.changed(max_daily_stamps=10), NO_REWARDS, "within one day"),
        (STAMPS.changed(cooldown_minutes=1_440), NO_REWARDS, "a day or more"),
        (STAMPS.changed(require_staff_pin=False), NO_REWARDS, "nobody proved"),
        (STAMPS.changed(welcome_bonus_points=50), NO_REWARDS, "The welcome is in points"),
        (STAMPS.changed(terms_text=""), NO_REWARDS, "Terms of your own"),
        (STAMPS, FACTS, "Rewards cost points"),
        (STAMPS.changed(tiers=LADDER), NO_REWARDS, "nobody moves up"),
        (STAMPS.changed(bonuses=(Bonus("b", points=1),)), NO_REWARDS, "Bonuses are in points"),
        (
            POINTS.changed(minimum_redemption_points=400),
            FACTS,
            "Nobody could take Cake: it costs 350",
        ),
        (POINTS.changed(point_value_bp=None), NO_REWARDS, "Points buy nothing yet"),
        (POINTS.changed(point_value_bp=1_000_000), FACTS, "more than is paid"),
        (POINTS.changed(max_points_per_order=19), FACTS, "A usual sale of €20.00 would give 20"),
        (POINTS.changed(minimum_purchase_minor=2_001), FACTS, "A usual sale is €20.00"),
        (POINTS.changed(points_per_unit=0), FACTS, "nobody gets anywhere"),
        (
            POINTS.changed(tiers=(*LADDER[:2], Tier("Gold", 1_500, 12_000))),
            FACTS,
            "from Silver to Gold earns less",
        ),
        (
            POINTS.changed(bonuses=(Bonus("May", points=1, ends_on=date(2031, 5, 6)),)),
            FACTS,
            "it ended on 6 May 2031",
        ),
        (
            POINTS.changed(bonuses=(Bonus("b", points=1, first_visit=True, every=2),)),
            FACTS,
            "a first purchase is no every 2nd",
        ),
        (POINTS.changed(bonuses=(Bonus("b", points=1, vendors=("gone",)),)), FACTS, "is open"),
    ],
)
def test_C9_what_is_allowed_and_unwise_is_warned_of_once(
    office: Flask, rules: Rules, facts: Facts, part: str
) -> None:
    found = warnings.warnings(rules, facts)
    assert len(found) == 1, found
    assert part in found[0]


@pytest.mark.parametrize(
    "rules",
    [
        POINTS.changed(point_value_bp=666_666),  # Gold gets 99.99… %
        POINTS.changed(max_points_per_order=20),
        POINTS.changed(minimum_purchase_minor=2_000),
        POINTS.changed(minimum_redemption_points=350),
        POINTS.changed(bonuses=(Bonus("b", points=1, ends_on=TODAY, vendors=("old-town", "x")),)),
    ],
)
def test_the_last_good_value_is_not_warned_of(office: Flask, rules: Rules) -> None:
    assert warnings.warnings(rules, FACTS) == []


# -- what publishing takes away ------------------------------------------------------------------

UNFELT = Effect(3, 0, 0, 0, 0, 0, 0, Sales(), (), ())


@pytest.mark.parametrize(
    ("changes", "loses"),
    [
        ({"points_per_unit": 2}, False),
        ({"point_value_bp": 60_000}, False),
        ({"point_value_bp": 49_999}, True),
        ({"point_value_bp": None}, True),
        ({"minimum_redemption_points": 50}, False),
        ({"minimum_redemption_points": 101}, True),
        ({"max_points_per_checkout": 100}, True),
        ({"expiry": {"policy": "age", "months": 12}}, True),
        ({"tiers": (*LADDER[:2], Tier("Gold", 1_500, 14_999))}, True),
        ({"tiers": (*LADDER, Tier("Platinum", 3_000, 20_000))}, False),
        ({"tiers": (*LADDER[:2], Tier("Gold", 1_600, 15_000))}, True),
        ({"loyalty_type": "hybrid"}, False),
    ],
)
def test_that_no_card_loses_anything_is_said_only_where_it_is_so(
    changes: dict[str, Any], loses: bool
) -> None:
    after = POINTS.changed(**changes)
    assert consequences.loses_nothing(POINTS, after, UNFELT) is not loses


@pytest.mark.parametrize(
    "effect", ["lose_readiness", "keep_unusable_stamps", "keep_unusable_points", "fall"]
)
def test_one_card_that_loses_is_enough(effect: str) -> None:
    felt = replace(UNFELT, **{effect: 1})
    assert not consequences.loses_nothing(POINTS, POINTS.changed(points_per_unit=2), felt)
    assert consequences.loses_nothing(POINTS, POINTS.changed(points_per_unit=2), UNFELT)
