"""The daily figures equal the ledger, whatever was folded, whenever, and by how many."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from app import clock, tenancy, verify
from app.accounts.actors import Actor
from app.extensions import db
from app.modules.loyalty import accrual, adjustments, expiry, reports, returns, rewards
from app.modules.loyalty.ledger import LoyaltyTransaction
from app.modules.loyalty.reports import rollups
from app.modules.loyalty.reports.sums import SUMMED, named, sums
from app.outbox import OutboxEvent
from tests.cast import Chain
from tests.races.points import PLAIN


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, events and companies are in the way."""
    return quiet_app


NOON = datetime(2026, 1, 31, 11, 0, tzinfo=UTC)
EVER = (date(2000, 1, 1), date(2100, 1, 1))
Sums = dict[tuple[date, int], dict[str, int]]


def ledger(chain: Chain) -> Sums:
    """The sums over the lines themselves, by day and shop."""
    line = LoyaltyTransaction
    keys = (line.business_day, func.coalesce(line.vendor_id, reports.NO_SHOP))
    with chain.acting() as session:
        rows = session.execute(select(*keys, *sums()).group_by(*keys)).all()
        return {(day, shop): named(each) for day, shop, *each in rows}


def figures(chain: Chain) -> Sums:
    """The product's figures of the same days and shops."""
    with chain.acting():
        return {
            (day, shop): {name: getattr(each, name) for name in SUMMED}
            for shop in (reports.NO_SHOP, chain.vendor.id)
            for day, each in reports.by_day(*EVER, vendor_id=shop).items()
        }


def uncounted(chain: Chain) -> int:
    with chain.acting() as session:
        waits = OutboxEvent.uncounted_line_id.is_not(None)
        return session.scalar(select(func.count(OutboxEvent.id)).where(waits)) or 0


def fold(app: Flask) -> bool:
    with app.app_context():
        return reports.fold()


def breaches(app: Flask, chain: Chain) -> list[str]:
    with app.app_context():
        return [str(breach) for breach in verify.breaches(chain.company_id)]


def did(chain: Chain, day: int, verb: Callable[..., Any], *args: Any, **how: Any) -> int:
    """One verb on a day, committed; the id of its line."""
    with clock.at(NOON + timedelta(days=day)), chain.acting() as session:
        by = Actor("partner", vendor_slug=chain.vendor.slug)
        posted = verb(*args, **{"by": by, "attempt": None} | how)
        session.commit()
    return int(posted.transaction_id)


def history(chain: Chain) -> None:
    """Every kind of line that a shop or a night makes."""
    rules = {
        "loyalty_type": "hybrid",
        "stamps_target": 3,
        "welcome_bonus_points": 50,
        "expiry": {"policy": "inactivity", "days": 30},
        "expiry_notice_days": [],
        "void_policy": "forgive",
    }
    with clock.at(NOON):
        chain.publish(**PLAIN | rules)
        card, other = chain.card(), chain.card()
    with chain.acting() as session:
        tea = rewards.Reward(name="Tea", points=6_000)
        session.add(tea)
        session.commit()
        tea_id = tea.id
    sold = did(chain, 0, accrual.earn, card, 5_000)
    more = did(chain, 0, accrual.earn, card, 2_500)
    did(chain, 1, accrual.add_stamps, card, 3)
    taken = did(chain, 1, rewards.redeem_stamps, card)
    did(chain, 2, rewards.redeem, card, tea_id)
    did(chain, 2, returns.void, sold, amount_minor=1_000, reason="Half")
    did(chain, 3, returns.void, sold, reason="Rest")
    did(chain, 3, returns.void, more, reason="All")
    did(chain, 3, returns.void, taken, reason="Wrong")
    did(chain, 4, accrual.earn, other, 999)
    did(chain, 4, adjustments.adjust, other, 7, "Sorry", by=Actor("office"))
    with clock.at(NOON + timedelta(days=60)), chain.acting():
        assert expiry.expire().cards


def test_what_is_read_equals_the_ledger_before_between_and_after_folding(
    app: Flask, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "FOLDED_AT_ONCE", 3)
    history(chain)
    lines = ledger(chain)
    kinds = {"given", "used", "taken", "sales_minor", "issued", "redeemed", "adjusted", "returned"}
    kinds |= {"lapsed", "forgiven"}
    assert all(any(day[name] for day in lines.values()) for name in kinds)
    turns = 0
    while True:
        assert figures(chain) == lines
        if not fold(app):
            break
        turns += 1
    assert turns >= 4
    assert uncounted(chain) == 0
    assert breaches(app, chain) == []


def test_folding_begun_and_lost_changes_nothing(app: Flask, chain: Chain) -> None:
    history(chain)
    before, waiting = ledger(chain), uncounted(chain)

    def killed(_: Any) -> None:
        raise ConnectionError

    event.listen(Session, "before_commit", killed)
    try:
        with pytest.raises(ConnectionError):
            fold(app)
    finally:
        event.remove(Session, "before_commit", killed)
    assert (figures(chain), uncounted(chain)) == (before, waiting)


def test_many_fold_at_once_and_each_line_is_counted_once(
    app: Flask, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "FOLDED_AT_ONCE", 2)
    history(chain)

    def until_nothing_is_left(_: int) -> int:
        return sum(1 for _ in iter(lambda: fold(app), False))

    with ThreadPoolExecutor(6) as together:
        assert sum(together.map(until_nothing_is_left, range(6))) >= 5
    assert figures(chain) == ledger(chain)
    assert uncounted(chain) == 0


def test_counting_anew_comes_to_the_same(app: Flask, chain: Chain) -> None:
    history(chain)
    with chain.acting() as session:
        session.execute(update(OutboxEvent).values(uncounted_line_id=None))
        session.commit()
        assert reports.in_all(EVER[1]) == reports.Figures()
    with app.app_context(), tenancy.crossing():
        reports.count_anew(chain.company_id)
        db.session.commit()
    assert figures(chain) == ledger(chain)


def test_by_shop_and_in_all_are_the_same_lines(app: Flask, chain: Chain) -> None:
    history(chain)
    fold(app)
    did(chain, 5, accrual.earn, chain.card(), 123)
    with chain.acting():
        shops, whole = reports.by_shop(*EVER), reports.in_all(EVER[1])
    assert set(shops) == {None, chain.vendor.id}
    assert sum(each.issued for each in shops.values()) == whole.issued
    assert whole.lines == sum(each["lines"] for each in ledger(chain).values())


def test_verify_finds_a_figure_that_is_not_the_ledgers(app: Flask, chain: Chain) -> None:
    history(chain)
    fold(app)
    assert breaches(app, chain) == []
    with chain.acting() as session:
        figure = update(reports.DailyFigures).where(reports.DailyFigures.issued > 0)
        session.execute(figure.values(issued=reports.DailyFigures.issued + 1))
        session.commit()
    found = breaches(app, chain)
    assert found
    assert all("figures" in each for each in found)


def test_other_companies_lines_are_not_in_it(app: Flask, chain: Chain, other_chain: Chain) -> None:
    other_chain.publish(**PLAIN)
    did(other_chain, 0, accrual.earn, other_chain.card(), 500)
    assert figures(chain) == {}
    fold(app)
    assert figures(chain) == {}
