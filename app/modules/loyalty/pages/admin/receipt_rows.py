"""The decision's steps as rows of a receipt: the words, and the figure that hangs from them."""

from collections.abc import Callable, Sequence
from fractions import Fraction

from babel.numbers import format_decimal
from flask_babel import get_locale
from flask_babel import gettext as _

from ...accrual.points import decimal
from ...ledger import Step
from ...ledger.explain import words

Pair = tuple[str, str]
Pairs = list[Pair]


def of(steps: Sequence[Step]) -> Pairs:
    """All rows of a decision, in the order in which it was computed."""
    codes = {step["code"] for step in steps}
    found: Pairs = []
    exact = Fraction(0)  # what amount, rates and tier have made so far, before the one rounding
    flat = [step for step in steps if step["code"] == "bonus-points"]
    for step in steps:
        code = step["code"]
        if code in ("rate", "category-rate"):
            part = Fraction(step["amount_minor"] * step["points"], step["unit_minor"])
            exact += part
            found.append((_rate(step), _exact(part)))
        elif code == "tier":
            exact *= Fraction(step["multiplier_bp"], words.PLAIN_BP)
            found.append((_tier(step), _exact(exact)))
        elif code == "rounded-down":
            found += _rounded(step, codes)
            found += [(words.bonus(each), f"+{words.number(each['points'])}") for each in flat]
        elif code in _ROWS:
            found += _ROWS[code](step)
    return found


def _exact(value: Fraction) -> str:
    """`12.50`, `15.625`, `0.333333…`"""
    over, under = value.numerator, value.denominator
    if under != 1 and 100 % under == 0:
        hundredths = f"{over * 100 // under:03d}"
        text = f"{hundredths[:-2]}.{hundredths[-2:]}"
        return str(format_decimal(text, format="#,##0.00", locale=get_locale()))
    return words.exact(decimal(over, under))


def _rate(step: Step) -> str:
    figures = {"points": words.points(step["points"]), "unit": words.money(step["unit_minor"])}
    if step["code"] == "rate":
        return _("%(points)s for %(unit)s", **figures)
    amount = words.money(step["amount_minor"])
    return _(
        "%(category)s, %(amount)s: %(points)s for %(unit)s",
        category=step["category"],
        amount=amount,
        **figures,
    )


def _tier(step: Step) -> str:
    return _("%(tier)s, × %(times)s", tier=step["tier"], times=words.times(step["multiplier_bp"]))


def _rounded(step: Step, codes: set[str]) -> Pairs:
    points = words.number(step["points"])
    found = [(_("Rounded down, once"), points)]
    if "bonus-percent" in codes:
        return [(_("With the bonuses"), words.exact(step["exact"])), *found]
    if "bonus-points" not in codes:
        return [(_("Bonuses"), _("none")), *found]
    return found


def _sale(s: Step) -> Pairs:
    shop = _("Sale at %(vendor)s", vendor=s["vendor"]) if s["vendor"] else _("Sale")
    return [(shop, words.money(s["amount_minor"]))]


def _below(s: Step) -> Pairs:
    return [
        (_("Points begin at"), words.money(s["minimum_minor"])),
        (_("Missing"), words.money(s["missing_minor"])),
    ]


def _nothing(s: Step) -> Pairs:
    if s["needed_minor"] is None:
        return []
    return [(_("One point takes"), words.money(s["needed_minor"]))]


def _returned(s: Step) -> Pairs:
    found = [(_("The sale"), words.money(s["of_minor"]))]
    if s["before_minor"]:
        found.append((_("Returned before"), words.money(s["before_minor"])))
    return [*found, (_("Returned now"), words.money(s["amount_minor"]))]


def _taken_back(s: Step) -> Pairs:
    found = [(_("Its share of %(points)s", points=words.points(s["of"])), words.number(s["share"]))]
    if s["expired"]:
        found.append((_("Expired before"), words.number(-s["expired"])))
    if s["debt"]:
        found.append((_("Owed from now on"), words.number(s["debt"])))
    return found


def _given_back(s: Step) -> Pairs:
    found = [(_("Given back"), words.number(s["points"]))]
    if s["repaid"]:
        found.append((_("Of it repays what was owed"), words.number(s["repaid"])))
    return found


def _stamps_given(s: Step) -> Pairs:
    vendor = s["vendor"]
    words_ = _("Stamps at %(vendor)s", vendor=vendor) if vendor else _("Stamps")
    return [(words_, str(s["quantity"]))]


_ROWS: dict[str, Callable[[Step], Pairs]] = {
    "sale": _sale,
    "bonus-percent": lambda s: [(words.bonus(s), f"+{words.percent(s['percent_bp'])}")],
    "capped": lambda s: [
        (_("At most %(cap)s a sale", cap=words.points(s["cap"])), words.number(-s["lost"]))
    ],
    "below-minimum": _below,
    "rounds-to-nothing": _nothing,
    "empty-sale": lambda s: [(_("Nothing was paid"), "0")],
    "tier-reviewed": lambda s: [
        (_("Collected since %(day)s", day=words.day(s["since"])), words.number(s["points"])),
        (_("Collected before, no longer counted"), words.number(s["laid_aside"])),
    ],
    "tier-reached": lambda s: [(_("New tier"), s["to"])],
    "tier-lost": lambda s: [(_("Tier from now on"), s["to"] or _("none"))],
    "stamps-given": _stamps_given,
    "stamps-counted": lambda s: [
        (_("On the card, of %(target)s", target=s["target"]), f"{s['before']} → {s['after']}")
    ],
    "day-counted": lambda s: [
        (_("Places of the day"), _("%(count)s of %(cap)s", count=s["count"], cap=s["cap"]))
    ],
    "reward-ready": lambda s: [(_("Ready"), s["reward"])],
    "reward-taken": lambda s: [(s["reward"], words.stamps(s["target"]))],
    "reward-redeemed": lambda s: [(s["reward"], words.price(s))],
    "stamps-kept": lambda s: [(_("On the card"), f"{s['before']} → {s['after']}")],
    "stamps-undone": lambda s: [
        (_("Taken back from line %(number)s", number=s["sequence"]), str(s["quantity"]))
    ],
    "day-given-back": lambda s: [(_("Places of the day used"), str(s["count"]))],
    "welcome-bonus": lambda s: [(_("To welcome, once per person"), words.number(s["points"]))],
    "sale-returned": _returned,
    "points-taken-back": _taken_back,
    "points-given-back": _given_back,
    "redemption-cancelled": lambda s: [(s["reward"], _("cancelled"))],
    "adjustment-cancelled": lambda s: [
        (_("Line %(number)s, set by hand", number=s["sequence"]), _("cancelled"))
    ],
    "debt-forgiven": lambda s: [(_("Debt forgiven"), words.number(s["points"]))],
    "forgiveness-ended": lambda s: [(_("No longer forgiven"), words.number(s["points"]))],
    "adjusted": lambda s: [(_("Set by hand"), words.number(s["points"]))],
    "expired": lambda s: [(_("Expired"), words.number(-s["points"]))],
    "reinstated": lambda s: [
        (_("Expired in line %(number)s", number=s["sequence"]), words.number(s["points"]))
    ],
}
