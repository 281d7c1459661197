"""Races and their exact winners. Each scenario plays `rounds` times with `width` threads that
start together, on the services, against whichever database the application has.

`make test` plays them small, `make prove` at full size. A lost race is an AssertionError.
"""

import contextvars
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import func, select

from app import audit, clock, tenancy
from app.accounts import companies, staff, terminals
from app.accounts.actors import Actor
from app.accounts.customers import Customer
from app.accounts.customers import Person as Contact
from app.errors import Refusal
from app.extensions import db
from app.idempotency import attempt
from app.modules.loyalty import accrual, enrolment, programs, returns, rewards
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.ledger import LoyaltyTransaction, Posted
from app.modules.loyalty.ledger import chain as links
from tests.cast import PIN, Chain

FREE = {"cooldown_minutes": 0, "max_daily_stamps": None}
Work = Callable[[], Any]


def stamp_stamp_on_two_terminals(chain: Chain, *, rounds: int, width: int) -> None:
    """C7, T26: within one cooldown exactly one stamp is given, whoever presses where."""
    chain.publish(cooldown_minutes=15, max_daily_stamps=None)
    actors = [chain.actor, _at_second_shop(chain)]
    for _ in range(rounds):
        card = chain.card()
        outcomes = together(chain, [_stamp(card, by=actors[n % 2]) for n in range(width)])
        assert told(outcomes) == {"posted": 1, "cooldown": width - 1}
        books_hold(chain, card, stamps=1)


def one_key_at_once(chain: Chain, *, rounds: int, width: int) -> None:
    """The same key and request: one line, and the same bytes for everybody."""
    chain.publish(cooldown_minutes=15, max_daily_stamps=5)
    for _ in range(rounds):
        card, key = chain.card(), secrets.token_hex(8)
        outcomes = together(chain, [_stamp(card, key=key) for _ in range(width)])
        assert told(outcomes) == {"posted": width}
        assert len({posted.body for posted in outcomes}) == 1
        assert sum(posted.replayed for posted in outcomes) == width - 1
        books_hold(chain, card, stamps=1)


def one_key_for_different_requests(chain: Chain, *, rounds: int, width: int) -> None:
    """A key at several cards at once: one of them is stamped, the others hear of the mismatch."""
    chain.publish(**FREE)
    for _ in range(rounds):
        cards, key = [chain.card() for _ in range(width)], secrets.token_hex(8)
        outcomes = together(chain, [_stamp(card, key=key) for card in cards])
        assert told(outcomes) == {"posted": 1, "idempotency-mismatch": width - 1}
        assert sum(chain.card_row(card).stamps_balance for card in cards) == 1


def redeem_redeem(chain: Chain, *, rounds: int, width: int) -> None:
    """T2: a full card buys one reward, however many ask at once."""
    chain.publish(**FREE, stamps_target=3)
    for _ in range(rounds):
        card = chain.card()
        chain.stamp(card, 4)
        outcomes = together(chain, [_redeem(card) for _ in range(width)])
        assert told(outcomes) == {"posted": 1, "insufficient-stamps": width - 1}
        books_hold(chain, card, stamps=1)


def stamp_redeem(chain: Chain, *, rounds: int, width: int) -> None:
    """Collecting and redeeming at once: every reward had its target on the card."""
    chain.publish(**FREE, stamps_target=2)
    for _ in range(rounds):
        card = chain.card()
        works = [_stamp(card) if n % 2 else _redeem(card) for n in range(width)]
        outcomes = together(chain, works)
        assert set(told(outcomes)) <= {"posted", "insufficient-stamps"}
        books_hold(chain, card)


def undo_undo(chain: Chain, *, rounds: int, width: int) -> None:
    """A stamp is taken back once."""
    chain.publish(**FREE, stamps_target=3)
    for _ in range(rounds):
        card = chain.card()
        line = int(chain.stamp(card, 2)["transaction_id"])
        outcomes = together(chain, [_undo(chain, line) for _ in range(width)])
        assert told(outcomes) == {"posted": 1, "already-voided": width - 1}
        books_hold(chain, card, stamps=0)


def undo_redeem(chain: Chain, *, rounds: int, width: int) -> None:
    """Whoever is first is right: a reward needs its stamps, an undone stamp leaves a debt."""
    chain.publish(**FREE, stamps_target=3)
    for _ in range(rounds):
        card = chain.card()
        chain.stamp(card, 2)
        line = int(chain.stamp(card)["transaction_id"])
        works = [_undo(chain, line) if n % 2 else _redeem(card) for n in range(width)]
        outcomes = told(together(chain, works))
        assert set(outcomes) <= {"posted", "already-voided", "insufficient-stamps"}
        assert outcomes["already-voided"] == width // 2 - 1
        redeemed = outcomes["posted"] - 1
        assert redeemed in (0, 1)
        books_hold(chain, card, stamps=2 - 3 * redeemed)


