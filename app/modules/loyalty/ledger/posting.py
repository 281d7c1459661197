"""Posting: the one place that writes a line, a balance, a lot and their event."""

from dataclasses import replace
from typing import Any

from sqlalchemy import insert

from .... import metrics
from ....accounts.actors import Actor
from ....database import driver
from ....extensions import db
from ....idempotency import Attempt, Posted
from ....outbox import OutboxEvent
from . import chain, forms, lots
from .answers import answer
from .decision import Decision, LockedCard, Setting
from .lines import event_of, line_of
from .models import PointDraw, PointLot

_lot: Any = PointLot.__table__

# What few lines bring with them: statements of their own, in both dialects.
_event_table: Any = OutboxEvent.__table__
_draw_table: Any = PointDraw.__table__
_MORE_EVENTS = insert(_event_table)
_MORE_LOTS = insert(_lot)
_REPAID = insert(_draw_table)


def post(
    card: LockedCard,
    decision: Decision,
    *,
    where: Setting,
    by: Actor,
    attempt: Attempt | None,
) -> Posted:
    """Write the decision as the card's next line; the caller commits.

    Raises `IntegrityError` where the attempt's key was used meanwhile: `write` then finds the
    replay. The card must be locked by this transaction.
    """
    return post_and_follow(card, decision, where=where, by=by, attempt=attempt)[0]


def post_all(
    card: LockedCard,
    decisions: tuple[Decision, ...],
    *,
    where: Setting,
    by: Actor,
    attempt: Attempt | None,
) -> Posted:
    """Write decisions that follow from each other as the card's next lines. The answer and the
    attempt's key are the first one's."""
    first, card = post_and_follow(card, decisions[0], where=where, by=by, attempt=attempt)
    for decision in decisions[1:]:
        _, card = post_and_follow(card, decision, where=where, by=by, attempt=None)
    return first


def post_and_follow(
    card: LockedCard,
    decision: Decision,
    *,
    where: Setting,
    by: Actor,
    attempt: Attempt | None,
) -> tuple[Posted, LockedCard]:
    """As `post`, with the card as its line leaves it."""
    rules = decision.rules or where.rules
    line = line_of(card, decision, where, by)
    slug = where.vendor.slug if where.vendor else None
    body = answer(line, card=card.number, vendor=slug, revision=rules.number, told=decision.told)
    values = line | _counters(card, decision, where) | _told(event_of(line, decision.event))
    form = _form(decision, attempt)
    if attempt:
        values |= {
            "caller": by.caller,
            "key": attempt.key,
            "request_hash": attempt.request_hash,
            "status": 201,
            "answer": body,
        }
    values |= lots.moved_by(card, decision, line, where)
    _write(form, values)
    metrics.lines(line["type"])
    _write_more(card, decision, values)
    return Posted(line["id"], body), _moved(card, decision, line)


def _form(decision: Decision, attempt: Attempt | None) -> forms.Form:
    given = decision.points > 0
    parts = {
        forms.DETAILED: any(getattr(decision, name) is not None for name in chain.LATER),
        forms.MEMORY: decision.memory is not None,
        forms.RECORD: attempt is not None,
        forms.LOT: given and not lots.makes_no_lot(decision),
        forms.DRAWS: decision.points < 0,
        forms.REFILLS: given and decision.refills is not None,
    }
    return frozenset(part for part, has in parts.items() if has)


def _write(form: forms.Form, values: dict[str, Any]) -> None:
    connection = db.session.connection()
    values = {f"new_{name}": value for name, value in values.items()}
    if connection.dialect.name == "postgresql":
        moved = driver.rows(connection, forms.at_once(form), values)[0].moved
    else:
        move, *others = forms.in_turn(form)
        moved = driver.changed(connection, move, values)
        for statement in others if moved == 1 else ():
            driver.changed(connection, statement, values)
    if moved != 1:
        raise RuntimeError("the card moved while its lock was held: it was not locked here")


def _write_more(card: LockedCard, decision: Decision, values: dict[str, Any]) -> None:
    """What few lines have: further events, several lots, a debt repaid at once."""
    connection = db.session.connection()
    company = {"company_id": card.company_id}
    if decision.events:
        more = [event_of(values, kind) for kind in decision.events]
        due = {"due_at": values["occurred_at"], "created_at": values["occurred_at"]}
        connection.execute(
            _MORE_EVENTS,
            [company | due | event for event in more],
        )
    if decision.grants:
        days, draws = lots.of_days(card, decision, values)
        connection.execute(_MORE_LOTS, days)
        if draws:
            connection.execute(_REPAID, draws)
    if repaid := values.get("repaid"):
        lot = {"transaction_id": values["id"], "lot_id": values["lot_id"], "points": repaid}
        connection.execute(_REPAID, company | lot)


def _counters(card: LockedCard, decision: Decision, where: Setting) -> dict[str, Any]:
    """What moves on the card's row beside the line's own figures."""
    stamps, memory = decision.stamp_clock or card, decision.memory or card
    return {
        "sequence_before": card.sequence,
        "last_stamp_at": stamps.last_stamp_at,
        "stamp_day": stamps.stamp_day,
        "stamp_day_count": stamps.stamp_day_count,
        "stamp_eve_count": stamps.stamp_eve_count,
        "purchases": memory.purchases,
        "purchases_peak": memory.purchases_peak,
        "birthday_year": memory.birthday_year,
        "welcome_due": memory.welcome_due,
        "last_activity_at": decision.active_at or card.last_activity_at,
    }


def _told(event: dict[str, Any]) -> dict[str, Any]:
    """An event's columns under the names that they travel by."""
    return {f"event_{name}": value for name, value in event.items()}


def _moved(card: LockedCard, decision: Decision, line: dict[str, Any]) -> LockedCard:
    """The card as this line has left it."""
    after = decision.applied_to(card)
    active = decision.active_at or card.last_activity_at
    return replace(after, sequence=line["sequence"], head=line["chain"], last_activity_at=active)
