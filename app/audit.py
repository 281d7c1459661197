"""Administrative and security acts, in a keyed hash chain per company.

An entry is written in the transaction of the act it tells of. It holds ids and figures,
never a person's data.
"""

import json
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from config import Keyring

from . import clock, tenancy
from .database import Json, Model, UtcDateTime, company_table
from .extensions import db
from .ids import new_id

_NOTHING_BEFORE = bytes(32)


class AuditEntry(tenancy.Tenant, Model):
    """One act: who did what to which row."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        company_table(),
        UniqueConstraint("company_id", "sequence"),
        CheckConstraint("sequence > 0", name="sequence"),
    )

    sequence: Mapped[int] = mapped_column(Integer)
    act: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    figures: Mapped[dict[str, Any]] = mapped_column(Json)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    key_version: Mapped[int] = mapped_column(SmallInteger)
    chain: Mapped[bytes] = mapped_column(LargeBinary(32))


def record(act: str, *, subject_id: int, by: int | None = None, **figures: int | str) -> None:
    """Append an act of the acting company to its chain, in the present transaction."""
    companies = Model.metadata.tables["companies"]
    # The company's row is the chain's turnstile; key_share leaves foreign keys to it alone.
    db.session.execute(
        select(companies.c.id)
        .where(companies.c.id == tenancy.company_id())
        .with_for_update(key_share=True)
    )
    db.session.flush()
    last = db.session.scalar(select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(1))
    entry = AuditEntry(
        id=new_id(),
        company_id=tenancy.company_id(),
        sequence=last.sequence + 1 if last else 1,
        act=act,
        subject_id=subject_id,
        user_id=by,
        figures=figures,
        occurred_at=clock.now(),
        key_version=_keyring().current,
    )
    entry.chain = link(entry, last.chain if last else _NOTHING_BEFORE)
    db.session.add(entry)
    db.session.flush()


def link(entry: AuditEntry, before: bytes) -> bytes:
    """The entry's place in the chain: a keyed hash of the link before and its own content."""
    content = [
        str(entry.company_id),
        str(entry.id),
        entry.sequence,
        entry.act,
        str(entry.subject_id),
        str(entry.user_id),
        entry.figures,
        entry.occurred_at.isoformat(),
    ]
    message = before + json.dumps(content, sort_keys=True).encode()
    return _keyring().mac("audit", message, entry.key_version)


def breaches() -> list[str]:
    """Where the acting company's chain does not verify: one sentence per break."""
    found, before, expected = [], _NOTHING_BEFORE, 1
    for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)):
        if entry.sequence != expected or not _follows(entry, before):
            found.append(f"audit entry {entry.sequence}: the chain is broken here")
        before, expected = entry.chain, entry.sequence + 1
    return found


def _follows(entry: AuditEntry, before: bytes) -> bool:
    try:
        return entry.chain == link(entry, before)
    except KeyError:  # the key's version is gone from FIELD_KEY: nothing can be shown
        return False


def _keyring() -> Keyring:
    keyring: Keyring = current_app.config["SETTINGS"].field_key
    return keyring
