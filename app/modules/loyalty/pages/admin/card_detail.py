"""`/admin/cards/<number>`: one card with its whole history; blocking, unblocking, replacing."""

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import distinct, func, select
from werkzeug.wrappers import Response

from ..... import clock, tenancy
from .....accounts import vendors
from .....accounts.customers import Customer
from .....accounts.pages import own_shop
from .....extensions import db
from .....guards import guarded
from ... import cards, expiry, programs, rewards
from ...cards import BLOCKED, LoyaltyCard
from ...ledger import LoyaltyTransaction
from ...ledger.explain import words
from ...programs import Rules
from ...programs.rules import ProgramState
from ...reports import VISITS
from . import dates, lines, reach, rights, wallet_pass
from .blueprint import pages
from .paging import number_asked

LINES = 20
MOST_EXPIRING = 3


@pages.get("/cards/<string:number>")
@guarded("admin", "cards")
def card(number: str) -> str:
    """The person, the balances, and lines that open their receipts; `?before=` a sequence."""
    found = reach.card(number)
    customer = db.session.get_one(Customer, (tenancy.company_id(), found.customer_id))
    before = number_asked("before")
    history = lines.of_card(found.id, before=before, limit=LINES + 1)
    rules = programs.current()
    return render_template(
        "loyalty/admin/card.html",
        card=found,
        customer=customer,
        rules=rules,
        number=cards.shown(found.number),
        tier=_tier(found, rules),
        ahead=_ahead(found, rules),
        expiring=_expiring(found, rules),
        visits=_visits(found.id),
        ready=_ready(found, rules),
        lines=history[:LINES],
        older=history[LINES - 1].row.sequence if len(history) > LINES else None,
        newest=before is None,
        joined_at=_shop_name(found.enrolled_vendor_id),
        here=reach.own_shop_name(),
        blocked=found.status == BLOCKED,
        may_return=rights.may_return,
        passes=wallet_pass.shown(found.id),
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


@pages.get("/cards/<string:number>/replace")
@guarded("admin", "cards")
def card_replacement(number: str) -> str:
    """What replacing does, and the button that does it."""
    found = reach.card(number)
    customer = db.session.get_one(Customer, (tenancy.company_id(), found.customer_id))
    return render_template(
        "loyalty/admin/card_replace.html",
        card=found,
        customer=customer,
        number=cards.shown(found.number),
    )


@pages.post("/cards/<string:number>/replace")
@guarded("admin", "cards")
def card_replace(number: str) -> Response:
    """Another number, and every link of before is useless; what is on the card goes along."""
    found = reach.card(number)
    cards.replace(found, by=g.actor)
    db.session.commit()
    told = _("Replaced: the number is %(number)s now.", number=cards.shown(found.number))
    flash(told, "done")
    return redirect(url_for("admin.loyalty.card", number=found.number), 303)


def _set_blocked(number: str, blocked: bool, sentence: str) -> Response:
    found = reach.card(number)
    cards.block(found, blocked, by=g.actor)
    db.session.commit()
    flash(sentence, "done")
    return redirect(url_for("admin.loyalty.card", number=found.number), 303)


def _tier(found: LoyaltyCard, rules: Rules) -> str | None:
    """`Gold × 1.25`, where points make tiers."""
    tier = rules.tier_at(found.tier_points) if rules.points else None
    if tier is None or tier.multiplier_bp == words.PLAIN_BP:
        return tier.name if tier else None
    return f"{tier.name} × {words.times(tier.multiplier_bp)}"


def _ahead(found: LoyaltyCard, rules: Rules) -> tuple[str, str] | None:
    """The next tier's name, and how far it is."""
    tier = rules.next_tier(found.tier_points) if rules.points else None
    if tier is None:
        return None
    return tier.name, words.points(tier.min_lifetime_points - found.tier_points)


def _expiring(found: LoyaltyCard, rules: Rules) -> list[tuple[str, str]]:
    """`("31 December", "20 points")`, the soonest first; with the year where it is another."""
    today = clock.business_day(clock.now(), g.company.timezone)
    days = expiry.expiring(found) if rules.points else []
    coming = [(day, points) for day, points in days if day > today]
    return [
        (dates.day(day, "d MMMM" if day.year == today.year else "d MMMM y"), words.points(points))
        for day, points in coming[:MOST_EXPIRING]
    ]


def _ready(found: LoyaltyCard, rules: Rules) -> list[tuple[str, int]]:
    """What the card can have now, at one shop or another: the name, and how often."""
    program = programs.of_company()
    state = ProgramState(program.active, program.redeemable_until)
    day = clock.business_day(clock.now(), g.company.timezone)
    choices = rewards.catalogue.of_card(found, rules=rules, day=day, state=state).redeemable
    return [(c.name, found.stamps_balance // c.stamps if c.id is None else 1) for c in choices]


def _visits(card_id: int) -> int:
    """Days on which something was collected or redeemed; to a manager, at their shop."""
    line = LoyaltyTransaction
    days = select(func.count(distinct(line.business_day))).where(reach.lines_here())
    return db.session.scalar(days.where(line.card_id == card_id, line.type.in_(VISITS))) or 0


def _shop_name(vendor_id: int | None) -> str | None:
    if vendor_id is None or own_shop() not in (None, vendor_id):
        return None
    return db.session.get_one(vendors.Vendor, (tenancy.company_id(), vendor_id)).name
