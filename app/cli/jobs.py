"""`flask jobs work`: the worker."""

import signal
import threading

from flask import current_app

from .console import Commands

jobs = Commands("jobs", help="Work that follows what was committed.")
GROUPS = (jobs,)


@jobs.command("work")
def work() -> None:
    """Drain the outbox until SIGTERM or Ctrl-C; what is under way is finished first."""
    from ..jobs import work as drain

    stop = threading.Event()
    for ends in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ends, lambda *_: stop.set())
    drain(current_app._get_current_object(), stop)  # type: ignore[attr-defined]
