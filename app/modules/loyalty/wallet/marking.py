"""Which passes no longer show the truth: marked in bulk, in the transaction that finds out.

Lines are followed by `reports.rollups`, which reads every line once; what changes a card without a
line, or all cards at once, says so by an event of the outbox, handled here.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, literal, null, select, tuple_, update

from .... import clock, jobs, outbox
from ....database import UtcDateTime
from ....extensions import db
from ..cards import LoyaltyCard
from . import waking
from .models import WalletPass

# All passes of a company at once are a crowd. It is spread out in time, well below what a minute
# has room for, so that a card that is stamped meanwhile does not wait behind it.
SLICE, EVERY = 80, timedelta(seconds=10)
LONGEST_REST = timedelta(hours=1)  # a platform may ask for as much, and no more is given
_SLICES_AT_ONCE = 50  # in one transaction; the next event goes on behind them
_pass: Any = WalletPass.__table__


def of_cards(cards: Select[Any, Any]) -> Any:
    """The statement that marks the passes of these cards, `(company_id, card_id)`.

    Rows are taken in the order of their keys, so that two that mark the same wait for each other
    and no more.
    """
    shown = tuple_(_pass.c.company_id, _pass.c.shows_card_id).in_(cards)
    return _marking(select(_pass.c.company_id, _pass.c.id).where(shown))


def of_company(*, again: str | None = None) -> None:
    """All passes of the acting company, after its commit. `again`: on this platform they are told
    even where they did not change, since whom they were told is another's now."""
    outbox.put("programme.changed", **({"again": again} if again else {}))


def in_order(*which: Any) -> Any:
    """The criterion of a bulk UPDATE for the acting company's passes of which this is true: their
    rows are taken in the order of their ids, as everybody takes them."""
    ours = select(WalletPass.id).where(*which).order_by(WalletPass.id)
    held = ours.with_for_update(key_share=True).subquery()
    return WalletPass.id.in_(select(held.c.id))


def of_restored() -> None:
    """All passes of the acting company, whose rows are those of another day: what its phones and
    platforms were told since is not known, so that all of them are told anew."""
    outbox.put("programme.changed", anew="yes")


def _marking(which: Select[Any, Any], *of: Any, at: datetime | None = None) -> Any:
    """`of`: that they are the acting company's, where one acts."""
    waking.after_commit()
    held = which.order_by(_pass.c.company_id, _pass.c.id).with_for_update(of=_pass).subquery()
    same = tuple_(_pass.c.company_id, _pass.c.id).in_(select(held.c.company_id, held.c.id))
    return update(_pass).where(same, *of).values(marked(clock.now(), at))


def marked(now: datetime, at: datetime | None = None) -> dict[str, Any]:
    """The columns of a pass that is to be synced: at once (or `at` a moment), or when its window
    or its wait after a fault ends; never later than it is due already. `queued_at` is the first
    of several marks. A rest longer than any was given by a clock that was set back since."""
    moment: Any = literal(now, UtcDateTime)
    soonest: Any = literal(at or now, UtcDateTime)
    longest: Any = literal(now + LONGEST_REST, UtcDateTime)
    rests = and_(_pass.c.rest_until > soonest, _pass.c.rest_until <= longest)
    begins = case((rests, _pass.c.rest_until), else_=soonest)
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
    own = update(WalletPass).where(in_order(WalletPass.card_id == card.id))
    shown = card.merged_into_id or card.id
    waking.after_commit()
    told = own.values(marked(clock.now()) | {"shows_card_id": shown})
    db.session.execute(told, execution_options={"synchronize_session": False})


@jobs.job("programme.changed")
def programme_changed(task: jobs.Task) -> None:
    """Rules, rewards, the brand or the credentials: every pass of the company may be another one.

    Some thousands in the event's own transaction; another event, put down in the same, does the
    next ones. So none is left out or marked twice, wherever this is cut off.
    """
    ours = (_pass.c.company_id == task.company_id, _pass.c.ended_at.is_(None))
    after, again = int(task.body.get("after", 0)), task.body.get("again")
    query = select(_pass.c.id).where(*ours, _pass.c.id > after).order_by(_pass.c.id)
    ids = db.session.scalars(query.limit(SLICE * _SLICES_AT_ONCE)).all()
    begins = clock.now()
    if "due" in task.body:
        begins = max(begins, datetime.fromisoformat(task.body["due"]))
    for at, some in in_slices(ids, begins, SLICE):
        which = select(_pass.c.company_id, _pass.c.id).where(
            *ours, _pass.c.id >= some[0], _pass.c.id <= some[-1]
        )
        db.session.execute(_marking(which, ours[0], at=at))
        if "anew" in task.body:
            unknown = update(_pass).where(*ours, _pass.c.id.in_(some))
            db.session.execute(unknown.values(sent_tag=null(), content_hash=null()))
        elif again:
            known = update(_pass).where(*ours, _pass.c.id.in_(some), _pass.c.platform == again)
            db.session.execute(known.values(sent_tag=null()))
    if len(ids) == SLICE * _SLICES_AT_ONCE:
        due = (begins + _SLICES_AT_ONCE * EVERY).isoformat()
        outbox.put(task.kind, **{**task.body, "after": ids[-1], "due": due})


def in_slices(
    ids: Sequence[int], begins: datetime, size: int
) -> list[tuple[datetime, Sequence[int]]]:
    """A crowd's ids in slices, each with the moment when it is due."""
    return [
        (begins + number * EVERY, ids[first : first + size])
        for number, first in enumerate(range(0, len(ids), size))
    ]
