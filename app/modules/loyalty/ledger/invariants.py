"""What always holds of cards and their lines, looked at rather than believed.

The set-based checks compare sums where the database can; one walk over the lines in the
order of their cards checks what depends on the line before: sequence, balances, chain. All
of it reads only, for the acting company.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from .... import tenancy
from ....extensions import db
from ....idempotency import IdempotencyRecord
from ..cards.models import LoyaltyCard
from . import chain, traces
from .models import LoyaltyTransaction, PointLot

Found = tuple[str, str]  # the invariant's name, and the sentence that says where it broke

_card: Any = LoyaltyCard.__table__
_line: Any = LoyaltyTransaction.__table__
_lot: Any = PointLot.__table__
_record: Any = IdempotencyRecord.__table__

_AT_A_TIME = 2_000


def size() -> int:
    """How many lines the acting company has."""
    of_company = _line.c.company_id == tenancy.company_id()
    return db.session.scalar(select(func.count()).where(of_company)) or 0


def check(advance: Callable[[int], None]) -> Iterator[Found]:
    """Every breach of the acting company; `advance` hears how many lines were walked."""
    for name, sentence, statement in _set_based():
        for row in db.session.execute(statement):
            yield name, sentence.format(*row)
    yield from _walk(advance)


def _set_based() -> Iterator[tuple[str, str, Any]]:
    """`(invariant, sentence, statement)`: each row a statement answers is one breach."""
    company = tenancy.company_id()
    yield "balances", "card {}: balances differ from the sums of its lines", _sums(company)
    yield "head", "card {}: its row differs from its last line", _heads(company)
    yield "lots", "card {}: open lots hold {}, the balance is {}", _open_lots(company)
    yield "lots", "line {}: its lot does not hold what it granted", _lots_of_lines(company)
    yield "reversals", "line {}: more was taken back than it gave", _reversals(company)
    yield "reversals", "line {}: it reverses a line that its card does not have", _strays(company)
    yield "keys", "line {}: {} keys claim this one effect", _keys(company)
    yield "keys", "key of {}: the line {} it wrote is missing", _lost_effects(company)
    yield "welcome", "card {}: welcomed {} times", _welcomes(company)
    yield "spending", "line {}: redeeming ended below zero", _overspent(company)
    yield "events", "line {}: its event is missing from the outbox", traces.without_event(company)
    yield (
        "events",
        "line {}: the outbox tells of it, and it is not there",
        traces.without_line(company),
    )
    yield (
        "clocks",
        "card {}: its last stamp or its day is not that of its lines",
        traces.clocks(company),
    )


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


def _open_lots(company: int) -> Select[Any]:
    lots = (
        select(_lot.c.card_id, func.sum(_lot.c.remaining).label("remaining"))
        .where(_lot.c.company_id == company)
        .group_by(_lot.c.card_id)
        .subquery()
    )
    held = func.coalesce(lots.c.remaining, 0)
    owned = case((_card.c.points_balance > 0, _card.c.points_balance), else_=0)
    return (
        select(_card.c.id, held, _card.c.points_balance)
        .outerjoin(lots, lots.c.card_id == _card.c.id)
        .where(_card.c.company_id == company, held != owned)
    )


def _lots_of_lines(company: int) -> Select[Any]:
    """A grant without its lot, a lot of another card or size, or one beyond its bounds."""
    its_lot = and_(_lot.c.company_id == _line.c.company_id, _lot.c.transaction_id == _line.c.id)
    wrong = or_(
        _lot.c.granted != _line.c.points,
        _lot.c.card_id != _line.c.card_id,
        ~_lot.c.remaining.between(0, _lot.c.granted),
    )
    return (
        select(_line.c.id)
        .outerjoin(_lot, its_lot)
        .where(
            _line.c.company_id == company,
            or_(wrong, and_(_line.c.points > 0, _lot.c.id.is_(None))),
        )
    )


def _reversals(company: int) -> Select[Any]:
    """What the reversals of a line sum to lies between nothing and the line's own opposite."""
    reversal = _line.alias("reversal")

    def exceeds(column: str) -> Any:
        own, taken = _line.c[column], func.sum(reversal.c[column])
        gave = and_(own >= 0, or_(taken < -own, taken > 0))
        took = and_(own < 0, or_(taken > -own, taken < 0))
        return or_(gave, took)

    return (
        select(_line.c.id)
        .join(
            reversal,
            and_(reversal.c.company_id == _line.c.company_id, reversal.c.reverses_id == _line.c.id),
        )
        .where(_line.c.company_id == company)
        .group_by(_line.c.id, _line.c.stamps, _line.c.points)
        .having(or_(exceeds("stamps"), exceeds("points")))
    )


