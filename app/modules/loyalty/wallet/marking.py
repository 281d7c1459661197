"""Which passes no longer show the truth: marked in bulk, in the transaction that finds out.

Lines are followed by `reports.rollups`, which reads every line once; what changes a card without a
line, or all cards at once, says so by an event of the outbox, handled here.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, literal, select, tuple_, update

from .... import clock, jobs
from ....database import UtcDateTime
from ....extensions import db
from ..cards import LoyaltyCard
from . import waking
from .models import WalletPass

MARKED_AT_ONCE = 5_000
_pass: Any = WalletPass.__table__


def of_cards(cards: Select[Any, Any]) -> Any:
    """The statement that marks the passes of these cards, `(company_id, card_id)`.

    Rows are taken in the order of their keys, so that two that mark the same wait for each other
    and no more.
    """
    shown = tuple_(_pass.c.company_id, _pass.c.shows_card_id).in_(cards)
    return _marking(select(_pass.c.company_id, _pass.c.id).where(shown))


def _marking(which: Select[Any, Any], *of: Any) -> Any:
    """`of`: that they are the acting company's, where one acts."""
    waking.after_commit()
    held = which.order_by(_pass.c.company_id, _pass.c.id).with_for_update(of=_pass).subquery()
    same = tuple_(_pass.c.company_id, _pass.c.id).in_(select(held.c.company_id, held.c.id))
    return update(_pass).where(same, *of).values(marked(clock.now()))


def marked(now: datetime) -> dict[str, Any]:
    """The columns of a pass that is to be synced: at once, or when its window or its wait after a
    fault ends; never later than it is due already. `queued_at` is the first of several marks."""
    moment: Any = literal(now, UtcDateTime)
    begins = case((_pass.c.rest_until > moment, _pass.c.rest_until), else_=moment)
    return {
        "wanted": _pass.c.wanted + 1,
        "due_at": case((_pass.c.due_at < begins, _pass.c.due_at), else_=begins),
        "queued_at": case((_pass.c.due_at.is_(None), moment), else_=_pass.c.queued_at),
    }


@jobs.job("card.changed")
def card_changed(task: jobs.Task) -> None:
    """A card was blocked, replaced, left, opened again or erased."""
    ours = _pass.c.company_id == task.company_id
    shown = _pass.c.shows_card_id == int(task.body["card"])
    db.session.execute(_marking(select(_pass.c.company_id, _pass.c.id).where(ours, shown), ours))


@jobs.job("card.merged")
def card_merged(task: jobs.Task) -> None:
    """The passes of a merged card show the card that has everything now; taken apart, their own."""
    card = db.session.get_one(LoyaltyCard, (task.company_id, int(task.body["card"])))
    own = update(_pass).where(_pass.c.company_id == task.company_id, _pass.c.card_id == card.id)
    shown = card.merged_into_id or card.id
    waking.after_commit()
    db.session.execute(own.values(marked(clock.now()) | {"shows_card_id": shown}))


@jobs.job("programme.changed")
def programme_changed(task: jobs.Task) -> None:
    """Rules, rewards or the brand: every pass of the company may look different.

    A batch at a time, each in its own transaction; cut off, it begins anew.
    """
    last = 0
    while True:
        batch = (
            select(_pass.c.company_id, _pass.c.id)
            .where(_pass.c.company_id == task.company_id, _pass.c.id > last)
            .order_by(_pass.c.id)
            .limit(MARKED_AT_ONCE)
        )
        ids = [row.id for row in db.session.execute(batch)]
        if not ids:
            return
        ours = _pass.c.company_id == task.company_id
        some = select(_pass.c.company_id, _pass.c.id).where(
            ours, _pass.c.id > last, _pass.c.id <= ids[-1]
        )
        db.session.execute(_marking(some, ours))
        db.session.commit()
        last = ids[-1]
