"""`/admin/cards/<number>`: one card with its whole history; blocking and unblocking."""

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..... import tenancy
from .....accounts import vendors
from .....accounts.customers import Customer
from .....extensions import db
from .....guards import guarded
from ... import cards, programs
from ...cards import BLOCKED
from ...ledger.checks import rewards_ready
from . import receipts
from .blueprint import pages
from .paging import number_asked

LINES = 20


@pages.get("/cards/<string:number>")
@guarded("admin", "cards")
def card(number: str) -> str:
    """The person, the balances, and lines that open their receipts; `?before=` a sequence."""
    found = cards.find(number)
    customer = db.session.get_one(Customer, (tenancy.company_id(), found.customer_id))
    before = number_asked("before")
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


def _shop_name(vendor_id: int | None) -> str | None:
    if vendor_id is None:
        return None
    return db.session.get_one(vendors.Vendor, (tenancy.company_id(), vendor_id)).name
