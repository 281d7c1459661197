"""Large synthetic companies: set-based, and as true as the real ones.

Each line is what the ledger would have written: gapless sequences, balances after, chains,
explanations, events (done). The texts are put together here by hand for speed; `flask loyalty
verify`, which recomputes every line by the ledger's own code, holds them to it.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from sqlalchemy import func, select

from .. import clock, tenancy, text
from ..accounts import companies, staff, vendors
from ..accounts.customers import Customer
from ..database.bulk import analyze, copy_rows, trust_the_rows
from ..errors import Invalid
from ..extensions import db
from ..ids import new_id
from ..modules.loyalty import programs
from ..modules.loyalty.cards import LoyaltyCard, check_character
from ..modules.loyalty.cards.numbers import ALPHABET
from ..modules.loyalty.ledger import LoyaltyTransaction, chain
from ..outbox import OutboxEvent

DAYS = 360
_SHOPS = 4
_TARGET = 10
_CYCLE = _TARGET + 1  # ten stamps, then the reward
_CARDS_AT_ONCE = 1_000
_REWARD = "Free item"
_SECONDS = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}.000000" for s in range(86_400)]

_CUSTOMER = ("company_id", "id", "first_name", "last_name", "search_name", "email", "created_at")
_CARD = (
    "company_id",
    "id",
    "customer_id",
    "number",
    "stamps_balance",
    "sequence",
    "head",
    "last_stamp_at",
    "stamp_day",
    "stamp_day_count",
    "last_activity_at",
    "enrolled_vendor_id",
    "created_at",
)
_LINE = (
    "company_id",
    "id",
    "card_id",
    "sequence",
    "type",
    "points",
    "stamps",
    "points_after",
    "stamps_after",
    "lifetime_after",
    "vendor_id",
    "staff_id",
    "revision_id",
    "steps",
    "occurred_at",
    "business_day",
    "key_version",
    "chain",
)
_EVENT = ("company_id", "id", "kind", "body", "state", "due_at", "created_at")


@dataclass(frozen=True, slots=True)
class Plan:
    """One company's rows by arithmetic: ids count up from where these begin."""

    company: int
    revision: int
    shops: list[tuple[int, str, int]]  # id, name, and who works there
    cards: int
    lines: int
    first_customer: int
    first_card: int
    first_line: int
    first_event: int
    key: bytes
    key_version: int
    days: list[str]

    def lines_of(self, card: int) -> int:
        return self.lines // self.cards + (card < self.lines % self.cards)


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
        for rows in _prefetched(_chunks(plan)):
            for table, columns, each in zip(_TABLES, _COLUMNS, rows, strict=True):
                copy_rows(table, columns, each)
            advance(len(rows[2]))
        db.session.commit()
    return True


_TABLES = tuple(
    model.__table__ for model in (Customer, LoyaltyCard, LoyaltyTransaction, OutboxEvent)
)
_COLUMNS = (_CUSTOMER, _CARD, _LINE, _EVENT)


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
        programs.publish({"loyalty_type": "stamps", "stamps_reward_name": _REWARD})
        for n in range(1, _SHOPS + 1):
            shop = vendors.create(slug=f"shop-{n}", name=f"Shop {n}", timezone="UTC")
            db.session.flush()
            staff.create(name=f"Staff {n}", vendor_id=shop.id)
        db.session.flush()
    shops = [(shop.id, shop.name, staff.at_vendor(shop.id)[0][0].id) for shop in vendors.every()]
    ring, begin = chain.keyring(), new_id()
    today = clock.now().astimezone(UTC).date()
    return Plan(
        company=company_id,
        revision=programs.of_company().revision_id,
        shops=shops,
        cards=cards,
        lines=lines,
        first_customer=begin,
        first_card=begin + cards,
        first_line=begin + 2 * cards,
        first_event=begin + 2 * cards + lines + cards,
        key=hmac.digest(ring.secret(), b"ledger", hashlib.sha256),
        key_version=ring.current,
        days=[(today - timedelta(days=DAYS - n)).isoformat() for n in range(DAYS)],
    )


Rows = tuple[list[Any], list[Any], list[Any], list[Any]]


