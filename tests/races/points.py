"""Races of points: earning, redeeming, returning, adjusting, and their exact winners.

As in `scenarios`, each plays `rounds` times with `width` threads that start together. After each
round the card's books are read, at the end everything that `verify` knows.
"""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app import clock, verify
from app.accounts.actors import Actor
from app.idempotency import attempt
from app.modules.loyalty import accrual, adjustments, cards, expiry, programs, returns, rewards
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.ledger import PointLot, Posted
from tests.cast import Chain

from .scenarios import Work, books_hold, together, told

SOMEBODY = Actor("race", vendor_slug="old-town")
# A point for each minor unit, so that figures read as they are.
PLAIN: dict[str, Any] = {
    "loyalty_type": "hybrid",
    "unit_minor": 1,
    "minimum_redemption_points": 0,
    "cooldown_minutes": 0,
    "max_daily_stamps": None,
    "tiers": (programs.rules.Tier("Only", 0, 10_000),),
}


def earn_earn(chain: Chain, *, rounds: int, width: int) -> None:
    """No earning is lost, and each counts at the tier that those before it had reached."""
    ladder = (programs.rules.Tier("Low", 0, 10_000), programs.rules.Tier("High", 40, 20_000))
    chain.publish(**PLAIN | {"tiers": ladder})
    for _ in range(rounds):
        card = chain.card()
        assert told(together(chain, [_earn(card, 10)] * width)) == {"posted": width}
        total = 0
        for _ in range(width):
            total += 20 if total >= 40 else 10
        points_hold(chain, card, total)
    verified(chain)


def one_earning_key(chain: Chain, *, rounds: int, width: int) -> None:
    """B7: one key fifty times at once is one line, and the same bytes for everybody."""
    chain.publish(**PLAIN)
    for _ in range(rounds):
        card, key = chain.card(), secrets.token_hex(8)
        outcomes = together(chain, [_earn(card, 10, key=key)] * max(width, 50))
        assert told(outcomes) == {"posted": max(width, 50)}
        assert len({posted.body for posted in outcomes}) == 1
        points_hold(chain, card, 10)
    verified(chain)


def redeem_redeem_points(chain: Chain, *, rounds: int, width: int) -> None:
    """T2: exactly balance ÷ price of those who redeem at once have it."""
    chain.publish(**PLAIN)
    reward = _reward(chain, points=10)
    for _ in range(rounds):
        card = _card_with(chain, 35)
        outcomes = together(chain, [_redeem(card, reward)] * width)
        assert told(outcomes) == {"posted": 3, "insufficient-points": width - 3}
        points_hold(chain, card, 5)
    verified(chain)


