"""A million cards: what a stamp sends to the database, and whether the books still verify."""

import time

from sqlalchemy import event, func, select

from app import tenancy, verify
from app.demo import bulk
from app.extensions import db
from app.modules.loyalty.cards import LoyaltyCard
from tests.cast import Chain

from .ground import Ground
from .stage import WITHOUT_WAITING, opened

LIMIT = 8


def run(ground: Ground, kind: str, *, cards: int) -> None:
    url = ground.database(kind, "million")
    with opened(url, ground.folder / kind, migrate=True) as app:
        chain = Chain.open(app, **WITHOUT_WAITING)
        few = _statements(chain)
        began = time.monotonic()
        lines = 2 * cards
        bulk.load(company_count=1, cards=cards, lines=lines, prefix="load", advance=lambda _: None)
        db.session.rollback()
        ground.figure(f"{kind}: {cards:,} cards and {lines:,} lines in {_since(began)}")
        with tenancy.crossing():
            there = db.session.scalar(select(func.count()).select_from(LoyaltyCard))
            db.session.rollback()
        ground.promise(there == cards + 1, f"{kind}: {there:,} cards are there")
        many = _statements(chain)
        ground.promise(few == many <= LIMIT, f"{kind}: a stamp sends {few} statements, then {many}")
        began = time.monotonic()
        breaches = [str(breach) for breach in verify.breaches()]
        ground.figure(f"{kind}: verify took {_since(began)}")
        for breach in breaches[:10]:
            ground.figure(breach)
        ground.promise(not breaches, f"{kind}: verify is clean, {len(breaches)} breaches")


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s"


def _statements(chain: Chain) -> int:
    """How many statements one stamp through the API sends, the second time round."""
    card, sent = chain.card(), []

    def count(_1: object, _2: object, sql: str, *_: object) -> None:
        sent.append(sql)

    body = {"card": card, "vendor": chain.vendor.slug}
    assert chain.api.post("/stamps/add", body).status_code == 201
    with chain.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    assert chain.api.post("/stamps/add", body).status_code == 201
    event.remove(engine, "before_cursor_execute", count)
    return len(sent)
