"""The ledger and its verbs through the services, on both databases."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app import clock, tenancy
from app.accounts import companies, vendors
from app.accounts.actors import Actor
from app.accounts.customers import Customer
from app.accounts.customers import Person as Contact
from app.errors import Invalid, NotFound, Refusal
from app.extensions import db
from app.idempotency import IdempotencyMismatch, IdempotencyRecord, attempt
from app.ids import new_id
from app.modules.loyalty import accrual, enrolment, ledger, programs, returns
from app.modules.loyalty.accrual.stamps import Cooldown
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.ledger import LoyaltyTransaction, PointLot
from app.modules.loyalty.ledger import chain as links
from app.modules.loyalty.ledger.checks import CardBlocked, ProgramInactive, StampsNotEnabled
from app.modules.loyalty.rewards.rules import InsufficientStamps
from app.outbox import OutboxEvent
from tests.cast import Chain
from tests.races.scenarios import books_hold

FREE = {"cooldown_minutes": 0, "max_daily_stamps": None}
PARTNER = Actor("key:1", vendor_slug="old-town", api_key_id=1)


def _stamp(chain: Chain, number: str, key: str, quantity: int = 1, by: Actor = PARTNER) -> Any:
    with chain.acting() as session:
        tried = attempt(key, "POST", "/stamps/add", {"card": number, "quantity": quantity})
        posted = accrual.add_stamps(number, quantity, by=by, attempt=tried)
        session.commit()
    return posted


# -- a line ---------------------------------------------------------------------------------------


def test_undo_gives_back_the_place_of_the_day_that_was_counted(chain: Chain) -> None:
    """At 20:00 UTC it is tomorrow in Tokyo: either shop's day has its own places."""
    chain.publish(cooldown_minutes=0, max_daily_stamps=1)
    number = chain.card()
    with chain.acting() as session:
        tokyo = vendors.create(slug="tokyo", name="Tokyo", timezone="Asia/Tokyo")
        session.commit()
    with clock.at(datetime(2026, 6, 10, 20, 0, tzinfo=UTC)):
        chain.stamp(number, by=replace(chain.actor, vendor_id=tokyo.id))
        line = int(chain.stamp(number)["transaction_id"])
        row = chain.card_row(number)
        assert (row.stamp_day_count, row.stamp_eve_count) == (1, 1)
        with chain.acting() as session:
            returns.void(line, by=chain.actor, attempt=None)
            session.commit()
        row = chain.card_row(number)
        assert (row.stamp_day_count, row.stamp_eve_count) == (1, 0)
        assert chain.stamp(number)["stamps_balance"] == 2


def test_a_line_tells_everything_about_itself(chain: Chain) -> None:
    number = chain.card()
    moment = datetime(2026, 6, 10, 22, 30, tzinfo=UTC)  # the 11th in Luxembourg
    with clock.at(moment):
        answer = chain.stamp(number, 2)
    line = chain.lines(number)[0]
    assert answer == {
        "transaction_id": str(line.id),
        "card": number,
        "sequence": 1,
        "type": "stamps_added",
        "points": 0,
        "stamps": 2,
        "points_balance": 0,
        "stamps_balance": 2,
        "vendor": "old-town",
        "staff": str(chain.staff.staff_id),
        "reference": None,
        "amount_minor": None,
        "reward": None,
        "reason": None,
        "order_id": None,
        "reverses": None,
        "revision": 2,
        "proven": True,
        "explanation": answer["explanation"],
        "occurred_at": "2026-06-10T22:30:00.000000Z",
        "business_day": "2026-06-11",
    }
    assert [step["code"] for step in answer["explanation"]] == [step["code"] for step in line.steps]
    assert all(step["sentence"] for step in answer["explanation"])
    assert line.terminal_id == chain.terminal_id


def test_every_line_has_its_event_in_the_same_transaction(chain: Chain) -> None:
    chain.publish(**FREE, stamps_target=1)
    number = chain.card()
    chain.stamp(number)
    chain.redeem(number)
    with chain.acting() as session:
        events = session.scalars(select(OutboxEvent).order_by(OutboxEvent.id)).all()
        lines = [event for event in events if "sequence" in event.body]
        told = [(event.kind, event.body["sequence"]) for event in lines]
        people = str([event.body for event in events])
    assert told == [
        ("card.enrolled", 0),
        ("stamp.added", 1),
        ("reward.ready", 1),
        ("stamp.redeemed", 2),
    ]
    assert "@" not in people


