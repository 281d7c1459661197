"""`/points`: earning, what a sale would earn, adjusting. CONTRACT.md 5 and 5a."""

import threading
from datetime import date
from typing import Any

import pytest

from app.modules.loyalty.api.answers import Earned, Foreseen, Line
from app.modules.loyalty.programs import Bonus, Tier
from tests.api.asking import balance, codes, earn, earned, preview, problem, redeem, reward, written
from tests.cast import Chain

FIGURES = (
    "base_points",
    "tier_multiplier_bp",
    "tier_points",
    "bonus_points",
    "capped_points",
    "points_earned",
)


@pytest.fixture
def shop(chain: Chain) -> Chain:
    """A company that counts points."""
    chain.publish(loyalty_type="points")
    return chain


def test_A1_a_rate_and_a_cap_that_an_admin_sets_make_the_points(shop: Chain) -> None:
    rules = {"points_per_unit": 1, "unit_minor": 1_000, "max_points_per_order": 500}
    rules |= {"expiry": {"policy": "age", "months": 12}}
    assert shop.api.patch("/program", rules).status_code == 200
    card = shop.card()
    sales = [earned(shop, card, amount) for amount in (50_000, 600_000, 999)]
    assert [line["points"] for line in sales] == [50, 500, 0]
    assert sales[1]["capped_points"] == 100
    assert "capped" in codes(sales[1])
    assert "rounds-to-nothing" in codes(sales[2])
    assert balance(shop, card) == 550


def test_A2_a_new_rate_counts_forward_and_each_line_names_its_revision(shop: Chain) -> None:
    card = shop.card()
    before = earned(shop, card, 1_000)
    revision = shop.api.patch("/program", {"points_per_unit": 3}).json["revision"]
    after = earned(shop, card, 1_000)
    assert (before["points"], after["points"]) == (10, 30)
    assert (before["revision"], after["revision"]) == (revision - 1, revision)
    kept = shop.api.get(f"/cards/{card}/transactions").json["items"]
    assert [(line["points"], line["revision"]) for line in kept] == [
        (10, revision - 1),
        (30, revision),
    ]


def test_A8_an_adjustment_shows_its_sign_its_reason_and_that_a_key_did_it(shop: Chain) -> None:
    card = shop.card()
    earned(shop, card, 10_000)
    body = {"card": card, "points": -50, "reason": "Scanned twice"}
    line = written(shop.api.post("/points/adjust", body))
    Line.model_validate(line)
    assert (line["type"], line["points"], line["points_balance"]) == ("points_adjusted", -50, 50)
    assert line["reason"] == "Scanned twice"
    assert codes(line)[0] == "adjusted"
    assert shop.lines(card)[-1].api_key_id
    assert shop.api.get(f"/cards/{card}").json["lifetime_points"] == 100
    more = shop.api.post("/points/adjust", body | {"points": -51})
    told = problem(more, 409, "insufficient-points")
    assert (told["needed"], told["available"], told["missing"]) == (51, 50, 1)
    plus = shop.api.post("/points/adjust", body | {"points": 1_000_000})
    assert written(plus)["points_balance"] == 1_000_050


def test_B1_spending_lowers_the_balance_and_not_the_lifetime(shop: Chain) -> None:
    card = shop.card()
    earned(shop, card, 25_000)
    written(redeem(shop, card, reward(shop)))
    shown = shop.api.get(f"/cards/{card}").json
    assert (shown["points_balance"], shown["lifetime_points"]) == (150, 250)
    lines = shop.api.get(f"/cards/{card}/transactions").json["items"]
    assert [line["points"] for line in lines] == [250, -100]


def test_B4_a_category_has_its_rate_and_an_unknown_one_is_refused_by_name(shop: Chain) -> None:
    shop.publish(category_rates={"bread": 5, "tobacco": 0})
    card = shop.card()
    lines = [
        {"amount_minor": 1_000, "category": "bread"},
        {"amount_minor": 1_000, "category": "tobacco"},
        {"amount_minor": 1_000},
    ]
    assert earned(shop, card, 3_000, lines=lines)["points"] == 60
    assert earned(shop, card, 1_000, category="bread")["points"] == 50
    told = problem(earn(shop, card, 1_000, category="wine"), 422, "validation")
    assert list(told["errors"]) == ["category"]
    lines[1]["category"] = "wine"
    told = problem(earn(shop, card, 3_000, lines=lines), 422, "validation")
    assert list(told["errors"]) == ["lines.1.category"]
    assert len(shop.lines(card)) == 2


