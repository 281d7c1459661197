"""A card at the counter: whose it is, what stands on it, and the one thing to press."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_date
from flask import current_app, g, render_template
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from config import Settings

from ..... import clock
from .....accounts.customers import Customer
from .....extensions import db
from .....guards import guarded
from ... import accrual, cards, enrolment, programs
from ...cards import BLOCKED, LoyaltyCard, qr
from ...programs import LoyaltyProgram, Rules
from . import frame, lines
from .blueprint import pages

MOST_KEYS = 9
BIRTHDAY_AHEAD_DAYS = 7


@dataclass(frozen=True, slots=True)
class Found:
    """A card with its person and the rules in force."""

    card: LoyaltyCard
    customer: Customer
    rules: Rules

    @property
    def stamps(self) -> int:
        """What the row of stamps shows; a debt shows as none."""
        return max(0, self.card.stamps_balance)

    @property
    def rewards_ready(self) -> int:
        return self.stamps // self.rules.stamps_target if self.rules.stamps else 0

    @property
    def tier(self) -> str | None:
        """`Gold × 1.25`, where points make tiers."""
        tier = self.rules.tier_at(self.card.lifetime_points) if self.rules.points else None
        if tier is None:
            return None
        whole, part = divmod(tier.multiplier_bp, 10_000)
        times = f"{whole}.{part:04d}".rstrip("0").rstrip(".")
        return tier.name if times == "1" else f"{tier.name} × {times}"


@pages.get("/cards/<string:number>")
@guarded("staff", "serve")
def card(number: str) -> str:
    """The card page."""
    found = find(number)
    program = programs.of_company()
    may_stamp = program.active and found.rules.stamps and found.card.status != BLOCKED
    new = frame.was_just_made(found.card.number)
    return render_template(
        "loyalty/terminal/card.html",
        found=found,
        paused=not program.active,
        may_stamp=may_stamp,
        may_redeem=_may_redeem(found, program),
        by_code=frame.was_found_by_code(found.card.number),
        blocked=found.card.status == BLOCKED,
        told=_told(found, may_stamp=may_stamp),
        last_visit=_("New: the card is made") if new else _last_visit(found),
        quantities=_quantities(found),
        link_code=qr.svg_path(_link(found.card)) if new else None,
        number_shown=cards.shown(found.card.number),
        new_key=frame.new_key,
    )


def find(number: str) -> Found:
    """The acting company's card; raises `NotFound`."""
    found = cards.find(number)
    customer = db.session.get_one(Customer, (found.company_id, found.customer_id))
    return Found(found, customer, programs.current())


def _link(found: LoyaltyCard) -> str:
    """The card's page as a phone reaches it: scanned off this screen by its owner."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.public_url + enrolment.card_path(g.company.slug, found)


def free_at(found: Found) -> datetime | None:
    """When the card's waiting time ends or ended, if it ever began."""
    rules = found.rules
    return accrual.next_stamp_at(found.card.last_stamp_at, rules) if rules.stamps else None


def _may_redeem(found: Found, program: LoyaltyProgram) -> bool:
    """Whether a reward waits that the rules would let go; they judge again at the press."""
    today = clock.business_day(clock.now(), frame.vendor().timezone)
    until = program.redeemable_until
    runs = program.active or (until is not None and today <= until)
    return bool(runs and found.card.status != BLOCKED and found.rewards_ready)


def _quantities(found: Found) -> list[tuple[int, str, str]]:
    """The keys of the stamp pad: `(quantity, what the button says, what it makes)`."""
    most = min(found.rules.max_daily_stamps or MOST_KEYS, MOST_KEYS)
    balance, target = found.card.stamps_balance, found.rules.stamps_target
    return [
        (
            quantity,
            ngettext("Give %(num)s stamp", "Give %(num)s stamps", quantity),
            _makes(balance + quantity, target),
        )
        for quantity in range(1, most + 1)
    ]


def _makes(after: int, target: int) -> str:
    if after > target:  # a full card goes on counting
        return ngettext("makes %(num)s stamp", "makes %(num)s stamps", after)
    return _("makes %(after)s of %(target)s", after=after, target=target)


def _told(found: Found, *, may_stamp: bool) -> list[tuple[str, str]]:
    """What to mention while greeting: `(icon, sentence)`."""
    told = []
    if day := _birthday(found.customer.birthday):
        told.append(("cake", day))
    free = free_at(found)
    if may_stamp and free and free > clock.now():
        at = frame.time_of_day(free, seconds=True)
        told.append(("clock", _("Next stamp from %(time)s", time=at)))
    if found.rules.stamps and found.card.stamps_balance < 0:
        owed = -found.card.stamps_balance
        told.append(("info", ngettext("%(num)s stamp owed", "%(num)s stamps owed", owed)))
    return told


def _birthday(birthday: date | None) -> str | None:
    """`Birthday on Saturday`, from a week before; the 29th of February is the 28th elsewhen."""
    if birthday is None:
        return None
    today = clock.business_day(clock.now(), frame.vendor().timezone)
    for ahead in range(BIRTHDAY_AHEAD_DAYS + 1):
        day = today + timedelta(days=ahead)
        leap = (birthday.month, birthday.day) == (2, 29) and day + timedelta(days=1)
        eve = leap and (day.month, day.day, leap.day) == (2, 28, 1)
        if eve or (birthday.month, birthday.day) == (day.month, day.day):
            if ahead < 2:
                return _("Birthday tomorrow") if ahead else _("Birthday today")
            return _("Birthday on %(day)s", day=format_date(day, "EEEE", locale=get_locale()))
    return None


def _last_visit(found: Found) -> str:
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
