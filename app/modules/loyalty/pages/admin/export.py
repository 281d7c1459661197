"""`/admin/transactions.csv`: what the filter finds as a table for other programs, streamed."""

from decimal import Decimal
from typing import Any

from flask import Response, g
from sqlalchemy import select

from .....accounts.api_keys import ApiKey
from .....accounts.staff import StaffMember
from .....accounts.users import User
from .....accounts.vendors import Vendor
from .....guards import guarded
from .....money import minor_digits
from ...cards import LoyaltyCard
from ...ledger import LoyaltyTransaction
from ...programs import ProgramRevision
from . import tables
from .blueprint import pages
from .line_filter import Filter, narrowed
from .tables import Cells, safe

_HEAD = (
    "transaction",
    "occurred_at",
    "business_day",
    "card",
    "line",
    "type",
    "amount",
    "currency",
    "points",
    "stamps",
    "points_after",
    "stamps_after",
    "shop",
    "who",
    "reference",
    "reason",
    "reverses",
    "revision",
)
_line = LoyaltyTransaction


@pages.get("/transactions.csv")
@guarded("admin", "transactions")
def transactions_csv() -> Response:
    """Every line that the filter finds, newest first."""
    asked, currency = Filter.asked(), g.company.currency
    query = None if asked.wrong else narrowed(_rows(), asked)
    return tables.streamed(
        "transactions", _HEAD, query, _line.id, lambda row: _cells(row, currency)
    )


def _rows() -> Any:
    return (
        select(
            _line.id,
            _line.occurred_at,
            _line.business_day,
            LoyaltyCard.number.label("card"),
            _line.sequence,
            _line.type,
            _line.amount_minor,
            _line.points,
            _line.stamps,
            _line.points_after,
            _line.stamps_after,
            Vendor.name.label("shop"),
            StaffMember.name.label("staff"),
            User.name.label("user"),
            ApiKey.name.label("key"),
            _line.reference,
            _line.reason,
            _line.reverses_id,
            ProgramRevision.number.label("revision"),
        )
        .join(LoyaltyCard, LoyaltyCard.id == _line.card_id)
        .join(ProgramRevision, ProgramRevision.id == _line.revision_id)
        .outerjoin(Vendor, Vendor.id == _line.vendor_id)
        .outerjoin(StaffMember, StaffMember.id == _line.staff_id)
        .outerjoin(User, User.id == _line.user_id)
        .outerjoin(ApiKey, ApiKey.id == _line.api_key_id)
    )


def _cells(row: Any, currency: str) -> Cells:
    """What went back is negative, money as points: each column adds up to what the pages say."""
    amount: Decimal | str = ""
    if row.amount_minor is not None:
        sign = -1 if row.type == "voided" else 1
        amount = Decimal(sign * row.amount_minor).scaleb(-minor_digits(currency))
    return (
        row.id,
        tables.moment(row.occurred_at),
        row.business_day.isoformat(),
        row.card,
        row.sequence,
        row.type,
        amount,
        currency if row.amount_minor is not None else "",
        row.points,
        row.stamps,
        row.points_after,
        row.stamps_after,
        safe(row.shop),
        safe(row.staff or row.user or row.key),
        safe(row.reference),
        safe(row.reason),
        row.reverses_id or "",
        row.revision,
    )
