"""What was promised: a new policy never shortens what was granted, and lengthens it where it
promises more. Read from the revisions whenever a lot is judged or shown, so that a policy counts
from the moment of its publication."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select

from .... import clock
from ....database import sets
from ....extensions import db
from ..ledger import LoyaltyTransaction, PointLot
from ..programs import ProgramRevision
from ..programs.expiry import INACTIVITY, Policy, expires_on
from .rules import Lot


@dataclass(frozen=True, slots=True)
class Published:
    """A revision's policy and the moment of its publication."""

    revision_id: int
    policy: Policy
    at: datetime


class Promises:
    """Every policy of the acting company, the oldest first; the last one is in force."""

    def __init__(self, history: Sequence[Published]) -> None:
        self._history = history
        self._place = {each.revision_id: place for place, each in enumerate(history)}
        self._known: dict[tuple[date, int, date], date | None] = {}

    @classmethod
    def read(cls) -> "Promises":
        """One statement."""
        row = ProgramRevision
        query = select(row.id, row.expiry, row.published_at).order_by(row.number)
        return cls([Published(*each) for each in db.session.execute(query)])

    def counts_from(self, zone: str) -> date:
        """The first day on which inactivity counts: that of the publication of the policy in
        force, which later revisions that agree on it leave as it is."""
        since = self._history[-1]
        for each in reversed(self._history):
            if each.policy != since.policy:
                break
            since = each
        return clock.business_day(since.at, zone)

    def day(self, granted_on: date, revision_id: int, kept: date | None) -> date | None:
        """The latest day of all policies since a grant, none sooner than the lot has kept so far.

        A policy that gives a grant no day frees it from the days of all others; under inactivity
        the days stand, because the balance may go then for another reason.
        """
        if kept is None:
            return None
        key = (granted_on, revision_id, kept)
        if key not in self._known:
            self._known[key] = self._latest(*key)
        return self._known[key]

    def _latest(self, granted_on: date, revision_id: int, kept: date) -> date | None:
        since = self._history[self._place[revision_id] :]
        days = [expires_on(each.policy, granted_on) for each in since]
        if None in days and self._history[-1].policy["policy"] != INACTIVITY:
            return None
        return max([kept, *(day for day in days if day)])


def open_lots(card_ids: Sequence[int], promises: Promises) -> dict[int, list[Lot]]:
    """The cards' lots that hold points, the oldest first, each with the day that was promised."""
    lot, line = PointLot, LoyaltyTransaction
    query = (
        select(
            lot.card_id,
            line.revision_id,
            lot.id,
            lot.remaining,
            lot.expired,
            lot.expires_on,
            lot.keep_until,
            lot.noticed,
            lot.noticed_for,
            lot.noticed_on,
            lot.granted_on,
        )
        .join(line, line.id == lot.transaction_id)
        .where(sets.among(lot.card_id, card_ids), lot.remaining > 0)
        .order_by(lot.card_id, lot.granted_on, lot.id)
    )
    lots: dict[int, list[Lot]] = {}
    for card_id, revision_id, *row in db.session.execute(query):
        found = Lot(*row)
        day = promises.day(found.granted_on, revision_id, found.expires_on)
        if day != found.expires_on:
            found = replace(found, expires_on=day, moved=True)
        lots.setdefault(card_id, []).append(found)
    return lots
