"""The short transaction in which a pass gets its next tag: from then on phones can see that it
changed, and whoever is killed before it is delivered has it delivered again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, case, literal, update

from ..... import clock
from .....extensions import db
from ..models import WalletClock, WalletPass
from . import budget, leasing, settling
from .drafts import Draft
from .platforms import Delivery, Sending


@dataclass(frozen=True, slots=True)
class Tagged:
    """A draft that has to be delivered, under the tag of its row."""

    draft: Draft
    sending: Sending


def tag(platform: str, delivery: Delivery, drafts: Sequence[Draft]) -> tuple[list[Tagged], int]:
    """What has to be delivered; and how many were true already, and are settled. Commits. What
    the minute has no room for goes back as it was."""
    held = leasing.held([draft.row for draft in drafts])
    news, same = [], 0
    for draft in drafts:
        row = held.get(draft.row.id)
        if row is None:
            continue  # the lease ended: somebody else has it
        if draft.fault:
            settling.put_back(row, draft.fault)
        elif _is_news(draft, row):
            news.append((draft, row))
        else:
            settling.settle(row, draft)
            same += 1
    told = delivery.gather([row for _, row in news]) if news else {}
    paid = budget.spend(platform, [(each, told[each[1].id][0]) for each in news])
    for _, row in news[len(paid) :]:
        settling.let_go(row)
    _number(paid)
    leasing.release()
    return [_tagged(draft, row, told[row.id][1]) for draft, row in paid], same


def _is_news(draft: Draft, row: WalletPass) -> bool:
    return row.content_hash != draft.digest or row.sent_tag is None or row.sent_tag != row.tag


def _tagged(draft: Draft, row: WalletPass, told: Any) -> Tagged:
    number = row.tag or 0  # what has a digest has a tag
    return Tagged(draft, Sending(row, draft.serial, number, draft.content, told))


def _number(paid: Sequence[tuple[Draft, WalletPass]]) -> None:
    """New tags for new contents. The clock is the last row that is locked, just before the
    commit: all companies wait for each other there."""
    changed = [(draft, row) for draft, row in paid if row.content_hash != draft.digest]
    ends, now = leasing.until(), clock.now().replace(microsecond=0)
    for _, row in paid:
        row.leased_until = ends  # delivering has the whole of it
    for draft, row in changed:
        row.content_hash, row.modified_at = draft.digest, _later(now, row.modified_at)
    if changed:
        db.session.flush()
        first = _next_tags(len(changed))
        for number, (_, row) in enumerate(changed, first):
            row.tag = number


def _later(now: datetime, before: datetime | None) -> datetime:
    """In whole seconds, as HTTP tells them, and never the same twice."""
    return now if before is None else max(now, before + timedelta(seconds=1))


def _next_tags(number: int) -> int:
    """Take this many; the first of them. None is below the present moment in milliseconds: a
    database that was restored goes on above what phones were told since its backup."""
    moment: Any = literal(int(clock.now().timestamp() * 1_000), BigInteger)
    before = case((WalletClock.tag < moment, moment), else_=WalletClock.tag)
    taken = update(WalletClock).where(WalletClock.id == 1).values(tag=before + number)
    last: int = db.session.execute(
        taken.returning(WalletClock.tag), execution_options={"synchronize_session": False}
    ).scalar_one()
    return last - number + 1