def enrol_enrol(chain: Chain, *, rounds: int, width: int) -> None:
    """C10: one person at once at every tablet: one card, one welcome."""
    chain.publish(loyalty_type="hybrid", welcome_bonus_points=50)
    for _ in range(rounds):
        email = f"twin-{secrets.token_hex(6)}@example.org"
        phone = f"+352621{secrets.randbelow(10**6):06d}"
        contacts = [{"email": email, "phone": phone}, {"email": email}]
        outcomes = together(chain, [_join(chain, contacts[n % 2]) for n in range(width)])
        assert told(outcomes) == {"posted": width}, outcomes
        assert len(set(outcomes)) == 1
        with chain.acting() as session:
            same = select(func.count()).select_from(Customer).where(Customer.email == email)
            assert session.scalar(same) == 1
        books_hold(chain, outcomes[0], stamps=0)
        assert chain.card_row(outcomes[0]).points_balance == 50


def daily_cap(chain: Chain, *, rounds: int, width: int) -> None:
    """The cap counts stamps, not requests: two at a time into five goes twice."""
    chain.publish(cooldown_minutes=0, max_daily_stamps=5)
    for _ in range(rounds):
        card = chain.card()
        outcomes = together(chain, [_stamp(card, 2) for _ in range(width)])
        assert told(outcomes) == {"posted": 2, "daily-cap": width - 2}
        books_hold(chain, card, stamps=4)


