"""The card's row against its lines. Each row that a statement answers is a breach."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, String, and_, cast, func, literal, or_, select

from ...cards.models import LoyaltyCard
from ..models import LoyaltyTransaction

_card: Any = LoyaltyCard.__table__
_line: Any = LoyaltyTransaction.__table__


def statements(company: int) -> Iterator[tuple[str, str, Any]]:
    """`(invariant, sentence, statement)`."""
    yield "balances", "card {}: balances differ from the sums of its lines", _sums(company)
    yield "head", "card {}: its row differs from its last line", _heads(company)
    yield "welcome", "card {}: welcomed {} times", _welcomes(company)
    yield "welcome", "card {}: it waits for a welcome that it had", _waits(company)
    yield "spending", "line {}: it ended below zero", _overspent(company)
    yield "merging", "card {}: it was merged and still holds something", _left_behind(company)
    yield "merging", "{}: what it carried is not on {}", _lost_on_the_way(company)


def _sums(company: int) -> Select[Any]:
    sums = (
        select(
            _line.c.card_id,
            func.count().label("lines"),
            func.sum(_line.c.points).label("points"),
            func.sum(_line.c.stamps).label("stamps"),
        )
        .where(_line.c.company_id == company)
        .group_by(_line.c.card_id)
        .subquery()
    )
    return (
        select(_card.c.id)
        .outerjoin(sums, sums.c.card_id == _card.c.id)
        .where(
            _card.c.company_id == company,
            or_(
                _card.c.sequence != func.coalesce(sums.c.lines, 0),
                _card.c.points_balance != func.coalesce(sums.c.points, 0),
                _card.c.stamps_balance != func.coalesce(sums.c.stamps, 0),
            ),
        )
    )


def _heads(company: int) -> Select[Any]:
    """The card's row against its last line, the chain's head and lifetime points included."""
    last = and_(
        _line.c.company_id == _card.c.company_id,
        _line.c.card_id == _card.c.id,
        _line.c.sequence == _card.c.sequence,
    )
    return (
        select(_card.c.id)
        .outerjoin(_line, last)
        .where(
            _card.c.company_id == company,
            or_(
                _card.c.head.is_distinct_from(_line.c.chain),
                _card.c.points_balance != func.coalesce(_line.c.points_after, 0),
                _card.c.stamps_balance != func.coalesce(_line.c.stamps_after, 0),
                _card.c.lifetime_points != func.coalesce(_line.c.lifetime_after, 0),
            ),
        )
    )


def _welcomes(company: int) -> Select[Any]:
    return (
        select(_line.c.card_id, func.count())
        .where(_line.c.company_id == company, _line.c.type == "welcome_bonus")
        .group_by(_line.c.card_id)
        .having(func.count() > 1)
    )


def _waits(company: int) -> Select[Any]:
    welcomed = select(_line.c.card_id).where(
        _line.c.company_id == company, _line.c.type == "welcome_bonus"
    )
    return select(_card.c.id).where(
        _card.c.company_id == company,
        _card.c.welcome_due.is_not(None),
        _card.c.id.in_(welcomed),
    )


def _overspent(company: int) -> Select[Any]:
    """Only a return can leave a debt: no redemption can, and no adjustment."""
    points = and_(
        _line.c.type.in_(("points_redeemed", "points_adjusted")),
        _line.c.points < 0,
        _line.c.points_after < 0,
    )
    stamps = and_(
        _line.c.type.in_(("points_redeemed", "stamps_redeemed")),
        _line.c.stamps < 0,
        _line.c.stamps_after < 0,
    )
    return select(_line.c.id).where(_line.c.company_id == company, or_(points, stamps))


def _left_behind(company: int) -> Select[Any]:
    held = or_(_card.c.points_balance != 0, _card.c.stamps_balance != 0)
    return select(_card.c.id).where(
        _card.c.company_id == company,
        _card.c.merged_into_id.is_not(None),
        or_(held, _card.c.lifetime_points != 0, _card.c.purchases != 0),
    )


def _lost_on_the_way(company: int) -> Select[Any]:
    """Each card's lines that carry to or from another card have their opposites there."""
    here, there = _carried(company).subquery("here"), _carried(company).subquery("there")
    opposite = and_(
        there.c.name == here.c.reference,
        there.c.reference == here.c.name,
        there.c.lines == here.c.lines,
        there.c.points == -here.c.points,
        there.c.stamps == -here.c.stamps,
    )
    return (
        select(here.c.name, here.c.reference)
        .outerjoin(there, opposite)
        .where(there.c.name.is_(None))
    )


def _carried(company: int) -> Select[Any]:
    name = literal("card:") + cast(_line.c.card_id, String)
    return (
        select(
            name.label("name"),
            _line.c.reference,
            func.count().label("lines"),
            func.sum(_line.c.points).label("points"),
            func.sum(_line.c.stamps).label("stamps"),
        )
        .where(_line.c.company_id == company, _line.c.type == "imported")
        .group_by(_line.c.card_id, _line.c.reference)
    )
