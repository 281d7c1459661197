"""Points set right by hand: signed, with a reason and an author, much of it by two people."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import idempotency
from app.accounts.actors import Actor
from app.audit import AuditEntry
from app.errors import Forbidden, Invalid, NotFound
from app.extensions import db
from app.modules.loyalty import adjustments, cards, returns
from app.modules.loyalty.adjustments import AdjustmentRequest, AlreadyDecided
from app.modules.loyalty.ledger import LoyaltyTransaction, PointLot
from app.modules.loyalty.ledger.checks import PointsNotEnabled
from app.modules.loyalty.rewards.rules import InsufficientPoints
from tests.cast import Chain

WHY = "Wrong amount typed on Friday"


@pytest.fixture
def chain(app: Flask) -> Chain:
    """A chain that counts points; nobody adjusts more than 1,000 of them alone."""
    return Chain.open(app, loyalty_type="points")


def one(chain: Chain) -> Actor:
    """The admin, in the office."""
    return Actor(caller=f"user:{chain.admin.user_id}", user_id=chain.admin.user_id)


def another(chain: Chain) -> Actor:
    """A second person of the office."""
    return Actor(caller=f"user:{chain.manager.user_id}", user_id=chain.manager.user_id)


def adjust(chain: Chain, number: str, points: int, key: str | None = None) -> int:
    with chain.acting() as session:
        tried = idempotency.attempt(key, number, points) if key else None
        posted = adjustments.adjust(number, points, WHY, by=one(chain), attempt=tried)
        session.commit()
    assert posted.transaction_id
    return posted.transaction_id


def ask(chain: Chain, number: str, points: int) -> int:
    with chain.acting() as session:
        asked = adjustments.ask(number, points, WHY, by=one(chain)).id
        session.commit()
    return asked


def give(chain: Chain, request_id: int, *, key: str | None = None) -> Any:
    with chain.acting() as session:
        tried = idempotency.attempt(key, request_id) if key else None
        posted = adjustments.give(request_id, by=another(chain), attempt=tried)
        session.commit()
    return posted


def test_A8_minus_fifty_shows_as_minus_fifty_by_whom_and_why(chain: Chain) -> None:
    number = chain.card()
    adjust(chain, number, 80)
    adjust(chain, number, -50)
    line = chain.lines(number)[-1]
    assert (line.type, line.points, line.points_after) == ("points_adjusted", -50, 30)
    assert (line.user_id, line.staff_id, line.reason) == (chain.admin.user_id, None, WHY)
    assert line.steps[0] == {"code": "adjusted", "points": -50, "reason": WHY}


def test_A8_lifetime_points_tier_and_activity_stay(chain: Chain) -> None:
    number = chain.card()
    before = chain.card_row(number)
    adjust(chain, number, 60_000)
    adjust(chain, number, -10)
    after = chain.card_row(number)
    assert (after.points_balance, after.lifetime_points) == (59_990, 0)
    assert after.last_activity_at == before.last_activity_at


def test_A8_below_zero_is_insufficient_points_with_what_is_missing(chain: Chain) -> None:
    number = chain.card()
    adjust(chain, number, 20)
    with pytest.raises(InsufficientPoints) as no:
        adjust(chain, number, -21)
    assert (no.value.figures["available"], no.value.figures["missing"]) == (20, 1)
    assert len(chain.lines(number)) == 1


@pytest.mark.parametrize("points", [70, -30])
def test_A8_an_adjustment_can_be_taken_back_and_leaves_nothing(chain: Chain, points: int) -> None:
    number = chain.card()
    adjust(chain, number, 100)
    line = adjust(chain, number, points)
    with chain.acting() as session:
        returns.void(line, by=one(chain), attempt=None, reason="not so")
        session.commit()
        lots = session.scalars(select(PointLot.remaining)).all()
    assert chain.card_row(number).points_balance == sum(lots) == 100
    with chain.acting(), pytest.raises(returns.AlreadyVoided):
        returns.void(line, by=one(chain), attempt=None)


def test_what_no_line_can_hold_is_named_field_by_field(chain: Chain) -> None:
    number = chain.card()
    for points in (0, 1_000_000_001, -1_000_000_001):
        for reason in ("", " \n ", "x" * 201, "bell\x07"):
            with chain.acting(), pytest.raises(Invalid) as fault:
                adjustments.adjust(number, points, reason, by=one(chain), attempt=None)
            assert set(fault.value.errors) == {"points", "reason"}


def test_a_programme_of_stamps_has_no_points_to_set_right(chain: Chain) -> None:
    chain.publish(loyalty_type="stamps")
    number = chain.card()
    with pytest.raises(PointsNotEnabled):
        adjust(chain, number, 5)
    with pytest.raises(PointsNotEnabled):
        ask(chain, number, 5_000)


def test_a_key_adjusts_once(chain: Chain) -> None:
    number = chain.card()
    assert adjust(chain, number, 10, key="twice") == adjust(chain, number, 10, key="twice")
    assert chain.card_row(number).points_balance == 10


def test_above_the_threshold_one_person_asks_and_nothing_moves(chain: Chain) -> None:
    number = chain.card()
    with chain.acting() as session:
        for _again in range(2):
            posted = adjustments.adjust_or_ask(
                number, 1_001, WHY, by=one(chain), attempt=idempotency.attempt("k", 1)
            )
            session.commit()
        alone = adjustments.adjust_or_ask(
            number, 1_000, WHY, by=one(chain), attempt=idempotency.attempt("l", 2)
        )
        session.commit()
        waiting = adjustments.waiting()
        counted = [
            adjustments.waiting_for(who.user_id or 0) for who in (one(chain), another(chain))
        ]
    assert posted.transaction_id is None
    assert alone.transaction_id
    assert [each.points for each in waiting] == [1_001]
    assert counted == [0, 1]
    assert chain.card_row(number).points_balance == 1_000


def test_nobody_is_asked_for_what_cannot_be_given(chain: Chain) -> None:
    with pytest.raises(InsufficientPoints):
        ask(chain, chain.card(), -5_000)


def test_the_second_person_gives_it_and_both_are_named(chain: Chain) -> None:
    number = chain.card()
    posted = give(chain, ask(chain, number, 5_000))
    line = chain.lines(number)[-1]
    with chain.acting() as session:
        asked = session.scalars(select(AdjustmentRequest)).one()
        acts = [e.act for e in session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))]
    assert (line.id, line.points, line.user_id) == (
        posted.transaction_id,
        5_000,
        chain.manager.user_id,
    )
    assert (asked.asked_by, asked.decided_by) == (chain.admin.user_id, chain.manager.user_id)
    assert (asked.state, asked.transaction_id) == ("given", line.id)
    assert acts[-2:] == ["adjustment.asked", "adjustment.given"]


def test_who_asked_cannot_give_but_may_take_it_back(chain: Chain) -> None:
    number = chain.card()
    asked = ask(chain, number, 5_000)
    with chain.acting(), pytest.raises(Forbidden):
        adjustments.give(asked, by=one(chain))
    with chain.acting() as session:
        adjustments.decline(asked, by=one(chain))
        session.commit()
        row = session.scalars(select(AdjustmentRequest)).one()
    assert (row.state, row.decided_by) == ("declined", None)
    assert chain.lines(number) == []


@pytest.mark.parametrize("first", ["give", "decline"])
def test_what_is_decided_stays_decided(chain: Chain, first: str) -> None:
    number = chain.card()
    asked = ask(chain, number, 5_000)
    with chain.acting() as session:
        getattr(adjustments, first)(asked, by=another(chain))
        session.commit()
    for second in (adjustments.give, adjustments.decline):
        with chain.acting(), pytest.raises(AlreadyDecided):
            second(asked, by=another(chain))
    assert len(chain.lines(number)) == (first == "give")


def test_giving_twice_with_one_key_answers_the_same_line(chain: Chain) -> None:
    number = chain.card()
    asked = ask(chain, number, 5_000)
    first, second = give(chain, asked, key="once"), give(chain, asked, key="once")
    assert second.replayed
    assert first.body == second.body
    assert len(chain.lines(number)) == 1


def test_two_people_at_once_make_one_line(chain: Chain) -> None:
    number = chain.card()
    asked, outcomes, start = ask(chain, number, 5_000), [], threading.Barrier(4)

    def try_it() -> None:
        start.wait()
        try:
            give(chain, asked)
            outcomes.append("given")
        except AlreadyDecided as no:
            outcomes.append(no.code)

    people = [threading.Thread(target=try_it) for _ in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(outcomes) == ["already-decided"] * 3 + ["given"]
    assert chain.card_row(number).points_balance == 5_000


def test_a_card_that_was_left_meanwhile_gets_nothing_and_can_only_be_declined(
    chain: Chain,
) -> None:
    number = chain.card()
    asked = ask(chain, number, 5_000)
    with chain.acting() as session:
        cards.find(number).status = cards.CLOSED
        session.commit()
    with chain.acting(), pytest.raises(NotFound):
        adjustments.give(asked, by=another(chain))
    with chain.acting() as session:
        adjustments.decline(asked, by=another(chain))
        session.commit()
        assert adjustments.waiting() == []
        assert session.scalars(select(LoyaltyTransaction)).all() == []


def test_a_replaced_card_still_gets_what_was_asked_for(chain: Chain) -> None:
    number = chain.card()
    asked = ask(chain, number, 5_000)
    with chain.acting() as session:
        card = cards.find(number)
        cards.replace(card, by=one(chain))
        session.commit()
        new = card.number
    give(chain, asked)
    assert chain.card_row(new).points_balance == 5_000


def test_C3_the_request_next_door_is_not_found(chain: Chain, other_chain: Chain) -> None:
    asked = ask(chain, chain.card(), 5_000)
    for verb in (adjustments.give, adjustments.decline):
        with other_chain.acting(), pytest.raises(NotFound):
            verb(asked, by=one(other_chain))
    with chain.acting():
        assert db.session.get_one(AdjustmentRequest, (chain.company_id, asked)).state == "waiting"
