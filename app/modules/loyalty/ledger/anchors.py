"""A nightly anchor over all heads of a company: what its ledger said up to a moment.

A card's chain shows what was changed in it, but not that its newest lines are gone together with
the head that named them, nor that a card is gone, or is as it was in an older backup. An anchor
does. It holds how many lines there were up to an id, what they sum to, and the sum of their
hashes; the hashes are keyed, so nobody without FIELD_KEY can make other lines that come to the
same. It holds the head of the administrative chain as well, and each anchor is chained to the one
before. Its hash is told with the night's outcome: kept elsewhere, it shows that the newest anchors
are gone too.

Ids are made before lines are committed, so an anchor goes up to some minutes ago, and waits for
the transactions that are open: what is anchored has all been seen.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Integer, LargeBinary, SmallInteger, func, select
from sqlalchemy.orm import Mapped, mapped_column

from .... import clock, tenancy
from ....audit import AuditEntry
from ....database import Model, UtcDateTime, company_table, read_only
from ....database.quiet import wait_for_open_transactions
from ....extensions import db
from ....ids import earlier, new_id
from .chain import keyring
from .models import LoyaltyTransaction

YOUNG = timedelta(minutes=10)  # two machines' clocks are never as far apart
_MODULUS = 1 << 256
_FIRST = bytes(32)
_AT_A_TIME = 10_000

_line: Any = LoyaltyTransaction.__table__


class Anchor(tenancy.Owned, Model):
    """One night's: all lines with ids up to `through`, and the first `acts` audit entries."""

    __tablename__ = "anchors"
    __table_args__ = (
        company_table(),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("lines >= 0", name="lines"),
        CheckConstraint("acts >= 0", name="acts"),
    )

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    through: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[int] = mapped_column(BigInteger)
    stamps: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    acts: Mapped[int] = mapped_column(Integer)
    acts_head: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    key_version: Mapped[int] = mapped_column(SmallInteger)
    chain: Mapped[bytes] = mapped_column(LargeBinary(32))


@dataclass(slots=True)
class Tally:
    """What lines come to, in whatever order they are counted."""

    lines: int = 0
    points: int = 0
    stamps: int = 0
    hashes: int = 0

    def add(self, line: Mapping[str, Any]) -> None:
        """One more line."""
        self.lines += 1
        self.points += line["points"]
        self.stamps += line["stamps"]
        self.hashes += int.from_bytes(line["chain"], "big")

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            self.lines + other.lines,
            self.points + other.points,
            self.stamps + other.stamps,
            (self.hashes + other.hashes) % _MODULUS,
        )


def tally_of(anchor: Anchor | None) -> Tally:
    """What an anchor says that its lines come to."""
    if anchor is None:
        return Tally()
    hashes = int.from_bytes(anchor.digest, "big")
    return Tally(anchor.lines, anchor.points, anchor.stamps, hashes)


def take(*, older_than: timedelta = YOUNG) -> Anchor:
    """Add the acting company's next anchor, of lines that are older than that; the caller
    commits, and no transaction may be open. Raises `Busy` where transactions stay open."""
    through = earlier(new_id(), by=older_than)
    wait_for_open_transactions()
    with read_only():
        last = db.session.scalar(select(Anchor).order_by(Anchor.number.desc()).limit(1))
        through = max(_newest(through), last.through if last else 0)
        tally = tally_of(last).plus(_lines_between(last.through if last else 0, through))
        entry, query = AuditEntry, select(AuditEntry.sequence, AuditEntry.chain)
        acts = db.session.execute(query.order_by(entry.sequence.desc()).limit(1)).first()
        db.session.rollback()
    anchor = Anchor(
        company_id=tenancy.company_id(),
        number=last.number + 1 if last else 1,
        taken_at=clock.now(),
        through=through,
        lines=tally.lines,
        points=tally.points,
        stamps=tally.stamps,
        digest=tally.hashes.to_bytes(32, "big"),
        acts=acts.sequence if acts else 0,
        acts_head=acts.chain if acts else None,
        key_version=keyring().current,
    )
    anchor.chain = link(anchor, last.chain if last else _FIRST)
    db.session.add(anchor)
    db.session.flush()  # the key refuses whoever took the same one meanwhile
    return anchor


def link(anchor: Anchor, before: bytes = _FIRST) -> bytes:
    """The anchor's place in its chain."""
    content = [
        str(anchor.company_id),
        anchor.number,
        anchor.taken_at.isoformat(),
        str(anchor.through),
        anchor.lines,
        anchor.points,
        anchor.stamps,
        bytes(anchor.digest).hex(),
        anchor.acts,
        bytes(anchor.acts_head or b"").hex(),
    ]
    return keyring().mac("anchor", before + json.dumps(content).encode(), anchor.key_version)


def _newest(through: int) -> int:
    """The id of the newest line up to there: a clock that runs ahead anchors nothing to come."""
    ours = (_line.c.company_id == tenancy.company_id(), _line.c.id <= through)
    return db.session.scalar(select(func.max(_line.c.id)).where(*ours)) or 0


def _lines_between(after: int, through: int) -> Tally:
    tally = Tally()
    rows: Any = db.session.execute(
        select(_line.c.points, _line.c.stamps, _line.c.chain)
        .where(
            _line.c.company_id == tenancy.company_id(), _line.c.id > after, _line.c.id <= through
        )
        .execution_options(yield_per=_AT_A_TIME)
    )
    for batch in rows.mappings().partitions():
        for row in batch:
            tally.add(row)
    return tally
