"""Which passes are due, of whom, and whose turn it is: ours until the lease ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Select, and_, func, literal, or_, select

from config import Settings

from ..... import clock, jobs, tenancy
from .....accounts.companies import OPEN, Company
from .....database import read_only
from .....extensions import db
from ..models import APPLE, WalletChannel, WalletPass
from . import budget

_pass: Any = WalletPass.__table__
_channel: Any = WalletChannel.__table__


@dataclass(frozen=True, slots=True)
class Channel:
    """A company's way to one platform that has something to do."""

    company_id: int
    platform: str


def until() -> datetime:
    """When a lease taken now ends."""
    return clock.now() + timedelta(seconds=jobs.LEASE_SECONDS)


def channels_due(platform: str, company_id: int | None = None) -> list[Channel]:
    """The open channels that have a pass due, whoever has waited longest first.

    One that is stopped, has no credentials or has spent its minute is left out, with all its
    passes, however many: they are neither read nor leased until it may go on. Reads alone, so
    that an idle engine never takes the writer's place.
    """
    with read_only(), tenancy.crossing():
        found = db.session.execute(_due_channels(platform, company_id)).all()
        db.session.rollback()
    return [Channel(row.company_id, platform) for row in found]


def take(platform: str, limit: int) -> list[WalletPass]:
    """Lease the acting company's passes that have been due longest, as detached rows; commits."""
    query = select(WalletPass).where(*_is_due(WalletPass, platform)).order_by(WalletPass.due_at)
    locked = query.limit(limit).with_for_update(skip_locked=True, key_share=True)
    rows = list(db.session.scalars(locked.execution_options(populate_existing=True)))
    ends = until()
    for row in rows:
        row.leased_until = ends
    release()
    return rows


def held(rows: Sequence[WalletPass]) -> dict[int, WalletPass]:
    """By id, those of these leased rows that are still ours, locked until the transaction ends."""
    if not rows:
        return {}
    ends = {row.id: row.leased_until for row in rows}
    query = select(WalletPass).where(WalletPass.id.in_(ends)).order_by(WalletPass.id)
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {row.id: row for row in db.session.scalars(locked) if row.leased_until == ends[row.id]}


def release() -> None:
    """Commit what was done with rows, and let go of them: they stay readable as they are."""
    db.session.flush()
    db.session.expunge_all()
    db.session.commit()


def _is_due(row: Any, platform: str) -> tuple[Any, ...]:
    now = clock.now()
    # One that ends later than any does was given by a clock that has been set back since.
    unheard = row.leased_until > now + timedelta(seconds=2 * jobs.LEASE_SECONDS)
    free = or_(row.leased_until.is_(None), row.leased_until <= now, unheard)
    return row.platform == platform, row.due_at.is_not(None), row.due_at <= now, free


def _due_channels(platform: str, company_id: int | None) -> Select[Any]:
    """From company to company along the index of what is due, never over a crowd's passes."""
    who = _companies(platform)
    oldest = (
        select(func.min(_pass.c.due_at))
        .where(_pass.c.company_id == who.c.company_id, *_is_due(_pass.c, platform))
        .scalar_subquery()
    )
    same = and_(_channel.c.company_id == who.c.company_id, _channel.c.platform == platform)
    query = (
        select(who.c.company_id, oldest.label("oldest"))
        .join(Company, Company.id == who.c.company_id)
        .outerjoin(_channel, same)
        .where(Company.status == OPEN, oldest.is_not(None), *_is_open(platform))
        .order_by(oldest)
    )
    return query if company_id is None else query.where(who.c.company_id == company_id)


def _companies(platform: str) -> Any:
    """The companies that have a pass due now or later, each found by one step in the index."""
    waits = (_pass.c.platform == platform, _pass.c.due_at.is_not(None))
    first = select(func.min(_pass.c.company_id).label("company_id")).where(*waits)
    who = first.cte("who", recursive=True)
    following = select(func.min(_pass.c.company_id)).where(
        *waits, _pass.c.company_id > who.c.company_id
    )
    return who.union_all(
        select(following.correlate(who).scalar_subquery()).where(who.c.company_id.is_not(None))
    )


def _is_open(platform: str) -> tuple[Any, ...]:
    """Not stopped, with credentials, and with something left of its minute."""
    settings: Settings = current_app.config["SETTINGS"]
    told = settings.apple_pass_cert if platform == APPLE else settings.google_wallet_credentials
    shared = literal(told is not None)
    unspent = or_(
        _channel.c.spent_in.is_(None),
        _channel.c.spent_in != clock.now().replace(second=0, microsecond=0),
        _channel.c.spent < budget.PER_MINUTE[platform],
    )
    keys = or_(_channel.c.sealed.is_not(None), shared)
    return _channel.c.stopped_at.is_(None), keys, unspent
