"""How a round ends for one locked pass: true, or due again later."""

from datetime import timedelta

from ..... import clock, jobs
from .. import marking
from ..models import LONGEST_FAULT, WalletPass
from .drafts import Draft

# However many stamps a card gets, each platform hears of it once in so many seconds.
WINDOW = timedelta(seconds=5)
_MOST_ATTEMPTS = 1_000


def settle(row: WalletPass, draft: Draft) -> None:
    """The platform knows the content of the row's tag: nothing is due, unless somebody marked the
    pass since it was leased."""
    now = clock.now()
    row.leased_until, row.attempts, row.fault = None, 0, None
    row.rest_until = now + WINDOW
    if row.wanted == draft.wanted:
        row.due_at = None
    else:
        row.due_at, row.queued_at = row.rest_until, now
    row.ended_at = (row.ended_at or now) if draft.ended else None


def put_back(row: WalletPass, fault: str, seconds: float | None = None) -> None:
    """Due again after a while: what the platform asked for, or longer with each attempt. Marking
    it meanwhile makes it due no sooner."""
    row.attempts = min(row.attempts + 1, _MOST_ATTEMPTS)
    longest = marking.LONGEST_REST.total_seconds()
    wait = min(seconds or jobs.backoff_seconds(row.attempts), longest)
    row.leased_until, row.fault = None, fault[:LONGEST_FAULT]
    row.due_at = row.rest_until = clock.now() + timedelta(seconds=wait)


def give_up(row: WalletPass, draft: Draft, fault: str) -> None:
    """What it says is refused, and would be again: not due until somebody marks it. The platform
    does not know its tag, so that it is told even if it says the same then."""
    row.attempts = min(row.attempts + 1, _MOST_ATTEMPTS)
    row.leased_until, row.fault = None, fault[:LONGEST_FAULT]
    row.rest_until = clock.now() + WINDOW
    row.due_at = None if row.wanted == draft.wanted else row.rest_until


def let_go(row: WalletPass, seconds: float = 0) -> None:
    """It was not begun: due as before, or after some seconds."""
    row.leased_until = None
    if seconds:
        row.due_at = clock.now() + timedelta(seconds=seconds)
