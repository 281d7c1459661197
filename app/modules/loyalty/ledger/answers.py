"""A line as the outside reads it: the same for the API, webhooks and a replay."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .explain import told

_as_json = json.JSONEncoder(separators=(",", ":")).encode


def answer(
    line: Mapping[str, Any],
    *,
    card: str,
    vendor: str | None,
    revision: int,
    told: dict[str, Any],
) -> str:
    """The public answer to a ledger write, as JSON text. It is kept and replayed as it is.

    `told` are figures that this verb answers beside the line's own."""
    return _as_json(as_dict(line, card=card, vendor=vendor, revision=revision) | told)


def as_dict(
    line: Mapping[str, Any], *, card: str, vendor: str | None, revision: int
) -> dict[str, Any]:
    """One line with the contract's fields; ids are strings, moments RFC 3339 in UTC."""
    return {
        "transaction_id": str(line["id"]),
        "card": card,
        "sequence": line["sequence"],
        "type": line["type"],
        "points": line["points"],
        "stamps": line["stamps"],
        "points_balance": line["points_after"],
        "stamps_balance": line["stamps_after"],
        "vendor": vendor,
        "staff": _text(line["staff_id"]),
        "reference": line["reference"],
        "amount_minor": line["amount_minor"],
        "reward": _text(line["reward_id"]),
        "reason": line["reason"],
        "order_id": None,
        "reverses": _text(line["reverses_id"]),
        "revision": revision,
        "proven": line["proven"],
        "explanation": [told(step) for step in line["steps"]],
        "occurred_at": moment(line["occurred_at"]),
        "business_day": line["business_day"].isoformat(),
    }


def moment(when: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond."""
    return when.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
