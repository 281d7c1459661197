"""Large synthetic companies: set-based, and as true as the real ones.

Each line is what the ledger would have written: gapless sequences, balances after, lots and
draws, chains, explanations, events (done). `lives` says what happens on a card.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import func, select

from .. import clock, ids, tenancy, text
from ..accounts import companies, staff, vendors
from ..accounts.customers import Customer
from ..database.bulk import analyze, copy_rows, trust_the_rows
from ..errors import Invalid
from ..extensions import db
from ..ids import new_id
from ..modules.loyalty import programs, reports
from ..modules.loyalty.cards import LoyaltyCard
from ..modules.loyalty.ledger import LoyaltyTransaction, PointDraw, PointLot, chain
from ..modules.loyalty.programs.rules import Tier
from ..modules.loyalty.rewards import Reward
from ..outbox import OutboxEvent
from . import lives, rows
from .rows import Plan, Rows

DAYS = 360
_SHOPS = 4
_CARDS_AT_ONCE = 1_000
_RULES = {
    "loyalty_type": "hybrid",
    "stamps_reward_name": lives.STAMPS_REWARD,
    "tiers": (Tier("Member", 0, 10_000),),
}
_TABLES = (
    (Customer, rows.CUSTOMER, "customers"),
    (LoyaltyCard, rows.CARD, "cards"),
    (LoyaltyTransaction, rows.LINE, "lines"),
    (OutboxEvent, rows.EVENT, "events"),
    (PointLot, rows.LOT, "lots"),
    (PointDraw, rows.DRAW, "draws"),
)


def load(
    *, company_count: int, cards: int, lines: int, prefix: str, advance: Callable[[int], None]
) -> bool:
    """Make companies `<prefix>-1` … with so many cards and lines in all, spread evenly.

    Whether anything was made: companies that are there with the same figures are left alone;
    with others, raises `Invalid`. Each company is one transaction.
    """
    if not 1 <= company_count <= cards <= 100_000_000 or not 0 <= lines <= 1_000_000_000:
        raise Invalid({"cards": f"got {cards}, expected at least one for each company"})
    made = False
    for n in range(company_count):
        share = [each // company_count + (n < each % company_count) for each in (cards, lines)]
        made |= _load_company(text.slug(f"{prefix}-{n + 1}"), *share, advance=advance)
    if made:
        with tenancy.crossing(tenancy.OWNER):
            analyze()
            db.session.commit()
    return made


def _load_company(slug: str, cards: int, lines: int, *, advance: Callable[[int], None]) -> bool:
    company_id = _company(slug)
    with tenancy.acting_as(company_id):
        there = (
            db.session.scalar(select(func.count(LoyaltyCard.id))) or 0,
            db.session.scalar(select(func.sum(LoyaltyCard.sequence))) or 0,
        )
        if there != (0, 0):
            db.session.rollback()
            if there != (cards, lines):
                raise Invalid(
                    {"companies": f"{slug} exists with {there[0]} cards, {there[1]} lines"}
                )
            advance(lines)
            return False
        plan = _plan(company_id, cards, lines)
        db.session.commit()
    with tenancy.crossing(tenancy.OWNER):  # COPY is the owner's
        trust_the_rows()
        for chunk in _prefetched(lives.lives(plan, _CARDS_AT_ONCE)):
            for model, columns, name in _TABLES:
                copy_rows(model.__table__, columns, getattr(chunk, name))
            advance(len(chunk.lines))
        reports.count_anew(company_id)
        db.session.commit()
    return True


def _company(slug: str) -> int:
    with tenancy.crossing():
        company = companies.by_slug(slug) or companies.create(
            slug=slug, name=slug, currency="EUR", timezone="UTC"
        )
        company_id = company.id
        db.session.commit()
    return company_id


def _plan(company_id: int, cards: int, lines: int) -> Plan:
    """Programme, shops and staff by the real services; begun again where they exist."""
    if not vendors.every():
        programs.create(companies.acting())
        programs.publish(_RULES)
        db.session.add(
            Reward(name=lives.REWARD, points=lives.PRICE, value_minor=lives.REWARD_VALUE)
        )
        for n in range(1, _SHOPS + 1):
            shop = vendors.create(slug=f"shop-{n}", name=f"Shop {n}", timezone="UTC")
            db.session.flush()
            staff.create(name=f"Staff {n}", vendor_id=shop.id)
        db.session.flush()
    shops = [(shop.id, shop.name, staff.at_vendor(shop.id)[0][0].id) for shop in vendors.every()]
    ring, begin = chain.keyring(), new_id()
    today = clock.now().astimezone(UTC).date()
    began = datetime.combine(today - timedelta(days=DAYS), time(), UTC)
    return Plan(
        company=company_id,
        revision=programs.of_company().revision_id,
        reward=db.session.scalars(select(Reward.id)).one(),
        shops=shops,
        cards=cards,
        lines=lines,
        first_customer=begin,
        first_card=begin + cards,
        first_id=ids.first_at(began),
        ids_per_second=ids.first_at(began + timedelta(seconds=1)) - ids.first_at(began),
        key=hmac.digest(ring.secret(), b"ledger", hashlib.sha256),
        key_version=ring.current,
        days=[(today - timedelta(days=DAYS - n)).isoformat() for n in range(DAYS)],
    )


def _prefetched(chunks: Iterator[Rows]) -> Iterator[Rows]:
    """One chunk ahead: Python makes the next while the database takes this one in."""
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = ahead.submit(next, chunks, None)
            yield chunk
