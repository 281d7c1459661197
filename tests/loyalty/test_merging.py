"""Merging two cards of one person: lines that carry everything, and carry it back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock, verify
from app.accounts.actors import Actor
from app.accounts.customers import Person
from app.audit import AuditEntry
from app.errors import Invalid, NotFound
from app.extensions import db
from app.modules.loyalty import accrual, cards, enrolment, merging, returns, rewards
from app.modules.loyalty.accrual.stamps import DailyCap
from app.modules.loyalty.ledger import PointLot
from app.modules.loyalty.ledger.checks import CardBlocked
from app.modules.loyalty.programs.rules import Bonus, Tier
from app.modules.loyalty.rewards import Reward
from app.outbox import OutboxEvent
from tests.cast import Chain
from tests.races.scenarios import together, told

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICE = Actor("user:1", user_id=1)
LADDER = (Tier("Bronze", 0, 10_000), Tier("Gold", 150, 12_500))


@pytest.fixture
def shop(chain: Chain) -> Iterator[Chain]:
    """A chain with points and stamps, on a morning of March; verify is clean in the end."""
    chain.publish(loyalty_type="hybrid", cooldown_minutes=0, tiers=LADDER)
    with clock.at(MORNING):
        yield chain
    with chain.app.app_context():
        assert list(verify.breaches(chain.company_id)) == []


def earn(shop: Chain, card: str, amount: int, *, days_ago: int = 0) -> int:
    with shop.acting(), clock.at(MORNING - timedelta(days=days_ago)):
        posted = accrual.earn(card, amount, by=shop.actor, attempt=None)
        db.session.commit()
    return posted.transaction_id or 0


def take(shop: Chain, card: str, points: int) -> int:
    with shop.acting():
        reward = Reward(name="Something", points=points)
        db.session.add(reward)
        db.session.flush()
        posted = rewards.redeem(card, reward.id, by=shop.actor, attempt=None)
        db.session.commit()
    return posted.transaction_id or 0


def void(shop: Chain, line: int, amount: int | None = None) -> None:
    with shop.acting():
        by = Actor("user:1", user_id=1)
        returns.void(line, by=by, attempt=None, amount_minor=amount)
        db.session.commit()


def merge(shop: Chain, source: str, target: str) -> None:
    with shop.acting():
        merging.merge(source, target, by=OFFICE, reason="Two cards, one person")
        db.session.commit()


def unmerge(shop: Chain, source: str, target: str) -> None:
    with shop.acting():
        merging.unmerge(source, target, by=OFFICE, reason="Not the same person after all")
        db.session.commit()


def figures(shop: Chain, *numbers: str) -> list[tuple[Any, ...]]:
    rows = [shop.card_row(number) for number in numbers]
    return [(r.points_balance, r.stamps_balance, r.lifetime_points, r.purchases) for r in rows]


def lots(shop: Chain, number: str) -> list[tuple[date, int]]:
    card = shop.card_row(number)
    with shop.acting():
        query = select(PointLot.granted_on, PointLot.remaining).where(
            PointLot.card_id == card.id, PointLot.remaining > 0
        )
        return [tuple(row) for row in db.session.execute(query.order_by(PointLot.granted_on))]


def test_everything_goes_to_the_surviving_card_by_the_days_it_was_granted(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    earn(shop, source, 4_000, days_ago=9)
    earn(shop, source, 2_000, days_ago=3)
    earn(shop, target, 1_000, days_ago=3)
    shop.stamp(source, 2)
    merge(shop, source, target)
    assert figures(shop, source, target) == [(0, 0, 0, 0), (70, 2, 70, 3)]
    first, second = date(2026, 2, 21), date(2026, 2, 27)
    assert sorted(lots(shop, target)) == [(first, 40), (second, 10), (second, 20)]
    out, into = shop.lines(source)[-1], shop.lines(target)[-1]
    assert (out.type, out.points, into.type, into.points) == ("imported", -60, "imported", 60)
    assert [out.steps[0]["code"], into.steps[0]["code"]] == ["merged-out", "merged-in"]
    assert out.reason == into.reason == "Two cards, one person"


def test_a_merged_card_is_closed_and_its_person_finds_the_other(shop: Chain) -> None:
    source, target = shop.card(email="one@example.org"), shop.card(email="two@example.org")
    with shop.acting():
        secret = cards.link_secret(cards.find(source))
    merge(shop, source, target)
    assert shop.card_row(source).status == "closed"
    with shop.acting():
        with pytest.raises(NotFound):
            cards.find(source)
        person = Person(email="one@example.org", phone=None)
        assert enrolment.join(person, vendor_id=None, by=OFFICE).card.number == target
        found = select(cards.LoyaltyCard.number).where(
            cards.found_by("one@example.org", country="LU")
        )
        assert db.session.scalars(found).all() == [target]
        assert cards.by_secret(secret).number == target
        acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.sequence)).all()
        assert acts[-1] == "card.merged"


def test_both_contacts_of_a_merged_person_are_one_persons(shop: Chain) -> None:
    source = shop.card(email="one@example.org")
    target = shop.card(phone="+352621123456")
    merge(shop, source, target)
    person = Person(email="one@example.org", phone="+352621123456")
    with shop.acting():
        assert enrolment.join(person, vendor_id=None, by=OFFICE).card.number == target


def test_points_that_come_over_repay_the_debt_of_the_surviving_card(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    sale = earn(shop, target, 10_000)
    take(shop, target, 100)
    void(shop, sale)
    earn(shop, source, 4_000, days_ago=2)
    earn(shop, source, 9_000, days_ago=1)
    merge(shop, source, target)
    assert figures(shop, target)[0][0] == 30
    assert [points for _, points in lots(shop, target)] == [30]


def test_a_debt_goes_along(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    sale = earn(shop, source, 10_000)
    take(shop, source, 100)
    void(shop, sale)
    earn(shop, target, 3_000)
    merge(shop, source, target)
    assert [figure[0] for figure in figures(shop, source, target)] == [0, -70]


def test_a_tier_that_both_make_together_is_told_once(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    earn(shop, source, 10_000)
    earn(shop, target, 9_000)
    merge(shop, source, target)
    line = shop.lines(target)[-1]
    assert [step["code"] for step in line.steps].count("tier-reached") == 1


def test_merging_opens_no_daily_cap(shop: Chain) -> None:
    shop.publish(max_daily_stamps=3)
    source, target = shop.card(), shop.card()
    shop.stamp(source, 2)
    shop.stamp(target, 1)
    merge(shop, source, target)
    with shop.acting(), pytest.raises(DailyCap):
        accrual.add_stamps(target, 1, by=shop.actor, attempt=None)


def test_merging_brings_no_birthday_and_no_nth_purchase_twice(shop: Chain) -> None:
    shop.publish(bonuses=(Bonus("Third", points=50, every=3),))
    source, target = shop.card(), shop.card()
    for card in (source, source, source, target):
        earn(shop, card, 100)
    merge(shop, source, target)
    row = shop.card_row(target)
    assert (row.purchases, row.purchases_peak) == (4, 4)


def test_undoing_a_merge_gives_both_cards_what_they_had(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    earn(shop, source, 4_000, days_ago=9)
    earn(shop, source, 2_000, days_ago=3)
    earn(shop, target, 1_000)
    shop.stamp(source, 2)
    before, held = figures(shop, source, target), lots(shop, source)
    merge(shop, source, target)
    unmerge(shop, source, target)
    assert figures(shop, source, target) == before
    assert lots(shop, source) == held
    assert shop.card_row(source).status == "active"
    merge(shop, source, target)
    unmerge(shop, source, target)
    assert (figures(shop, source, target), lots(shop, source)) == (before, held)


def test_what_was_spent_meanwhile_is_a_debt_of_the_card_that_spent_it(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    earn(shop, source, 10_000)
    merge(shop, source, target)
    take(shop, target, 100)
    unmerge(shop, source, target)
    assert [figure[0] for figure in figures(shop, source, target)] == [100, -100]


def test_a_blocked_card_is_blocked_again_when_its_merge_is_undone(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    with shop.acting():
        cards.block(cards.find(source), True, by=OFFICE)
        db.session.commit()
    merge(shop, source, target)
    unmerge(shop, source, target)
    assert shop.card_row(source).status == "blocked"


def test_a_sale_of_a_merged_card_goes_back_from_the_surviving_one(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    sale = earn(shop, source, 10_000)
    earn(shop, target, 3_000)
    merge(shop, source, target)
    void(shop, sale, 4_000)
    assert figures(shop, source, target) == [(0, 0, 0, 0), (90, 0, 90, 2)]
    void(shop, sale)
    assert figures(shop, source, target) == [(0, 0, 0, 0), (30, 0, 30, 1)]


def test_what_was_spent_of_a_merged_cards_sale_is_a_debt_of_the_surviving_one(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    sale = earn(shop, source, 10_000)
    merge(shop, source, target)
    take(shop, target, 100)
    void(shop, sale)
    assert figures(shop, source, target) == [(0, 0, 0, 0), (-100, 0, 0, 0)]


def test_a_debt_of_a_merged_cards_sale_is_forgiven_where_the_rules_forgive(shop: Chain) -> None:
    shop.publish(void_policy="forgive")
    source, target = shop.card(), shop.card()
    sale = earn(shop, source, 10_000)
    merge(shop, source, target)
    take(shop, target, 100)
    void(shop, sale)
    assert figures(shop, source, target) == [(0, 0, 0, 0), (0, 0, 0, 0)]
    assert shop.lines(target)[-1].type == "points_forgiven"


def test_a_redemption_of_a_merged_card_comes_back_to_the_surviving_one(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    earn(shop, source, 10_000, days_ago=4)
    taken = take(shop, source, 100)
    merge(shop, source, target)
    void(shop, taken)
    assert figures(shop, source, target) == [(0, 0, 0, 0), (100, 0, 100, 1)]
    assert [points for _, points in lots(shop, target)] == [100]


def test_a_return_between_merging_and_undoing_leaves_nothing_over(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    sale = earn(shop, source, 10_000)
    earn(shop, source, 5_000)
    earn(shop, target, 3_000)
    merge(shop, source, target)
    void(shop, sale)
    unmerge(shop, source, target)
    assert figures(shop, source, target) == [(50, 0, 50, 1), (30, 0, 30, 1)]


def test_stamps_of_a_merged_card_can_be_taken_back(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    shop.stamp(source, 3)
    line = shop.lines(source)[-1].id
    merge(shop, source, target)
    void(shop, line)
    assert figures(shop, source, target) == [(0, 0, 0, 0), (0, 0, 0, 0)]


def test_a_preview_of_a_merged_cards_return_speaks_of_the_surviving_card(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    sale = earn(shop, source, 10_000)
    merge(shop, source, target)
    with shop.acting():
        foreseen = returns.foresee(sale, by=OFFICE)
        assert foreseen.card.points_balance == 100
        assert foreseen.decisions[0].points == -100


def test_what_cannot_be_merged(shop: Chain) -> None:
    first, second, third = shop.card(), shop.card(), shop.card()
    merge(shop, first, second)
    with shop.acting():
        with pytest.raises(Invalid):
            merging.merge(third, third, by=OFFICE, reason="x")
        with pytest.raises(NotFound):
            merging.merge(first, third, by=OFFICE, reason="x")
        with pytest.raises(merging.AlreadyMerged):
            merging.merge(second, third, by=OFFICE, reason="x")
        with pytest.raises(NotFound):
            merging.unmerge(third, second, by=OFFICE, reason="x")
        with pytest.raises(Invalid):
            merging.merge(third, second, by=OFFICE, reason=" ")
        cards.block(cards.find(second), True, by=OFFICE)
        with pytest.raises(CardBlocked):
            merging.merge(third, second, by=OFFICE, reason="x")
        db.session.rollback()
    merge(shop, third, second)  # a card may take in several


def test_erasing_the_surviving_card_forgets_the_person_of_the_merged_one(shop: Chain) -> None:
    source, target = shop.card(email="one@example.org"), shop.card(email="two@example.org")
    merge(shop, source, target)
    with shop.acting():
        enrolment.erase(cards.find(target))
        db.session.commit()
    with shop.acting():
        row = shop.card_row(source)
        assert enrolment.person_of(row).email is None


def test_the_preview_of_a_merge_is_what_it_makes(shop: Chain) -> None:
    source, target = shop.card(), shop.card()
    earn(shop, source, 4_000)
    earn(shop, target, 2_000)
    with shop.acting():
        foreseen = merging.foresee(source, target, by=OFFICE)
    merge(shop, source, target)
    assert (foreseen.points, foreseen.stamps) == figures(shop, target)[0][:2]


def test_the_link_that_a_merged_person_asks_for_goes_to_their_own_address(shop: Chain) -> None:
    source, target = shop.card(email="one@example.org"), shop.card(email="two@example.org")
    merge(shop, source, target)
    person = shop.card_row(source).customer_id
    with shop.acting():
        enrolment.send_link(Person(email="one@example.org", phone=None))
        newest = select(OutboxEvent.body).where(OutboxEvent.kind == "card.link")
        body = db.session.scalars(newest.order_by(OutboxEvent.id.desc())).first()
        assert body
        assert (body["card"], body["person"]) == (str(shop_id(target)), str(person))


def shop_id(number: str) -> int:
    return cards.find(number).id


# -- at the same moment ---------------------------------------------------------------------------


def _merging(source: str, target: str) -> Any:
    return lambda: merging.merge(source, target, by=OFFICE, reason="One person")


def test_two_who_merge_two_cards_into_each_other_make_one_card(shop: Chain) -> None:
    for _ in range(3):
        one, other = shop.card(), shop.card()
        earn(shop, one, 4_000)
        earn(shop, other, 2_000)
        outcomes = together(shop, [_merging(one, other), _merging(other, one)] * 2)
        assert told(outcomes) == {"posted": 1, "not-found": 3}
        assert sorted(figure[0] for figure in figures(shop, one, other)) == [0, 60]


def test_a_sale_while_its_card_is_merged_is_on_the_surviving_card_or_refused(shop: Chain) -> None:
    for _ in range(3):
        source, target = shop.card(), shop.card()

        def sale(card: str = source) -> Any:
            return accrual.earn(card, 1_000, by=shop.actor, attempt=None)

        outcomes = together(shop, [sale, _merging(source, target), sale, sale])
        kept = told(outcomes)["posted"] - 1
        assert [figure[0] for figure in figures(shop, source, target)] == [0, 10 * kept]


def test_a_return_while_its_card_is_merged_is_made_once_or_asked_to_be_repeated(
    shop: Chain,
) -> None:
    for _ in range(3):
        source, target = shop.card(), shop.card()
        sale = earn(shop, source, 10_000)

        def back(line: int = sale) -> Any:
            return returns.void(line, by=OFFICE, attempt=None)

        outcomes = told(together(shop, [back, _merging(source, target), back]))
        assert set(outcomes) <= {"posted", "busy", "already-voided"}
        left = sum(figure[0] for figure in figures(shop, source, target))
        assert left == (0 if "already-voided" in outcomes or outcomes["posted"] > 1 else 100)
