"""`/admin/transactions`: the company's ledger, newest first; its filters live in the URL."""

from flask import render_template
from flask_babel import gettext as _

from .....accounts import staff, vendors
from .....accounts.pages import own_shop
from .....guards import guarded
from ... import cards
from ...ledger import LoyaltyTransaction
from ...ledger.explain import words
from . import lines, paging, reach, receipt_words, rights
from .blueprint import pages
from .line_filter import Filter, Sums, narrowed, sums_of
from .receipts import Receipt

A_PAGE = 30


@pages.get("/transactions")
@guarded("admin", "transactions")
def transactions() -> str:
    """A page of the lines that the filter finds, and what they come to; `?before=` and
    `?after=` an id."""
    asked = Filter.asked()
    return render_template(
        "loyalty/admin/transactions.html",
        asked=asked,
        page=paging.Page([]) if asked.wrong else _page(asked),
        sums=Sums() if asked.wrong else sums_of(asked),
        money=words.money,
        types=[("", _("All kinds")), *((key, told()) for key, told in receipt_words.TYPES.items())],
        shops=[("", _("All shops")), *((v.slug, v.name) for v in vendors.every())],
        people=[("", _("Everybody")), *_people()],
        held_to=reach.own_shop_name(),
        may_return=rights.may_return,
        shown=cards.shown,
    )


@pages.get("/transactions/<int:transaction_id>")
@guarded("admin", "transactions")
def transaction(transaction_id: int) -> str:
    """One line with its receipt, what it took back and what took it back."""
    line = lines.find(transaction_id)
    return render_template(
        "loyalty/admin/transaction.html",
        line=line,
        may_return=rights.may_return,
        shown=cards.shown,
    )


def _page(asked: Filter) -> paging.Page[Receipt]:
    return paging.page_of(
        narrowed(lines.named(), asked),
        LoyaltyTransaction.id,
        A_PAGE,
        read=lines.read,
        key_of=lambda receipt: receipt.row.id,
    )


def _people() -> list[tuple[int, str]]:
    """Who may have written a line: a manager sees those who stand at their shop's counters."""
    here = own_shop()
    return [(m.id, m.name) for m, _pin in staff.every() if here in (None, m.vendor_id)]
