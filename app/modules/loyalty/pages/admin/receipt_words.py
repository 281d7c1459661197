"""A ledger line in a few words: what it is, what it changed, and what it is called."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext

from ...ledger import LoyaltyTransaction, Step
from ...ledger.explain import CASHIER, say, words
from ...ledger.tiers import is_review


class Reversal(NamedTuple):
    """A line that took (part of) another one back, or the line that was taken back."""

    id: int
    sequence: int
    type: str
    amount_minor: int | None
    points: int
    stamps: int
    occurred_at: datetime


# Every type of line, as a filter names it.
TYPES: dict[str, Callable[[], str]] = {
    "points_earned": lambda: _("Sales"),
    "points_redeemed": lambda: _("Points spent"),
    "stamps_added": lambda: _("Stamps"),
    "stamps_redeemed": lambda: _("Stamp rewards"),
    "voided": lambda: _("Taken back"),
    "points_adjusted": lambda: _("Set by hand"),
    "welcome_bonus": lambda: _("Welcomes"),
    "points_expired": lambda: _("Expired"),
    "points_reinstated": lambda: _("Reinstated"),
    "points_forgiven": lambda: _("Forgiven"),
    "imported": lambda: _("Imported"),
}
_BACK: dict[str, Callable[[], str]] = {
    "points_earned": lambda: _("Return this sale"),
    "stamps_added": lambda: _("Take these stamps back"),
    "stamps_redeemed": lambda: _("Cancel this redemption"),
    "points_redeemed": lambda: _("Cancel this redemption"),
    "points_adjusted": lambda: _("Cancel this adjustment"),
}
_Shown = Callable[[datetime], str]


def what(row: LoyaltyTransaction, origin: Reversal | None, at: _Shown) -> str:
    """`Sale of €12.50`, `Stamp 4 of 10`, `Return of €4.80 from the sale of 12 Nov, 12:31`"""
    if row.type == "voided" and origin:
        return _taken_back(row, origin, at)
    told = _WHAT.get(row.type)
    return told(row) if told else row.type.replace("_", " ")


def change(row: LoyaltyTransaction) -> str:
    """`+15`, `+1 stamp`, `+15, +1 stamp`; `0`"""
    parts = [_signed(row.points)] if row.points else []
    if row.stamps:
        unit = ngettext("stamp", "stamps", abs(row.stamps))
        parts.append(f"{_signed(row.stamps)} {unit}")
    return ", ".join(parts) or "0"


def title(row: LoyaltyTransaction) -> str:
    """`Why 15 points?`"""
    amounts = _amounts(row)
    return _("Why %(change)s?", change=amounts) if amounts else _("Why nothing?")


def total(row: LoyaltyTransaction) -> tuple[str, str]:
    """What the decision comes to."""
    gave = row.points + row.stamps >= 0
    return (_("Given") if gave else _("Taken"), _amounts(row).replace("−", "") or _("nothing"))


def balances(row: LoyaltyTransaction) -> list[tuple[str, str | None]]:
    """Before and after, of what the line is about."""
    found: list[tuple[str, str | None]] = []
    if row.points or not row.stamps:
        before = words.number(row.points_after - row.points)
        found.append((_("Balance"), f"{before} → {words.number(row.points_after)}"))
    if row.stamps:
        before = words.number(row.stamps_after - row.stamps)
        found.append((_("Stamps"), f"{before} → {words.number(row.stamps_after)}"))
    return found


def back_label(type_: str) -> str:
    """What the button says that takes such a line back."""
    return _BACK[type_]() if type_ in _BACK else ""


def reversal(part: Reversal, when: str) -> str:
    """`€4.80 on 13 Nov, 12:48`; without an amount, the moment."""
    if part.amount_minor is None:
        return when
    return _("%(amount)s on %(when)s", amount=words.money(part.amount_minor), when=when)


def _amounts(row: LoyaltyTransaction) -> str:
    """`15 points`, `−3 stamps`, `15 points and 1 stamp`"""
    parts = [words.points(row.points)] if row.points else []
    if row.stamps:
        unit = ngettext("stamp", "stamps", abs(row.stamps))
        parts.append(f"{words.number(row.stamps)} {unit}")
    return _(" and ").join(parts)


def _signed(number: int) -> str:
    return f"+{words.number(number)}" if number > 0 else words.number(number)


def _step(row: LoyaltyTransaction, name: str) -> Step:
    return next((step for step in row.steps if name in step), {})


def _stamps_added(row: LoyaltyTransaction) -> str:
    counted = next((s for s in row.steps if s["code"] == "stamps-counted"), {})
    if "target" not in counted:
        return _("Stamped")
    return _("Stamp %(after)s of %(target)s", after=counted["after"], target=counted["target"])


def _taken(row: LoyaltyTransaction) -> str:
    return _("%(reward)s taken", reward=_step(row, "reward").get("reward") or _("Reward"))


def _sale(row: LoyaltyTransaction) -> str:
    return _("Sale of %(amount)s", amount=words.money(row.amount_minor or 0))


def _taken_back(row: LoyaltyTransaction, origin: Reversal, at: _Shown) -> str:
    when = at(origin.occurred_at)
    if origin.type == "points_earned":
        amount = words.money(row.amount_minor or 0)
        if row.amount_minor == origin.amount_minor:
            return _("Return of the whole sale of %(when)s, %(amount)s", when=when, amount=amount)
        return _("Return of %(amount)s from the sale of %(when)s", amount=amount, when=when)
    if origin.type == "points_adjusted":
        return _("Adjustment of %(when)s cancelled", when=when)
    if origin.type == "stamps_added":
        return _("Line %(number)s taken back", number=origin.sequence)
    reward = _step(row, "reward").get("reward") or _("Reward")
    return _("%(reward)s of %(when)s cancelled", reward=reward, when=when)


def _forgiven(row: LoyaltyTransaction) -> str:
    return _("Debt forgiven") if row.points >= 0 else _("No longer forgiven")


def _carried(row: LoyaltyTransaction) -> str:
    """What a merge moved between two cards says itself which; the rest came with an import."""
    if row.steps and row.steps[0]["code"] in ("merged-in", "merged-out"):
        return say(row.steps[0], CASHIER)
    return _("Brought along from before")


def _adjusted(row: LoyaltyTransaction) -> str:
    if is_review(row.steps):
        return _("Yearly review of the tier")
    return _("Set by hand: %(reason)s", reason=row.reason or "–")


_WHAT: dict[str, Callable[[LoyaltyTransaction], str]] = {
    "stamps_added": _stamps_added,
    "stamps_redeemed": _taken,
    "points_redeemed": _taken,
    "points_earned": _sale,
    "welcome_bonus": lambda row: _("Welcome"),
    "points_adjusted": _adjusted,
    "points_expired": lambda row: _("Points expired"),
    "points_reinstated": lambda row: _("Points reinstated"),
    "points_forgiven": _forgiven,
    "imported": _carried,
}
