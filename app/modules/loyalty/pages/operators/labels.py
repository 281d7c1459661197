"""What the desk calls things."""

from datetime import timedelta
from decimal import Decimal

from flask_babel import format_decimal, format_timedelta
from flask_babel import gettext as _


def settings() -> dict[str, str]:
    """The operator's settings of a company, in the order of the form."""
    return {
        "self_enrolment": _("Customers enrol themselves, by poster or through the API"),
        "require_staff_pin": _("Staff prove themselves by PIN"),
        "staff_voids": _("Counters take back stamps, sales and rewards"),
        "redeem_across_vendors": _("Rewards are given at every shop, whichever made the card"),
    }


def job(kind: str) -> str:
    """What runs by the clock."""
    known = {
        "expiry": _("Expiry and its notices"),
        "tier-review": _("The review of tiers"),
        "anchors": _("The ledger’s anchor"),
        "clean-up": _("Clearing away"),
        "verify": _("Checking every figure"),
        "certificates": _("Certificates that end"),
        "wallet-sync": _("The hourly look at passes"),
    }
    return known.get(kind, kind.replace("-", " ").capitalize())


def event(kind: str) -> str:
    """What was to follow an event."""
    known = {
        "card.enrolled": _("A new card’s letter"),
        "card.link": _("The link to a card"),
        "card.sign-in": _("A customer’s way in"),
        "card.confirm": _("“Is this your address?”"),
        "pin.disabled": _("“A PIN was disabled”"),
        "pins.besieged": _("“Somebody is guessing PINs”"),
        "wallet.stopped": _("“A wallet has stopped”"),
        "wallet.expiring": _("“A certificate ends soon”"),
        "office.alarm": _("An alarm to the office"),
        "reward.ready": _("“Your reward is ready”"),
        "points.expiring": _("“Your points expire”"),
        "transaction.voided": _("“Something was taken back”"),
        "tier.changed": _("“Your tier changed”"),
    }
    return known.get(kind, kind)


def age(waited: timedelta) -> str:
    """`4 minutes`, `2 days`: how long something has waited, in its largest unit."""
    return str(format_timedelta(waited, granularity="second", threshold=1))


def took(milliseconds: int) -> str:
    """`85 ms`, `12 s`, `4 min`."""
    if milliseconds < 1_000:
        return _("%(number)s ms", number=milliseconds)
    if milliseconds < 60_000:
        return _("%(number)s s", number=milliseconds // 1_000)
    return _("%(number)s min", number=milliseconds // 60_000)


def size(size_bytes: int) -> str:
    """`48 MB`, `3.2 GB`, rounded down."""
    for unit, power in (("GB", 30), ("MB", 20), ("kB", 10)):
        tenths = size_bytes * 10 >> power
        if tenths >= 10:
            whole = Decimal(tenths) / 10 if tenths < 100 else tenths // 10
            return f"{format_decimal(whole)} {unit}"
    return f"{size_bytes} B"
