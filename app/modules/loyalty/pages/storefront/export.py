"""`/s/<slug>/me/history.csv`: a customer takes their own lines along."""

from typing import Any

from flask import Response
from sqlalchemy import select

from .....accounts.vendors import Vendor
from .....guards import guarded
from ...ledger import LoyaltyTransaction
from ..admin import tables
from ..admin.tables import Cells, moment, safe
from .blueprint import pages
from .dashboard import own_card
from .history import types_asked

_HEAD = (
    "occurred_at",
    "type",
    "points",
    "stamps",
    "points_balance",
    "stamps_balance",
    "amount_minor",
    "shop",
    "reference",
    "reason",
)


@pages.get("/me/history.csv")
@guarded("customer", "me")
def my_history_csv() -> Response:
    """Every line, or those of the kind that the history shows, newest first."""
    line, types = LoyaltyTransaction, types_asked()
    query = (
        select(
            line.id,
            line.occurred_at,
            line.type,
            line.points,
            line.stamps,
            line.points_after,
            line.stamps_after,
            line.amount_minor,
            Vendor.name,
            line.reference,
            line.reason,
        )
        .outerjoin(Vendor, Vendor.id == line.vendor_id)
        .where(line.card_id == own_card().id)
    )
    if types is not None:
        query = query.where(line.type.in_(types))
    return tables.streamed("history", _HEAD, query, line.id, _cells)


def _cells(row: Any) -> Cells:
    _id, occurred_at, *figures, shop, reference, reason = row
    return (moment(occurred_at), *figures, safe(shop), safe(reference), safe(reason))
