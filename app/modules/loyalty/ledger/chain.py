"""The ledger proves itself: each line carries a keyed hash of its content and of the card's
line before; the card's row holds the head."""

import json
from datetime import UTC
from typing import Any

from flask import current_app

from config import Keyring

# What a link covers, in this order.
COVERED = (
    "company_id",
    "id",
    "card_id",
    "sequence",
    "type",
    "points",
    "stamps",
    "points_after",
    "stamps_after",
    "lifetime_after",
    "vendor_id",
    "staff_id",
    "terminal_id",
    "user_id",
    "api_key_id",
    "proven",
    "revision_id",
    "reverses_id",
    "reversal_part",
    "reference",
    "steps",
)
# Columns that came later are covered by name, where they hold something: a line from before
# them keeps its hash, and none can be given a value or lose it unseen.
LATER = ("amount_minor", "reward_id", "reason")
_COLUMNS = COVERED[:-1]
_FIRST = bytes(32)
_as_json = json.JSONEncoder(separators=(",", ":")).encode


def keyring() -> Keyring:
    """The ring of FIELD_KEY."""
    ring: Keyring = current_app.config["SETTINGS"].field_key
    return ring


def link(
    before: bytes | None,
    line: dict[str, Any],
    version: int | None = None,
    *,
    steps: str | None = None,
) -> bytes:
    """The hash of a line whose predecessor on the card has the hash `before`.

    It covers one JSON list: the columns, the steps as the ledger keeps them (`steps`, where a
    reader has that text), the moment, the day, and what came later.
    """
    moment = line["occurred_at"].astimezone(UTC).replace(tzinfo=None)
    rest: list[Any] = [moment.isoformat(timespec="microseconds"), line["business_day"].isoformat()]
    rest += [[name, line[name]] for name in LATER if line[name] is not None]
    columns = [line[name] for name in _COLUMNS]
    if steps is None:
        content = _as_json([*columns, line["steps"], *rest])
    else:
        content = f"{_as_json(columns)[:-1]},{steps},{_as_json(rest)[1:]}"
    return keyring().mac("ledger", (before or _FIRST) + content.encode(), version)
