"""`/rewards`, `/cards/{number}/rewards` and redeeming: CONTRACT.md 5 and 5a."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit import AuditEntry
from app.modules.loyalty.api.answers import CardRewards, Line, Reward
from tests.api.asking import earned, problem, redeem, reward, void, written
from tests.cast import Chain


@pytest.fixture
def shop(chain: Chain) -> Chain:
    """A company that counts points."""
    chain.publish(loyalty_type="points")
    return chain


@pytest.fixture(scope="module")
def steady(app: Flask) -> Chain:
    """A company for what is refused: nothing here may change it."""
    return Chain.open(app, loyalty_type="points")


def test_B8_redeeming_takes_the_price_and_names_the_reward(shop: Chain) -> None:
    card, gift = shop.card(), reward(shop)
    earned(shop, card, 15_000)
    line = written(redeem(shop, card, gift, vendor="station"))
    Line.model_validate(line)
    assert (line["type"], line["points"], line["points_balance"]) == ("points_redeemed", -100, 50)
    assert (line["reward"], line["vendor"]) == (gift, "station")


def test_B8_too_few_points_are_refused_with_what_is_needed_and_there(shop: Chain) -> None:
    card, gift = shop.card(), reward(shop)
    earned(shop, card, 9_900)
    told = problem(redeem(shop, card, gift), 409, "insufficient-points")
    assert (told["needed"], told["available"], told["missing"]) == (100, 99, 1)
    assert len(shop.lines(card)) == 1


def test_B8_a_reward_of_points_and_stamps_takes_both_in_one_line(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid", cooldown_minutes=0)
    card, gift = chain.card(), reward(chain, stamps=2)
    earned(chain, card, 10_000)
    told = problem(redeem(chain, card, gift), 409, "insufficient-stamps")
    assert (told["needed"], told["available"]) == (2, 0)
    chain.stamp(card, 3)
    line = written(redeem(chain, card, gift))
    assert (line["points"], line["stamps"], line["stamps_balance"]) == (-100, -2, 1)


def test_C9_a_price_below_the_minimum_is_refused_with_both_figures(shop: Chain) -> None:
    shop.publish(minimum_redemption_points=100)
    card, gift = shop.card(), reward(shop, points=50)
    earned(shop, card, 10_000)
    told = problem(redeem(shop, card, gift), 409, "below-minimum-redemption")
    assert (told["price"], told["minimum_redemption_points"]) == (50, 100)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"active": False}, "withdrawn"),
        ({"valid_from": "2999-01-01"}, "not-yet"),
        ({"valid_until": "2001-01-01"}, "ended"),
        ({"vendors": ["station"]}, "not-here"),
        ({"stock": 0}, "sold-out"),
    ],
)
def test_a_reward_that_cannot_be_had_says_why(
    steady: Chain, values: dict[str, Any], reason: str
) -> None:
    card, gift = steady.card(), reward(steady, **values)
    earned(steady, card, 10_000)
    assert problem(redeem(steady, card, gift), 409, "reward-not-available")["reason"] == reason
    assert len(steady.lines(card)) == 1


def test_a_reward_is_made_read_changed_and_listed_in_one_shape(shop: Chain) -> None:
    values = {
        "name": "Coffee to go",
        "points": 120,
        "description": "Any size",
        "stamps": 1,
        "value_minor": 350,
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "stock": 5,
        "per_card_limit": 2,
        "vendors": ["station", "old-town"],
        "active": True,
    }
    made = written(shop.api.post("/rewards", values, key=""))
    Reward.model_validate(made)
    assert made == values | {"id": made["id"], "vendors": ["old-town", "station"]}
    path = f"/rewards/{made['id']}"
    changed = shop.api.patch(path, {"points": 90, "stock": None, "vendors": []}, key="")
    assert changed.status_code == 200, changed.text
    assert changed.json == made | {"points": 90, "stock": None, "vendors": []}
    other = reward(shop, name="Tea")
    listed = shop.api.get("/rewards").json
    assert listed["items"] == [changed.json, shop.api.get(f"/rewards/{other}").json]
    assert listed["next"] is None
    first = shop.api.get("/rewards", limit=1).json
    assert shop.api.get("/rewards", cursor=first["next"]).json["items"] == listed["items"][1:]


def test_who_made_and_changed_a_reward_is_audited(shop: Chain) -> None:
    gift = reward(shop)
    shop.api.patch(f"/rewards/{gift}", {"points": 90})
    with shop.acting() as session:
        entries = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.subject_id == int(gift))
            .order_by(AuditEntry.sequence)
        )
        acts = [(entry.act, entry.figures["points"]) for entry in entries]
        assert acts == [("reward.created", 100), ("reward.changed", 90)]


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"name": None}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "  "}, ["name"]),
        ({"name": "x" * 81}, ["name"]),
        ({"points": 0}, ["points"]),
        ({"points": 1.0}, ["points"]),
        ({"points": "100"}, ["points"]),
        ({"points": True}, ["points"]),
        ({"points": -1, "stamps": 1_001}, ["points", "stamps"]),
        ({"valid_from": "2026-02-30"}, ["valid_from"]),
        ({"valid_from": "2026-02-02", "valid_until": "2026-02-01"}, ["valid_until"]),
        ({"vendors": ["elsewhere"]}, ["vendors"]),
        ({"vendors": "old-town"}, ["vendors"]),
        ({"stock": -1, "per_card_limit": 0}, ["per_card_limit", "stock"]),
        ({"id": "7"}, ["id"]),
        ({"price": 7}, ["price"]),
    ],
)
def test_a_reward_that_does_not_fit_names_every_field_and_is_not_made(
    steady: Chain, values: dict[str, Any], fields: list[str]
) -> None:
    gift = reward(steady)
    before = steady.api.get("/rewards").json
    body = {"name": "Coffee", "points": 100} | values
    for answer in (
        steady.api.post("/rewards", body),
        steady.api.patch(f"/rewards/{gift}", values),
    ):
        assert sorted(problem(answer, 422, "validation")["errors"]) == fields
    assert steady.api.get("/rewards").json == before


def test_a_cards_rewards_are_what_it_can_have_what_is_near_and_what_it_had(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid")
    card = chain.card()
    coffee, there = reward(chain), reward(chain, name="There", vendors=["station"])
    cake = reward(chain, name="Cake", points=250)
    sale = earned(chain, card, 30_000)
    taken = written(redeem(chain, card, coffee))
    path = f"/cards/{card}/rewards"
    shown = chain.api.get(path).json
    CardRewards.model_validate(shown)
    assert [each["reward"] for each in shown["redeemable"]] == [coffee, there]
    near = [(each["reward"], each["missing_points"], each["why"]["code"]) for each in shown["near"]]
    assert near == [(cake, 50, "insufficient-points"), (None, 0, "insufficient-stamps")]
    had = shown["redeemed"]
    assert [(each["transaction_id"], each["name"]) for each in had] == [
        (taken["transaction_id"], "Coffee")
    ]
    here = chain.api.get(path, vendor="old-town").json
    assert [each["reward"] for each in here["redeemable"]] == [coffee]
    problem(chain.api.get(path, vendor="elsewhere"), 422, "validation")
    written(void(chain, taken))
    assert chain.api.get(path).json["redeemed"][0]["cancelled"] is True
    assert sale


def test_everything_that_is_listed_as_redeemable_can_be_redeemed(shop: Chain) -> None:
    card = shop.card()
    gifts = [reward(shop, name=f"R{n}", points=n * 60) for n in range(1, 8)]
    earned(shop, card, 30_000)
    listed = {each["reward"] for each in shop.api.get(f"/cards/{card}/rewards").json["redeemable"]}
    for gift in gifts:
        answer = redeem(shop, card, gift)
        assert (answer.status_code == 201) == (gift in listed)
        if answer.status_code == 201:
            written(void(shop, answer.json))


@pytest.mark.parametrize("unknown", ["0", "7", "x", "9" * 19, "9" * 39, "1.0"])
def test_a_reward_that_is_not_there_is_not_found(steady: Chain, unknown: str) -> None:
    for answer in (
        steady.api.get(f"/rewards/{unknown}"),
        steady.api.patch(f"/rewards/{unknown}", {"points": 1}),
        redeem(steady, steady.card(), unknown),
    ):
        problem(answer, 404, "not-found")
