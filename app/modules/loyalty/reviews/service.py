"""The review of one company: tiers that fall, in batches, each its own transaction.

Killed anywhere and run again, or run by several at once, it comes to the same: a batch judges its
cards after locking them, and a card that fell has laid its older points aside already. When all
were looked at, that is kept, and the review is over until the next year.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from .... import clock, tenancy
from ....accounts import companies
from ....accounts.actors import SYSTEM
from ....database import read_only, sets
from ....extensions import db
from .. import programs
from ..cards import CLOSED, LoyaltyCard
from ..ledger import Decision, LockedCard, LoyaltyTransaction, Setting
from ..ledger.alone import one_by_one
from ..ledger.aside import lay_aside
from ..ledger.batches import lock_many, look_at_many, post_many, tell_many
from ..programs import ProgramRevision, Rules
from ..programs.rules import ProgramState
from .models import TierReview
from .rules import Period, laid_aside, period_of, reviewed

BATCH = 200  # cards that are locked together: nobody at a counter waits long
_AT_A_TIME = 100_000


@dataclass(frozen=True, slots=True)
class Review:
    """What a run goes by."""

    period: Period
    rules: Rules
    now: datetime
    today: date


@dataclass(slots=True)
class Outcome:
    """What a run did, or would do: the day of the review (None: none is due), cards that it
    looked at, those whose tier fell, and those (by id) whose own fault kept them out."""

    on: date | None = None
    cards: int = 0
    lowered: int = 0
    failed: list[int] = field(default_factory=list)


def review(
    *, dry_run: bool = False, advance: Callable[[int], None] = lambda cards: None
) -> Outcome:
    """Hold the acting company's review, if one is due; commits batch by batch, and needs no open
    transaction. A dry run reads only and answers what a run would do now."""
    db.session.rollback()
    outcome, due = Outcome(), _due()
    if due is None:
        return outcome
    outcome.on = due.period.on

    def work(card_ids: Sequence[int]) -> None:
        outcome.lowered += _batch(card_ids, due, dry_run)
        outcome.cards += len(card_ids)

    with read_only() if dry_run else nullcontext():
        for card_ids in _batches(due):
            outcome.failed += one_by_one(card_ids, work)
            advance(len(card_ids))
    if not dry_run and not outcome.failed:
        _close(due)
    return outcome


def _due() -> Review | None:
    """The review that is due and was not held yet. The day has to come after that on which the
    company published it: nobody is judged by what was not announced."""
    with read_only():
        rules, zone, now = programs.current(), companies.acting().timezone, clock.now()
        today = clock.business_day(now, zone)
        found = None
        if rules.tier_review_on and rules.points:
            period = period_of(rules.tier_review_on, today)
            announced = clock.business_day(_announced(rules.tier_review_on), zone)
            held = db.session.get(TierReview, (tenancy.company_id(), period.on))
            if announced < period.on and held is None:
                found = Review(period, rules, now, today)
        db.session.rollback()
    return found


def _announced(month_day: str) -> datetime:
    """When the first of the revisions was published that agree on this day up to now."""
    row, since = ProgramRevision, clock.now()
    query = select(row.tier_review_on, row.published_at).order_by(row.number.desc())
    for day, published_at in db.session.execute(query):
        if day != month_day:
            break
        since = published_at
    return since


def _batches(due: Review) -> Iterator[Sequence[int]]:
    """Ids of cards that have a tier to lose, in order. No transaction is open while a batch is
    worked on."""
    last = 0
    while found := _found(due, last):
        for start in range(0, len(found), BATCH):
            yield found[start : start + BATCH]
        last = found[-1]


def _found(due: Review, after: int) -> Sequence[int]:
    steps = [tier.min_lifetime_points for tier in due.rules.tiers if tier.min_lifetime_points]
    if not steps:
        return ()
    query = (
        select(LoyaltyCard.id)
        .where(
            LoyaltyCard.id > after,
            LoyaltyCard.status != CLOSED,
            LoyaltyCard.lifetime_points - LoyaltyCard.laid_aside >= min(steps),
        )
        .order_by(LoyaltyCard.id)
        .limit(_AT_A_TIME)
    )
    with read_only():
        found = db.session.scalars(query).all()
        db.session.rollback()
    return found


def _batch(card_ids: Sequence[int], due: Review, dry_run: bool) -> int:
    """How many of the cards fell, or would."""
    cards = look_at_many(card_ids) if dry_run else lock_many(card_ids)
    before = _lifetime_before(card_ids, due.period.since)
    judged = [(card, reviewed(card, before[card.id], due.rules, due.period)) for card in cards]
    falling = [(card, decision) for card, decision in judged if decision]
    if dry_run:
        db.session.rollback()
    else:
        _write(falling, before, due)
        db.session.commit()
    return len(falling)


def _lifetime_before(card_ids: Sequence[int], since: date) -> dict[int, int]:
    """`{card's id: lifetime points}` as the last line before that day left them."""
    line = LoyaltyTransaction
    last = (
        select(line.card_id, func.max(line.sequence).label("sequence"))
        .where(sets.among(line.card_id, card_ids), line.business_day < since)
        .group_by(line.card_id)
        .subquery()
    )
    found = select(line.card_id, line.lifetime_after).join(
        last, (line.card_id == last.c.card_id) & (line.sequence == last.c.sequence)
    )
    return dict.fromkeys(card_ids, 0) | dict(db.session.execute(found).all())


def _write(falling: list[tuple[LockedCard, Decision]], before: dict[int, int], due: Review) -> None:
    state = ProgramState(active=True)
    where = Setting(rules=due.rules, state=state, vendor=None, now=due.now, day=due.today)
    lines = post_many(falling, where=where, by=SYSTEM)
    lay_aside([(card, laid_aside(card, before[card.id])) for card, _ in falling])
    told = [
        {"card": str(card.id), "transaction": str(line), "sequence": card.sequence + 1}
        for (card, _), line in zip(falling, lines, strict=True)
    ]
    tell_many("tier.changed", told, where=where)


def _close(due: Review) -> None:
    """Keep that this review is over; another run may have done so in the same moment."""
    db.session.add(TierReview(reviewed_on=due.period.on))
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
