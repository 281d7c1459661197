"""`/admin/cards`: every card, newest first, or those that were searched for."""

from flask import g, render_template, request
from sqlalchemy import Select, select

from .....accounts import vendors
from .....accounts.customers import Customer
from .....extensions import db
from .....guards import guarded
from ... import cards, programs
from ...cards import BLOCKED, CLOSED, LoyaltyCard
from .blueprint import pages
from .paging import number_asked

A_PAGE = 50
A_SEARCH = 25
Row = tuple[LoyaltyCard, Customer]


@pages.get("/cards")
@guarded("admin", "cards")
def cards_list() -> str:
    """The cards found by `?q=`, or a page of all of them: `?before=` and `?after=` an id."""
    words = request.args.get("q", "").strip()[:120]
    newer = older = None
    if words:
        rows = list(cards.search(words, country=g.company.country, limit=A_SEARCH))
    else:
        rows, newer, older = _page(number_asked("before"), number_asked("after"))
    return render_template(
        "loyalty/admin/cards.html",
        rows=rows,
        words=words,
        full=bool(words) and len(rows) == A_SEARCH,
        newer=newer,
        older=older,
        rules=programs.current(),
        shops={vendor.id: vendor.name for vendor in vendors.every()},
        shown=cards.shown,
        blocked=BLOCKED,
    )


def _page(before: int | None, after: int | None) -> tuple[list[Row], int | None, int | None]:
    """`(rows, newer, older)`: keys, not offsets, so that the deepest page costs as the first."""
    backwards = after is not None and before is None
    query = _open_cards()
    if backwards:
        query = query.where(LoyaltyCard.id > after).order_by(LoyaltyCard.id)
    else:
        query = query.order_by(LoyaltyCard.id.desc())
        query = query.where(LoyaltyCard.id < before) if before is not None else query
    rows = [(card, customer) for card, customer in db.session.execute(query.limit(A_PAGE + 1))]
    more, rows = len(rows) > A_PAGE, rows[:A_PAGE]
    if backwards:
        rows.reverse()
    if not rows:
        return rows, None, None
    newer, older = rows[0][0].id, rows[-1][0].id
    if backwards:
        return rows, newer if more else None, older
    return rows, newer if before is not None else None, older if more else None


def _open_cards() -> Select[LoyaltyCard, Customer]:
    return (
        select(LoyaltyCard, Customer)
        .join(Customer, Customer.id == LoyaltyCard.customer_id)
        .where(LoyaltyCard.status != CLOSED)
    )
