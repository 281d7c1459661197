"""What cashier and customer are told in the same words."""

from flask_babel import gettext as _
from flask_babel import ngettext

from ...cards.numbers import shown
from ..decision import Step
from . import words
from .voices import Told


def by_hand(s: Step) -> dict[str, str]:
    """The figures of an adjustment's sentence."""
    return {"points": words.points(abs(s["points"])), "reason": s["reason"]}


def _rated(s: Step) -> str:
    return _("%(amount)s at %(points)s for every %(unit)s: %(exact)s", **_rate_figures(s))


def _category_rated(s: Step) -> str:
    return _(
        "%(amount)s of %(category)s at %(points)s for every %(unit)s: %(exact)s",
        category=s["category"],
        **_rate_figures(s),
    )


def _rate_figures(s: Step) -> dict[str, str]:
    return {
        "amount": words.money(s["amount_minor"]),
        "points": words.points(s["points"]),
        "unit": words.money(s["unit_minor"]),
        "exact": words.rated(s),
    }


def bonus_percent(s: Step) -> str:
    """`Bean week (coffee): 10% more`"""
    percent = words.percent(s["percent_bp"])
    return _("%(bonus)s: %(percent)s more", bonus=words.bonus(s), percent=percent)


def _rounded(s: Step) -> str:
    if s["exact"].isdigit():
        return _("This makes %(points)s", points=words.points(s["points"]))
    exact, points = words.exact(s["exact"]), words.number(s["points"])
    return _("%(exact)s, rounded down once: %(points)s", exact=exact, points=points)


def _nothing(s: Step) -> str:
    if s["needed_minor"] is None:
        return _("At the usual rate no sale gives points")
    needed = words.money(s["needed_minor"])
    return _("Less than one point: at the usual rate it takes %(needed)s", needed=needed)


def _no_stamp(s: Step) -> str:
    if s["because"] == "cooldown":
        wait = words.wait(s["retry_after_seconds"])
        return _("No stamp with it: the next one in %(wait)s", wait=wait)
    if s["because"] == "daily-cap":
        given, cap = s["given_today"], s["max_daily_stamps"]
        return _("No stamp with it: %(given)s of %(cap)s today", given=given, cap=cap)
    return _("No stamp with it")


def _returned(s: Step) -> str:
    amount, whole = words.money(s["amount_minor"]), words.money(s["of_minor"])
    if s["amount_minor"] == s["of_minor"]:
        return _("%(amount)s returned, the whole sale", amount=amount)
    if s["whole"]:
        return _("%(amount)s returned, the rest of %(whole)s", amount=amount, whole=whole)
    return _("%(amount)s of %(whole)s returned", amount=amount, whole=whole)


def _taken_back(s: Step) -> str:
    whole = words.points(s["of"])
    share = words.number(s["share"])
    some = ngettext(
        "%(share)s of its %(of)s goes back",
        "%(share)s of its %(of)s go back",
        s["share"],
        share=share,
        of=whole,
    )
    said = [some if s["share"] else _("Nothing of its %(of)s goes back", of=whole)]
    if s["expired"]:
        expired = words.number(s["expired"])
        said.append(_("%(expired)s had expired and are not taken again", expired=expired))
    if s["debt"]:
        said.append(_("%(debt)s were spent already and are owed", debt=words.number(s["debt"])))
    return "; ".join(said)


def _given_back(s: Step) -> str:
    count = words.points(abs(s["points"]))
    if s["points"] < 0:
        points = abs(s["points"])
        return ngettext("%(points)s goes back", "%(points)s go back", points, points=count)
    if not s["repaid"]:
        return _("%(points)s come back", points=count)
    repaid = words.number(s["repaid"])
    return _("%(points)s come back; %(repaid)s repay what was owed", points=count, repaid=repaid)


def _carried_out(s: Step) -> str:
    card = shown(s["into"])
    if s["because"] == "merged":
        return _("Everything went to card %(card)s", card=card)
    if s["because"] == "undone":
        return _("Back to card %(card)s: the two are apart again", card=card)
    return _("To card %(card)s, for a return there", card=card)


def _carried_in(s: Step) -> str:
    card = shown(s["from"])
    if s["because"] == "merged":
        return _("Everything came from card %(card)s", card=card)
    if s["because"] == "undone":
        return _("Back from card %(card)s: the two are apart again", card=card)
    return _("From card %(card)s, for a return here", card=card)


SENTENCES: Told = {
    "rate": _rated,
    "category-rate": _category_rated,
    "bonus-percent": bonus_percent,
    "bonus-points": lambda s: _(
        "%(bonus)s: %(points)s more", bonus=words.bonus(s), points=words.points(s["points"])
    ),
    "rounded-down": _rounded,
    "rounds-to-nothing": _nothing,
    "below-minimum": lambda s: _(
        "Points begin at %(minimum)s: %(missing)s is missing",
        minimum=words.money(s["minimum_minor"]),
        missing=words.money(s["missing_minor"]),
    ),
    "empty-sale": lambda s: _("Nothing was paid, so there are no points"),
    "no-stamp": _no_stamp,
    "sale-returned": _returned,
    "points-taken-back": _taken_back,
    "redemption-cancelled": lambda s: _("%(reward)s, cancelled", reward=s["reward"]),
    "adjustment-cancelled": lambda s: _("A change made by hand, cancelled"),
    "points-given-back": _given_back,
    "forgiveness-ended": lambda s: ngettext(
        "%(points)s forgiven point goes again: the debt that it lifted is gone",
        "%(points)s forgiven points go again: the debt that they lifted is gone",
        s["points"],
        points=words.number(s["points"]),
    ),
    "tier-reviewed": lambda s: _(
        "Yearly review: %(points)s since %(day)s",
        points=words.points(s["points"]),
        day=words.day(s["since"]),
    ),
    "merged-out": _carried_out,
    "merged-in": _carried_in,
    "approved": lambda s: _("A second person agreed"),
}
