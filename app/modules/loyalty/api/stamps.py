"""`/stamps`: the main job."""

from typing import Annotated

from flask import g
from pydantic import Field

from ....api import Body, Reference, Slug, api
from ....api.fields import CardNumber
from ....errors import NotFound
from .. import accrual, rewards
from ..accrual.stamps import MOST_AT_ONCE, Cooldown, DailyCap
from ..ledger import Posted
from ..ledger.checks import CardBlocked, ProgramInactive, StampsNotEnabled
from ..rewards.rules import InsufficientStamps
from .answers import Line
from .shops import acting_at


class StampsToAdd(Body):
    card: CardNumber
    vendor: Slug
    quantity: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = 1
    reference: Reference | None = None


class StampsToRedeem(Body):
    card: CardNumber
    vendor: Slug


@api.post(
    "/stamps/add",
    body=StampsToAdd,
    answers=Line,
    ledger=True,
    status=201,
    refuses=(NotFound, ProgramInactive, CardBlocked, StampsNotEnabled, Cooldown, DailyCap),
)
def add(asked: StampsToAdd) -> Posted:
    """Stamp a card."""
    return accrual.add_stamps(
        asked.card,
        asked.quantity,
        by=acting_at(asked.vendor),
        attempt=g.attempt,
        reference=asked.reference,
    )


@api.post(
    "/stamps/redeem",
    body=StampsToRedeem,
    answers=Line,
    ledger=True,
    status=201,
    refuses=(NotFound, ProgramInactive, CardBlocked, StampsNotEnabled, InsufficientStamps),
)
def redeem(asked: StampsToRedeem) -> Posted:
    """Take the stamp reward from a card; stamps above the target stay on it."""
    return rewards.redeem_stamps(asked.card, by=acting_at(asked.vendor), attempt=g.attempt)
