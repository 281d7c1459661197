"""The catalogue: what a card can redeem, what is near, what it has had; and its keeping."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.audit import AuditEntry
from app.errors import Invalid, NotFound, Refusal
from app.extensions import db
from app.modules.loyalty import adjustments, cards, programs, returns, rewards
from app.modules.loyalty.rewards.catalogue import CardRewards
from tests.cast import Chain

TODAY = date(2026, 5, 31)


def make(chain: Chain, **values: Any) -> int:
    with chain.acting() as session:
        made = rewards.catalogue.create({"name": "Coffee", "points": 100} | values, by=chain.actor)
        session.commit()
        return made.id


def points(chain: Chain, card: str, number: int) -> None:
    with chain.acting() as session:
        adjustments.adjust(card, number, "set", by=chain.actor, attempt=None)
        session.commit()


def take(chain: Chain, card: str, reward: int) -> int:
    with chain.acting() as session:
        posted = rewards.redeem(card, reward, by=chain.actor, attempt=None)
        session.commit()
        assert posted.transaction_id
        return posted.transaction_id


def choices(chain: Chain, card: str, vendor: int | None = None, **more: Any) -> CardRewards:
    with chain.acting():
        row = cards.find(card)
        rules = programs.current()
        return rewards.catalogue.of_card(row, vendor, rules=rules, day=TODAY, **more)


def names(found: Any) -> list[str]:
    return [each.name for each in found]


@pytest.fixture
def hybrid(app: Flask) -> Chain:
    return Chain.open(app, loyalty_type="hybrid", adjustment_alone_points=None)


def test_a_card_can_redeem_what_it_pays_for_and_the_rest_is_near(hybrid: Chain) -> None:
    make(hybrid, name="Far", points=1_000)
    make(hybrid, name="Nearer", points=400)
    make(hybrid, name="Both", points=100, stamps=2)
    coffee = make(hybrid)
    card = hybrid.card()
    points(hybrid, card, 150)
    hybrid.stamp(card)
    found = choices(hybrid, card)
    assert [each.id for each in found.redeemable] == [coffee]
    near = {each.name: (each.missing_points, each.missing_stamps) for each in found.near}
    assert list(near.items()) == [
        ("Both", (0, 1)),
        ("Nearer", (250, 0)),
        ("Far", (850, 0)),
        ("Free item", (0, 9)),
    ]
    assert found.near[0].refusal
    assert found.near[0].refusal.code == "insufficient-stamps"
    assert found.near[3].id is None
    assert found.redeemed == ()


def test_what_nobody_can_have_now_is_neither_redeemable_nor_near(hybrid: Chain) -> None:
    make(hybrid, name="Withdrawn", active=False)
    make(hybrid, name="Ended", valid_until=TODAY - timedelta(days=1))
    make(hybrid, name="Sold out", stock=0)
    make(hybrid, name="Too cheap", points=99)
    make(hybrid, name="Last day", valid_until=TODAY)
    make(hybrid, name="Tomorrow", valid_from=TODAY + timedelta(days=1))
    card = hybrid.card()
    points(hybrid, card, 150)
    found = choices(hybrid, card)
    assert names(found.redeemable) == ["Last day"]
    assert names(found.near) == ["Tomorrow", "Free item"]


def test_a_reward_of_one_shop_is_offered_there_alone(hybrid: Chain) -> None:
    make(hybrid, name="Here", vendors=["old-town"])
    make(hybrid, name="There", vendors=["station"])
    card = hybrid.card()
    points(hybrid, card, 100)
    assert names(choices(hybrid, card, hybrid.vendor.id).redeemable) == ["Here"]
    assert names(choices(hybrid, card, hybrid.second_vendor.id).redeemable) == ["There"]
    anywhere = choices(hybrid, card).redeemable
    assert [each.shops[0].slug for each in anywhere] == ["old-town", "station"]


def test_a_limit_per_card_counts_what_was_not_cancelled(hybrid: Chain) -> None:
    hybrid.publish(void_alone_minutes=10)
    once = make(hybrid, name="Once", per_card_limit=1)
    card = hybrid.card()
    points(hybrid, card, 300)
    line = take(hybrid, card, once)
    found = choices(hybrid, card)
    assert found.redeemable == ()
    assert [(each.name, each.points, each.cancelled) for each in found.redeemed] == [
        ("Once", 100, False)
    ]
    with hybrid.acting() as session:
        returns.void(line, by=hybrid.actor, attempt=None)
        session.commit()
    found = choices(hybrid, card)
    assert [(each.name, each.had) for each in found.redeemable] == [("Once", 0)]
    assert [each.cancelled for each in found.redeemed] == [True]


def test_a_blocked_card_and_a_paused_programme_redeem_nothing(hybrid: Chain) -> None:
    make(hybrid)
    card = hybrid.card()
    points(hybrid, card, 100)
    state = programs.rules.ProgramState(active=False)
    paused = choices(hybrid, card, state=state)
    assert paused.redeemable == ()
    assert {each.refusal.code for each in paused.near if each.refusal} == {"program-inactive"}
    with hybrid.acting() as session:
        cards.block(cards.find(card), True, by=hybrid.actor)
        session.commit()
    assert {each.refusal.code for each in choices(hybrid, card).near if each.refusal} == {
        "card-blocked"
    }


def test_what_is_redeemable_is_what_redeeming_takes(hybrid: Chain) -> None:
    made = [make(hybrid, name=f"R{n}", points=n * 50, stamps=n % 3) for n in range(1, 7)]
    card = hybrid.card()
    points(hybrid, card, 220)
    hybrid.stamp(card)
    can = {each.id for each in choices(hybrid, card).redeemable}
    taken = set()
    for reward in made:
        try:
            with hybrid.acting():
                rewards.redeem(card, reward, by=hybrid.actor, attempt=None)
                taken.add(reward)
        except Refusal:
            pass
    assert can == taken
    assert can


def test_the_statements_are_three_whatever_there_is(hybrid: Chain, app: Flask) -> None:
    def cost(card: str) -> int:
        seen: list[str] = []
        with hybrid.acting():
            row, rules = cards.find(card), programs.current()
            event.listen(
                db.engine, "before_cursor_execute", note := lambda *given: seen.append(given[2])
            )
            rewards.catalogue.of_card(row, hybrid.vendor.id, rules=rules, day=TODAY)
            event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    card = hybrid.card()
    few = cost(card)
    points(hybrid, card, 3_000)
    for n in range(12):
        reward = make(hybrid, name=f"R{n}", vendors=["old-town"] if n % 2 else [])
        take(hybrid, card, reward)
    assert cost(card) == few == 3


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"description": "x" * 501}, "description"),
        ({"points": 0}, "points"),
        ({"points": -1}, "points"),
        ({"points": True}, "points"),
        ({"points": 1_000_000_001}, "points"),
        ({"stamps": 1_001}, "stamps"),
        ({"value_minor": -1}, "value_minor"),
        ({"valid_from": TODAY, "valid_until": TODAY - timedelta(days=1)}, "valid_until"),
        ({"stock": -1}, "stock"),
        ({"per_card_limit": 0}, "per_card_limit"),
        ({"active": 1}, "active"),
        ({"vendors": ["elsewhere"]}, "vendors"),
        ({"vendors": "old-town"}, "vendors"),
        ({"price": 3}, "price"),
    ],
)
def test_a_bad_value_of_a_reward_is_named_and_nothing_is_kept(
    chain: Chain, values: dict[str, Any], field: str
) -> None:
    with chain.acting(), pytest.raises(Invalid) as told:
        rewards.catalogue.create({"name": "Coffee", "points": 100} | values, by=chain.actor)
    assert list(told.value.errors) == [field]
    with chain.acting():
        assert rewards.catalogue.every() == []


def test_every_bad_value_is_named_at_once(chain: Chain) -> None:
    bad = {"name": "", "points": -1, "vendors": ["elsewhere"]}
    with chain.acting(), pytest.raises(Invalid) as told:
        rewards.catalogue.create(bad, by=chain.actor)
    assert set(told.value.errors) == {"name", "points", "vendors"}


def test_a_change_touches_what_it_names_and_is_audited(chain: Chain) -> None:
    reward = make(chain, vendors=["old-town"], stock=5)
    with chain.acting() as session:
        rewards.catalogue.change(reward, {"points": 90, "vendors": []}, by=chain.actor)
        session.commit()
    with chain.acting() as session:
        values = rewards.catalogue.values_of(rewards.catalogue.find(reward))
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
    assert (values["points"], values["stock"], values["vendors"]) == (90, 5, [])
    assert last
    assert (last.act, last.subject_id) == ("reward.changed", reward)
    assert last.figures["points"] == 90
    with chain.acting(), pytest.raises(Invalid):
        rewards.catalogue.change(reward, {"points": 0}, by=chain.actor)


def test_another_companys_reward_is_not_found(chain: Chain, other_chain: Chain) -> None:
    foreign = make(other_chain)
    with chain.acting():
        for unknown in (foreign, 7):
            with pytest.raises(NotFound):
                rewards.catalogue.change(unknown, {"points": 1}, by=chain.actor)
