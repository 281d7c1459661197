"""`/program` and `/tiers`: the rules of points, bonuses and the ladder."""

import json
from typing import Any

import pytest
from flask import Flask

from app.modules.loyalty.api.answers import Card, Rung
from app.modules.loyalty.api.program import Program
from tests.api.asking import earned, problem
from tests.cast import Chain

BONUS = {
    "name": "Happy hour",
    "percent_bp": 1_000,
    "points": 0,
    "birthday": False,
    "first_visit": False,
    "every": None,
    "weekdays": [1, 2],
    "from_time": "08:00",
    "until_time": "11:00",
    "starts_on": "2026-01-01",
    "ends_on": None,
    "vendors": ["old-town"],
    "categories": ["bread"],
}
LATER = {
    "bonus_stacking": ("sum", "best"),
    "stamps_per_sale": (0, 2),
    "void_alone_minutes": (10, 30),
    "void_days": (30, None),
    "redemption_alone_points": (None, 500),
    "adjustment_alone_points": (1_000, None),
    "tier_review_on": (None, "01-31"),
}


@pytest.fixture(scope="module")
def steady(app: Flask) -> Chain:
    """A company for what is refused: nothing here may change it."""
    return Chain.open(app, loyalty_type="points")


def test_the_rules_of_points_are_read_and_published(chain: Chain) -> None:
    before = chain.api.get("/program").json
    assert {name: before[name] for name in LATER} == {n: was for n, (was, _) in LATER.items()}
    sent = {name: new for name, (_, new) in LATER.items()}
    after = chain.api.patch("/program", sent).json
    Program.model_validate(after)
    assert after == before | sent | {"revision": before["revision"] + 1}


def test_bonuses_are_published_and_what_is_read_can_be_sent_again(chain: Chain) -> None:
    flat = {"name": "Third visit", "points": 50, "every": 3}
    sent = chain.api.patch("/program", {"bonuses": [BONUS, flat]})
    assert sent.status_code == 200, sent.text
    Program.model_validate(sent.json)
    shown = sent.json["bonuses"]
    assert shown[0] == BONUS
    assert {name: shown[1][name] for name in flat} == flat
    again = chain.api.patch("/program", {"bonuses": shown})
    assert again.json == sent.json  # the very same rules: no new revision
    assert chain.api.patch("/program", {"bonuses": []}).json["bonuses"] == []


def test_a_published_bonus_counts(chain: Chain) -> None:
    chain.publish(loyalty_type="points")
    chain.api.patch("/program", {"bonuses": [{"name": "Opening", "percent_bp": 5_000}]})
    line = earned(chain, chain.card(), 1_000)
    assert (line["points"], line["bonus_points"]) == (15, 5)


@pytest.mark.parametrize(
    ("bonus", "field"),
    [
        ({"percent_bp": 10}, "bonuses.0.name"),
        ({"name": "x", "percent_bp": 1.0}, "bonuses.0.percent_bp"),
        ({"name": "x", "percent_bp": 10, "every": 1}, "bonuses.0.every"),
        ({"name": "x", "percent_bp": 10, "weekdays": [8]}, "bonuses.0.weekdays.0"),
        ({"name": "x", "percent_bp": 10, "from_time": "8:00"}, "bonuses.0.from_time"),
        ({"name": "x", "percent_bp": 10, "starts_on": "soon"}, "bonuses.0.starts_on"),
        ({"name": "x", "percent_bp": 10, "vendors": ["elsewhere"]}, "bonuses.0.vendors"),
        ({"name": "x", "percent_bp": 10, "weather": "sun"}, "bonuses.0.weather"),
        ({"name": "x"}, "bonuses"),
        ({"name": "x", "percent_bp": 10, "points": 10}, "bonuses"),
        ({"name": "x", "points": 10, "from_time": "08:00"}, "bonuses"),
    ],
)
def test_a_bonus_that_does_not_fit_is_named_and_nothing_is_published(
    steady: Chain, bonus: dict[str, Any], field: str
) -> None:
    before = steady.api.get("/program").json
    told = problem(steady.api.patch("/program", {"bonuses": [bonus]}), 422, "validation")
    assert list(told["errors"]) == [field]
    assert steady.api.get("/program").json == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"bonus_stacking": "most"}, "bonus_stacking"),
        ({"stamps_per_sale": 101}, "stamps_per_sale"),
        ({"stamps_per_sale": None}, "stamps_per_sale"),
        ({"void_alone_minutes": -1}, "void_alone_minutes"),
        ({"void_days": 3_651}, "void_days"),
        ({"redemption_alone_points": 1.0}, "redemption_alone_points"),
        ({"adjustment_alone_points": "1000"}, "adjustment_alone_points"),
        ({"tier_review_on": "2026-01-01"}, "tier_review_on"),
        ({"tier_review_on": "02-30"}, "tier_review_on"),
        ({"points_per_unit": 1e2}, "points_per_unit"),
        ({"unit_minor": True}, "unit_minor"),
        ({"bonuses": {}}, "bonuses"),
        ({"bonuses": None}, "bonuses"),
        ({"tiers": []}, "tiers"),
    ],
)
def test_a_rule_of_points_that_does_not_fit_is_named(
    steady: Chain, change: dict[str, Any], field: str
) -> None:
    told = problem(steady.api.patch("/program", change), 422, "validation")
    assert list(told["errors"]) == [field]


