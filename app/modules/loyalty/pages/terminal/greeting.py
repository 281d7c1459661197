"""What to mention while greeting: the birthday, what is near, what is owed, the last visit."""

from datetime import date, timedelta

from babel.dates import format_date
from flask import g
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from ..... import clock
from ... import accrual, expiry
from ...ledger.explain import words
from ...rewards.catalogue import CardRewards, Choice
from . import found as counter
from . import frame, lines
from .found import Found

BIRTHDAY_AHEAD_DAYS = 7
EXPIRY_AHEAD_DAYS = 60
_NEAR = 4  # a tier is near when a quarter of its threshold or less is missing

Told = list[tuple[str, str]]  # (icon, sentence)


def told(found: Found, rewards: CardRewards) -> Told:
    """In the order in which a cashier would say it."""
    said = [("cake", day) for day in [_birthday(found)] if day]
    free = counter.free_at(found)
    if found.may_stamp and free and free > clock.now():
        at = frame.time_of_day(free, seconds=True)
        said.append(("clock", _("Next stamp from %(time)s", time=at)))
    said += [("info", owed) for owed in _owed(found)]
    said += [("clock", soon) for soon in _expiring(found)]
    said += [("gift", near) for near in _nearest(rewards)]
    said += [("arrow", tier) for tier in [_next_tier(found)] if tier]
    return said


def last_visit(found: Found) -> str:
    """`Last here on Tuesday, at Station`"""
    last = lines.last_of(found.card.id)
    if last is None:
        return _("New here")
    minutes = lines.seconds_since(last.row.occurred_at) // 60
    if minutes < 1:
        return _("Here just now")
    if minutes < 60:
        return _("Last here %(num)s min ago", num=minutes)
    day = frame.day_of(last.row.occurred_at)
    if last.vendor is None or last.row.vendor_id == g.terminal.vendor_id:
        return _("Last here %(day)s", day=day)
    return _("Last here %(day)s, at %(vendor)s", day=day, vendor=last.vendor)


def price(choice: Choice) -> str:
    """`80 points`, `5 stamps`, or both."""
    return words.price({"points": choice.points, "stamps": choice.stamps})


def to_go(choice: Choice) -> str:
    """What a reward still lacks: `29 points`, `2 stamps`, or both."""
    lacks = {"points": choice.missing_points, "stamps": choice.missing_stamps}
    return words.price(lacks)


def _birthday(found: Found) -> str | None:
    """`Birthday on Saturday`, from a week before; today with the bonus that waits."""
    born, today = found.customer.birthday, counter.today()
    days = (today + timedelta(days=ahead) for ahead in range(BIRTHDAY_AHEAD_DAYS + 1))
    day = next((day for day in days if born and accrual.is_birthday(born, day)), None)
    if day is None:
        return None
    if day > today + timedelta(days=1):
        return _("Birthday on %(day)s", day=format_date(day, "EEEE", locale=get_locale()))
    if day > today:
        return _("Birthday tomorrow")
    if _bonus_waits(found, today):
        return _("Birthday today: the bonus comes with the next sale")
    return _("Birthday today")


def _bonus_waits(found: Found, today: date) -> bool:
    has_one = any(bonus.birthday for bonus in found.rules.all_bonuses)
    return found.may_earn and has_one and found.card.birthday_year != today.year


def _owed(found: Found) -> list[str]:
    owed = []
    if found.rules.points and found.card.points_balance < 0:
        debt = -found.card.points_balance
        owed.append(ngettext("%(num)s point owed", "%(num)s points owed", debt))
    if found.rules.stamps and found.card.stamps_balance < 0:
        debt = -found.card.stamps_balance
        owed.append(ngettext("%(num)s stamp owed", "%(num)s stamps owed", debt))
    return owed


def _expiring(found: Found) -> list[str]:
    """`20 points expire on 31 December`: what goes first, where that is soon."""
    days = expiry.expiring(found.card) if found.rules.points else []
    last = counter.today() + timedelta(days=EXPIRY_AHEAD_DAYS)
    coming = [(day, points) for day, points in days if counter.today() < day <= last]
    return [
        ngettext(
            "%(points)s point expires on %(day)s",
            "%(points)s points expire on %(day)s",
            points,
            points=words.number(points),
            day=format_date(day, "d MMMM", locale=get_locale()),
        )
        for day, points in coming[:1]
    ]


def _nearest(rewards: CardRewards) -> list[str]:
    """The nearest reward of the catalogue, once half of it is there; the stamp reward is seen in
    the row of stamps."""
    nearest = next((one for one in rewards.near if one.id and _half_there(one)), None)
    if nearest is None:
        return []
    return [_("%(missing)s to %(reward)s", missing=to_go(nearest), reward=nearest.name)]


def _half_there(choice: Choice) -> bool:
    lacks = choice.missing_points or choice.missing_stamps
    halves = choice.missing_points * 2 <= choice.points, choice.missing_stamps * 2 <= choice.stamps
    return bool(lacks) and all(halves)


def _next_tier(found: Found) -> str | None:
    lifetime = found.card.tier_points
    ahead = found.rules.next_tier(lifetime) if found.rules.points else None
    missing = ahead.min_lifetime_points - lifetime if ahead else 0
    if ahead is None or missing * _NEAR > ahead.min_lifetime_points:
        return None
    return _("%(points)s to %(tier)s", points=words.points(missing), tier=ahead.name)
