"""B6: a customer's points: what is on the card, what is next, what happened and why."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.modules.loyalty import accrual, adjustments, programs, returns, rewards
from app.modules.loyalty.ledger import Posted
from app.modules.loyalty.programs import Tier
from app.modules.loyalty.rewards import catalogue
from tests.cast import Chain
from tests.pages.test_storefront import path_of
from tests.pages.test_storefront_look import weights_of

LADDER = (Tier("Bronze", 0, 10_000), Tier("Gold", 150, 12_500), Tier("Platinum", 1_500, 15_000))


@pytest.fixture
def points(app: Flask) -> Chain:
    """A chain that counts points alone, with a ladder and two rewards."""
    return open_chain(app, loyalty_type="points")


@pytest.fixture
def hybrid(app: Flask) -> Chain:
    """The same with stamps, one to a sale."""
    return open_chain(app, loyalty_type="hybrid", stamps_per_sale=1, cooldown_minutes=0)


def open_chain(app: Flask, **rules: Any) -> Chain:
    chain = Chain.open(app, adjustment_alone_points=None, **rules)
    work(chain, lambda: programs.publish({"tiers": LADDER}))
    offer(chain, "Coffee", 100)
    offer(chain, "Breakfast for two", 400, vendors=["station"])
    return chain


def work(chain: Chain, verb: Callable[[], Any]) -> Any:
    with chain.acting() as session:
        done = verb()
        session.commit()
    return done


def offer(chain: Chain, name: str, price: int, **more: Any) -> int:
    values = {"name": name, "points": price} | more

    def create() -> int:
        return catalogue.create(values, by=chain.actor).id

    return int(work(chain, create))


def earn(chain: Chain, card: str, amount_minor: int) -> Posted:
    posted = work(chain, lambda: accrual.earn(card, amount_minor, by=chain.actor, attempt=None))
    assert isinstance(posted, Posted)
    return posted


def take(chain: Chain, card: str, name: str) -> int:
    def redeem() -> int | None:
        reward = next(each.id for each in catalogue.every() if each.name == name)
        return rewards.redeem(card, reward, by=chain.actor, attempt=None).transaction_id

    return int(work(chain, redeem))


def back(chain: Chain, line: int | None, amount_minor: int | None = None) -> None:
    assert line
    work(
        chain,
        lambda: returns.void(line, by=chain.actor, attempt=None, amount_minor=amount_minor),
    )


def page_of(chain: Chain, card: str, part: str = "") -> str:
    """The page as its reader has it: one line, without the spaces of its source."""
    return " ".join(chain.browser().get(path_of(chain, card) + part).text.split())


def whys(page: str) -> list[list[str]]:
    """What each "why?" opens, from the newest line on."""
    opened = re.findall(r"<details><summary>Why.*?<ul>(.*?)</ul></details>", page)
    return [re.findall("<li>(.*?)</li>", steps) for steps in opened]


# -- the card ----------------------------------------------------------------------------------


def test_B6_a_card_of_points_says_how_far_the_next_reward_and_tier_are(points: Chain) -> None:
    card = points.card()
    earn(points, card, 7_100)
    page = page_of(points, card)
    assert "29 points to Coffee." in page
    assert "79 points to Gold, where points count × 1.25." in page
    assert "<dt>Breakfast for two (Station)</dt><dd>329 points to go</dd>" in page
    assert '<rect class="share-is" width="71.0"' in page
    assert "stamp" not in re.sub(r"<[^>]+>", "", page)


def test_a_reward_that_points_pay_for_stands_on_a_plate(points: Chain) -> None:
    card = points.card()
    earn(points, card, 12_000)
    page = page_of(points, card)
    assert page.count("Coffee can be yours.") == 2  # above the code, and on the plate
    assert "Say so at the counter; it takes 100 points." in page


def test_several_rewards_are_listed_with_their_prices(hybrid: Chain) -> None:
    card = hybrid.card()
    earn(hybrid, card, 45_000)
    page = page_of(hybrid, card)
    assert "Choose one of 2 rewards." in page
    assert "<dt>Coffee</dt><dd>100 points</dd>" in page
    assert "<dt>Breakfast for two (Station)</dt><dd>400 points</dd>" in page
    assert "9 more stamps: Free item." in page


def test_a_new_card_has_nothing_and_says_how_it_begins(points: Chain) -> None:
    page = page_of(points, points.card())
    assert "100 points to Coffee." in page
    assert "Nothing yet. Show the code at the counter when you pay, and it begins." in page


def test_what_a_card_has_had_is_told_but_not_what_was_cancelled(points: Chain) -> None:
    card = points.card()
    earn(points, card, 25_000)
    take(points, card, "Coffee")
    assert "What you have had" in page_of(points, card)
    back(points, take(points, card, "Coffee"))
    assert page_of(points, card).count("<dt>Coffee</dt>") == 1
    assert "Coffee, cancelled, at Old Town" in page_of(points, card)


@pytest.mark.parametrize("state", ["blocked", "paused"])
def test_nothing_is_offered_while_nothing_can_be_taken(points: Chain, state: str) -> None:
    card = points.card()
    earn(points, card, 12_000)
    if state == "blocked":
        points.office().post(f"/admin/cards/{card}/block")
    else:
        points.switch(active=False)
    page = page_of(points, card)
    assert "can be yours" not in page
    assert "<dt>Coffee</dt><dd>waits for you</dd>" in page
    assert state in page


def test_a_debt_is_said_in_words(points: Chain, hybrid: Chain) -> None:
    for chain in (points, hybrid):
        card = chain.card()
        sale = earn(chain, card, 12_000)
        take(chain, card, "Coffee")
        back(chain, sale.transaction_id)
        page = page_of(chain, card)
        assert "−100" in page
        assert page.count("100 points are owed: the next ones go there.") == 1
        assert "share-is" not in page


def test_the_live_state_of_points_changes_with_every_line(points: Chain) -> None:
    card = points.card()
    path = f"{path_of(points, card)}/state.json"
    before = points.browser().get(path).json
    earn(points, card, 123_400)
    after = points.browser().get(path).json
    assert before["shape"] != after["shape"]
    assert after["text"]["points"] == "1,234"
    assert after["announce"] == "1,234 points"
    assert after["stamps"] is None


# -- the story ---------------------------------------------------------------------------------


def test_B6_why_so_many_points_is_answered_step_by_step(hybrid: Chain) -> None:
    card = hybrid.card()
    earn(hybrid, card, 20_000)
    earn(hybrid, card, 1_250)
    page = page_of(hybrid, card)
    assert "<p>€12.50 × gold 1.25, at Old Town</p>" in page
    assert "<span>+15 points</span> <span>+1 stamp</span>" in page
    assert whys(page)[0] == [
        "You paid €12.50 at Old Town",
        "€12.50 at 1 point for every €1.00: 12.5",
        "You are Gold: × 1.25",
        "15.625, rounded down once: 15",
        "You now have 215 points",
        "1 stamp at Old Town",
        "You now have 2 of 10 stamps",
        "2 of 5 for today",
    ]
    assert "<small>You are Gold now: × 1.25 from the next sale</small>" in page


def test_C11_a_sale_that_earned_nothing_says_why(points: Chain) -> None:
    points.publish(minimum_purchase_minor=500)
    card = points.card()
    earn(points, card, 499)
    page = page_of(points, card)
    assert "€4.99, and points begin at €5.00, at Old Town" in page
    assert "<span>0 points</span>" in page
    assert "Points begin at €5.00: €0.01 is missing" in whys(page)[0]


def test_returns_rewards_and_changes_by_hand_are_told(points: Chain) -> None:
    card = points.card()
    sale = earn(points, card, 20_000)
    back(points, sale.transaction_id, 640)
    take(points, card, "Coffee")
    work(
        points,
        lambda: adjustments.adjust(card, 40, "To Ms Q.", by=points.actor, attempt=None),
    )
    page = page_of(points, card, "/history")
    assert re.findall(r"<li><p>(.*?)</p>", page) == [
        "The shop gave you 40 points by hand",
        "Coffee at Old Town",
        "€6.40 of €200.00 returned, at Old Town",
        "€200.00, at Old Town",
    ]
    assert "To Ms Q." not in page  # the office's own note
    assert whys(page)[2] == [
        "€6.40 of €200.00 returned",
        "6 of its 200 points go back",
        "You now have 194 points",
    ]


def test_a_forgiven_debt_is_a_line_of_its_own(points: Chain) -> None:
    points.publish(void_policy="forgive")
    card = points.card()
    sale = earn(points, card, 12_000)
    take(points, card, "Coffee")
    back(points, sale.transaction_id)
    page = page_of(points, card)
    assert "You owed 100 points: they are forgiven" in page
    assert '<span class="minus">−120 points</span>' in page


def test_every_line_of_the_story_opens_its_why(hybrid: Chain) -> None:
    card = hybrid.card()
    for amount in (0, 1, 1_250):
        earn(hybrid, card, amount)
    for part in ("", "/history"):
        page = page_of(hybrid, card, part)
        assert page.count("<summary>Why") == len(hybrid.lines(card)) == len(whys(page))
        assert all(whys(page))


# -- enrolment, and a no -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "promise"),
    [
        ("enrolment", "50 points to welcome you."),
        ("verified", "50 points once you confirm your address."),
        ("first_visit", "50 points with your first purchase."),
    ],
)
def test_the_poster_page_says_what_a_purchase_gives_and_what_welcomes(
    points: Chain, when: str, promise: str
) -> None:
    points.publish(points_per_unit=2, welcome_bonus_points=50, welcome_bonus_when=when)
    page = points.browser().get(f"/s/{points.slug}/").text
    assert "2 points for every €1.00." in page
    assert promise in page
    assert promise.rstrip(".") in page_of(points, points.card())


def test_B6_a_no_is_said_in_the_customers_words_with_what_would_make_it_a_yes(
    points: Chain,
) -> None:
    card = points.card()
    points.office().post(f"/admin/cards/{card}/block")
    answer = points.browser().post(f"{path_of(points, card)}/leave")
    assert answer.status_code == 409
    assert "Your card is blocked: nothing can be collected or taken." in answer.text
    assert "Please ask at the counter." in answer.text


def test_a_full_card_of_points_and_stamps_weighs_less_than_50_kb(hybrid: Chain) -> None:
    card = hybrid.card()
    for _line in range(8):
        earn(hybrid, card, 2_390)
    take(hybrid, card, "Coffee")
    weights = weights_of(hybrid.browser(), path_of(hybrid, card))
    assert sum(weights.values()) < 50_000, weights