def test_B6_a_line_says_why_it_has_these_points_then_and_later(shop: Chain) -> None:
    shop.publish(max_points_per_order=50)
    card = shop.card()
    line = earned(shop, card, 8_000)
    assert codes(line) == ["sale", "rate", "rounded-down", "capped", "points-counted"]
    capped = next(step for step in line["explanation"] if step["code"] == "capped")
    assert capped["figures"] == {"cap": 50, "lost": 30}
    assert all(step["sentence"] for step in line["explanation"])
    shop.publish(max_points_per_order=None)
    again = shop.api.get(f"/transactions/{line['transaction_id']}").json
    assert again == {name: line[name] for name in again}


def test_B6_the_steps_stand_in_the_order_of_the_sum(shop: Chain) -> None:
    flat = Bonus("First purchase", points=10, first_visit=True)
    share = Bonus("All year", percent_bp=5_000, starts_on=date(2020, 1, 1))
    shop.publish(bonuses=(flat, share), max_points_per_order=20)
    line = earned(shop, shop.card(), 1_250)
    steps = ["bonus-percent", "rounded-down", "bonus-points", "capped"]
    assert codes(line)[2:-1] == steps
    assert [step["figures"].get("points") for step in line["explanation"][3:5]] == [18, 10]


def test_C11_a_sale_below_the_minimum_is_a_line_of_nothing_that_says_why(shop: Chain) -> None:
    shop.publish(minimum_purchase_minor=500)
    card = shop.card()
    line = earned(shop, card, 499)
    assert (line["points"], line["type"], line["amount_minor"]) == (0, "points_earned", 499)
    why = next(step for step in line["explanation"] if step["code"] == "below-minimum")
    assert why["figures"] == {"amount_minor": 499, "minimum_minor": 500, "missing_minor": 1}
    assert earned(shop, card, 500)["points"] == 5


def test_the_figures_of_an_award_add_up_and_are_the_contracts(shop: Chain) -> None:
    ladder = (Tier("Bronze", 0, 10_000), Tier("Silver", 100, 12_500))
    bonus = {"name": "June", "percent_bp": 1_000}
    shop.publish(tiers=ladder, max_points_per_order=150)
    shop.api.patch("/program", {"bonuses": [bonus, {"name": "Flat", "points": 7}]})
    card = shop.card()
    earned(shop, card, 10_000)
    line = earned(shop, card, 10_150)
    Earned.model_validate(line)
    # 101.5 exactly; × 1.25 = 126.875; × 1.1 = 139.5625; + 7 = 146.
    assert [line[name] for name in FIGURES] == [101, 12_500, 25, 20, 0, 146]
    capped = earned(shop, card, 12_000)
    base, _, tier, more, lost, points = (capped[name] for name in FIGURES)
    assert base + tier + more - lost == points == 150


def test_lines_make_the_amount_and_must_agree_with_one_that_is_sent(shop: Chain) -> None:
    card = shop.card()
    lines = [{"amount_minor": 150}, {"amount_minor": 250}]
    body = {"card": card, "vendor": "old-town", "lines": lines, "reference": "a"}
    assert written(shop.api.post("/points/earn", body))["amount_minor"] == 400
    told = problem(shop.api.post("/points/earn", body | {"amount_minor": 401}), 422, "validation")
    assert list(told["errors"]) == ["lines"]
    del body["lines"]
    told = problem(shop.api.post("/points/earn", body), 422, "validation")
    assert list(told["errors"]) == ["amount_minor"]