def test_T3_what_is_rolled_back_leaves_nothing_anywhere(chain: Chain) -> None:
    """Card, line, event and key share one transaction."""
    number = chain.card()
    with chain.acting():
        before = _counts()
        accrual.add_stamps(number, 1, by=PARTNER, attempt=attempt("gone", "x"))
    with chain.acting():
        assert _counts() == before
    assert chain.card_row(number).stamps_balance == 0


def _counts() -> list[int]:
    tables: list[Any] = [LoyaltyTransaction, OutboxEvent, IdempotencyRecord, PointLot]
    return [len(db.session.scalars(select(table)).all()) for table in tables]


def test_a_cards_lines_prove_themselves_and_each_other(chain: Chain) -> None:
    chain.publish(**FREE, stamps_target=2)
    number = chain.card()
    for _ in range(5):
        chain.stamp(number)
    chain.redeem(number)
    books_hold(chain, number, stamps=3)


@pytest.mark.parametrize("column", ["stamps", "stamps_after", "staff_id", "reference", "steps"])
def test_a_line_changed_behind_our_back_is_noticed(chain: Chain, column: str) -> None:
    number = chain.card()
    chain.stamp(number)
    line = chain.lines(number)[0]
    values = {each.name: getattr(line, each.name) for each in line.__table__.c}
    with chain.acting():
        assert links.link(None, values, line.key_version) == line.chain
        changed = values | {column: [{"code": "forged"}] if column == "steps" else 7}
        assert links.link(None, changed, line.key_version) != line.chain


def test_a_card_that_moved_without_its_lock_is_a_fault(chain: Chain) -> None:
    """A write that does not look whether its UPDATE hit a row loses balances silently."""
    number = chain.card()
    with chain.acting():
        card, where = ledger.lock(number, by=PARTNER, attempt=None)
        decision = accrual.stamps.stamps_for(card, 1, where, None)
        stale = replace(card, sequence=5)
        with pytest.raises(RuntimeError, match="not locked"):
            ledger.post(stale, decision, where=where, by=PARTNER, attempt=None)


# -- one key, one effect --------------------------------------------------------------------------


def test_B7_the_same_key_answers_the_same_bytes_for_ever(chain: Chain) -> None:
    number = chain.card()
    first = _stamp(chain, number, "one")
    chain.publish(stamps_target=3, stamps_reward_name="Another reward")
    with clock.at(datetime.now(UTC) + timedelta(days=3_000)):
        again = _stamp(chain, number, "one")
    assert (again.body, again.status, again.transaction_id) == (
        first.body,
        first.status,
        first.transaction_id,
    )
    assert (first.replayed, again.replayed) == (False, True)
    books_hold(chain, number, stamps=1)


def test_the_same_key_for_another_request_is_a_mismatch(chain: Chain) -> None:
    number = chain.card()
    _stamp(chain, number, "one")
    with pytest.raises(IdempotencyMismatch):
        _stamp(chain, number, "one", quantity=2)
    books_hold(chain, number, stamps=1)


def test_a_refusal_keeps_nothing_and_its_key_is_judged_anew(chain: Chain) -> None:
    number = chain.card()
    now = datetime.now(UTC)
    with clock.at(now):
        _stamp(chain, number, "one")
    with clock.at(now + timedelta(minutes=14, seconds=59)), pytest.raises(Cooldown):
        _stamp(chain, number, "two")
    with clock.at(now + timedelta(minutes=15)):
        assert not _stamp(chain, number, "two").replayed
    books_hold(chain, number, stamps=2)


def test_a_key_belongs_to_its_caller(chain: Chain) -> None:
    """Two partners who both count from 1 do not meet."""
    chain.publish(**FREE)
    number = chain.card()
    _stamp(chain, number, "1")
    other = Actor("key:2", vendor_slug="old-town", api_key_id=2)
    assert not _stamp(chain, number, "1", by=other).replayed
    books_hold(chain, number, stamps=2)


def test_T26_two_keys_within_one_cooldown_stamp_once(chain: Chain) -> None:
    number = chain.card()
    _stamp(chain, number, "one")
    with pytest.raises(Cooldown):
        _stamp(chain, number, "two")
    books_hold(chain, number, stamps=1)


def test_a_replay_comes_before_every_rule(chain: Chain) -> None:
    number = chain.card()
    first = _stamp(chain, number, "one")
    chain.switch(active=False)
    chain.publish(loyalty_type="points")
    assert _stamp(chain, number, "one").body == first.body


