"""What a line leaves elsewhere, compared with the lines: its events, and the card's clocks.
Each row that a statement answers is a breach.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    JSON,
    CompoundSelect,
    Select,
    String,
    Text,
    and_,
    case,
    cast,
    except_,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)

from ..... import ids
from .....database import on_postgresql
from .....outbox import SURELY_KEPT, OutboxEvent
from ...cards.models import LoyaltyCard
from ..models import LoyaltyTransaction

_card: Any = LoyaltyCard.__table__
_line: Any = LoyaltyTransaction.__table__
_event: Any = OutboxEvent.__table__

_KINDS = {
    "welcome_bonus": "points.earned",
    "stamps_added": "stamp.added",
    "stamps_redeemed": "stamp.redeemed",
    "points_earned": "points.earned",
    "points_redeemed": "points.redeemed",
    "points_adjusted": "points.adjusted",
    "points_forgiven": "points.adjusted",
    "imported": "points.adjusted",
    "points_expired": "points.expired",
    "points_reinstated": "points.adjusted",
    "voided": "transaction.voided",
}
_TIER, _READY = "tier.changed", "reward.ready"
# How a step that tells of another tier begins; a name in quotes cannot look like it.
_TIER_STEPS = ('%{"code":"tier-reached",%', '%{"code":"tier-lost",%')


def statements(company: int) -> Iterator[tuple[str, str, Any]]:
    """`(invariant, sentence, statement)`."""
    yield "events", "line {}: its event {} is missing from the outbox", _without_event(company)
    yield "events", "line {}: the outbox tells {} of it, and it is not so", _without_line(company)
    yield "events", "line {}: the outbox tells {} of it {} times", _twice(company)
    yield "clocks", "card {}: its last stamp or its day is not that of its lines", _clocks(company)


def _without_event(company: int) -> CompoundSelect[Any]:
    """EXCEPT, not an outer join: without statistics that one is planned as a nested loop. Old
    events are cleaned up; that no old line is gone, the nightly anchors say."""
    since = ids.earlier(ids.new_id(), by=SURELY_KEPT)
    return except_(_expected_events(company, since=since), _told_events(company))


def _without_line(company: int) -> CompoundSelect[Any]:
    """The end of a card's history can be cut off without a trace on the card; not here."""
    ready = select(cast(_line.c.id, String), literal(_READY)).where(
        _line.c.company_id == company, or_(_line.c.stamps > 0, _line.c.type == "voided")
    )
    return except_(_told_events(company, _READY), _expected_events(company, ready))


def _twice(company: int) -> Select[Any]:
    told = _told_events(company, _READY).subquery()
    return select(*told.c, func.count()).group_by(*told.c).having(func.count() > 1)


def _expected_events(company: int, *more: Any, since: int = 0) -> Select[Any]:
    """Each line's own event, and one for each change of tier; of lines since this id."""
    steps = type_coerce(_line.c.steps, Text)
    own = select(cast(_line.c.id, String), case(_KINDS, value=_line.c.type)).where(
        _line.c.company_id == company, _line.c.id >= since, _line.c.type.in_(_KINDS)
    )
    tier = select(cast(_line.c.id, String), literal(_TIER)).where(
        _line.c.company_id == company,
        _line.c.id >= since,
        or_(*(steps.like(step) for step in _TIER_STEPS)),
    )
    return select(*union_all(own, tier, *more).subquery().c)


def _told_events(company: int, *more: str) -> Select[Any]:
    body = cast(_event.c.body, JSON) if on_postgresql() else type_coerce(_event.c.body, JSON)
    kinds = {*_KINDS.values(), _TIER, *more}
    return select(body["transaction"].as_string().label("line"), _event.c.kind).where(
        _event.c.company_id == company, _event.c.kind.in_(kinds)
    )


def _clocks(company: int) -> Select[Any]:
    """What the next stamp's waiting time and day begin from: the last stamp, and the latest day.
    A card that took another over may remember later ones of that."""
    given = (
        select(
            _line.c.card_id,
            func.max(_line.c.sequence).label("sequence"),
            func.max(_line.c.business_day).label("day"),
        )
        .where(
            _line.c.company_id == company,
            _line.c.stamps > 0,
            _line.c.type.in_(("stamps_added", "points_earned")),
        )
        .group_by(_line.c.card_id)
        .subquery()
    )
    last = and_(
        _line.c.company_id == _card.c.company_id,
        _line.c.card_id == _card.c.id,
        _line.c.sequence == given.c.sequence,
    )
    took_over = select(_line.c.card_id).where(
        _line.c.company_id == company, _line.c.type == "imported"
    )
    other = or_(
        _card.c.last_stamp_at.is_distinct_from(_line.c.occurred_at),
        _card.c.stamp_day.is_distinct_from(given.c.day),
    )
    return (
        select(_card.c.id)
        .outerjoin(given, given.c.card_id == _card.c.id)
        .outerjoin(_line, last)
        .where(
            _card.c.company_id == company,
            or_(
                and_(_card.c.id.not_in(took_over), other),
                _card.c.last_stamp_at < _line.c.occurred_at,
                _card.c.stamp_day < given.c.day,
            ),
        )
    )
