"""Who may take back what, and until when. Pure.

At a counter a person takes back their own lines for some minutes alone; anybody's for some days
with a second person, where one of the two is a manager. The office and partners have their own
permissions, and no end.
"""

from datetime import datetime, timedelta
from typing import Protocol

from ....accounts.actors import Actor
from ....errors import Forbidden, Refusal
from ..ledger.approval import Approver, SecondPersonNeeded
from ..programs.rules import Rules
from .facts import VOIDABLE, Original

_MANAGER = "manager"


class TooLate(Refusal):
    code = "too-late"
    title = "Too late at the counter"
    remedy = "Let the office void it: POST /transactions/{id}/void with a key."


def must_be_allowed(
    line: Original,
    rules: Rules,
    *,
    by: Actor,
    now: datetime,
    role: str | None = None,
    approver: Approver | None = None,
) -> None:
    """`role` is that of whoever acts: where they gave no PIN it is a name that anybody can choose.

    Raises `TooLate`, `SecondPersonNeeded`, and `Forbidden` for what the office adjusted.
    """
    if by.staff_id is None:
        return
    if line.type == "points_adjusted":
        raise Forbidden("What the office set right, the office takes back.")
    if alone(line, rules, by=by, now=now):
        return
    if rules.void_days is not None and now - line.occurred_at > timedelta(days=rules.void_days):
        raise TooLate(
            f"At a counter lines can be taken back for {rules.void_days} days;"
            " the office can still do it.",
            void_days=rules.void_days,
        )
    if approver is None or approver.staff_id == by.staff_id:
        raise SecondPersonNeeded(
            "Somebody else is needed to take this back: a second person's PIN.",
            void_alone_minutes=rules.void_alone_minutes,
        )
    if _MANAGER not in (role if by.proven else None, approver.role):
        raise SecondPersonNeeded("One of the two has to be a manager.")


class Given(Protocol):
    """What of a line says whether it can be undone: of the ledger's own, and of `Original`."""

    @property
    def type(self) -> str: ...
    @property
    def staff_id(self) -> int | None: ...
    @property
    def occurred_at(self) -> datetime: ...


def alone(line: Given, rules: Rules, *, by: Actor, now: datetime) -> bool:
    """Whether this is a line of one's own, and still fresh."""
    fresh = now - line.occurred_at <= timedelta(minutes=rules.void_alone_minutes)
    return line.staff_id is not None and line.staff_id == by.staff_id and fresh


def undoable(line: Given, rules: Rules, *, reversed: bool, by: Actor, now: datetime) -> bool:
    """Whether one press may take the line back now: for pages that offer it."""
    return line.type in VOIDABLE and not reversed and alone(line, rules, by=by, now=now)
