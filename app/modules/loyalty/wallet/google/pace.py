"""No more than twenty requests in any second, for each issuer: Google's limit.

It is kept within one process; where several send, Google says 429 and the pass waits. Times are
the monotonic clock's seconds: what the tests' calendar says changes nothing here.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

REQUESTS, WINDOW_SECONDS = 20, 1.05  # a little longer than theirs: networks hurry and linger
LONGEST_WAIT_SECONDS = 5.0
_MOST_ISSUERS = 1_000


class Pace:
    """Whose turn it is, by issuer. Threads may share it."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._now, self._sleep, self._lock = now, sleep, threading.Lock()
        self._turns: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, issuer: str) -> float:
        """Wait for a turn and answer 0; or, where that would take too long, answer at once how
        many seconds it would be."""
        with self._lock:
            turns = self._turns.setdefault(issuer, deque(maxlen=REQUESTS))
            self._turns.move_to_end(issuer)
            if len(self._turns) > _MOST_ISSUERS:
                self._turns.popitem(last=False)
            now = self._now()
            turn = max(now, turns[0] + WINDOW_SECONDS) if len(turns) == REQUESTS else now
            wait = turn - now
            if wait > LONGEST_WAIT_SECONDS:
                return wait
            turns.append(turn)
        if wait > 0:
            self._sleep(wait)
        return 0.0
