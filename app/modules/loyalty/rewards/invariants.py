"""What always holds of rewards: there are never fewer than none of them."""

from collections.abc import Iterator

from sqlalchemy import select

from ....extensions import db
from .models import Reward


def check() -> Iterator[tuple[str, str]]:
    """`(invariant, sentence)` for every breach of the acting company."""
    for reward_id in db.session.scalars(select(Reward.id).where(Reward.stock < 0)):
        yield "rewards", f"reward {reward_id}: less than none of it is left"
