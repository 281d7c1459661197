"""What is typed into the programme's blanks: read exactly, or refused beside the blank."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g
from hypothesis import given, strategies
from werkzeug.datastructures import MultiDict

from app.modules.loyalty.pages.admin.program import blanks, bonus_form, form, parts
from app.modules.loyalty.programs import Rules, Tier
from tests.conftest import make_app

LADDER = (Tier("Bronze", 0, 10_000), Tier("Silver", 500, 12_500), Tier("Gold", 1_500, 15_000))
HYBRID = Rules("points", 100, point_value_bp=50_000, tiers=LADDER, terms_text="Be kind.")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A page of a company in euros; no database is asked."""
    app = make_app("sqlite:///never-opened.db", tmp_path_factory.mktemp("words"))
    with app.test_request_context():
        g.company = SimpleNamespace(currency="EUR", locale="en-GB", timezone="UTC")
        yield app


HOSTILE = '"><script>alert(1)</script>'


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("350", "JPY", 350),
        ("3.5", "EUR", 350),
        ("3,50", "EUR", 350),
        ("0", "EUR", 0),
        ("3.505", "KWD", 3_505),
        ("9999999999.99", "EUR", 999_999_999_999),
    ],
)
def test_money_is_read_exactly_in_the_currencys_digits(
    office: Flask, typed: str, currency: str, minor: int
) -> None:
    assert blanks.amount(typed, currency) == minor


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        ("3.505", "EUR"),
        ("1,000", "EUR"),
        ("1,000.00", "EUR"),
        ("3.5", "JPY"),
        ("-1", "EUR"),
        ("+1", "EUR"),
        ("1e3", "EUR"),
        ("NaN", "EUR"),
        ("1_000", "EUR"),
        ("٣", "EUR"),
        (".5", "EUR"),
        ("5.", "EUR"),
        ("", "EUR"),
        ("9" * 30, "EUR"),
    ],
)
def test_what_is_no_amount_is_refused(office: Flask, typed: str, currency: str) -> None:
    with pytest.raises(ValueError, match="expected a number such as"):
        blanks.amount(typed, currency)


@given(
    minor=strategies.integers(0, 10**12), currency=strategies.sampled_from(("EUR", "JPY", "KWD"))
)
def test_money_comes_out_of_a_blank_as_it_went_in(office: Flask, minor: int, currency: str) -> None:
    assert blanks.amount(blanks.as_amount(minor, currency), currency) == minor


@given(bp=strategies.integers(0, 1_000_000))
def test_percentages_and_multipliers_come_out_as_they_went_in(office: Flask, bp: int) -> None:
    assert blanks.percent(blanks.as_percent(bp)) == bp
    assert blanks.multiplier(blanks.as_multiplier(bp)) == bp


@given(bp=strategies.integers(1, 10**12), currency=strategies.sampled_from(("EUR", "JPY", "KWD")))
def test_what_a_point_pays_comes_out_as_it_went_in(office: Flask, bp: int, currency: str) -> None:
    part = parts.PARTS[0]
    typed = part.show(HYBRID.changed(point_value_bp=bp), currency)
    assert part.read(typed, currency) == ({"point_value_bp": bp}, {})


