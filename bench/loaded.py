"""Stages with a history: a company as `flask demo load` makes it, ready for every call."""

from datetime import timedelta
from pathlib import Path

import psycopg
from sqlalchemy import func, select

from app import tenancy
from app.accounts import api_keys, companies
from app.accounts.actors import Actor
from app.demo import bulk
from app.extensions import db
from app.modules.loyalty import ledger, programs
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.ledger import Decision, Grant, LockedCard, Setting
from tests.prove.stage import WITHOUT_WAITING, Stage
from tests.prove.stage import opened as opened_app
from tests.servers import plain

VENDOR = "shop-1"
LOTS, LOT = 10, 50  # what a spender has: points of ten days, a lot for each
_PREFIX = "load"


def stage_of(
    database_url: str, folder: Path, *, cards: int, lines: int, spenders: int = 0
) -> Stage:
    """A company with so many cards and lines, loaded where it is not there yet; so many of its
    first cards have points to spend. Raises RuntimeError where it is there in another size."""
    with opened_app(database_url, folder, migrate=True):
        fresh = bulk_loaded(cards, lines)
        company_id = companies.id_of(f"{_PREFIX}-1")
        with tenancy.acting_as(company_id):
            if programs.current().cooldown_minutes:
                programs.publish(WITHOUT_WAITING | {"loyalty_type": "hybrid"})
            key = api_keys.create(scopes="read,write", name="bench")
            numbers = list(db.session.scalars(select(LoyaltyCard.number).order_by(LoyaltyCard.id)))
            for number in numbers[:spenders]:
                ledger.write(number, _filled, by=Actor("bench", vendor_slug=VENDOR), attempt=None)
            db.session.commit()
    if fresh and not database_url.startswith("sqlite"):
        settled(database_url)
    return Stage(database_url, folder, company_id, VENDOR, key, numbers, {}, "")


def bulk_loaded(cards: int, lines: int, *, company_count: int = 1) -> bool:
    """Whether anything had to be loaded; each company has its share of the cards and lines."""
    with tenancy.crossing():
        found = select(func.count(), func.coalesce(func.sum(LoyaltyCard.sequence), 0))
        there = db.session.execute(found.select_from(LoyaltyCard)).one()
        db.session.rollback()
    if not there[0]:
        bulk.load(
            company_count=company_count,
            cards=cards,
            lines=lines,
            prefix=_PREFIX,
            advance=lambda _: None,
        )
        return True
    if there[0] != cards or there[1] < lines:
        raise RuntimeError(f"{there[0]:,} cards and {there[1]:,} lines are kept: another folder")
    return False


def settled(database_url: str) -> None:
    """What autovacuum and the checkpointer would do in the hours after so many rows came."""
    with psycopg.connect(plain(database_url), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def _filled(card: LockedCard, where: Setting) -> Decision:
    days = [where.day - timedelta(days=n) for n in range(LOTS)]
    return Decision(
        type="imported",
        event="points.adjusted",
        steps=({"code": "filled"},),
        points=LOT * LOTS - min(0, card.points_balance),
        grants=tuple(Grant(LOT, day, expires_on=None) for day in days),
    )
