"""`/platform/programs`: every company's programme with its figures, side by side."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _

from .....guards import guarded
from .....money import minor_digits, show
from ...reports import programmes
from ...reports.programmes import Programme
from ..admin import tables
from . import turning
from .blueprint import pages

_HEAD = (
    "company",
    "name",
    "state",
    "type",
    "members",
    "active_30_days",
    "stamps_given_30_days",
    "points_issued_30_days",
    "points_redeemed_30_days",
    "open_points",
    "worth",
    "currency",
    "rewards_waiting",
    "revision",
    "published_at",
)
# The largest first; names from A. A minus before the word turns it round.
_ORDERS: dict[str, Callable[[Programme], Any]] = {
    "name": lambda one: one.company.name.casefold(),
    "members": lambda one: -one.held.members,
    "active": lambda one: -one.held.active,
    "issued": lambda one: -one.moved.issued,
    "redeemed": lambda one: -one.moved.redeemed,
    "points": lambda one: -one.held.open_points,
    "waiting": lambda one: -one.held.rewards_waiting,
    "revised": lambda one: -one.revision.published_at.timestamp() if one.revision else 0,
}


@pages.get("/programs")
@guarded("platform", "platform")
def programs_list() -> str:
    """A page of them, in the order that `?sort=` names."""
    every = programmes.programmes()
    found = _in_order(turning.found(every, lambda one: one.company))
    return render_template(
        "loyalty/operators/programs.html",
        turn=turning.turn(found, lambda one: one.company),
        every=every,
        running=sum(one.state == "running" for one in every),
        paused=sum(one.state == "paused" for one in every),
        worth=programmes.worth_by_currency(every),
        sort=_sort(),
        columns=_columns(),
        q=turning.sought(),
        money=show,
        days=programmes.DAYS,
    )


@pages.get("/programs.csv")
@guarded("platform", "platform")
def programs_csv() -> Response:
    """The same as a table for other programs: all that is found, in the same order."""
    found = _in_order(turning.found(programmes.programmes(), lambda one: one.company))
    return tables.answer("programmes", _HEAD, [[_cells(one) for one in found]])


def _sort() -> str:
    typed = request.args.get("sort", "")
    return typed if typed.removeprefix("-") in _ORDERS else "name"


def _in_order(found: list[Programme]) -> list[Programme]:
    """They come by name; sorting keeps that among equals."""
    sort = _sort()
    return sorted(found, key=_ORDERS[sort.removeprefix("-")], reverse=sort.startswith("-"))


def _columns() -> list[tuple[str, str]]:
    """What can be sorted by, and its words, in the order of the table."""
    return [
        ("name", _("Programme")),
        ("members", _("Members")),
        ("active", _("Active")),
        ("issued", _("Points issued")),
        ("redeemed", _("Points redeemed")),
        ("points", _("Open points")),
        ("waiting", _("Rewards waiting")),
        ("revised", _("Rules since")),
    ]


def _cells(one: Programme) -> tables.Cells:
    company, worth = one.company, one.worth_minor
    return (
        company.slug,
        tables.safe(company.name),
        one.state,
        one.type,
        one.held.members,
        one.held.active,
        one.moved.given,
        one.moved.issued,
        one.moved.redeemed,
        one.held.open_points,
        "" if worth is None else Decimal(worth).scaleb(-minor_digits(company.currency)),
        company.currency,
        one.held.rewards_waiting,
        one.revision.number if one.revision else "",
        tables.moment(one.revision.published_at if one.revision else None),
    )
