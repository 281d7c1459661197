"""The board: how far the platforms know the passes, per card and in total.

A constant number of statements. Under the operator's crossing they read all companies; where one
acts, that one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, distinct, exists, func, or_, select

from .... import clock
from ....accounts.companies import Company
from ....errors import NotFound
from ....extensions import db
from ..cards import LoyaltyCard
from . import waking
from .models import APPLE, PLATFORMS, DeviceLog, WalletChannel, WalletDevice, WalletPass

STALE_AFTER = timedelta(minutes=15)  # pushed so long ago, and no phone came for it
LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Tally:
    """One company's living passes on one platform. What is `queued` waits for its turn, `failing`
    for another try, or was refused and waits for its card to change; the others are `sent`: the
    platform knows their present content. Of Apple's, phones have `listed` and `fetched` that;
    those of `stale` were told and did not come."""

    company_id: int
    platform: str
    passes: int = 0
    queued: int = 0
    failing: int = 0
    sent: int = 0
    listed: int = 0
    fetched: int = 0
    stale: int = 0
    late: int = 0
    phones: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """One company's way to a platform."""

    row: WalletChannel
    company: Company


@dataclass(frozen=True, slots=True)
class Failing:
    """A pass that was tried in vain, and the card that it shows."""

    row: WalletPass
    number: str


def tallies() -> list[Tally]:
    """By company and platform, where there are passes; two statements."""
    one = WalletPass
    waits, rests = one.due_at.is_not(None), one.due_at.is_(None)  # due: not known to be true
    told = and_(rests, one.tag.is_not(None), one.sent_tag == one.tag)
    apple, present = one.platform == APPLE, and_(rests, one.fetched_tag == one.tag)
    query = (
        select(
            one.company_id,
            one.platform,
            func.count(),
            _number(and_(waits, one.attempts == 0)),
            _number(one.attempts > 0),
            _number(told),
            _number(and_(apple, one.listed_at >= one.sent_at)),
            _number(and_(apple, present)),
            _number(_is_stale()),
            _number(one.due_at < clock.now() - LATE),
        )
        .where(one.ended_at.is_(None))
        .group_by(one.company_id, one.platform)
    )
    phones = _phones()
    rows: Any = db.session.execute(query).all()
    return [Tally(*(*row, phones.get(row[0], 0) if row[1] == APPLE else 0)) for row in rows]


def of_company(company_id: int) -> list[Tally]:
    """The acting company's, one for each platform, whether or not there are any."""
    found = {tally.platform: tally for tally in tallies()}
    return [found.get(platform) or Tally(company_id, platform) for platform in PLATFORMS]


def failing(limit: int) -> list[Failing]:
    """The acting company's passes that were tried in vain, the longest tried first; those that
    their platform refuses, of which nothing is due until their card changes, are among them."""
    card = and_(
        LoyaltyCard.company_id == WalletPass.company_id, LoyaltyCard.id == WalletPass.shows_card_id
    )
    query = (
        select(WalletPass, LoyaltyCard.number)
        .join(LoyaltyCard, card)
        .where(WalletPass.ended_at.is_(None), WalletPass.fault.is_not(None))
        .order_by(WalletPass.attempts.desc(), WalletPass.id)
        .limit(limit)
    )
    return [Failing(row, number) for row, number in db.session.execute(query)]


def complaints(limit: int, *, of_company: int | None = None) -> Sequence[DeviceLog]:
    """What phones complained of, the latest first: all of it, or what names this company's cards.
    Nobody proves whose phone it was."""
    query = select(DeviceLog).order_by(DeviceLog.id.desc()).limit(limit)
    if of_company is not None:
        query = query.where(DeviceLog.of_company == of_company)
    return db.session.scalars(query).all()


def stopped(limit: int) -> Sequence[Channel]:
    """Channels that send nothing until somebody mends them, the longest stopped first."""
    return _channels(WalletChannel.stopped_at.is_not(None), WalletChannel.stopped_at, limit)


def ending(before: datetime, limit: int) -> Sequence[Channel]:
    """Channels whose own credentials end by then, the soonest first."""
    return _channels(WalletChannel.expires_at <= before, WalletChannel.expires_at, limit)


def _channels(which: Any, order: Any, limit: int) -> list[Channel]:
    query = select(WalletChannel, Company).join(Company, Company.id == WalletChannel.company_id)
    found = query.where(which, Company.status == "open").order_by(order).limit(limit)
    return [Channel(row, company) for row, company in db.session.execute(found)]


# -- one card -------------------------------------------------------------------------------------


def of_card(card_id: int) -> list[tuple[WalletPass, int]]:
    """The passes that show this card, with how many phones each is in (Apple's); the living
    first."""
    phones = (
        select(func.count())
        .where(
            WalletDevice.company_id == WalletPass.company_id,
            WalletDevice.pass_id == WalletPass.id,
            WalletDevice.refused_at.is_(None),
        )
        .scalar_subquery()
    )
    query = (
        select(WalletPass, phones)
        .where(WalletPass.shows_card_id == card_id)
        .order_by(WalletPass.ended_at.is_not(None), WalletPass.platform, WalletPass.id)
    )
    return [(row, number) for row, number in db.session.execute(query)]


def send_again(card_id: int, pass_id: int) -> WalletPass:
    """Let a card's pass be sent now, whether or not anything changed; raises `NotFound`."""
    query = select(WalletPass).where(
        WalletPass.id == pass_id, WalletPass.shows_card_id == card_id, WalletPass.ended_at.is_(None)
    )
    row = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound("There is no such pass.")
    now = clock.now()
    row.wanted, row.sent_tag, row.due_at = row.wanted + 1, None, now
    row.queued_at, row.attempts, row.fault = now, 0, None
    waking.after_commit()
    return row


def _is_stale() -> Any:
    """As the hourly look has it, which pushes such a pass once more."""
    phone = exists().where(
        WalletDevice.company_id == WalletPass.company_id,
        WalletDevice.pass_id == WalletPass.id,
        WalletDevice.refused_at.is_(None),
    )
    return and_(
        WalletPass.platform == APPLE,
        WalletPass.sent_at < clock.now() - STALE_AFTER,
        or_(WalletPass.fetched_tag.is_(None), WalletPass.fetched_tag < WalletPass.tag),
        phone,
    )


def _phones() -> dict[int, int]:
    """By company, in how many phones there are passes."""
    query = (
        select(WalletDevice.company_id, func.count(distinct(WalletDevice.library_id)))
        .where(WalletDevice.refused_at.is_(None))
        .group_by(WalletDevice.company_id)
    )
    return dict(db.session.execute(query).all())


def _number(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