# -- preview --------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [0, 1, 99, 100, 4_999, 1_234_567, 10_000_000_000])
def test_a_preview_equals_the_earning_to_the_point_and_writes_nothing(
    shop: Chain, amount: int
) -> None:
    shop.publish(
        loyalty_type="hybrid",
        stamps_per_sale=1,
        minimum_purchase_minor=50,
        birthday_bonus_bp=1_000,
        cooldown_minutes=0,
    )
    card = shop.card(email=f"p{amount}@example.org")
    told = preview(shop, card, amount)
    assert told.status_code == 200, told.text
    Foreseen.model_validate(told.json)
    assert shop.lines(card) == []
    line = earned(shop, card, amount)
    same = set(told.json) - {"card"}
    assert {name: told.json[name] for name in same} == {name: line[name] for name in same}


def test_a_preview_refuses_what_earning_refuses(shop: Chain) -> None:
    card = shop.card()
    bad = shop.api.post("/points/preview", {"card": card, "vendor": "elsewhere"}, key="")
    problem(bad, 422, "validation")
    for ask in (preview, earn):
        problem(ask(shop, "0" * 11 + "1", 100), 404, "not-found")
    shop.api.post(f"/cards/{card}/block")
    for ask in (preview, earn):
        problem(ask(shop, card, 100), 409, "card-blocked")
    shop.switch(active=False)
    for ask in (preview, earn):
        problem(ask(shop, card, 100), 409, "program-inactive")


def test_a_preview_is_answered_while_somebody_else_writes(shop: Chain) -> None:
    """It takes no lock: not a card's, and not SQLite's writer."""
    card = shop.card()
    answers: list[Any] = []
    with shop.acting() as session:
        from app.modules.loyalty import cards

        cards.hold(cards.find(card))
        assert session.in_transaction()
        asking = threading.Thread(target=lambda: answers.append(preview(shop, card, 100)))
        asking.start()
        asking.join(5)
    assert [answer.status_code for answer in answers] == [200]


def test_a_key_that_only_reads_may_preview_and_not_earn(shop: Chain) -> None:
    from app.accounts import api_keys

    card = shop.card()
    with shop.acting() as session:
        shop.token = api_keys.create(scopes="read")
        session.commit()
    assert preview(shop, card, 100).status_code == 200
    problem(earn(shop, card, 100), 403, "forbidden")


# -- the order of refusals ------------------------------------------------------------------------


def test_refusals_of_points_come_in_the_contracts_order(shop: Chain) -> None:
    card, nobody = shop.card(), "0" * 11 + "1"
    dear = reward(shop, name="Dear", points=500)
    cheap = reward(shop, name="Cheap", points=50)

    def asked(number: str, **more: Any) -> list[Any]:
        body = {"card": number, "vendor": "old-town"} | more
        return [
            shop.api.post("/points/earn", {"amount_minor": 100} | body),
            shop.api.post("/points/preview", {"amount_minor": 100} | body),
            shop.api.post("/rewards/redeem", {"reward": dear} | body),
        ]

    for answer in asked(nobody, vendor="elsewhere"):
        problem(answer, 422, "validation")
    problem(earn(shop, nobody, 100, category="wine"), 422, "validation")
    problem(preview(shop, nobody, 100, category="wine"), 422, "validation")
    for answer in asked(nobody):
        problem(answer, 404, "not-found")
    shop.switch(active=False)
    shop.api.post(f"/cards/{card}/block")
    shop.publish(loyalty_type="stamps")
    problem(redeem(shop, card, "7"), 404, "not-found")
    for answer in asked(card):
        problem(answer, 409, "program-inactive")
    shop.switch(active=True)
    for answer in asked(card):
        problem(answer, 409, "card-blocked")
    shop.api.post(f"/cards/{card}/unblock")
    for answer in asked(card):
        problem(answer, 409, "points-not-enabled")
    shop.publish(loyalty_type="points")
    problem(redeem(shop, card, cheap), 409, "below-minimum-redemption")
    problem(redeem(shop, card, dear), 409, "insufficient-points")


def test_adjusting_validates_before_it_looks_for_the_card(shop: Chain) -> None:
    nobody = "0" * 11 + "1"
    body = {"card": nobody, "points": 5, "reason": "r"}
    for bad, field in (({"points": 0}, "points"), ({"reason": "  "}, "reason")):
        told = problem(shop.api.post("/points/adjust", body | bad), 422, "validation")
        assert list(told["errors"]) == [field]
    problem(shop.api.post("/points/adjust", body), 404, "not-found")