def _chunks(plan: Plan) -> Iterator[Rows]:
    """Customers, cards, lines and events, a thousand cards at a time."""
    for start in range(0, plan.cards, _CARDS_AT_ONCE):
        rows: Rows = ([], [], [], [])
        for card in range(start, min(start + _CARDS_AT_ONCE, plan.cards)):
            _card_rows(plan, card, rows)
        yield rows


def _card_rows(plan: Plan, card: int, rows: Rows) -> None:
    """One card's whole life. Lines of all cards take turns, so ids run with time."""
    company, card_id = plan.company, plan.first_card + card
    shop, shop_name, member = plan.shops[card % len(plan.shops)]
    head, balance, count = bytes(32), 0, 0
    moment = last_stamp = last_day = None
    seconds = len(plan.days) * 86_400
    for n in range(plan.lines_of(card)):
        place = n * plan.cards + card
        at = place * seconds // max(plan.lines + plan.cards, 1)
        day = plan.days[at // 86_400]
        time = _SECONDS[at % 86_400]
        moment = f"{day} {time}"
        if (n + 1) % _CYCLE:
            type_, event, stamps = "stamps_added", "stamp.added", 1
            count = count + 1 if day == last_day else 1
            last_stamp, last_day = moment, day
            steps = _stamp_steps(shop_name, balance, count)
        else:
            type_, event, stamps = "stamps_redeemed", "stamp.redeemed", -_TARGET
            steps = _REDEEMED
        balance += stamps
        line_id = plan.first_line + place
        covered = (
            f'[{company},{line_id},{card_id},{n + 1},"{type_}",0,{stamps},0,{balance},0,{shop},'
            f"{member},null,null,null,true,{plan.revision},null,null,null,{steps},"
            f'"{day}T{time}","{day}"]'
        )
        head = hmac.digest(plan.key, head + covered.encode(), "sha256")
        figures = (card_id, n + 1, type_, 0, stamps, 0, balance, 0)
        proof = (plan.revision, steps, moment, day, plan.key_version, head)
        rows[2].append((company, line_id, *figures, shop, member, *proof))
        body = f'{{"card":"{card_id}","transaction":"{line_id}","sequence":{n + 1}}}'
        rows[3].append((company, plan.first_event + place, event, body, "done", moment, moment))
    rows[0].append(_customer(plan, card))
    state = (balance, plan.lines_of(card), head if moment else None)
    latest = (last_stamp, last_day, count, moment)
    names = (company, card_id, plan.first_customer + card, _number(card_id))
    rows[1].append((*names, *state, *latest, shop, f"{plan.days[0]} 00:00:00.000000"))


def _customer(plan: Plan, card: int) -> tuple[Any, ...]:
    last = f"Guest {card + 1:07d}"
    return (
        plan.company,
        plan.first_customer + card,
        "Sample",
        last,
        f"sample {last.lower()}",
        f"guest-{card + 1}@example.com",
        f"{plan.days[0]} 00:00:00.000000",
    )


def _stamp_steps(shop: str, before: int, count: int) -> str:
    ready = (
        f',{{"code":"reward-ready","reward":"{_REWARD}","ready":1}}'
        if before + 1 >= _TARGET
        else ""
    )
    return (
        f'[{{"code":"stamps-given","quantity":1,"vendor":"{shop}"}},'
        f'{{"code":"stamps-counted","before":{before},"after":{before + 1},"target":{_TARGET}}},'
        f'{{"code":"day-counted","count":{count},"cap":5}}{ready}]'
    )


_REDEEMED = (
    f'[{{"code":"reward-taken","reward":"{_REWARD}","value_minor":null,"target":{_TARGET}}},'
    f'{{"code":"stamps-kept","before":{_TARGET},"after":0}}]'
)


def _number(card_id: int) -> str:
    """A valid number, spread over the whole range by a multiplicative step; never drawn."""
    left = card_id * 0x9E3779B97F4A7C15 % 2**55
    body = ""
    for _ in range(11):
        left, digit = divmod(left, 32)
        body += ALPHABET[digit]
    return body + check_character(body)


def _prefetched(chunks: Iterator[Rows]) -> Iterator[Rows]:
    """One chunk ahead: Python makes the next while the database takes this one in."""
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = ahead.submit(next, chunks, None)
            yield chunk