def test_a_value_that_is_not_exact_is_refused_with_its_neighbours(office: Flask) -> None:
    _, errors = parts.PARTS[0].read({"value_points": "3", "value_amount": "0.10"}, "EUR")
    assert "between €333.33 and €333.34" in errors["value_amount"]


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"stamps_target": "many"}, {"stamps_target"}),
        ({"stamps_target": "²"}, {"stamps_target"}),
        ({"cooldown_minutes": "999999"}, {"cooldown_minutes"}),
        ({"stamps_reward_value_minor": "3.505"}, {"stamps_reward_value_minor"}),
        ({"unit_minor": "1,000"}, {"unit_minor"}),
        ({"unit_minor": "0"}, {"unit_minor"}),
        ({"minimum_purchase_minor": "1e3"}, {"minimum_purchase_minor"}),
        ({"minimum_purchase_minor": "-1"}, {"minimum_purchase_minor"}),
        ({"minimum_purchase_minor": "Infinity"}, {"minimum_purchase_minor"}),
        ({"minimum_purchase_minor": ""}, {"minimum_purchase_minor"}),
        ({"minimum_purchase_minor": "9999999999999"}, {"minimum_purchase_minor"}),
        ({"points_per_unit": "1_000"}, {"points_per_unit"}),
        ({"birthday_bonus_bp": "12.345"}, {"birthday_bonus_bp"}),
        ({"value_points": "3", "value_amount": "0.10"}, {"value_amount"}),
        ({"value_points": "0", "value_amount": "5"}, {"value_points"}),
        ({"value_points": "100", "value_amount": "0"}, {"value_amount"}),
        ({"value_points": "", "value_amount": "5.00"}, {"value_points"}),
        ({"card_name": ""}, {"card_name"}),
        ({"stamps_reward_name": "x" * 81}, {"stamps_reward_name"}),
        ({"card_color": "red"}, {"card_color"}),
        ({"privacy_url": "javascript:alert(1)"}, {"privacy_url"}),
        ({"void_policy": "steal"}, {"void_policy"}),
        ({"welcome_bonus_when": HOSTILE}, {"welcome_bonus_when"}),
        ({"expiry_policy": "soon"}, {"expiry_policy"}),
        ({"expiry_policy": "age", "expiry_months": "0"}, {"expiry_months"}),
        (
            {"expiry_policy": "yearly", "expiry_day": "31", "expiry_month": "4"},
            {"expiry_day"},
        ),
        ({"expiry_notice_days": "30; 7"}, {"expiry_notice_days"}),
        ({"expiry_notice_days": "400"}, {"expiry_notice_days"}),
        ({"rates-name": ["coffee", "coffee"], "rates-points": ["1", "2"]}, {"rates-1-name"}),
        ({"rates-name": ["coffee"], "rates-points": []}, {"rates-0-points"}),
        (
            {"tiers-name": ["A", "B"], "tiers-least": ["0", "0"], "tiers-times": ["1", "2"]},
            {"tiers-1-least"},
        ),
        ({"tiers-name": ["A"], "tiers-least": ["5"], "tiers-times": ["1"]}, {"tiers"}),
        (
            {"tiers-name": ["A"], "tiers-least": ["0"], "tiers-times": ["1.00001"]},
            {"tiers-0-times"},
        ),
        ({"tiers-name": [""], "tiers-least": [""], "tiers-times": [""]}, {"tiers"}),
        ({"bonuses": "[]", "tiers": "x", "rates": "x", "unit_minor": "x"}, {"unit_minor"}),
    ],
)
def test_a_wrong_blank_is_named(office: Flask, typed: dict[str, Any], wrong: set[str]) -> None:
    shown = form.shown(HYBRID, "EUR")
    over = form.typed_in(MultiDict(typed), shown, {})
    draft = form.judged(over, HYBRID, "EUR")
    assert set(draft.errors) == wrong
    assert draft.rules == HYBRID
    for name in over:
        assert draft.typed[name] == over[name]


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"name": ""}, {"name"}),
        ({"name": HOSTILE * 4}, {"name"}),
        ({"much": "0"}, {"much"}),
        ({"much": "-5"}, {"much"}),
        ({"gives": "points", "much": "1.5"}, {"much"}),
        ({"every": "0"}, {"every"}),
        ({"every": "1"}, {"every"}),
        ({"from_time": "08:00"}, {"from_time"}),
        ({"from_time": "25:00", "until_time": "26:00"}, {"from_time"}),
        ({"starts_on": "2027-02-30"}, {"starts_on"}),
        ({"starts_on": "2027-02-03", "ends_on": "2027-02-01"}, {"ends_on"}),
        ({"vendors": ["somebody-elses"]}, {"vendors"}),
        ({"categories": "x" * 81}, {"categories"}),
    ],
)
def test_a_wrong_bonus_is_named(office: Flask, typed: dict[str, Any], wrong: set[str]) -> None:
    sent = MultiDict({"name": "Quiet hours", "gives": "percent", "much": "20"} | typed)
    _, errors = bonus_form.read(bonus_form.typed_in(sent), {"station"})
    assert set(errors) == wrong
