"""`/admin/transactions.csv`: what the filter finds as a table for other programs, streamed."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask import Response, g, stream_with_context
from sqlalchemy import select

from ..... import clock, database, tenancy
from .....accounts.api_keys import ApiKey
from .....accounts.staff import StaffMember
from .....accounts.users import User
from .....accounts.vendors import Vendor
from .....extensions import db
from .....guards import guarded
from .....money import minor_digits
from ...cards import LoyaltyCard
from ...ledger import LoyaltyTransaction
from ...programs import ProgramRevision
from .blueprint import pages
from .transactions import Filter, narrowed

ROWS_AT_ONCE = 1_000  # read between two pieces of the stream
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
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
    """Every line that the filter finds, newest first; numbers as numbers, words as safe cells."""
    asked = Filter.asked()
    query = None if asked.wrong else narrowed(_rows(), asked).order_by(_line.id.desc())
    day = clock.business_day(clock.now(), g.company.timezone).isoformat()
    pieces = _pieces(query, g.company.id, g.company.currency)
    answer = Response(stream_with_context(pieces), mimetype="text/csv")
    name = f"transactions-{g.company.slug}-{day}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def safe(text: str | None) -> str:
    """Words that no spreadsheet takes for a formula."""
    text = text or ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _pieces(query: Any, company_id: int, currency: str) -> Iterator[str]:
    """The table, piece by piece. The request is over by then: each reading names its company."""
    # The mark lets spreadsheets read accents as they are.
    yield "\ufeff" + _as_csv([_HEAD])
    rows: list[Any] = []
    while query is not None and (not rows or len(rows) == ROWS_AT_ONCE):
        asked = query.where(_line.id < rows[-1].id) if rows else query
        db.session.rollback()  # no transaction is open across the edges of whose company it is
        with tenancy.acting_as(company_id), database.read_only():
            rows = list(db.session.execute(asked.limit(ROWS_AT_ONCE)))
            # Nobody's slow download holds a transaction, or a connection, open.
            db.session.rollback()
        if not rows:
            return
        yield _as_csv([_cells(row, currency) for row in rows])


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


def _cells(row: Any, currency: str) -> tuple[Any, ...]:
    digits = minor_digits(currency)
    amount = Decimal(row.amount_minor).scaleb(-digits) if row.amount_minor is not None else ""
    return (
        row.id,
        row.occurred_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
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


def _as_csv(rows: list[Any]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()