# -- the verbs ------------------------------------------------------------------------------------


def test_C2_a_stamp_of_one_shop_is_redeemed_at_another_and_both_are_named(chain: Chain) -> None:
    chain.publish(stamps_target=1)
    number = chain.card()
    chain.stamp(number)
    station = Actor("terminal:2", vendor_id=chain.second_vendor.id, staff_id=chain.staff.staff_id)
    answer = chain.redeem(number, by=station)
    assert answer["vendor"] == "station"
    shops = [line.vendor_id for line in chain.lines(number)]
    assert shops == [chain.vendor.id, chain.second_vendor.id]


def test_C4_a_points_programme_refuses_stamps_and_keeps_what_was_there(chain: Chain) -> None:
    number = chain.card()
    chain.stamp(number)
    chain.publish(loyalty_type="points")
    for verb in (chain.stamp, chain.redeem):
        with pytest.raises(StampsNotEnabled):
            verb(number)
    books_hold(chain, number, stamps=1)
    chain.publish(loyalty_type="hybrid", **FREE)
    assert chain.stamp(number)["stamps_balance"] == 2


def test_C5_a_new_companys_programme_has_the_defaults(app: Flask) -> None:
    with _founded(app, "EUR"):
        program, rules = programs.of_company(), programs.current()
        assert (rules.loyalty_type, rules.number) == ("points", 1)
        assert (rules.stamps_target, rules.stamps_reward_name) == (10, "Free item")
        assert (rules.points_per_unit, rules.unit_minor) == (1, 100)
        assert (rules.minimum_redemption_points, rules.minimum_purchase_minor) == (100, 0)
        assert (rules.welcome_bonus_points, rules.expiry) == (0, {"policy": "never"})
        assert (rules.cooldown_minutes, rules.max_daily_stamps) == (15, 5)
        assert (rules.require_staff_pin, rules.card_color) == (True, "#4F46E5")
        assert rules.point_value_bp is None
        assert [(tier.min_lifetime_points, tier.multiplier_bp) for tier in rules.tiers] == [
            (0, 10_000),
            (5_000, 12_500),
            (15_000, 15_000),
            (50_000, 20_000),
        ]
        assert program.active
        assert program.activated_at  # T21: active at birth has its date


@pytest.mark.parametrize(("currency", "minor"), [("EUR", 100), ("JPY", 1), ("KWD", 1_000)])
def test_T23_one_point_per_unit_in_whatever_currency(app: Flask, currency: str, minor: int) -> None:
    with _founded(app, currency):
        assert programs.current().unit_minor == minor


@contextmanager
def _founded(app: Flask, currency: str) -> Iterator[None]:
    """A company just founded, acting."""
    with app.app_context(), tenancy.crossing():
        company = companies.create(
            slug=f"new-{new_id()}", name="New", currency=currency, timezone="UTC"
        )
        db.session.commit()
    with app.app_context(), tenancy.acting_as(company.id):
        programs.create(company)
        db.session.commit()
        yield
        db.session.rollback()


def test_C1_T18_a_company_has_one_programme(chain: Chain) -> None:
    with chain.acting():
        company = companies.acting()
        with pytest.raises(programs.service.ProgramExists):
            programs.create(company)


def test_A2_C14_rules_change_forward_and_each_line_names_its_revision(chain: Chain) -> None:
    chain.publish(**FREE)
    number = chain.card()
    chain.stamp(number)
    chain.publish(stamps_target=5)
    chain.stamp(number)
    first, second = chain.lines(number)
    with chain.acting():
        assert programs.rules_of(first.revision_id).stamps_target == 10
        assert programs.rules_of(second.revision_id).stamps_target == 5


def test_publishing_what_is_in_force_publishes_nothing(chain: Chain) -> None:
    before = chain.publish(stamps_target=7)
    assert chain.publish(stamps_target=7).number == before.number


def test_T19_a_kept_revision_cannot_be_edited_in_place(chain: Chain) -> None:
    """Reading hands out values: nobody's edit is half-saved, nobody's cache is spoilt."""
    with chain.acting() as session:
        rules = programs.current()
        with pytest.raises(AttributeError):
            rules.stamps_target = 3  # type: ignore[misc]
        row = session.get_one(programs.ProgramRevision, (chain.company_id, rules.id))
        row.stamps_target = 3
        with pytest.raises(Exception, match=r"append-only|permission denied"):
            session.flush()


