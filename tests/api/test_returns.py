"""`/transactions/{id}/void`: in part and whole, foreseen, and by whom it may be asked."""

import pytest
from flask import Flask

from app.modules.loyalty.api.answers import ForeseenVoid, Line
from tests.api.asking import balance, codes, earned, problem, redeem, reward, void, written
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


def test_C13_half_of_a_sale_then_the_rest_and_a_third_is_refused(shop: Chain) -> None:
    card = shop.card()
    sale = earned(shop, card, 3_300)
    half = written(void(shop, sale, 1_650))
    Line.model_validate(half)
    assert (half["type"], half["points"], half["amount_minor"]) == ("voided", -16, 1_650)
    assert (half["reverses"], half["reason"]) == (sale["transaction_id"], "brought back")
    rest = written(void(shop, sale))
    assert (rest["points"], rest["amount_minor"], rest["points_balance"]) == (-17, 1_650, 0)
    problem(void(shop, sale), 409, "already-voided")
    problem(void(shop, sale, 1), 409, "already-voided")
    assert shop.api.get(f"/cards/{card}").json["lifetime_points"] == 0


def test_C13_more_than_is_left_is_refused_with_what_is_left(shop: Chain) -> None:
    sale = earned(shop, shop.card(), 3_000)
    written(void(shop, sale, 1_000))
    told = problem(void(shop, sale, 2_001), 409, "void-exceeds-original")
    assert (told["available_minor"], told["requested_minor"]) == (2_000, 2_001)


def test_C13_points_spent_meanwhile_become_a_visible_debt(shop: Chain) -> None:
    card = shop.card()
    sale = earned(shop, card, 10_000)
    written(redeem(shop, card, reward(shop)))
    back = written(void(shop, sale))
    assert (back["points"], back["points_balance"]) == (-100, -100)
    debt = next(step for step in back["explanation"] if step["code"] == "points-taken-back")
    assert debt["figures"]["debt"] == 100
    assert balance(shop, card) == -100


def test_C13_where_debts_are_forgiven_a_line_says_so(shop: Chain) -> None:
    shop.publish(void_policy="forgive")
    card = shop.card()
    sale = earned(shop, card, 10_000)
    written(redeem(shop, card, reward(shop)))
    path = f"/transactions/{sale['transaction_id']}/void/preview"
    foreseen = shop.api.post(path, {}, key="").json
    assert [line["type"] for line in foreseen["lines"]] == ["voided", "points_forgiven"]
    written(void(shop, sale))
    lines = shop.api.get(f"/cards/{card}/transactions").json["items"]
    assert [line["points"] for line in lines] == [100, -100, -100, 100]
    assert lines[-1]["type"] == "points_forgiven"
    assert balance(shop, card) == 0


def test_C13_a_cancelled_redemption_gives_back_what_it_took(shop: Chain) -> None:
    card, gift = shop.card(), reward(shop, stock=1)
    earned(shop, card, 20_000)
    taken = written(redeem(shop, card, gift))
    assert (taken["reward"], shop.api.get(f"/rewards/{gift}").json["stock"]) == (gift, 0)
    back = written(void(shop, taken))
    assert (back["points"], back["points_balance"], back["reward"]) == (100, 200, gift)
    assert shop.api.get(f"/rewards/{gift}").json["stock"] == 1
    problem(void(shop, taken), 409, "already-voided")


@pytest.mark.parametrize("part", [None, 1, 1_111, 2_222])
def test_what_is_foreseen_is_what_the_return_writes(shop: Chain, part: int | None) -> None:
    card = shop.card()
    sale = earned(shop, card, 2_222)
    path = f"/transactions/{sale['transaction_id']}/void/preview"
    asked = {} if part is None else {"amount_minor": part}
    answer = shop.api.post(path, asked, key="")
    assert answer.status_code == 200, answer.text
    ForeseenVoid.model_validate(answer.json)
    assert len(shop.lines(card)) == 1
    line, foreseen = written(void(shop, sale, part)), answer.json["lines"][0]
    assert foreseen == {name: line[name] for name in foreseen}


def test_a_return_names_the_revision_of_the_sale_and_its_steps(shop: Chain) -> None:
    sale = earned(shop, shop.card(), 10_000)
    shop.publish(points_per_unit=9)
    back = written(void(shop, sale))
    assert (back["points"], back["revision"]) == (-100, sale["revision"])
    assert codes(back)[:2] == ["sale-returned", "points-taken-back"]


def test_stamps_and_adjustments_are_taken_back_whole_alone(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid", cooldown_minutes=0)
    card = chain.card()
    stamp = written(chain.api.post("/stamps/add", {"card": card, "vendor": "old-town"}))
    given = chain.api.post("/points/adjust", {"card": card, "points": 40, "reason": "Sorry"})
    for line in (stamp, written(given)):
        told = problem(void(chain, line, 1), 422, "validation")
        assert list(told["errors"]) == ["amount_minor"]
        back = written(void(chain, line))
        problem(void(chain, back), 409, "not-voidable")
    shown = chain.api.get(f"/cards/{card}").json
    assert (shown["points_balance"], shown["stamps_balance"]) == (0, 0)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"reason": "a\nb"}, "reason"),
        ({"reason": 7}, "reason"),
        ({"reason": "r", "amount_minor": -1}, "amount_minor"),
        ({"reason": "r", "amount_minor": 0}, "amount_minor"),
        ({"reason": "r", "amount_minor": 1.0}, "amount_minor"),
        ({"reason": "r", "amount": 1}, "amount"),
    ],
)
def test_a_return_that_does_not_fit_is_named_and_writes_nothing(
    steady: Chain, body: dict[str, object], field: str
) -> None:
    card = steady.card()
    sale = earned(steady, card, 1_000)
    answer = steady.api.post(f"/transactions/{sale['transaction_id']}/void", body)
    assert list(problem(answer, 422, "validation")["errors"]) == [field]
    assert len(steady.lines(card)) == 1


@pytest.mark.parametrize("unknown", ["0", "7", "x", "-1", "9" * 19, "9" * 40, "%00", "1.0"])
def test_a_line_that_is_not_there_is_not_found(steady: Chain, unknown: str) -> None:
    for answer in (
        steady.api.get(f"/transactions/{unknown}"),
        steady.api.post(f"/transactions/{unknown}/void", {"reason": "r"}),
        steady.api.post(f"/transactions/{unknown}/void/preview", {}, key=""),
    ):
        problem(answer, 404, "not-found")
