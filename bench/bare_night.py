"""The limit of expiry: as many cards and the same rows, set-based on the bare driver.

One statement on PostgreSQL; on SQLite, where a statement writes one table, one transaction. No
rules, no notices, no explanation, and a hash that is the same for all: what no design passes.
"""

from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg

from app.database.engine import sqlite_library
from app.ids import new_id
from tests.prove.stage import Stage
from tests.servers import plain

_DUE = """
SELECT card.company_id, card.id AS card_id, card.sequence + 1 AS sequence, card.lifetime_points,
       lot.id AS lot_id, lot.remaining, line.revision_id,
       {first} + row_number() OVER (ORDER BY card.id) AS number
FROM loyalty_cards card
JOIN point_lots lot ON lot.company_id = card.company_id AND lot.card_id = card.id
JOIN loyalty_transactions line
  ON line.company_id = lot.company_id AND line.id = lot.transaction_id
WHERE card.company_id = {company} AND card.id > {after} AND lot.remaining > 0
ORDER BY card.id LIMIT {cards}
"""
_WRITES = {
    "moved": """
UPDATE loyalty_cards SET points_balance = 0, sequence = due.sequence, head = {hash} FROM due
WHERE loyalty_cards.company_id = due.company_id AND loyalty_cards.id = due.card_id""",
    "lines": """
INSERT INTO loyalty_transactions (company_id, id, card_id, sequence, type, points, stamps,
    points_after, stamps_after, lifetime_after, revision_id, steps, occurred_at, business_day,
    key_version, chain)
SELECT company_id, number, card_id, sequence, 'points_expired', -remaining, 0,
    0, 0, lifetime_points, revision_id, '{steps}', {moment}, {day}, 1, {hash} FROM due""",
    "draws": """
INSERT INTO point_draws (company_id, transaction_id, lot_id, points)
SELECT company_id, number, lot_id, remaining FROM due""",
    "lots": """
UPDATE point_lots SET remaining = 0, expired = due.remaining FROM due
WHERE point_lots.company_id = due.company_id AND point_lots.id = due.lot_id""",
    "events": """
INSERT INTO outbox (company_id, id, kind, body, due_at, created_at, uncounted_line_id)
SELECT company_id, number, 'points.expired', '{body}', {moment}, {moment}, number FROM due""",
}
_BODY = '{"card":"1000000000000000000","transaction":"1000000000000000000","sequence":5}'
_STEPS = (
    '[{"code":"expired","points":18,"policy":"inactivity","lots":1},'
    '{"code":"points-counted","before":18,"after":0}]'
)


class Bare(Protocol):
    """Expires the next cards of a company; how many there were."""

    def expire(self, cards: int) -> int: ...

    def close(self) -> None: ...


class OnPostgresql:
    """One statement, as the owner of the tables."""

    def __init__(self, stage: Stage) -> None:
        self.company, self.after = stage.company_id, 0
        self.connection = psycopg.connect(plain(stage.database_url))

    def expire(self, cards: int) -> int:
        words = _words(self.company, self.after, cards)
        hash_, now = "decode(repeat('00', 32), 'hex')", f"'{datetime.now(UTC).isoformat()}'"
        words |= {"hash": hash_, "moment": f"{now}::timestamptz", "day": "CURRENT_DATE"}
        parts = [f"{name} AS ({sql.format(**words)})" for name, sql in _WRITES.items()]
        due = f"due AS MATERIALIZED ({_DUE.format(**words)})"
        whole = f"WITH {', '.join([due, *parts])} SELECT count(*), max(card_id) FROM due"
        done, last = self.connection.execute(whole).fetchone() or (0, 0)
        self.connection.commit()
        self.after = last
        return int(done)

    def close(self) -> None:
        self.connection.close()


class OnSqlite:
    """One transaction of five statements, durable as the product's."""

    def __init__(self, stage: Stage) -> None:
        self.company, self.after = stage.company_id, 0
        path = stage.database_url.removeprefix("sqlite:///")
        self.connection: Any = sqlite_library().connect(path, isolation_level=None)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            self.connection.execute(f"PRAGMA {pragma}")

    def expire(self, cards: int) -> int:
        words = _words(self.company, self.after, cards)
        now = f"'{datetime.now(UTC).replace(tzinfo=None)}'"
        words |= {"hash": "zeroblob(32)", "moment": now, "day": "CURRENT_DATE"}
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute(f"CREATE TEMP TABLE due AS {_DUE.format(**words)}")
        done, last = self.connection.execute("SELECT count(*), max(card_id) FROM due").fetchone()
        for sql in _WRITES.values():
            self.connection.execute(sql.format(**words))
        self.connection.execute("DROP TABLE due")
        self.connection.execute("COMMIT")
        self.after = last
        return int(done)

    def close(self) -> None:
        self.connection.close()


def _words(company: int, after: int, cards: int) -> dict[str, Any]:
    own = {"company": company, "after": after, "cards": cards, "first": new_id()}
    return own | {"steps": _STEPS, "body": _BODY}
