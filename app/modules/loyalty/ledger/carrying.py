"""What goes from one card to another of the same person: a pair of `imported` lines.

Both cards are locked first, in the order of their ids. What is carried is on one card before
and on the other after; together they always hold the same.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from ....accounts.actors import Actor
from ....errors import Refusal
from ....extensions import db
from ....idempotency import Attempt, Posted
from ..programs.expiry import expires_on
from .aside import lay_aside
from .decision import Decision, Grant, LockedCard, Memory, Setting, StampClock, Step
from .locking import lock
from .models import MOST_POINTS_A_LINE, MOST_STAMPS_A_LINE, PointLot
from .posting import post_and_follow
from .tiers import tier_moved

Held = tuple[LockedCard, Setting]
MERGED, RETURNED, UNDONE = "merged", "returned", "undone"  # why something is carried


class TooMuch(Refusal):
    code = "too-much-to-carry"
    title = "More than one line holds"
    remedy = "Redeem or adjust some of it first."


@dataclass(frozen=True, slots=True)
class Load:
    """What is carried; points and stamps may be a debt."""

    points: int = 0
    stamps: int = 0
    lifetime: int = 0
    purchases: int = 0
    laid_aside: int = 0

    @classmethod
    def of(cls, card: LockedCard) -> "Load":
        """All that is on a card."""
        return cls(
            card.points_balance,
            card.stamps_balance,
            card.lifetime_points,
            card.purchases,
            card.laid_aside,
        )

    def __bool__(self) -> bool:
        return self != Load()

    def must_fit(self) -> None:
        """Raises `TooMuch` where a line could not hold it."""
        if abs(self.stamps) > MOST_STAMPS_A_LINE or abs(self.points) > MOST_POINTS_A_LINE:
            raise TooMuch(
                f"At most {MOST_STAMPS_A_LINE:,} stamps and {MOST_POINTS_A_LINE:,} points go from"
                " one card to another at once.",
                points=self.points,
                stamps=self.stamps,
            )


def hold_both(
    first: int, second: int, *, by: Actor, attempt: Attempt | None = None
) -> tuple[Held, Held]:
    """Both cards locked in the order of their ids, so that two who want both never wait for each
    other. The attempt is the first one's. Closed cards are found too."""
    held = {
        card_id: lock(
            card_id, by=by, attempt=attempt if card_id == first else None, closed_too=True
        )
        for card_id in sorted((first, second))
    }
    return held[first], held[second]


def days_of(card: LockedCard, where: Setting) -> tuple[Grant, ...]:
    """The card's open points by the days of their grants."""
    rows = db.session.execute(
        select(
            PointLot.remaining, PointLot.granted_on, PointLot.expires_on, PointLot.keep_until
        ).where(PointLot.card_id == card.id, PointLot.remaining > 0)
    )
    return fitted([grant_of(*row) for row in rows], None, where)


def grant_of(
    points: int, granted_on: date, expires_on: date | None, keep_until: date | None
) -> Grant:
    """Points of a lot as they travel: with its own day, and no sooner than it is kept."""
    kept = keep_until + timedelta(days=1) if keep_until else date.min
    return Grant(points, granted_on, max(expires_on, kept) if expires_on else None)


def fitted(grants: Iterable[Grant], points: int | None, where: Setting) -> tuple[Grant, ...]:
    """The grants, one a day and none of tomorrow, each with the latest day of those it is made
    of; of so many points where that is said: the newest are kept, and what is missing is granted
    today."""
    by_day: dict[date, Grant] = {}
    for grant in grants:
        day = min(grant.granted_on, where.day)
        known = by_day.get(day, Grant(0, day, grant.expires_on))
        latest = _later(known.expires_on, grant.expires_on)
        by_day[day] = Grant(known.points + grant.points, day, latest)
    if points is not None:
        left = max(0, points)
        for day in sorted(by_day, reverse=True):
            by_day[day] = replace(by_day[day], points=min(by_day[day].points, left))
            left -= by_day[day].points
        fresh = Grant(0, where.day, expires_on(where.rules.expiry, where.day))
        today = by_day.get(where.day, fresh)
        by_day[where.day] = replace(today, points=today.points + left)
    return tuple(grant for _, grant in sorted(by_day.items()) if grant.points)


def _later(one: date | None, other: date | None) -> date | None:
    """The later day of two; no day is later than any."""
    return max(one, other) if one and other else None


def carry(
    load: Load,
    giving: Held,
    taking: Held,
    *,
    because: str,
    by: Actor,
    grants: tuple[Grant, ...] = (),
    draws_first: int | None = None,
    reason: str | None = None,
    memory: Memory | None = None,
    clock: StampClock | None = None,
    ready: tuple[str, ...] = (),
) -> tuple[Held, Held, Posted]:
    """Write the pair of lines: both cards as they are then, and the taking card's line.

    `grants` are the days of the points; `memory` and `clock` what the taking card remembers,
    `ready` the events of a reward that its stamps make. Raises `TooMuch`.
    """
    load.must_fit()
    (source, there), (target, here) = giving, taking
    minus = Load(*(-figure for figure in asdict(load).values()))
    out = _line(source, minus, there, {"code": "merged-out", "into": target.number}, because)
    into = _line(target, load, here, {"code": "merged-in", "from": source.number}, because)
    out = replace(out, draws_first=draws_first, reference=f"card:{target.id}", reason=reason)
    into = replace(
        into,
        grants=grants,
        stamp_clock=clock,
        memory=memory or into.memory,
        reference=f"card:{source.id}",
        reason=reason,
        events=(*into.events, *ready),
        active_at=_latest_activity(source, target),
    )
    _, source = post_and_follow(source, out, where=there, by=by, attempt=None)
    posted, target = post_and_follow(target, into, where=here, by=by, attempt=None)
    if load.laid_aside:
        moved = (source, -load.laid_aside), (target, load.laid_aside)
        source, target = lay_aside([(card, card.laid_aside + more) for card, more in moved])
    return (source, there), (target, here), posted


def _latest_activity(source: LockedCard, target: LockedCard) -> datetime | None:
    """Carrying is no activity, but whoever was active with either card was."""
    moments = [card.last_activity_at for card in (source, target) if card.last_activity_at]
    return max(moments, default=None)


def _line(card: LockedCard, change: Load, where: Setting, pair: Step, because: str) -> Decision:
    """One line of the pair: what the card gives is below zero."""
    moved, events = tier_moved(card, change.lifetime, where.rules, laid_aside=change.laid_aside)
    told: Step = pair | {"because": because, "status": card.status} | asdict(change)
    if not change.laid_aside:
        del told["laid_aside"]
    before, purchases = card.points_balance, card.purchases + change.purchases
    counted: Step = {"code": "points-counted", "before": before, "after": before + change.points}
    return Decision(
        type="imported",
        event="points.adjusted",
        steps=(told, counted, *moved) if change.points else (told, *moved),
        points=change.points,
        stamps=change.stamps,
        lifetime=change.lifetime,
        memory=Memory(
            purchases=purchases,
            purchases_peak=max(card.purchases_peak, purchases),
            birthday_year=card.birthday_year,
            welcome_due=card.welcome_due,
        ),
        events=events,
    )