def cap_at_midnight(chain: Chain, *, rounds: int, width: int) -> None:
    """Clocks of two servers on both sides of midnight: no day is given twice."""
    chain.publish(cooldown_minutes=0, max_daily_stamps=5)
    midnight = datetime.now(ZoneInfo(chain.vendor.timezone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    sides = [midnight - timedelta(milliseconds=1), midnight + timedelta(milliseconds=1)]
    for _ in range(rounds):
        card = chain.card()
        works = [_at(sides[n % 2], _stamp(card)) for n in range(width)]
        outcomes = told(together(chain, works))
        assert set(outcomes) <= {"posted", "daily-cap"}
        days = Counter(line.business_day for line in chain.lines(card))
        most = min(5, width // 2)
        assert sorted(days.values()) == [most, most]
        row = chain.card_row(card)
        assert row.stamp_day == midnight.date()
        assert (row.stamp_day_count, row.stamp_eve_count) == (most, most)
        books_hold(chain, card, stamps=outcomes["posted"])


def pin_failures(chain: Chain, *, rounds: int, width: int) -> None:
    """C8: a hundred guesses at once are a hundred counted ones: five are judged, then it waits."""
    assert width >= 5
    tills = [_fresh_terminal(chain, number) for number in range(4)]
    for number in range(rounds):
        other = _fresh_member(chain, number)
        works = [_unlock(chain, other, "000000", tills[n % 4]) for n in range(width)]
        outcomes = told(together(chain, works))
        assert outcomes == {"pin-invalid": 5, "pin-locked": width - 5}
        with chain.acting() as session:
            pin = session.scalars(
                select(staff.StaffPin).where(staff.StaffPin.staff_id == other)
            ).one()
            assert (pin.failures, staff.is_locked(pin)) == (5, True)
        later = datetime.now(UTC) + timedelta(seconds=31)
        right = _at(later, _unlock(chain, other, PIN, _fresh_terminal(chain, number)))
        assert told(together(chain, [right])) == {"posted": 1}


def second_programme(app: Flask, *, rounds: int, width: int) -> None:
    """C1: of programmes founded at once, a company has one."""
    for _ in range(rounds):
        with app.app_context(), tenancy.crossing():
            company = companies.create(
                slug=f"race-{secrets.token_hex(6)}",
                name="Race",
                currency="EUR",
                timezone="Europe/Luxembourg",
            )
            db.session.commit()
        bare = _Bare(app, company.id)
        outcomes = told(together(bare, [partial(programs.create, company)] * width))
        assert outcomes["posted"] == 1
        assert set(outcomes) <= {"posted", "program-exists"}
        with bare.acting() as session:
            count = select(func.count()).select_from(programs.LoyaltyProgram)
            assert session.scalar(count) == 1


def publish_publish(chain: Chain, *, rounds: int, width: int) -> None:
    """Editors publish one after the other: revisions have no gap, and the audit chain holds."""
    for _ in range(rounds):
        first = chain.publish(stamps_target=100).number
        works = [_publish(target) for target in range(1, width + 1)]
        outcomes = together(chain, works)
        assert told(outcomes) == {"posted": width}
        assert sorted(outcomes) == list(range(first + 1, first + width + 1))
        with chain.acting():
            assert audit.breaches() == []
            assert programs.current().number == first + width


def audit_audit(chain: Chain, *, rounds: int, width: int) -> None:
    """Acts at one moment stand one after the other in the company's chain."""
    for _ in range(rounds):
        works = [partial(audit.record, "race.run", subject_id=n + 1) for n in range(width)]
        assert told(together(chain, works)) == {"posted": width}
        with chain.acting() as session:
            assert audit.breaches() == []
            last = session.scalar(select(func.max(audit.AuditEntry.sequence)))
            assert last == session.scalar(select(func.count(audit.AuditEntry.id)))


# -- playing --------------------------------------------------------------------------------------


def together(chain: Any, works: Sequence[Work]) -> list[Any]:
    """What each work answered, its refusal where it was refused; all started at one moment, each
    in a thread and a transaction of its own. Anything else than a refusal is a fault."""
    gate = threading.Barrier(len(works))
    outcomes: list[Any] = [None] * len(works)
    faults: list[BaseException] = []

    def play(number: int, work: Work) -> None:
        try:
            gate.wait(30)
            with chain.acting() as session:
                outcomes[number] = work()
                session.commit()
        except Refusal as refusal:
            outcomes[number] = refusal
        except BaseException as fault:
            faults.append(fault)

    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(play, number, work))
        for number, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults, repr(faults[0])
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return outcomes


def told(outcomes: Sequence[Any]) -> Counter[str]:
    """How often each refusal was heard, and how often the work was done (`posted`)."""
    return Counter(each.code if isinstance(each, Refusal) else "posted" for each in outcomes)


def books_hold(chain: Chain, card: str, *, stamps: int | None = None) -> None:
    """The card's lines are gapless, add up, prove themselves, and end in what the card says."""
    lines, row = chain.lines(card), chain.card_row(card)
    assert [line.sequence for line in lines] == list(range(1, len(lines) + 1))
    assert row.sequence == len(lines)
    assert row.stamps_balance == sum(line.stamps for line in lines)
    assert row.points_balance == sum(line.points for line in lines)
    if stamps is not None:
        assert row.stamps_balance == stamps
    for before, line in pairwise([None, *lines]):
        assert line
        had = before.stamps_after if before else 0
        assert line.stamps_after == had + line.stamps
        assert line.type != "stamps_redeemed" or line.stamps_after >= 0, "a reward nobody had"
    _chain_holds(chain, lines, row)


def _chain_holds(chain: Chain, lines: list[LoyaltyTransaction], row: LoyaltyCard) -> None:
    with chain.acting():
        head = None
        for line in lines:
            values = {column.name: getattr(line, column.name) for column in line.__table__.c}
            head = links.link(head, values, line.key_version)
            assert line.chain == head, f"line {line.sequence} does not prove itself"
    assert row.head == head


class _Bare:
    """A company without people, for together()."""

    def __init__(self, app: Flask, company_id: int) -> None:
        self.app, self.company_id = app, company_id

    acting = Chain.acting


# -- verbs ----------------------------------------------------------------------------------------

SOMEBODY = Actor("race", vendor_slug="old-town")


def _stamp(card: str, quantity: int = 1, *, by: Actor = SOMEBODY, key: str | None = None) -> Work:
    def work() -> Posted:
        tried = attempt(key, card, quantity) if key else None
        return accrual.add_stamps(card, quantity, by=by, attempt=tried)

    return work


def _redeem(card: str) -> Work:
    return lambda: rewards.redeem_stamps(card, by=SOMEBODY, attempt=None)


def _undo(chain: Chain, line: int) -> Work:
    return lambda: returns.void(line, by=chain.actor, attempt=None)


def _join(chain: Chain, contact: dict[str, str]) -> Work:
    def work() -> str:
        person = Contact.checked(country="LU", **contact)  # type: ignore[arg-type]
        return enrolment.join(person, vendor_id=chain.vendor.id, by=chain.actor).card.number

    return work


def _publish(target: int) -> Work:
    return lambda: programs.publish({"stamps_target": target}).number


def _unlock(chain: Chain, staff_id: int, pin: str, terminal_id: int) -> Work:
    def work() -> str:
        terminal = terminals.find(terminal_id)
        # As the page does: what it read before is kept, and must not be counted on.
        shown = {member.id: (member, kept) for member, kept in staff.at_vendor(terminal.vendor_id)}
        return staff.unlock(terminal, shown[staff_id][0], pin)

    return work


def _at(moment: datetime, work: Work) -> Work:
    def moved() -> Any:
        with clock.at(moment):
            return work()

    return moved


def _at_second_shop(chain: Chain) -> Actor:
    return Actor("terminal:2", vendor_id=chain.second_vendor.id, staff_id=chain.staff.staff_id)


def _fresh_member(chain: Chain, number: int) -> int:
    """Somebody whose PIN nobody has guessed at yet."""
    with chain.acting() as session:
        first = session.scalars(
            select(staff.StaffPin).where(staff.StaffPin.staff_id == chain.staff.staff_id)
        ).one()
        member = staff.create(name=f"Guessed {number}", vendor_id=None)
        session.flush()
        staff.assign(member, first.pin_hash, first.pepper_version)
        for terminal in session.scalars(select(terminals.Terminal)):
            terminal.pin_failures = 0  # each round has the terminals' budgets whole
        session.commit()
        return member.id


def _fresh_terminal(chain: Chain, number: int) -> int:
    with chain.acting() as session:
        terminal, _ = terminals.prepare(vendor_id=chain.vendor.id, name=f"Till {number}")
        session.commit()
        return terminal.id
