"""One handler for each event that a customer hears of.

A letter is put together when it is sent, from what stands in the database then: a card that was
closed, a person who was erased or wants no letters hears nothing. It holds no word that a
stranger could have chosen. Named after its event, it is the same letter when it is tried again.
News is told within a day of its turn or not at all; that points expire is always told, since
none expire without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from .... import clock, jobs, letters, tenancy
from ....accounts import companies
from ....accounts.customers import Customer
from ....extensions import db
from ....outbox import OutboxEvent
from .. import cards, enrolment, programs
from ..cards import CLOSED, LoyaltyCard
from ..expiry import expiring_until
from ..ledger import LoyaltyTransaction, Step
from ..ledger.explain import words
from ..wallet import PLATFORMS, channels
from .consent import token_of

NEWS_FOR = timedelta(days=1)
MOST_ROWS = 8


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter says: its heading, the sentences below it, what is listed under them, and
    whether it leads to the wallets' buttons."""

    heading: str
    sentences: tuple[str, ...]
    rows: tuple[str, ...] = ()
    wallet: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a letter is for."""

    card: LoyaltyCard
    customer: Customer


Tell = Callable[[LoyaltyCard, jobs.Task], Words | None]


def _letter(task: jobs.Task, tell: Tell) -> jobs.Effect | None:
    reader = _reader(int(task.body["card"]))
    if reader is None:
        return None
    g.company = companies.acting()  # its language and its name in what is rendered below
    told = tell(reader.card, task)
    if told is None:
        return None
    link = letters.address(enrolment.card_path(g.company.slug, reader.card))
    if not reader.customer.email:
        return letters.by_text(task, reader.customer.phone or "", f"{told.heading}.", link)
    return letters.by_mail(
        task,
        reader.customer.email,
        "notice",
        subject=told.heading,
        told=told,
        link=link,
        stop=letters.address(f"/s/{g.company.slug}/stop/{token_of(reader.customer)}"),
    )


def _news(task: jobs.Task, tell: Tell) -> jobs.Effect | None:
    """The letter, unless its turn came too long ago: the worker was away, or an old database
    was put back. A letter that is tried again, by the clock or by a person, has a new turn."""
    event = db.session.get_one(OutboxEvent, (task.company_id, task.id))
    return _letter(task, tell) if clock.now() - event.due_at <= NEWS_FOR else None


def _reader(card_id: int) -> Reader | None:
    """The card's person, where they can and want to be written to."""
    card = db.session.get(LoyaltyCard, (tenancy.company_id(), card_id))
    if card is None or card.status == CLOSED:
        return None
    customer = enrolment.person_of(card)
    if customer.notices_off_at or not (customer.email or customer.phone):
        return None
    return Reader(card, customer)


@letters.written("card.enrolled")
def welcome(task: jobs.Task) -> jobs.Effect | None:
    """The card itself. Whoever is asked to confirm their address gets that letter instead."""
    return _news(task, _welcome)


@letters.written("reward.ready")
def reward_ready(task: jobs.Task) -> jobs.Effect | None:
    return _news(task, _reward_ready)


@letters.written("points.expiring")
def points_expiring(task: jobs.Task) -> jobs.Effect | None:
    return _letter(task, _points_expiring)


@letters.written("transaction.voided")
def taken_back(task: jobs.Task) -> jobs.Effect | None:
    return _news(task, _taken_back)


@letters.written("tier.changed")
def tier_changed(task: jobs.Task) -> jobs.Effect | None:
    return _news(task, _tier_changed)


def _welcome(card: LoyaltyCard, _task: jobs.Task) -> Words | None:
    if card.welcome_due == "verified":
        return None
    said = [_("Show its code at the counter. What is on it, and what happened, stands there.")]
    if card.points_balance > 0:
        said += [_("%(points)s are on it already.", points=words.points(card.points_balance))]
    said += [_("Its number is %(number)s.", number=cards.shown(card.number))]
    wallet = any(channels.offers(platform) for platform in PLATFORMS)
    return Words(_("Welcome: your card is here"), tuple(said), wallet=wallet)


def _reward_ready(card: LoyaltyCard, _task: jobs.Task) -> Words | None:
    rules = programs.current()
    if not rules.stamps or card.stamps_balance < rules.stamps_target:
        return None  # taken meanwhile
    heading = _("%(reward)s is yours", reward=rules.stamps_reward_name)
    return Words(heading, (_("Show your card at any of our counters."),))


def _points_expiring(card: LoyaltyCard, task: jobs.Task) -> Words | None:
    """All that expires up to the last day that was announced, day by day."""
    days = expiring_until(card, date.fromisoformat(task.body["on"]))
    points = sum(each for _day, each in days)
    if not points:
        return None  # spent meanwhile
    figures = {"points": words.points(points), "day": words.day(days[-1][0].isoformat())}
    yours = ngettext(
        "Until then it is yours to spend.", "Until then they are yours to spend.", points
    )
    if len(days) == 1:
        heading = ngettext(
            "%(points)s expires on %(day)s", "%(points)s expire on %(day)s", points, **figures
        )
        return Words(heading, (yours,))
    heading = _("%(points)s expire by %(day)s", **figures)
    return Words(heading, (yours,), _day_by_day(days))


def _day_by_day(days: list[tuple[date, int]]) -> tuple[str, ...]:
    """The soonest days, and what is left of them in one."""
    rows = [
        _("%(points)s on %(day)s", points=words.points(points), day=words.day(day.isoformat()))
        for day, points in days[:MOST_ROWS]
    ]
    if rest := sum(points for _day, points in days[MOST_ROWS:]):
        last = words.day(days[-1][0].isoformat())
        rows += [_("%(points)s more by %(day)s", points=words.points(rest), day=last)]
    return tuple(rows)


def _taken_back(_card: LoyaltyCard, task: jobs.Task) -> Words | None:
    line = _line(task)
    if line is None or not (line.points or line.stamps):
        return None
    changes = [
        ("+" if change > 0 else "−") + said(abs(change))
        for change, said in ((line.points, words.points), (line.stamps, words.stamps))
        if change
    ]
    say = _("%(changes)s: your card says why.", changes=", ".join(changes))
    return Words(_("Something on your card was taken back"), (say,))


def _tier_changed(_card: LoyaltyCard, task: jobs.Task) -> Words | None:
    line = _line(task)
    moves = ("tier-reached", "tier-lost")
    step: Step | None = next((s for s in (line.steps if line else ()) if s["code"] in moves), None)
    if step is None or step["to"] is None:
        return None
    say = _("Your card says what that brings.")
    return Words(_("You are %(tier)s now", tier=step["to"]), (say,))


def _line(task: jobs.Task) -> LoyaltyTransaction | None:
    key = (tenancy.company_id(), int(task.body["transaction"]))
    return db.session.get(LoyaltyTransaction, key)
