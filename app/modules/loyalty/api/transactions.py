"""`/transactions`: the ledger, a card's and the company's."""

from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import Select, select

from ....accounts import vendors
from ....accounts.vendors import Vendor
from ....api import Page, Paging, Query, Slug, api, page
from ....api.fields import CardNumber, Moment, Whole, id_in
from ....api.paging import MOST_ITEMS
from ....errors import NotFound
from ....extensions import db
from .. import cards
from ..cards import LoyaltyCard
from ..ledger import LoyaltyTransaction
from ..ledger.answers import as_dict
from ..ledger.models import TYPES
from ..programs import ProgramRevision
from .answers import Line

_LAST_SEQUENCE = 2**31 - 1
Sequence = Annotated[Whole, Field(ge=0, le=_LAST_SEQUENCE)]


class CardLines(Query):
    """`after` a sequence; the `next` of a page is one too, so `cursor` takes the same."""

    after: Sequence = 0
    cursor: Sequence = 0
    limit: Annotated[Whole, Field(ge=1, le=MOST_ITEMS)] = 50


class LineFilter(Paging):
    """`from` is the first moment within, `to` the first beyond."""

    type: Literal[TYPES] | None = None  # type: ignore[valid-type]
    vendor: Slug | None = None
    card: CardNumber | None = None
    from_: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None


@api.get(
    "/cards/<string:number>/transactions",
    query=CardLines,
    answers=Line,
    many=True,
    refuses=(NotFound,),
)
def of_card(asked: CardLines, number: str) -> Page:
    """List a card's lines, in the order of their sequence."""
    return page_of(cards.find(number).id, asked)


def page_of(card_id: int, asked: CardLines) -> Page:
    """One page of a card's lines."""
    query = _lines().where(
        LoyaltyTransaction.card_id == card_id,
        LoyaltyTransaction.sequence > max(asked.after, asked.cursor),
    )
    rows = db.session.execute(
        query.order_by(LoyaltyTransaction.sequence).limit(asked.limit + 1)
    ).all()
    items = [shown(row) for row in rows[: asked.limit]]
    return {
        "items": items,
        "next": str(items[-1]["sequence"]) if len(rows) > asked.limit else None,
    }


@api.get("/transactions", query=LineFilter, answers=Line, many=True, refuses=(NotFound,))
def every(asked: LineFilter) -> Page:
    """List the company's lines, newest first."""
    query = _lines()
    if asked.type:
        query = query.where(LoyaltyTransaction.type == asked.type)
    if asked.vendor:
        query = query.where(LoyaltyTransaction.vendor_id == vendors.find(asked.vendor).id)
    if asked.card:
        query = query.where(LoyaltyTransaction.card_id == cards.find(asked.card).id)
    if asked.from_:
        query = query.where(LoyaltyTransaction.occurred_at >= asked.from_)
    if asked.to:
        query = query.where(LoyaltyTransaction.occurred_at < asked.to)
    return page(query, LoyaltyTransaction.id, asked, shown, newest_first=True)


@api.get("/transactions/<string:transaction_id>", answers=Line)
def one(transaction_id: str) -> dict[str, Any]:
    """Read a line."""
    query = _lines().where(LoyaltyTransaction.id == id_in(transaction_id))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such line.")
    return shown(row)


_COLUMNS = [
    getattr(LoyaltyTransaction, column.key)
    for column in LoyaltyTransaction.__table__.c
    if column.key not in ("chain", "key_version")
]


def _lines() -> Select[*tuple[Any, ...]]:
    """Lines with what they name: the card's number, the shop's slug, the revision's number."""
    return (
        select(
            *_COLUMNS,
            LoyaltyCard.number.label("card_number"),
            Vendor.slug.label("vendor_slug"),
            ProgramRevision.number.label("revision_number"),
        )
        .join(LoyaltyCard, LoyaltyCard.id == LoyaltyTransaction.card_id)
        .join(ProgramRevision, ProgramRevision.id == LoyaltyTransaction.revision_id)
        .outerjoin(Vendor, Vendor.id == LoyaltyTransaction.vendor_id)
    )


def shown(row: Any) -> dict[str, Any]:
    """The line as it was answered when it was written."""
    return as_dict(
        row._mapping, card=row.card_number, vendor=row.vendor_slug, revision=row.revision_number
    )
