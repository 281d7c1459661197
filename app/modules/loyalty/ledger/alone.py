"""One card's own fault stops no other."""

import logging
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DBAPIError

from ....database import is_away
from ....errors import Refusal
from ....extensions import db

log = logging.getLogger(__name__)


def one_by_one(card_ids: Sequence[int], work: Callable[[Sequence[int]], None]) -> list[int]:
    """Let `work`, a transaction, do all cards together, and what fails together one by one; the
    ids of those that cannot be done. Raises what is no card's own fault."""
    try:
        work(card_ids)
        return []
    except Exception as fault:
        db.session.rollback()
        if isinstance(fault, Refusal) or (isinstance(fault, DBAPIError) and is_away(fault)):
            raise
        if len(card_ids) == 1:
            log.exception("card %s could not be judged", card_ids[0])
            return [card_ids[0]]
    return [failed for card_id in card_ids for failed in one_by_one([card_id], work)]
