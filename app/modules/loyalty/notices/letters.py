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
from functools import partial
from typing import Any

from babel.dates import format_date
from flask import current_app, g, render_template
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from .... import clock, jobs, mail, tenancy
from ....accounts import companies
from ....accounts.customers import Customer
from ....extensions import db
from ....outbox import OutboxEvent
from .. import enrolment, programs
from ..cards import CLOSED, LoyaltyCard
from ..expiry import points_on
from ..ledger import LoyaltyTransaction, Step
from ..programs.brand import brand
from .consent import token_of

NEWS_FOR = timedelta(days=1)
LONGEST_TEXT = 160  # one message; longer ones are sent, and paid for, in parts
Words = tuple[str, list[str]]  # the heading, and the sentences below it
Tell = Callable[[LoyaltyCard, jobs.Task], Words | None]


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a letter is for."""

    card: LoyaltyCard
    customer: Customer


def _letter(task: jobs.Task, tell: Tell) -> jobs.Effect | None:
    reader = _reader(int(task.body["card"]))
    if reader is None:
        return None
    g.company = companies.acting()  # its language and its name in what is rendered below
    words = tell(reader.card, task)
    if words is None:
        return None
    home = current_app.config["SETTINGS"].public_url
    known = {
        "company": g.company,
        "heading": words[0],
        "sentences": words[1],
        "link": home + enrolment.card_path(g.company.slug, reader.card),
        "stop": f"{home}/s/{g.company.slug}/stop/{token_of(reader.customer)}",
    }
    if reader.customer.email:
        colours = brand(programs.current().card_color)
        return partial(
            mail.send,
            reader.customer.email,
            words[0],
            render_template("emails/notice.txt", **known),
            render_template("emails/notice.html", brand=colours, **known),
            sender=g.company.name,
            name=task.id,
            stop=known["stop"],
        )
    return partial(mail.send_text, reader.customer.phone or "", _text(known), name=task.id)


def _text(known: dict[str, Any]) -> str:
    """The notice as a text message: where the shop's name makes it too long, the link says it."""
    text = render_template("emails/notice_sms.txt", **known).strip()
    if len(text) <= LONGEST_TEXT:
        return text
    return render_template("emails/notice_sms.txt", **known | {"company": None}).strip()


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


@jobs.job("card.enrolled")
def welcome(task: jobs.Task) -> jobs.Effect | None:
    """The card itself. Whoever is asked to confirm their address gets that letter instead."""
    return _news(task, _welcome)


@jobs.job("reward.ready")
def reward_ready(task: jobs.Task) -> jobs.Effect | None:
    return _news(task, _reward_ready)


@jobs.job("points.expiring")
def points_expiring(task: jobs.Task) -> jobs.Effect | None:
    return _letter(task, _points_expiring)


@jobs.job("transaction.voided")
def taken_back(task: jobs.Task) -> jobs.Effect | None:
    return _news(task, _taken_back)


@jobs.job("tier.changed")
def tier_changed(task: jobs.Task) -> jobs.Effect | None:
    return _news(task, _tier_changed)


def _welcome(card: LoyaltyCard, _task: jobs.Task) -> Words | None:
    if card.welcome_due == "verified":
        return None
    say = _("Show its code at the counter. What is on it, and what happened, stands there.")
    return _("Welcome: your card is here"), [say]


def _reward_ready(card: LoyaltyCard, _task: jobs.Task) -> Words | None:
    rules = programs.current()
    if not rules.stamps or card.stamps_balance < rules.stamps_target:
        return None  # taken meanwhile
    reward = rules.stamps_reward_name
    return _("%(reward)s is yours", reward=reward), [_("Show your card at any of our counters.")]


def _points_expiring(card: LoyaltyCard, task: jobs.Task) -> Words | None:
    day = date.fromisoformat(task.body["on"])
    points = points_on(card, day)
    if not points:
        return None  # spent meanwhile
    when = format_date(day, "long", locale=get_locale())
    heading = ngettext(
        "%(num)s point expires on %(day)s", "%(num)s points expire on %(day)s", points, day=when
    )
    say = ngettext(
        "Until then it is yours to spend.", "Until then they are yours to spend.", points
    )
    return heading, [say]


def _taken_back(card: LoyaltyCard, task: jobs.Task) -> Words | None:
    line = _line(task)
    if line is None or not (line.points or line.stamps):
        return None
    changes = []
    if line.points:
        changes.append(
            ngettext(
                "%(sign)s%(num)s point",
                "%(sign)s%(num)s points",
                abs(line.points),
                sign="+" if line.points > 0 else "−",
            )
        )
    if line.stamps:
        changes.append(
            ngettext(
                "%(sign)s%(num)s stamp",
                "%(sign)s%(num)s stamps",
                abs(line.stamps),
                sign="+" if line.stamps > 0 else "−",
            )
        )
    say = _("%(changes)s: your card says why.", changes=", ".join(changes))
    return _("Something on your card was taken back"), [say]


def _tier_changed(_card: LoyaltyCard, task: jobs.Task) -> Words | None:
    line = _line(task)
    moves = ("tier-reached", "tier-lost")
    step: Step | None = next((s for s in (line.steps if line else ()) if s["code"] in moves), None)
    if step is None or step["to"] is None:
        return None
    return _("You are %(tier)s now", tier=step["to"]), [_("Your card says what that brings.")]


def _line(task: jobs.Task) -> LoyaltyTransaction | None:
    key = (tenancy.company_id(), int(task.body["transaction"]))
    return db.session.get(LoyaltyTransaction, key)
