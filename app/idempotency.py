"""One caller's key has one effect, for ever.

The record is written in the business transaction, so the primary key is the judge of a race;
it holds the answer as it was given, so a replay is the same bytes.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from . import clock, tenancy
from .database import Model, UtcDateTime, once_more, server_now
from .errors import Refusal
from .extensions import db

LONGEST_KEY = 255
_as_json = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class IdempotencyKeyRequired(Refusal):
    code = "idempotency-key-required"
    status = 400
    title = "An Idempotency-Key is needed"


class IdempotencyInFlight(Refusal):
    code = "idempotency-in-flight"
    title = "Still being worked on"


class IdempotencyMismatch(Refusal):
    code = "idempotency-mismatch"
    status = 422
    title = "The key belongs to another request"


class IdempotencyRecord(tenancy.Owned, Model):
    """What a caller's key has done, and the answer it was given."""

    __tablename__ = "idempotency_records"
    __table_args__ = (
        CheckConstraint("length(key) BETWEEN 1 AND 255", name="key_length"),
        CheckConstraint("status BETWEEN 200 AND 499", name="status"),
    )

    caller: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[str] = mapped_column(Text)
    transaction_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=server_now)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one effect: the caller's key, and the hash of what is asked."""

    key: str
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class Posted:
    """What a write answers, as JSON text; the ledger line's id where it wrote one.

    `replayed` says that this is the answer to an earlier request with the same key.
    """

    transaction_id: int | None
    body: str
    status: int = 201
    replayed: bool = False


def attempt(key: str, *request: Any) -> Attempt:
    """The attempt of a key at a request, told as JSON-able values (method, path, body …)."""
    return Attempt(key, hashlib.sha256(_as_json(request).encode()).digest())


def replay(row: Any, tried: Attempt | None) -> Posted | None:
    """The earlier answer in a row with `request_hash`, `answered`, `body`, `transaction_id`.

    None where there is none; raises `IdempotencyMismatch` where it answered something else.
    """
    if tried is None or row.request_hash is None:
        return None
    if bytes(row.request_hash) != tried.request_hash:
        raise IdempotencyMismatch("This Idempotency-Key was used for a different request.")
    return Posted(row.transaction_id, row.body, row.answered, replayed=True)


def found(caller: str, tried: Attempt) -> Posted | None:
    """The earlier answer to this attempt, read now."""
    row = db.session.get(IdempotencyRecord, (tenancy.company_id(), caller, tried.key))
    if row is None:
        return None
    if bytes(row.request_hash) != tried.request_hash:
        raise IdempotencyMismatch("This Idempotency-Key was used for a different request.")
    return Posted(row.transaction_id, row.body, row.status, replayed=True)


def once(caller: str, tried: Attempt | None, work: Callable[[], Posted]) -> Posted:
    """Do `work` and keep its answer, or find the answer of whoever was first with this key.

    The record goes with the work's own transaction; the caller commits.
    """

    def kept() -> Posted:
        earlier = found(caller, tried) if tried else None
        if earlier:
            return earlier
        try:
            posted = work()
        except Refusal:
            # While it waited for a lock, this very attempt may have been answered elsewhere.
            if tried and (earlier := found(caller, tried)):
                return earlier
            raise
        if tried:
            remember(caller, tried, posted)
        return posted

    return once_more(kept)


def remember(caller: str, tried: Attempt, posted: Posted) -> None:
    """Keep an answer with the present transaction; two at once: `IntegrityError` at the flush."""
    db.session.add(
        IdempotencyRecord(
            company_id=tenancy.company_id(),
            caller=caller,
            key=tried.key,
            request_hash=tried.request_hash,
            status=posted.status,
            body=posted.body,
            transaction_id=posted.transaction_id,
            created_at=clock.now(),
        )
    )
    db.session.flush()
