"""Lots and draws against the lines that made them. Each row that a statement answers is a breach.

Two sums have to come out: for every line, what it moved of the spendable balance is what it
granted less what it drew; for every lot, what it granted is what remains and what was drawn. Of
that, what expired and was not reinstated is kept with the lot, for returns.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Select, and_, case, cast, func, not_, or_, select, union_all

from ...cards.models import LoyaltyCard
from ..models import LoyaltyTransaction, PointDraw, PointLot

_card: Any = LoyaltyCard.__table__
_line: Any = LoyaltyTransaction.__table__
_lot: Any = PointLot.__table__
_draw: Any = PointDraw.__table__

_EXPIRED, _REINSTATED = "points_expired", "points_reinstated"
_GRANTING = ("points_earned", "welcome_bonus", "points_adjusted")
_BRINGING = "imported"  # the lots of another card, each by its own day


def statements(company: int) -> Iterator[tuple[str, str, Any]]:
    """`(invariant, sentence, statement)`."""
    yield "lots", "card {}: open lots hold {}, the balance is {}", _open_lots(company)
    yield "lots", "line {}: it granted and drew {} less than it moved", _moved(company)
    yield "lots", "lot {}: {} of its points are nowhere", _kept(company)
    yield "lots", "line {}: it has no lot of what it granted", _without_lot(company)
    yield "lots", "lot {}: it is not what its line granted", _strange_lots(company)
    yield "draws", "line {}: it drew from the lot {} of another card", _strange_draws(company)
    yield "draws", "line {}: it gave lot {} what was never drawn", _unfounded(company)
    yield "expiry", "lot {}: it and its lines differ by {} expired points", _expired(company)
    yield "expiry", "line {}: {} points of its expiry were in no lot", _let_expire(company)
    yield "expiry", "line {}: more was let go as expired than had expired", _let_go(company)


def _open_lots(company: int) -> Select[Any]:
    lots = (
        select(_lot.c.card_id, func.sum(_lot.c.remaining).label("remaining"))
        .where(_lot.c.company_id == company)
        .group_by(_lot.c.card_id)
        .subquery()
    )
    held = func.coalesce(lots.c.remaining, 0)
    return (
        select(_card.c.id, held, _card.c.points_balance)
        .outerjoin(lots, lots.c.card_id == _card.c.id)
        .where(_card.c.company_id == company, held != _spendable(_card.c.points_balance))
    )


def _spendable(balance: Any) -> Any:
    return case((balance > 0, balance), else_=0)


def _summed(*parts: tuple[Any, Any, Any]) -> Select[Any]:
    """Where `(id, figure, condition)` of several tables do not come to nothing together."""
    rows = union_all(
        *(
            select(key.label("key"), figure.label("figure")).where(that)
            for key, figure, that in parts
        )
    ).subquery()
    total = cast(func.sum(rows.c.figure), BigInteger)
    return select(rows.c.key, total).group_by(rows.c.key).having(total != 0)


def _moved(company: int) -> Select[Any]:
    before = _line.c.points_after - _line.c.points
    moved = _spendable(_line.c.points_after) - _spendable(before)
    here = and_(_line.c.company_id == company, _line.c.points != 0)
    return _summed(
        (_line.c.id, moved, here),
        (_lot.c.transaction_id, -_lot.c.granted, _lot.c.company_id == company),
        (_draw.c.transaction_id, _draw.c.points, _draw.c.company_id == company),
    )


def _kept(company: int) -> Select[Any]:
    left = _lot.c.granted - _lot.c.remaining
    return _summed(
        (_lot.c.id, left, _lot.c.company_id == company),
        (_draw.c.lot_id, -_draw.c.points, _draw.c.company_id == company),
    )


def _without_lot(company: int) -> Select[Any]:
    """Where a grant met a debt, sums alone would not miss its lot."""
    its_lot = and_(_lot.c.company_id == _line.c.company_id, _lot.c.transaction_id == _line.c.id)
    return (
        select(_line.c.id)
        .outerjoin(_lot, its_lot)
        .where(
            _line.c.company_id == company,
            _line.c.type.in_(_GRANTING),
            _line.c.points > 0,
            _lot.c.id.is_(None),
        )
    )


def _strange_lots(company: int) -> Select[Any]:
    its_line = and_(_line.c.company_id == _lot.c.company_id, _line.c.id == _lot.c.transaction_id)
    granted = and_(
        _line.c.type.in_(_GRANTING),
        _line.c.points == _lot.c.granted,
        _line.c.business_day == _lot.c.granted_on,
    )
    brought = and_(_line.c.type == _BRINGING, _line.c.business_day >= _lot.c.granted_on)
    return (
        select(_lot.c.id)
        .join(_line, its_line)
        .where(
            _lot.c.company_id == company,
            or_(_line.c.card_id != _lot.c.card_id, not_(or_(granted, brought))),
        )
    )


def _strange_draws(company: int) -> Select[Any]:
    return (
        select(_draw.c.transaction_id, _draw.c.lot_id)
        .join(
            _line,
            and_(_line.c.company_id == company, _line.c.id == _draw.c.transaction_id),
        )
        .join(_lot, and_(_lot.c.company_id == company, _lot.c.id == _draw.c.lot_id))
        .where(_draw.c.company_id == company, _line.c.card_id != _lot.c.card_id)
    )


def _unfounded(company: int) -> Select[Any]:
    """What is given back to a lot was drawn from it, by the line that is cancelled."""
    drawn = _draw.alias("drawn")
    before = and_(
        drawn.c.company_id == company,
        drawn.c.transaction_id == _line.c.reverses_id,
        drawn.c.lot_id == _draw.c.lot_id,
        drawn.c.points >= -_draw.c.points,
    )
    return (
        select(_draw.c.transaction_id, _draw.c.lot_id)
        .join(
            _line,
            and_(_line.c.company_id == company, _line.c.id == _draw.c.transaction_id),
        )
        .outerjoin(drawn, before)
        .where(_draw.c.company_id == company, _draw.c.points < 0, drawn.c.transaction_id.is_(None))
    )


def _expired(company: int) -> Select[Any]:
    """Of each lot: what lines of expiry drew from it, but for those that were reinstated."""
    back = _line.alias("back")
    reinstated = select(back.c.reverses_id).where(
        back.c.company_id == company, back.c.type == _REINSTATED, back.c.reverses_id.is_not(None)
    )
    lines = select(_line.c.id).where(
        _line.c.company_id == company, _line.c.type == _EXPIRED, _line.c.id.not_in(reinstated)
    )
    drew = and_(_draw.c.company_id == company, _draw.c.transaction_id.in_(lines))
    return _summed(
        (_lot.c.id, _lot.c.expired, and_(_lot.c.company_id == company, _lot.c.expired > 0)),
        (_draw.c.lot_id, -_draw.c.points, drew),
    )


def _let_expire(company: int) -> Select[Any]:
    """Expiry never meets a debt: its line draws all that it names."""
    here = and_(_line.c.company_id == company, _line.c.type == _EXPIRED)
    drew = and_(
        _draw.c.company_id == company, _draw.c.transaction_id.in_(select(_line.c.id).where(here))
    )
    return _summed(
        (_line.c.id, -_line.c.points, here),
        (_draw.c.transaction_id, -_draw.c.points, drew),
    )


def _let_go(company: int) -> Select[Any]:
    """A line taken back whole gave all it had, but for what expired of its lot. A lot that went
    to another card may have expired there."""
    back = _line.alias("back")
    of_it = and_(back.c.company_id == company, back.c.reverses_id == _line.c.id)
    its_lot = and_(_lot.c.company_id == company, _lot.c.transaction_id == _line.c.id)
    whole = func.coalesce(func.sum(back.c.amount_minor), 0) == func.coalesce(
        _line.c.amount_minor, 0
    )
    left = _line.c.points + func.sum(back.c.points)
    carrying = _line.alias("carrying")
    by_it = and_(carrying.c.company_id == company, carrying.c.id == _draw.c.transaction_id)
    carried = (
        select(_draw.c.lot_id)
        .join(carrying, by_it)
        .where(_draw.c.company_id == company, carrying.c.type == "imported")
    )
    return (
        select(_line.c.id)
        .join(back, of_it)
        .outerjoin(_lot, its_lot)
        .where(
            _line.c.company_id == company,
            _line.c.type.in_(_GRANTING),
            _line.c.points > 0,
            or_(_lot.c.id.is_(None), _lot.c.id.not_in(carried)),
        )
        .group_by(_line.c.id, _line.c.points, _line.c.amount_minor, _lot.c.expired)
        .having(and_(whole, left > func.coalesce(_lot.c.expired, 0)))
    )
