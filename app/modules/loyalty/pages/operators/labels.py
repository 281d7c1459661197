"""What the desk calls things."""

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
    known = {"expiry": _("Expiry and its notices"), "verify": _("Checking every figure")}
    return known.get(kind, kind.replace("-", " ").capitalize())


def event(kind: str) -> str:
    """What was to follow an event."""
    known = {
        "card.enrolled": _("A new card’s letter"),
        "card.link": _("The link to a card"),
        "reward.ready": _("“Your reward is ready”"),
        "points.expiring": _("“Your points expire”"),
        "transaction.voided": _("“Something was taken back”"),
        "tier.changed": _("“Your tier changed”"),
    }
    return known.get(kind, kind)