def test_C14_the_first_activation_survives_off_and_on(chain: Chain) -> None:
    with chain.acting():
        born = programs.of_company().activated_at
    chain.switch(active=False)
    chain.switch(active=True)
    with chain.acting():
        assert programs.of_company().activated_at == born


def test_C14_T27_a_paused_programme_stamps_and_enrols_nobody(chain: Chain) -> None:
    number = chain.card()
    chain.switch(active=False)
    with pytest.raises(ProgramInactive):
        chain.stamp(number)
    with pytest.raises(enrolment.EnrolmentClosed):
        chain.card()
    assert chain.card_row(number).stamps_balance == 0  # readable all the same
    chain.switch(active=True)
    assert chain.stamp(number)["stamps_balance"] == 1


def test_a_blocked_card_refuses_every_verb(chain: Chain) -> None:
    number = chain.card()
    with chain.acting() as session:
        session.scalars(select(LoyaltyCard)).one().status = "blocked"
        session.commit()
    for verb in (chain.stamp, chain.redeem):
        with pytest.raises(CardBlocked):
            verb(number)


@pytest.mark.parametrize("number", ["", "0000-0000-0000", "nonsense", "²" * 12, "0" * 13])
def test_an_unknown_number_is_not_found(chain: Chain, number: str) -> None:
    for verb in (chain.stamp, chain.redeem):
        with pytest.raises(NotFound):
            verb(number)


def test_C3_another_companys_card_and_line_are_not_found(chain: Chain, other_chain: Chain) -> None:
    number = other_chain.card()
    line = int(other_chain.stamp(number)["transaction_id"])
    for verb in (chain.stamp, chain.redeem):
        with pytest.raises(NotFound):
            verb(number)
    with chain.acting(), pytest.raises(NotFound):
        returns.void(line, by=other_chain.actor, attempt=None)
    books_hold(other_chain, number, stamps=1)


def test_an_unknown_shop_is_named_and_nothing_moves(chain: Chain) -> None:
    number = chain.card()
    with pytest.raises(Invalid) as refusal:
        _stamp(chain, number, "one", by=Actor("key:1", vendor_slug="nowhere"))
    assert list(refusal.value.errors) == ["vendor"]
    books_hold(chain, number, stamps=0)


def test_undo_is_a_line_of_its_own_that_names_what_it_reverses(chain: Chain) -> None:
    number = chain.card()
    given = chain.stamp(number, 2)
    with chain.acting() as session:
        posted = returns.void(
            int(given["transaction_id"]), by=chain.actor, attempt=attempt("undo", "x")
        )
        session.commit()
    undone = json.loads(posted.body)
    assert (undone["type"], undone["stamps"], undone["stamps_balance"]) == ("voided", -2, 0)
    assert undone["reverses"] == given["transaction_id"]
    assert [line.sequence for line in chain.lines(number)] == [1, 2]
    books_hold(chain, number, stamps=0)
    assert chain.card_row(number).stamp_day_count == 0
    with pytest.raises(Cooldown):
        chain.stamp(number)


def test_T28_redeeming_is_asked_for_and_carries_over(chain: Chain) -> None:
    chain.publish(**FREE, stamps_target=3)
    number = chain.card()
    chain.stamp(number, 7)
    assert [line.type for line in chain.lines(number)] == ["stamps_added"]
    assert chain.redeem(number)["stamps_balance"] == 4
    assert chain.redeem(number)["stamps_balance"] == 1
    with pytest.raises(InsufficientStamps):
        chain.redeem(number)
    books_hold(chain, number, stamps=1)


# -- enrolment ------------------------------------------------------------------------------------


def _join(chain: Chain, **contact: str) -> Any:
    with chain.acting() as session:
        person = Contact.checked(country="LU", **contact)  # type: ignore[arg-type]
        joined = enrolment.join(person, vendor_id=None, by=chain.actor)
        session.commit()
    return joined