def _strays(company: int) -> Select[Any]:
    original = _line.alias("original")
    its_original = and_(
        original.c.company_id == _line.c.company_id,
        original.c.id == _line.c.reverses_id,
        original.c.card_id == _line.c.card_id,
        original.c.sequence < _line.c.sequence,
    )
    return (
        select(_line.c.id)
        .outerjoin(original, its_original)
        .where(
            _line.c.company_id == company,
            _line.c.reverses_id.is_not(None),
            original.c.id.is_(None),
        )
    )


def _keys(company: int) -> Select[Any]:
    return (
        select(_record.c.transaction_id, func.count())
        .where(_record.c.company_id == company, _record.c.transaction_id.is_not(None))
        .group_by(_record.c.transaction_id)
        .having(func.count() > 1)
    )


def _lost_effects(company: int) -> Select[Any]:
    effect = and_(
        _line.c.company_id == _record.c.company_id, _line.c.id == _record.c.transaction_id
    )
    return (
        select(_record.c.caller, _record.c.transaction_id)
        .outerjoin(_line, effect)
        .where(
            _record.c.company_id == company,
            _record.c.transaction_id.is_not(None),
            _line.c.id.is_(None),
        )
    )


def _welcomes(company: int) -> Select[Any]:
    return (
        select(_line.c.card_id, func.count())
        .where(_line.c.company_id == company, _line.c.type == "welcome_bonus")
        .group_by(_line.c.card_id)
        .having(func.count() > 1)
    )


def _overspent(company: int) -> Select[Any]:
    return select(_line.c.id).where(
        _line.c.company_id == company,
        or_(
            and_(_line.c.type == "stamps_redeemed", _line.c.stamps_after < 0),
            and_(_line.c.type == "points_redeemed", _line.c.points_after < 0),
        ),
    )


def _walk(advance: Callable[[int], None]) -> Iterator[Found]:
    """Line by line, card after card: nothing missing, nothing that does not follow."""
    covered = [
        _line.c[name] for name in (*chain.COVERED, *chain.LATER, "occurred_at", "business_day")
    ]
    lines = db.session.execute(
        select(*covered, _line.c.key_version, _line.c.chain)
        .where(_line.c.company_id == tenancy.company_id())
        .order_by(_line.c.card_id, _line.c.sequence)
        .execution_options(yield_per=_AT_A_TIME)
    )
    card_id, sequence, points, stamps, head = 0, 0, 0, 0, None
    for batch in lines.mappings().partitions():
        for line in batch:
            if line["card_id"] != card_id:
                card_id, sequence, points, stamps, head = line["card_id"], 0, 0, 0, None
            place = f"card {card_id}, line {line['sequence']}"
            if line["sequence"] != sequence + 1:
                yield "sequence", f"{place}: it should be line {sequence + 1}"
            if line["points_after"] != points + line["points"]:
                yield "running", f"{place}: {points} and {line['points']} points do not make it"
            if line["stamps_after"] != stamps + line["stamps"]:
                yield "running", f"{place}: {stamps} and {line['stamps']} stamps do not make it"
            if not _follows(head, line):
                yield "chain", f"{place}: the line or the one before it was changed"
            sequence, head = line["sequence"], line["chain"]
            points, stamps = line["points_after"], line["stamps_after"]
        advance(len(batch))


def _follows(before: bytes | None, line: Any) -> bool:
    try:
        return chain.link(before, line, line["key_version"]) == bytes(line["chain"])
    except KeyError:  # the key's version is gone from FIELD_KEY: nothing can be shown
        return False
