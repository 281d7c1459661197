"""`flask jobs work`, `flask jobs schedule`: the processes beside the web server."""

import signal
import threading

from flask import Flask, current_app

from .. import metrics
from .console import Commands

jobs = Commands("jobs", help="Work that follows what was committed.")
GROUPS = (jobs,)


@jobs.command("work")
def work() -> None:
    """Drain the outbox and keep passes true until SIGTERM or Ctrl-C, ending what is under way."""
    from .. import workers

    stop, app = _until_stopped()
    if url := app.config["SETTINGS"].redis_url:
        workers.work(app, url, stop)
    else:
        ticking = threading.Thread(target=workers.schedule, args=(app, None, stop))
        passes = threading.Thread(target=workers.keep_passes, args=(app, stop))
        ticking.start()
        passes.start()
        workers.drain_until(app, stop)
        ticking.join()
        passes.join()


@jobs.command("schedule")
def schedule() -> None:
    """Start what is due by the clock, until SIGTERM or Ctrl-C."""
    from .. import workers

    stop, app = _until_stopped()
    workers.schedule(app, app.config["SETTINGS"].redis_url, stop)


def _until_stopped() -> tuple[threading.Event, Flask]:
    stop = threading.Event()
    for ends in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ends, lambda *_: stop.set())
    settings = current_app.config["SETTINGS"]
    if settings.metrics and settings.metrics_port:
        metrics.serve(settings.metrics_port)
    return stop, current_app._get_current_object()  # type: ignore[attr-defined]