def test_C10_one_welcome_at_enrolment_and_none_after_leaving_and_coming_back(
    chain: Chain,
) -> None:
    chain.publish(loyalty_type="hybrid", welcome_bonus_points=50)
    contact = {"email": "zoe@example.org", "phone": "+352621123456"}
    card = _join(chain, **contact).card
    assert [(line.type, line.points) for line in chain.lines(card.number)] == [
        ("welcome_bonus", 50)
    ]
    with chain.acting() as session:
        enrolment.leave(session.get_one(LoyaltyCard, (chain.company_id, card.id)))
        session.commit()
    with pytest.raises(NotFound):
        chain.stamp(card.number)
    again = _join(chain, email="ZOE@example.org")
    assert (again.known, again.card.number, again.card.status) == (True, card.number, "active")
    books_hold(chain, card.number)
    assert chain.card_row(card.number).points_balance == 50
    with chain.acting() as session:
        lot = session.scalars(select(PointLot)).one()
        assert (lot.granted, lot.remaining) == (50, 50)


@pytest.mark.parametrize("contact", [{"email": "zoe@example.org"}, {"phone": "621 123 456"}])
def test_C10_no_second_welcome_after_erasure_by_either_contact(
    chain: Chain, contact: dict[str, str]
) -> None:
    chain.publish(loyalty_type="points", welcome_bonus_points=50)
    first = _join(chain, email="zoe@example.org", phone="+352621123456")
    with chain.acting() as session:
        enrolment.erase(session.get_one(LoyaltyCard, (chain.company_id, first.card.id)))
        session.commit()
        kept = session.scalars(select(Customer)).one()
        assert (kept.email, kept.phone, kept.first_name) == (None, None, None)
    second = _join(chain, **contact)
    assert second.card.id != first.card.id
    assert chain.lines(second.card.number) == []
    assert len(chain.lines(first.card.number)) == 1


def test_the_same_person_again_is_the_same_card_and_stays_as_they_were(chain: Chain) -> None:
    first = _join(chain, email="zoe@example.org", first_name="Zoë")
    again = _join(chain, email=" Zoe@Example.org ", first_name="Mallory")
    assert (again.known, again.card.id) == (True, first.card.id)
    with chain.acting() as session:
        assert session.scalars(select(Customer.first_name)).one() == "Zoë"


def test_two_peoples_contacts_are_one_persons_mistake(chain: Chain) -> None:
    _join(chain, email="zoe@example.org")
    _join(chain, phone="621123456")
    with pytest.raises(Invalid):
        _join(chain, email="zoe@example.org", phone="621123456")


def test_two_companies_two_customers(chain: Chain, other_chain: Chain) -> None:
    first = _join(chain, email="zoe@example.org")
    second = _join(other_chain, email="zoe@example.org")
    assert not second.known
    assert first.card.number != second.card.number


# -- what is refused changes nothing --------------------------------------------------------------


def test_a_refusal_leaves_the_card_as_it_was(chain: Chain) -> None:
    chain.publish(cooldown_minutes=15, stamps_target=3)
    number = chain.card()
    chain.stamp(number)
    before = _row(chain, number)
    for verb in (
        lambda: chain.stamp(number),
        lambda: chain.redeem(number),
        lambda: chain.stamp(number, 0),
        lambda: chain.stamp(number, -1),
    ):
        with pytest.raises(Refusal):
            verb()
        assert _row(chain, number) == before


def _row(chain: Chain, number: str) -> Any:
    cards: Any = LoyaltyCard.__table__
    mine = cards.c.company_id == chain.company_id
    with chain.acting() as session:
        return tuple(session.execute(select(cards).where(mine, cards.c.number == number)).one())


def test_a_line_is_neither_changed_nor_deleted_by_the_application(chain: Chain) -> None:
    number = chain.card()
    chain.stamp(number)
    line = chain.lines(number)[0]
    for statement in (
        delete(LoyaltyTransaction).where(LoyaltyTransaction.id == line.id),
        LoyaltyTransaction.__table__.update()
        .where(LoyaltyTransaction.__table__.c.company_id == chain.company_id)
        .values(stamps=5),
    ):
        with (
            chain.acting() as session,
            pytest.raises(Exception, match=r"append-only|permission denied"),
        ):
            session.execute(statement)
    assert [each.stamps for each in chain.lines(number)] == [1]


def test_a_closed_shop_gives_no_stamp_but_still_replays_one(chain: Chain) -> None:
    number = chain.card()
    first = _stamp(chain, number, "before")
    with chain.acting() as session:
        vendors.find("old-town").status = "closed"
        session.commit()
    with pytest.raises(Invalid, match="vendor: got 'old-town', which is closed"):
        _stamp(chain, number, "after")
    with pytest.raises(Invalid, match="vendor: "):
        chain.stamp(number)  # at the terminal that stands there
    assert _stamp(chain, number, "before").body == first.body
    assert len(chain.lines(number)) == 1
