"""A card at the counter: whose it is, what stands on it, and the one thing to press."""

from dataclasses import dataclass

from babel.numbers import get_currency_symbol, get_decimal_symbol
from flask import current_app, g, render_template, request
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from config import Settings

from .....guards import guarded
from .....money import minor_digits
from ... import cards, enrolment
from ...cards import LoyaltyCard, qr
from .. import amounts, once
from . import found, frame, greeting
from .blueprint import pages
from .found import Found

MOST_KEYS = 9
SALE, STAMPS = "sale", "stamps"


@dataclass(frozen=True, slots=True)
class Till:
    """What the amount's keypad has to know: the sign of money, its digits, what was typed."""

    symbol: str
    point: str
    digits: int
    example: str
    typed: str = ""
    category: str = ""
    error: str | None = None


@pages.get("/cards/<string:number>")
@guarded("staff", "serve")
def card(number: str) -> str:
    """The card page; `side=stamps` shows the stamps' keys where a sale's amount would be."""
    return show(number)


def show(number: str, *, typed: str = "", category: str = "", error: str | None = None) -> str:
    """The page; with an amount that could not be used, as typed, and why."""
    here = found.find(number)
    rewards = found.rewards_of(here)
    new = frame.was_just_made(here.number)
    return render_template(
        "loyalty/terminal/card.html",
        found=here,
        side=_side(here),
        till=till(typed, category, error) if here.may_earn else None,
        categories=_categories(here),
        by_code=frame.was_found_by_code(here.number),
        stamp_reward=next((one for one in rewards.redeemable if one.id is None), None),
        offers=[one for one in rewards.redeemable if one.id is not None],
        has_catalogue=any(one.id for one in rewards.near) or bool(rewards.redeemed),
        price=greeting.price,
        told=[] if new else greeting.told(here, rewards),
        last_visit=_("New: the card is made") if new else greeting.last_visit(here),
        quantities=_quantities(here) if here.may_stamp else [],
        link_code=qr.svg_path(_link(here.card)) if new else None,
        number_shown=cards.shown(here.number),
        new_key=once.new_key,
    )


def till(typed: str = "", category: str = "", error: str | None = None) -> Till:
    """The keypad in the company's money."""
    currency, locale = g.company.currency, get_locale()
    digits = minor_digits(currency)
    return Till(
        symbol=get_currency_symbol(currency, locale),
        point=get_decimal_symbol(locale),
        digits=digits,
        example=amounts.shown(0),
        typed=typed,
        category=category,
        error=error,
    )


def _side(here: Found) -> str | None:
    """What stands beside the card: the sale, the stamps, or nothing where neither is given."""
    if here.may_stamp and (not here.may_earn or request.args.get("side") == STAMPS):
        return STAMPS
    return SALE if here.may_earn else None


def _categories(here: Found) -> list[tuple[str, str]]:
    """What a whole sale can be, the usual first; nothing where the programme tells none apart."""
    named = sorted(here.rules.categories)
    return [("", _("Everything")), *((name, name) for name in named)] if named else []


def _link(card: LoyaltyCard) -> str:
    """The card's page as a phone reaches it: scanned off this screen by its owner."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.public_url + enrolment.card_path(g.company.slug, card)


def _quantities(here: Found) -> list[tuple[int, str, str]]:
    """The keys of the stamp pad: `(quantity, what the button says, what it makes)`."""
    most = min(here.rules.max_daily_stamps or MOST_KEYS, MOST_KEYS)
    balance, target = here.card.stamps_balance, here.rules.stamps_target
    return [
        (
            quantity,
            ngettext("Give %(num)s stamp", "Give %(num)s stamps", quantity),
            _makes(balance + quantity, target),
        )
        for quantity in range(1, most + 1)
    ]


def _makes(after: int, target: int) -> str:
    if not 0 <= after <= target:  # a full card goes on counting, and so does one that owes
        return ngettext("makes %(num)s stamp", "makes %(num)s stamps", after)
    return _("makes %(after)s of %(target)s", after=after, target=target)
