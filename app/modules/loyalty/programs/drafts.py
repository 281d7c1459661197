"""The one draft of the next rules that a company keeps: what was typed over those in force.

Only what differs is kept, as it was typed, wrong or not; everything else follows the rules in
force, so that a draft never takes back what somebody else published meanwhile.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from .... import clock
from ....errors import Refusal, TooLarge
from ....extensions import db
from .models import LoyaltyProgram, ProgramDraft, ProgramRevision
from .rules import Rules
from .service import rules_of

LONGEST = 200_000


class DraftOvertaken(Refusal):
    """Somebody else kept, published or threw away a draft after this one was read."""

    code = "draft-overtaken"
    title = "The draft was changed meanwhile"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was typed, by field; `mark` tells this draft from any other."""

    typed: dict[str, Any]
    based_on: int
    by: int | None
    at: datetime
    mark: str


def kept() -> Kept | None:
    """The acting company's draft, if there is one."""
    row = db.session.scalar(select(ProgramDraft).execution_options(populate_existing=True))
    if row is None:
        return None
    return Kept(row.typed, row.based_on, row.kept_by, row.kept_at, _mark(row.typed, row.based_on))


def any_kept() -> bool:
    """Whether there is a draft: for the menu, on every page."""
    return bool(db.session.scalar(select(ProgramDraft.based_on)))


def keep(typed: dict[str, Any], *, based_on: int, by: int, seen: str) -> None:
    """Keep this draft in place of the one whose mark was `seen` ("" for none); nothing typed
    keeps none. Raises `DraftOvertaken`, and `TooLarge`."""
    _locked(seen)
    if len(json.dumps(typed)) > LONGEST:
        raise TooLarge("This draft is longer than a draft can be.")
    db.session.execute(delete(ProgramDraft))
    if typed:
        row = ProgramDraft(typed=typed, based_on=based_on, kept_by=by, kept_at=clock.now())
        db.session.add(row)
        db.session.flush()
        db.session.expunge(row)


def take(seen: str) -> Kept | None:
    """The draft with this mark, which is no longer kept; raises `DraftOvertaken`."""
    found = _locked(seen)
    db.session.execute(delete(ProgramDraft))
    return found


def rules_numbered(number: int) -> Rules | None:
    """The rules of a revision by its number."""
    query = select(ProgramRevision.id).where(ProgramRevision.number == number)
    found = db.session.scalar(query)
    return rules_of(found) if found else None


def _locked(seen: str) -> Kept | None:
    """The draft, while nobody else keeps or publishes one: the programme's row is locked."""
    db.session.execute(select(LoyaltyProgram.id).with_for_update())
    found = kept()
    if (found.mark if found else "") != seen:
        raise DraftOvertaken("Somebody else changed the draft meanwhile.")
    return found


def _mark(typed: dict[str, Any], based_on: int) -> str:
    told = json.dumps([typed, based_on], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:24]