def earn_redeem(chain: Chain, *, rounds: int, width: int) -> None:
    """Earning and redeeming at once: every reward had its points on the card."""
    chain.publish(**PLAIN)
    reward = _reward(chain, points=10)
    for _ in range(rounds):
        card = chain.card()
        works = [_earn(card, 10) if n % 2 else _redeem(card, reward) for n in range(width)]
        outcomes = told(together(chain, works))
        assert set(outcomes) <= {"posted", "insufficient-points"}
        redeemed = outcomes["posted"] - width // 2
        points_hold(chain, card, 10 * (width // 2 - redeemed))
    verified(chain)


def void_void_parts(chain: Chain, *, rounds: int, width: int) -> None:
    """C13: parts that return at once are together never more than the sale."""
    chain.publish(**PLAIN)
    for _ in range(rounds):
        card = chain.card()
        sale = _sale(chain, card, 100)
        outcomes = told(together(chain, [_void(chain, sale, 30)] * width))
        assert outcomes == {"posted": 3, "void-exceeds-original": width - 3}
        points_hold(chain, card, 10)
        outcomes = told(together(chain, [_void(chain, sale)] * width))
        assert outcomes == {"posted": 1, "already-voided": width - 1}
        points_hold(chain, card, 0)
        assert chain.card_row(card).lifetime_points == 0
    verified(chain)


def void_redeem(chain: Chain, *, rounds: int, width: int) -> None:
    """Whoever is first is right: returned points buy nothing, spent ones leave a debt."""
    chain.publish(**PLAIN)
    reward = _reward(chain, points=30)
    for _ in range(rounds):
        card = chain.card()
        sale = _sale(chain, card, 30)
        works = [_void(chain, sale) if n % 2 else _redeem(card, reward) for n in range(width)]
        outcomes = told(together(chain, works))
        assert outcomes["already-voided"] == width // 2 - 1
        redeemed = outcomes["posted"] - 1
        assert redeemed in (0, 1)
        points_hold(chain, card, -30 * redeemed)
    verified(chain)


def cancel_cancel(chain: Chain, *, rounds: int, width: int) -> None:
    """A redemption comes back once, its place in stock with it."""
    chain.publish(**PLAIN)
    reward = _reward(chain, points=30, stock=5)
    for _ in range(rounds):
        card = _card_with(chain, 40)
        with chain.acting() as session:
            line = _redeem(card, reward)().transaction_id
            session.commit()
        outcomes = told(together(chain, [_void(chain, line)] * width))
        assert outcomes == {"posted": 1, "already-voided": width - 1}
        points_hold(chain, card, 40)
        assert _stock(chain, reward) == 5
    verified(chain)


def adjust_adjust(chain: Chain, *, rounds: int, width: int) -> None:
    """Adjustments at once never go below zero."""
    chain.publish(**PLAIN)
    for _ in range(rounds):
        card = _card_with(chain, 25)
        outcomes = told(together(chain, [_adjust(card, -10)] * width))
        assert outcomes == {"posted": 2, "insufficient-points": width - 2}
        points_hold(chain, card, 5)
    verified(chain)


def asked_adjustment_given_twice(chain: Chain, *, rounds: int, width: int) -> None:
    """Second persons who agree at once make one line."""
    chain.publish(**PLAIN)
    asking, agreeing = (Actor("office", user_id=p.user_id) for p in (chain.admin, chain.manager))
    for _ in range(rounds):
        card = chain.card()
        with chain.acting() as session:
            asked = adjustments.ask(card, 5_000, "goodwill", by=asking).id
            session.commit()
        works = [lambda asked=asked: adjustments.give(asked, by=agreeing)] * width
        assert told(together(chain, works)) == {"posted": 1, "already-decided": width - 1}
        points_hold(chain, card, 5_000)
    verified(chain)


def last_in_stock(chain: Chain, *, rounds: int, width: int) -> None:
    """Of so many cards at once, as many have the reward as there are."""
    chain.publish(**PLAIN)
    numbers = [_card_with(chain, 10 * rounds) for _ in range(width)]
    for _ in range(rounds):
        reward = _reward(chain, points=10, stock=3)
        outcomes = told(together(chain, [_redeem(card, reward) for card in numbers]))
        assert outcomes == {"posted": 3, "reward-not-available": width - 3}
        assert _stock(chain, reward) == 0
    spent = sum(10 * rounds - chain.card_row(card).points_balance for card in numbers)
    assert spent == 30 * rounds
    verified(chain)


def per_card_limit(chain: Chain, *, rounds: int, width: int) -> None:
    """A card has a reward as often as it may, however often it asks at once."""
    chain.publish(**PLAIN)
    reward = _reward(chain, points=10, per_card_limit=2)
    for _ in range(rounds):
        card = _card_with(chain, 1_000)
        outcomes = told(together(chain, [_redeem(card, reward)] * width))
        assert outcomes == {"posted": 2, "reward-not-available": width - 2}
        points_hold(chain, card, 980)
    verified(chain)


def birthday_birthday(chain: Chain, *, rounds: int, width: int) -> None:
    """B5: sales at one moment of a birthday: one of them has the bonus."""
    chain.publish(**PLAIN, birthday_bonus_bp=1_000)
    today = datetime.now(ZoneInfo(chain.vendor.timezone)).date()
    born = today.replace(year=1984)
    for _ in range(rounds):
        card = chain.card(email=f"b-{secrets.token_hex(6)}@example.org", birthday=born)
        assert told(together(chain, [_earn(card, 10)] * width)) == {"posted": width}
        days = {line.business_day for line in chain.lines(card)}
        assert days == {today}
        points_hold(chain, card, 10 * width + 1)
    verified(chain)


def first_visit_first_visit(chain: Chain, *, rounds: int, width: int) -> None:
    """C10: the welcome of the first visit comes once, whichever sale or stamp was the first."""
    chain.publish(**PLAIN, welcome_bonus_points=50, welcome_bonus_when="first_visit")
    for _ in range(rounds):
        card = chain.card()
        works = [_earn(card, 10) if n % 2 else _stamp(card) for n in range(width)]
        assert told(together(chain, works)) == {"posted": width}
        points_hold(chain, card, 10 * (width // 2) + 50)
    verified(chain)


def replace_earn(chain: Chain, *, rounds: int, width: int) -> None:
    """Of a card that is replaced meanwhile nothing is lost, and its old number earns no more."""
    chain.publish(**PLAIN)
    for _ in range(rounds):
        card = chain.card()
        row = chain.card_row(card)
        outcomes = told(together(chain, [_replace(card), *[_earn(card, 10)] * (width - 1)]))
        assert set(outcomes) <= {"posted", "not-found"}
        with chain.acting() as session:
            number = session.get_one(LoyaltyCard, (row.company_id, row.id)).number
        assert number != card
        points_hold(chain, number, 10 * (outcomes["posted"] - 1))
    verified(chain)


def block_earn(chain: Chain, *, rounds: int, width: int) -> None:
    """What was earned before the block stays, and nothing comes after it."""
    chain.publish(**PLAIN)
    for _ in range(rounds):
        card = chain.card()
        outcomes = told(together(chain, [_block(card), *[_earn(card, 10)] * (width - 1)]))
        assert set(outcomes) <= {"posted", "card-blocked"}
        points_hold(chain, card, 10 * (outcomes["posted"] - 1))
        assert told(together(chain, [_earn(card, 10)])) == {"card-blocked": 1}
    verified(chain)


def publish_earn(chain: Chain, *, rounds: int, width: int) -> None:
    """A2: each line names the revision that decided it, whatever is published at that moment."""
    chain.publish(**PLAIN)
    for number in range(2, rounds + 2):
        card = chain.card()
        works = [_publish(number), *[_earn(card, 10)] * (width - 1)]
        assert told(together(chain, works)) == {"posted": width}
        lines = chain.lines(card)
        with chain.acting():
            for line in lines:
                rate = programs.rules_of(line.revision_id).points_per_unit
                assert line.points == 10 * rate
                assert rate in (number, number - 1)
        points_hold(chain, card)
    verified(chain)


# -- books ----------------------------------------------------------------------------------------


def redeem_expire(chain: Chain, *, rounds: int, width: int) -> None:
    """What was redeemed does not expire, what expired is not redeemed: whoever is first."""
    reward = _ages(chain)
    for _ in range(rounds):
        card = _card_with(chain, 35)
        works = [_in_a_month(_expire if n % 2 else _redeem(card, reward)) for n in range(width)]
        outcomes = told(together(chain, works))
        assert set(outcomes) <= {"posted", "insufficient-points"}
        redeemed = outcomes["posted"] - width // 2
        expired = [-line.points for line in chain.lines(card) if line.type == "points_expired"]
        assert expired in ([35 - 10 * redeemed], [])
        assert bool(expired) or chain.card_row(card).points_balance == 35 - 10 * redeemed
        points_hold(chain, card)
        together(chain, [_in_a_month(_expire)])
        points_hold(chain, card, 0)
    verified(chain)


def expire_expire(chain: Chain, *, rounds: int, width: int) -> None:
    """T1: however many nights run at once, a card's points go once, and nobody is in the way."""
    _ages(chain)
    for _ in range(rounds):
        cards_of = [_card_with(chain, 10 + n) for n in range(5)]
        outcomes = together(chain, [_in_a_month(_expire)] * width)
        assert sum(outcome.points for outcome in outcomes) == 60
        assert not any(outcome.failed for outcome in outcomes)
        for card in cards_of:
            points_hold(chain, card, 0)
            assert [line.type for line in chain.lines(card)][1:] == ["points_expired"]
    verified(chain)


def reinstate_reinstate(chain: Chain, *, rounds: int, width: int) -> None:
    """What expired comes back once."""
    _ages(chain)
    for _ in range(rounds):
        card = _card_with(chain, 35)
        together(chain, [_in_a_month(_expire)])
        line = chain.lines(card)[-1].id
        outcomes = together(chain, [_reinstate(line)] * width)
        assert told(outcomes) == {"posted": 1, "already-voided": width - 1}
        points_hold(chain, card, 35)
        together(chain, [_adjust(card, -35)])
    verified(chain)


def points_hold(chain: Chain, card: str, points: int | None = None) -> None:
    """The card's books hold, its open lots are its balance, and nobody spent what was not there."""
    books_hold(chain, card)
    row = chain.card_row(card)
    if points is not None:
        assert row.points_balance == points
    for line in chain.lines(card):
        assert line.type != "points_redeemed" or line.points_after >= 0, "points nobody had"
    with chain.acting() as session:
        left = session.scalars(select(PointLot.remaining).where(PointLot.card_id == row.id))
        assert sum(left) == max(0, row.points_balance)


def verified(chain: Chain) -> None:
    """Everything that always holds, holds in this company."""
    with chain.app.app_context():
        assert [str(breach) for breach in verify.breaches(chain.company_id)] == []


def _card_with(chain: Chain, points: int) -> str:
    card = chain.card()
    _sale(chain, card, points)
    return card


def _sale(chain: Chain, card: str, amount: int) -> int:
    with chain.acting() as session:
        line = _earn(card, amount)().transaction_id
        session.commit()
    assert line
    return int(line)


def _reward(chain: Chain, **values: Any) -> int:
    with chain.acting() as session:
        asked = {"name": f"Reward {secrets.token_hex(4)}"} | values
        reward = rewards.catalogue.create(asked, by=SOMEBODY).id
        session.commit()
    return int(reward)


def _stock(chain: Chain, reward: int) -> int | None:
    with chain.acting() as session:
        return session.get_one(rewards.Reward, (chain.company_id, reward)).stock


# -- verbs ----------------------------------------------------------------------------------------


def _earn(card: str, amount: int, key: str | None = None) -> Work:
    def work() -> Posted:
        tried = attempt(key, card, amount) if key else None
        return accrual.earn(card, amount, by=SOMEBODY, attempt=tried)

    return work


def _stamp(card: str) -> Work:
    return lambda: accrual.add_stamps(card, 1, by=SOMEBODY, attempt=None)


def _redeem(card: str, reward: int) -> Work:
    return lambda: rewards.redeem(card, reward, by=SOMEBODY, attempt=None)


def _void(chain: Chain, line: int | None, amount: int | None = None) -> Work:
    by = Actor("office", user_id=chain.admin.user_id)
    return lambda: returns.void(int(line or 0), by=by, attempt=None, amount_minor=amount)


def _adjust(card: str, points: int) -> Work:
    return lambda: adjustments.adjust(card, points, "race", by=SOMEBODY, attempt=None)


def _replace(card: str) -> Work:
    return lambda: cards.replace(cards.find(card), by=SOMEBODY)


def _block(card: str) -> Work:
    return lambda: cards.block(cards.find(card), True, by=SOMEBODY)


def _publish(points_per_unit: int) -> Work:
    return lambda: programs.publish({"points_per_unit": points_per_unit}).number


def _ages(chain: Chain) -> int:
    """Points that expire after a month, unannounced; a reward of ten of them."""
    age = {"policy": "age", "months": 1}
    chain.publish(**PLAIN | {"expiry": age, "expiry_notice_days": []})
    return _reward(chain, points=10)


def _expire() -> expiry.Outcome:
    return expiry.expire()


def _reinstate(line: int) -> Work:
    return lambda: expiry.reinstate(line, reason="race", by=SOMEBODY, attempt=None)


def _in_a_month(work: Work) -> Work:
    def moved() -> Any:
        with clock.at(datetime.now(UTC) + timedelta(days=32)):
            return work()

    return moved
