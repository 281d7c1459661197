"""The outbox: what must happen because something was committed.

A row is written in the business transaction and drained afterwards by a worker that leases
it, so that Redis, the worker or the whole machine can vanish without losing an effect. Rows
hold ids only, never a person's data.

A line's own event also says that the daily figures do not count the line yet: whoever folds it
into them takes `uncounted_line_id` away, in one transaction.
"""

import threading
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, String, event, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from . import clock, tenancy
from .database import Json, Model, UtcDateTime, server_now
from .extensions import db
from .ids import new_id

PENDING, DONE, DEAD = "pending", "done", "dead"

# How long a done event stays before the clean-up takes it away, and how long it surely does.
KEPT, SURELY_KEPT = timedelta(days=90), timedelta(days=60)

# Set when this process has committed an event: the embedded runner need not wait for its turn.
committed = threading.Event()


class OutboxEvent(tenancy.Tenant, Model):
    """One event to act upon, in the order of its id."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'done', 'dead')", name="state"),
        CheckConstraint("attempts BETWEEN 0 AND 1000", name="attempts"),
        Index(
            "ix_outbox_due",
            "due_at",
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
        ),
        # What the desk and the metrics look at: few, however long the history.
        Index(
            "ix_outbox_dead",
            "company_id",
            "id",
            postgresql_where=text("state = 'dead'"),
            sqlite_where=text("state = 'dead'"),
        ),
        Index(
            "ix_outbox_uncounted",
            "company_id",
            "id",
            postgresql_where=text("uncounted_line_id IS NOT NULL"),
            sqlite_where=text("uncounted_line_id IS NOT NULL"),
        ),
    )

    kind: Mapped[str] = mapped_column(String(40))
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(8), server_default=PENDING, default=PENDING)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=server_now)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    uncounted_line_id: Mapped[int | None] = mapped_column(BigInteger)
    last_error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=server_now)


def put(kind: str, **body: Any) -> None:
    """Add an event of the acting company to the present transaction."""
    now = clock.now()
    db.session.add(OutboxEvent(id=new_id(), kind=kind, body=body, due_at=now, created_at=now))
    db.session.info["events"] = True


@event.listens_for(Session, "after_commit")
def _announce(session: Session) -> None:
    if session.info.pop("events", False):
        committed.set()
