"""What each rule is called, and the choices of those that are chosen."""

from flask_babel import gettext as _

Options = list[tuple[str, str]]


def labels() -> dict[str, str]:
    """Every rule of a revision that stands for itself, in the order of the form."""
    return {
        "loyalty_type": _("Customers collect"),
        "points_per_unit": _("Points earned"),
        "unit_minor": _("For every"),
        "minimum_purchase_minor": _("Purchases from"),
        "point_value_bp": _("Points pay"),
        "minimum_redemption_points": _("Fewest points to redeem"),
        "max_points_per_order": _("Most points a purchase"),
        "max_points_per_checkout": _("Most points to pay with at once"),
        "stamps_per_sale": _("Stamps with each purchase"),
        "birthday_bonus_bp": _("More on the birthday"),
        "bonus_stacking": _("Several bonuses at once"),
        "welcome_bonus_points": _("Points to welcome"),
        "welcome_bonus_when": _("The welcome comes"),
        "expiry": _("Points expire"),
        "expiry_notice_days": _("Notices of expiry"),
        "stamps_target": _("Stamps for the reward"),
        "stamps_reward_name": _("The reward"),
        "stamps_reward_value_minor": _("What it is worth"),
        "cooldown_minutes": _("Minutes between stamps"),
        "max_daily_stamps": _("Stamps a day"),
        "require_staff_pin": _("A PIN at the counter"),
        "void_alone_minutes": _("Minutes to take back alone"),
        "void_days": _("Days to take back with a second person"),
        "void_policy": _("Points spent before a return"),
        "redemption_alone_points": _("Redeeming alone, below"),
        "adjustment_alone_points": _("Adjusting alone, below"),
        "tier_review_on": _("Tiers are reviewed"),
        "card_name": _("Name on the card"),
        "card_color": _("Colour"),
        "terms_text": _("Terms"),
        "privacy_url": _("Privacy notice"),
    }


def options() -> dict[str, Options]:
    """`(value, words)` of each rule that is one of several."""
    return {
        "loyalty_type": [
            ("stamps", _("stamps")),
            ("points", _("points")),
            ("hybrid", _("stamps and points")),
        ],
        "bonus_stacking": [
            ("sum", _("they all add up")),
            ("best", _("the best one counts alone")),
        ],
        "welcome_bonus_when": [
            ("enrolment", _("when they join")),
            ("verified", _("once their address is confirmed")),
            ("first_visit", _("with their first purchase")),
        ],
        "void_policy": [
            ("debt", _("stay owed, and the next purchases repay them")),
            ("forgive", _("are forgiven, on a line of their own")),
        ],
    }


def months() -> Options:
    """The months to choose from, `1` to `12`."""
    names = (
        _("January"),
        _("February"),
        _("March"),
        _("April"),
        _("May"),
        _("June"),
        _("July"),
        _("August"),
        _("September"),
        _("October"),
        _("November"),
        _("December"),
    )
    return [(str(number), name) for number, name in enumerate(names, 1)]
