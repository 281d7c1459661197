"""What the rewards have cost so far."""

from sqlalchemy import case, func, select

from ....extensions import db
from ..ledger import LoyaltyTransaction


def times_taken() -> dict[int, int]:
    """How often each reward was redeemed, less what was cancelled; in one statement."""
    line = LoyaltyTransaction
    taken = func.sum(case((line.reverses_id.is_(None), 1), else_=-1))
    query = (
        select(line.reward_id, taken).where(line.reward_id.is_not(None)).group_by(line.reward_id)
    )
    return {reward_id: int(times) for reward_id, times in db.session.execute(query)}
