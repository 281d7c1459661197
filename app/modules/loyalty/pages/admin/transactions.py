"""`/admin/transactions`: the company's ledger, newest first; its filters live in the URL."""

from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import current_app, g, render_template, request
from flask_babel import gettext as _
from sqlalchemy import Select, select

from ..... import clock, ids
from .....accounts import staff, vendors
from .....accounts.pages import own_shop
from .....accounts.vendors import Vendor
from .....guards import guarded
from ... import cards
from ...cards import LoyaltyCard
from ...ledger import LoyaltyTransaction
from . import lines, receipt_words, rights
from .blueprint import pages
from .paging import number_asked
from .receipts import Receipt

A_PAGE = 30
_LONGEST = 120
_line = LoyaltyTransaction


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked in the URL, as typed; what cannot be read is in `wrong` and finds nothing."""

    type: str = ""
    shop: str = ""
    from_: str = ""
    to: str = ""
    card: str = ""
    staff: str = ""
    reference: str = ""

    @classmethod
    def asked(cls) -> "Filter":
        typed = {f.name: request.args.get(_in_url(f.name), "").strip() for f in fields(cls)}
        return cls(**{name: value[:_LONGEST] for name, value in typed.items()})

    @property
    def url(self) -> dict[str, str]:
        """The parameters that say it again."""
        return {_in_url(f.name): value for f in fields(self) if (value := getattr(self, f.name))}

    @property
    def wrong(self) -> dict[str, str]:
        """By field, what cannot be looked for."""
        found = {}
        for name in ("from_", "to"):
            if getattr(self, name) and _day(getattr(self, name)) is None:
                found[name] = _("Type a day such as 2026-11-22.")
        if self.card and not cards.is_number(cards.typed(self.card)):
            found["card"] = _("A card has twelve characters; check them.")
        return found


@pages.get("/transactions")
@guarded("admin", "transactions")
def transactions() -> str:
    """A page of the lines that the filter finds; `?before=` and `?after=` an id."""
    asked = Filter.asked()
    rows, newer, older = ([], None, None) if asked.wrong else _page(asked)
    return render_template(
        "loyalty/admin/transactions.html",
        asked=asked,
        lines=rows,
        newer=newer,
        older=older,
        types=[("", _("All kinds")), *((key, told()) for key, told in receipt_words.TYPES.items())],
        shops=_shops(),
        people=[("", _("Everybody")), *((m.id, m.name) for m, _pin in staff.every())],
        held_to=_held_to(),
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


def narrowed(query: Select[*tuple[Any, ...]], asked: Filter) -> Select[*tuple[Any, ...]]:
    """The query of lines, held to the filter, and for a manager to their own shop."""
    shop = own_shop()
    if shop is not None:
        query = query.where(_line.vendor_id == shop)
    if asked.type:
        query = query.where(_line.type == asked.type)
    if asked.shop:
        here = select(Vendor.id).where(Vendor.slug == asked.shop).scalar_subquery()
        query = query.where(_line.vendor_id == here)
    if asked.card:
        number = cards.typed(asked.card)
        card = select(LoyaltyCard.id).where(LoyaltyCard.number == number).scalar_subquery()
        query = query.where(_line.card_id == card)
    if asked.staff:
        query = query.where(_line.staff_id == (ids.told(asked.staff) or 0))
    if asked.reference:
        query = query.where(_line.reference == asked.reference)
    return _within(query, _day(asked.from_), _day(asked.to))


def _within(
    query: Select[*tuple[Any, ...]], since: date | None, until: date | None
) -> Select[*tuple[Any, ...]]:
    """Business days, both included. In production, where nobody moves the clock, the key says
    how old a line is at most, and only that end of the ledger is read."""
    by_key = current_app.config["SETTINGS"].production
    if since:
        query = query.where(_line.business_day >= since)
        if by_key:
            query = query.where(_line.id >= ids.first_at(_midnight(since, -1)))
    if until:
        query = query.where(_line.business_day <= until)
        if by_key:
            query = query.where(_line.id < ids.first_at(_midnight(until, 3)))
    return query


def _page(asked: Filter) -> tuple[list[Receipt], int | None, int | None]:
    """`(lines, newer, older)`: keys, not offsets, so that the deepest page costs as the first."""
    before, after = number_asked("before"), number_asked("after")
    backwards = after is not None and before is None
    query = narrowed(lines.named(), asked).limit(A_PAGE + 1)
    if backwards:
        query = query.where(_line.id > after).order_by(_line.id)
    else:
        query = query.order_by(_line.id.desc())
        query = query.where(_line.id < before) if before is not None else query
    found = lines.read(query)
    more, found = len(found) > A_PAGE, found[:A_PAGE]
    if backwards:
        found.reverse()
    if not found:
        return found, None, None
    newer, older = found[0].row.id, found[-1].row.id
    if backwards:
        return found, newer if more else None, older
    return found, newer if before is not None else None, older if more else None


def _shops() -> list[tuple[str, str]]:
    return [("", _("All shops")), *((v.slug, v.name) for v in vendors.every())]


def _held_to() -> str | None:
    """The name of the one shop that a manager sees."""
    shop = own_shop()
    return next((v.name for v in vendors.every() if v.id == shop), None) if shop else None


def _in_url(name: str) -> str:
    return name.rstrip("_")


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def _midnight(day: date, days: int) -> datetime:
    return datetime.combine(day + timedelta(days=days), time(), clock.zone(g.company.timezone))
