"""Several passes told to a platform at once, outside any transaction and within some seconds."""

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from ..... import jobs
from .platforms import Delivery, Outcome, Sending

log = logging.getLogger(__name__)

AT_ONCE = 8  # over one connection; a platform answers each in a tenth of a second
BEGIN_SECONDS = 8  # what was not begun by then is somebody's next round, within the lease
_MOST_HALTS = 3  # so many that the platform does not answer, and nothing more is begun


class _Round:
    """What the threads of one round share."""

    def __init__(self, delivery: Delivery, stop: threading.Event) -> None:
        self._delivery, self._stop = delivery, stop
        self._until, self._halts, self._dead = time.monotonic() + BEGIN_SECONDS, 0, False

    @property
    def halted(self) -> bool:
        return self._halts >= _MOST_HALTS

    def one(self, sending: Sending) -> Outcome | None:
        """What became of it; None where it was not begun."""
        over = self._stop.is_set() or time.monotonic() > self._until
        if over or self._dead or self.halted:
            return None
        try:
            outcome = self._delivery.deliver(sending)
        except Exception as fault:  # a bug: this one waits
            log.exception("a pass of company %s cannot be delivered", sending.row.company_id)
            outcome = Outcome(fault=jobs.place_of(fault))
        self._halts += outcome.halts
        self._dead |= outcome.dead
        return outcome


def deliver(
    delivery: Delivery, sendings: Sequence[Sending], stop: threading.Event
) -> tuple[list[Outcome | None], float]:
    """What became of each, None where it was not begun; and the seconds that those should wait."""
    told = _Round(delivery, stop)
    if len(sendings) == 1:
        outcomes = [told.one(sendings[0])]
    else:
        with ThreadPoolExecutor(min(AT_ONCE, len(sendings))) as threads:
            outcomes = list(threads.map(told.one, sendings))
    return outcomes, jobs.backoff_seconds(1) if told.halted else 0.0