def test_B2_the_ladder_is_put_as_a_bare_list_and_publishes_a_revision(chain: Chain) -> None:
    revision = chain.api.get("/program").json["revision"]
    ladder = [
        {"name": "Gold", "min_lifetime_points": 100, "multiplier_bp": 20_000},
        {"name": "Basic", "min_lifetime_points": 0, "multiplier_bp": 10_000},
    ]
    put = chain.api.put("/tiers", ladder, key="")
    assert put.status_code == 200, put.text
    assert put.json == {"items": ladder[::-1], "next": None}
    assert [Rung.model_validate(each) for each in put.json["items"]]
    assert chain.api.get("/tiers").json == put.json
    program = chain.api.get("/program").json
    assert (program["revision"], program["tiers"]) == (revision + 1, ladder[::-1])


@pytest.mark.parametrize(
    ("ladder", "field"),
    [
        ({"tiers": []}, "body"),
        ([], "body"),
        ([{"name": "A", "min_lifetime_points": 1, "multiplier_bp": 1}], "tiers"),
        ([{"name": "A", "min_lifetime_points": 0, "multiplier_bp": 1}] * 2, "tiers"),
        ([{"name": "A", "min_lifetime_points": 0}], "0.multiplier_bp"),
        (
            [{"name": "A", "min_lifetime_points": 0.0, "multiplier_bp": 1}],
            "0.min_lifetime_points",
        ),
        ([{"name": "", "min_lifetime_points": 0, "multiplier_bp": 1}], "0.name"),
        ([{"name": "x" * 41, "min_lifetime_points": 0, "multiplier_bp": 1}], "0.name"),
        ([7], "0"),
    ],
)
def test_a_ladder_that_does_not_fit_is_named_and_nothing_is_published(
    steady: Chain, ladder: Any, field: str
) -> None:
    before = steady.api.get("/program").json
    raw = json.dumps(ladder).encode()
    told = problem(steady.api.put("/tiers", raw), 422, "validation")
    assert list(told["errors"]) == [field]
    assert steady.api.get("/program").json == before


def test_putting_a_ladder_is_replayed(chain: Chain) -> None:
    one = [{"name": "One", "min_lifetime_points": 0, "multiplier_bp": 10_000}]
    two = [{"name": "Two", "min_lifetime_points": 0, "multiplier_bp": 10_000}]
    first = chain.api.put("/tiers", one, key="k")
    chain.api.put("/tiers", two)
    again = chain.api.put("/tiers", one, key="k")
    assert (again.data, again.headers["Idempotent-Replay"]) == (first.data, "true")
    assert chain.api.get("/tiers").json["items"] == two


def test_a_card_shows_its_tier_and_how_far_the_next_one_is(chain: Chain) -> None:
    chain.publish(loyalty_type="points")
    card = chain.card()
    shown = chain.api.get(f"/cards/{card}").json
    Card.model_validate(shown)
    assert (shown["tier"], shown["next_tier"]["points_to_go"]) == ("Bronze", 5_000)
    earned(chain, card, 499_900)
    shown = chain.api.get(f"/cards/{card}").json
    assert shown["next_tier"] == {"name": "Silver", "points_to_go": 1}
    earned(chain, card, 100)
    assert chain.api.get(f"/cards/{card}").json["tier"] == "Silver"
    earned(chain, card, 10_000_000)
    shown = chain.api.get(f"/cards/{card}").json
    assert (shown["tier"], shown["next_tier"]) == ("Platinum", None)


def test_where_no_points_count_no_tier_is_ahead(chain: Chain) -> None:
    assert chain.api.get(f"/cards/{chain.card()}").json["next_tier"] is None
