"""One line of the ledger in a few words: for the feed, the history, the returns."""

from collections.abc import Callable

from flask_babel import gettext as _
from flask_babel import ngettext

from ...ledger import LoyaltyTransaction
from ...ledger.explain import CASHIER, summary, words
from ...programs import Rules


def what(row: LoyaltyTransaction, rules: Rules) -> str:
    """`stamp 7 of 10`, `+15 points`, `Croissant given`"""
    told_by = _WHAT.get(row.type)
    return told_by(row, rules) if told_by else _changed(row)


def title(row: LoyaltyTransaction, rules: Rules) -> str:
    """`€12.50` for a sale, else what the line was."""
    if row.type == "points_earned":
        return words.money(row.amount_minor or 0)
    said = what(row, rules)
    return said[:1].upper() + said[1:]


def small(row: LoyaltyTransaction, rules: Rules) -> str:
    """What came of it: `3 more to the coffee`, `€12.50 × 1.25 gold`, `now 86 points`."""
    if row.type == "stamps_added":
        return _to_the_reward(row, rules)
    if row.type == "points_earned":
        return summary(row.steps, CASHIER)
    if row.type == "stamps_redeemed":
        return _("−%(target)s stamps, now %(after)s", target=-row.stamps, after=row.stamps_after)
    if row.type == "points_redeemed":
        return _("%(points)s, now %(after)s", points=_points(row.points), after=_points_after(row))
    if row.type == "voided" and row.stamps and not row.points:
        return _("now %(stamps)s", stamps=of_target(row.stamps_after, rules))
    return _("now %(points)s", points=_points_after(row))


def taken(row: LoyaltyTransaction, minor: int) -> str:
    """`taken back`, or how much of a sale."""
    if not minor or minor == row.amount_minor:
        return _("taken back")
    part, whole = words.money(minor), words.money(row.amount_minor or 0)
    return _("%(part)s of %(whole)s taken back", part=part, whole=whole)


def of_target(stamps: int, rules: Rules) -> str:
    """`7 of 10`; a card past its target, or one that owes, counts in plain figures."""
    if 0 <= stamps <= rules.stamps_target:
        return _("%(stamps)s of %(target)s", stamps=stamps, target=rules.stamps_target)
    return words.number(stamps)


def reward(row: LoyaltyTransaction) -> str:
    """The name under which a reward was taken or given back; "" where the line has none."""
    return next((step["reward"] for step in row.steps if "reward" in step), "")


def _stamped(row: LoyaltyTransaction, rules: Rules) -> str:
    if row.stamps == 1 and 0 < row.stamps_after <= rules.stamps_target:
        return _(
            "stamp %(after)s of %(target)s", after=row.stamps_after, target=rules.stamps_target
        )
    return ngettext(
        "%(num)s stamp, now %(after)s",
        "%(num)s stamps, now %(after)s",
        row.stamps,
        after=of_target(row.stamps_after, rules),
    )


def _given_back(row: LoyaltyTransaction, rules: Rules) -> str:
    if row.amount_minor:
        return _("%(amount)s returned", amount=words.money(row.amount_minor))
    if named := reward(row):
        return _("%(reward)s cancelled", reward=named)
    if row.stamps:
        return ngettext("%(num)s stamp taken back", "%(num)s stamps taken back", -row.stamps)
    return _changed(row)


def _changed(row: LoyaltyTransaction) -> str:
    parts = []
    if row.points or not row.stamps:
        parts.append(_points(row.points))
    if row.stamps:
        parts.append(
            ngettext(
                "%(signed)s stamp", "%(signed)s stamps", row.stamps, signed=_signed(row.stamps)
            )
        )
    return ", ".join(parts)


def _sold(row: LoyaltyTransaction, rules: Rules) -> str:
    if not row.points and not row.stamps:
        return _("%(amount)s, no points", amount=words.money(row.amount_minor or 0))
    return _changed(row)


def _to_the_reward(row: LoyaltyTransaction, rules: Rules) -> str:
    missing, named = rules.stamps_target - row.stamps_after, rules.stamps_reward_name
    if missing > 0:
        return _("%(num)s more to %(reward)s", num=missing, reward=named)
    return _("%(reward)s is ready", reward=named)


def _points_after(row: LoyaltyTransaction) -> str:
    return words.number(row.points_after)


def _points(change: int) -> str:
    """`+1 point`, `−100 points`"""
    return ngettext("%(signed)s point", "%(signed)s points", abs(change), signed=_signed(change))


def _signed(value: int) -> str:
    return words.number(value) if value <= 0 else f"+{words.number(value)}"


_WHAT: dict[str, Callable[[LoyaltyTransaction, Rules], str]] = {
    "stamps_added": _stamped,
    "stamps_redeemed": lambda row, rules: _("%(reward)s given", reward=reward(row)),
    "points_redeemed": lambda row, rules: _("%(reward)s given", reward=reward(row)),
    "points_earned": _sold,
    "voided": _given_back,
    "welcome_bonus": lambda row, rules: _("joined, %(points)s", points=_points(row.points)),
    "points_expired": lambda row, rules: ngettext(
        "%(points)s point expired",
        "%(points)s points expired",
        -row.points,
        points=words.number(-row.points),
    ),
    "points_reinstated": lambda row, rules: ngettext(
        "%(points)s point given back after expiring",
        "%(points)s points given back after expiring",
        row.points,
        points=words.number(row.points),
    ),
    "points_forgiven": lambda row, rules: (
        _("%(points)s points of debt forgiven", points=words.number(row.points))
        if row.points > 0
        else _("%(points)s points no longer forgiven", points=words.number(-row.points))
    ),
}
