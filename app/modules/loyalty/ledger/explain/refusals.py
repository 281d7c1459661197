"""An expected "no", told in three voices, each with what would make it a yes.

The programmer's two sentences are the refusal's own: they travel with the API's problem, in
English. The human ones are here, in the company's language.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext

from .....errors import Refusal
from . import words
from .unavailable import unavailable
from .voices import CASHIER, CUSTOMER

Figures = dict[str, Any]


class Refused(NamedTuple):
    """Why not, and what would make it a yes; empty where nothing would."""

    why: str
    remedy: str


_Told = dict[str, Callable[[Figures], tuple[str, str]]]


def refused(refusal: Refusal, voice: str) -> Refused:
    """The refusal in one voice; one that has no words here speaks its own sentence."""
    told_by = VOICES.get(voice, {}).get(refusal.code)
    if told_by is None:
        return Refused(refusal.sentence, refusal.remedy)
    return Refused(*told_by(refusal.figures))


def _cooldown(f: Figures) -> tuple[str, str]:
    why = ngettext(
        "Between two stamps lies %(num)s minute.",
        "Between two stamps lie %(num)s minutes.",
        f["cooldown_minutes"],
    )
    wait = words.wait(f["retry_after_seconds"])
    return why, _("The next stamp is possible in %(wait)s.", wait=wait)


def _daily_cap(f: Figures) -> tuple[str, str]:
    given, cap, left = f["given_today"], f["max_daily_stamps"], f["available"]
    why = _("%(given)s of %(cap)s stamps were given today.", given=given, cap=cap)
    if left:
        fits = ngettext("%(num)s more fits today.", "%(num)s more fit today.", left)
        return why, fits
    return why, _("The next stamp is possible tomorrow.")


def _points_missing(f: Figures) -> tuple[str, str]:
    available, needed = f["available"], words.points(f["needed"])
    missing = ngettext(
        "%(points)s more point makes it possible.",
        "%(points)s more points make it possible.",
        f["missing"],
        points=words.number(f["missing"]),
    )
    if available < 0:
        return _("The card owes %(points)s.", points=words.points(-available)), missing
    have = words.number(available)
    return _("%(have)s of %(needed)s are on the card.", have=have, needed=needed), missing


def _stamps_missing(f: Figures) -> tuple[str, str]:
    missing = ngettext(
        "%(num)s more stamp makes it possible.",
        "%(num)s more stamps make it possible.",
        f["missing"],
    )
    have, needed = words.number(f["available"]), words.stamps(f["needed"])
    return _("%(have)s of %(needed)s are on the card.", have=have, needed=needed), missing


def _below_minimum(f: Figures) -> tuple[str, str]:
    least = words.points(f["minimum_redemption_points"])
    price = words.points(f["price"])
    return (
        _("It costs %(price)s; redeeming begins at %(least)s.", price=price, least=least),
        _("A reward from %(least)s on can be taken.", least=least),
    )


def _code_used(f: Figures) -> tuple[str, str]:
    why, seconds = _("This code was used already."), f["retry_after_seconds"]
    if not seconds:
        return why, _("The card shows the next one.")
    return why, _("The next one comes in %(seconds)s s.", seconds=seconds)


def _ended(f: Figures) -> str:
    if f.get("redeemable_until"):
        day = words.day(f["redeemable_until"])
        return _("The programme has ended: rewards could be taken until %(day)s.", day=day)
    return _("The programme is paused: nothing can be collected or taken now.")


def _exceeds(f: Figures) -> tuple[str, str]:
    left, whole = words.money(f["available_minor"]), words.money(f["original_minor"])
    return (
        _("Of this sale of %(whole)s, %(left)s can still be returned.", whole=whole, left=left),
        _("Return %(left)s or less.", left=left),
    )


def _too_late(f: Figures) -> tuple[str, str]:
    why = ngettext(
        "At the counter a line can be taken back for %(num)s day.",
        "At the counter a line can be taken back for %(num)s days.",
        f["void_days"],
    )
    return why, _("The office can still take it back.")


def _two_people(f: Figures) -> tuple[str, str]:
    minutes, points = f.get("void_alone_minutes"), f.get("redemption_alone_points")
    why = _("This takes two people, and one of them has to be a manager.")
    if minutes is not None:
        why = ngettext(
            "Alone, you can take back your own lines for %(num)s minute.",
            "Alone, you can take back your own lines for %(num)s minutes.",
            minutes,
        )
    elif points is not None:
        why = _(
            "From %(points)s on, giving a reward takes two people.", points=words.points(points)
        )
    return why, _("A colleague’s PIN makes it possible; one of you two has to be a manager.")


_TO_BOTH: _Told = {
    "cooldown": _cooldown,
    "daily-cap": _daily_cap,
    "insufficient-points": _points_missing,
    "insufficient-stamps": _stamps_missing,
    "below-minimum-redemption": _below_minimum,
    "reward-not-available": unavailable,
    "already-voided": lambda f: (
        _("This was taken back already, all of it."),
        _("Nothing is left to do; the card’s history shows the return."),
    ),
    "void-exceeds-original": _exceeds,
    "not-voidable": lambda f: (
        _("Sales, stamps, rewards and changes by hand can be taken back; this line stays."),
        _("The office can set the points right by hand."),
    ),
    "too-late": _too_late,
    "second-person-needed": _two_people,
    "code-used": _code_used,
    "already-merged": lambda f: (
        _("This card took another one in."),
        _("Merge the other way round, or take those two apart first."),
    ),
    "too-much-to-carry": lambda f: (
        _("At most 1,000 stamps and 1,000,000,000 points go from one card to another at once."),
        _("Let the customer take rewards first, or set the points right by hand."),
    ),
    "wallet-unavailable": lambda f: (
        _("Passes for the phone’s wallet cannot be had just now."),
        _("The card on its page works as always; the office can mend this."),
    ),
    "already-decided": lambda f: (
        _("Somebody else decided this meanwhile."),
        _("Ask for it anew if it is still needed."),
    ),
}

_TO_THE_CASHIER: _Told = {
    "program-inactive": lambda f: (_ended(f), _("The office can start the programme again.")),
    "card-blocked": lambda f: (
        _("This card is blocked: it can take and give nothing."),
        _("The chain’s office can say why, and unblock it."),
    ),
    "stamps-not-enabled": lambda f: (
        _("This programme has no stamps."),
        _("Type the amount of the sale: it gives points."),
    ),
    "points-not-enabled": lambda f: (
        _("This programme has no points."),
        _("Give a stamp instead."),
    ),
    "code-expired": lambda f: (
        _("This code is older than a minute."),
        _("Let the customer open the card anew."),
    ),
    "enrolment-closed": lambda f: (
        _("The programme is paused and takes no new members."),
        _("The office can start the programme again."),
    ),
}

_TO_THE_CUSTOMER: _Told = {
    "program-inactive": lambda f: (_ended(f), _("What is on your card stays.")),
    "card-blocked": lambda f: (
        _("Your card is blocked: nothing can be collected or taken."),
        _("Please ask at the counter."),
    ),
    "stamps-not-enabled": lambda f: (
        _("There are no stamps here."),
        _("What you buy gives points."),
    ),
    "points-not-enabled": lambda f: (
        _("There are no points here."),
        _("Each visit gives a stamp."),
    ),
    "code-expired": lambda f: (
        _("This code is older than a minute."),
        _("Open your card anew."),
    ),
    "enrolment-closed": lambda f: (
        _("This programme takes no new members now."),
        _("Ask again when it goes on; a card that exists stays as it is."),
    ),
}

VOICES: dict[str, _Told] = {
    CASHIER: _TO_BOTH | _TO_THE_CASHIER,
    CUSTOMER: _TO_BOTH | _TO_THE_CUSTOMER,
}
