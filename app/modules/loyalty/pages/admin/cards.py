"""`/admin/cards`: every card, newest first; one card with its whole history; blocking."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, select
from werkzeug.wrappers import Response

from ..... import tenancy
from .....accounts import vendors
from .....accounts.customers import Customer
from .....extensions import db
from .....guards import guarded
from ... import cards, programs
from ...cards import BLOCKED, CLOSED, LoyaltyCard
from ...ledger.checks import rewards_ready
from . import receipts
from .blueprint import pages

A_PAGE = 50
A_SEARCH = 25
LINES = 20
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
        rows, newer, older = _page(_number("before"), _number("after"))
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


@pages.get("/cards/<string:number>")
@guarded("admin", "cards")
def card(number: str) -> str:
    """The person, the balances, and lines that open their receipts; `?before=` a sequence."""
    found = cards.find(number)
    customer = db.session.get_one(Customer, (tenancy.company_id(), found.customer_id))
    before = _number("before")
    lines = receipts.of_card(found.id, before=before, limit=LINES + 1)
    rules = programs.current()
    return render_template(
        "loyalty/admin/card.html",
        card=found,
        customer=customer,
        rules=rules,
        number=cards.shown(found.number),
        ready=rewards_ready(found.stamps_balance, rules.stamps_target) if rules.stamps else 0,
        lines=lines[:LINES],
        older=lines[LINES - 1].row.sequence if len(lines) > LINES else None,
        newest=before is None,
        joined_at=_shop_name(found.enrolled_vendor_id),
        blocked=found.status == BLOCKED,
    )


@pages.post("/cards/<string:number>/block")
@guarded("admin", "cards")
def card_block(number: str) -> Response:
    """The card can neither collect nor redeem; what is on it stays."""
    return _set_blocked(number, True, _("This card is blocked. What is on it stays."))


@pages.post("/cards/<string:number>/unblock")
@guarded("admin", "cards")
def card_unblock(number: str) -> Response:
    """The card works again."""
    return _set_blocked(number, False, _("This card works again."))


def _set_blocked(number: str, blocked: bool, sentence: str) -> Response:
    found = cards.find(number)
    cards.block(found, blocked, by=g.actor)
    db.session.commit()
    flash(sentence, "done")
    return redirect(url_for("admin.loyalty.card", number=found.number), 303)


def _number(name: str) -> int | None:
    """A key in the URL; nonsense reads as none."""
    typed = request.args.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else None


def _page(before: int | None, after: int | None) -> tuple[list[Row], int | None, int | None]:
    """`(rows, newer, older)`: keys, not offsets, so that the deepest page costs as the first."""
    backwards = after is not None and before is None
    query = _open_cards()
    if backwards:
        query = query.where(LoyaltyCard.id > after).order_by(LoyaltyCard.id)
    else:
        query = query.order_by(LoyaltyCard.id.desc())
        query = query.where(LoyaltyCard.id < before) if before is not None else query
    rows = [row.tuple() for row in db.session.execute(query.limit(A_PAGE + 1))]
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


def _shop_name(vendor_id: int | None) -> str | None:
    if vendor_id is None:
        return None
    return db.session.get_one(vendors.Vendor, (tenancy.company_id(), vendor_id)).name
