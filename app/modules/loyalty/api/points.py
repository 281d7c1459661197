"""`/points`: earning, what a sale would earn, and setting points right."""

from typing import Annotated, Any

from flask import g
from pydantic import AfterValidator, Field

from .... import text
from ....api import Body, Reference, Slug, api
from ....api.fields import CardNumber, Reason, one_line
from ....errors import NotFound
from .. import accrual, adjustments, programs
from ..accrual.points import SaleLine, sale_of
from ..ledger import Posted
from ..ledger.checks import CardBlocked, PointsNotEnabled, ProgramInactive
from ..ledger.explain import told
from ..ledger.models import MOST_POINTS_A_LINE
from ..programs.models import MOST_MINOR
from ..rewards.rules import InsufficientPoints
from .answers import Earned, Foreseen, Line
from .shops import acting_at

MOST_LINES = 200
Amount = Annotated[int, Field(ge=0, le=MOST_MINOR, examples=[4_200])]
Category = Annotated[
    str, Field(min_length=1, max_length=text.LONGEST_NAME), AfterValidator(one_line)
]


class PartOfSale(Body):
    amount_minor: Amount
    category: Annotated[Category | None, Field(description="Without one: the plain rate.")] = None


class Sale(Body):
    """An amount, or lines that have one each; with both they must agree."""

    card: CardNumber
    vendor: Slug
    amount_minor: Annotated[
        Amount | None, Field(description="In minor units; may be left out where lines say it.")
    ] = None
    category: Annotated[
        Category | None, Field(description="Of the whole sale: one that the rules name.")
    ] = None
    lines: Annotated[
        list[PartOfSale] | None,
        Field(max_length=MOST_LINES, description="Together they make amount_minor."),
    ] = None
    reference: Annotated[Reference | None, Field(description="What the till calls it.")] = None


class Adjustment(Body):
    card: CardNumber
    points: Annotated[
        int,
        Field(
            ge=-MOST_POINTS_A_LINE,
            le=MOST_POINTS_A_LINE,
            description="Signed, and not 0.",
            examples=[-50],
        ),
    ]
    reason: Reason


_REFUSED = (NotFound, ProgramInactive, CardBlocked, PointsNotEnabled)


@api.post("/points/preview", body=Sale, answers=Foreseen, reads=True, refuses=_REFUSED)
def preview(asked: Sale) -> dict[str, Any]:
    """Say what a sale would earn: to the point what earning it now would write.

    Nothing is written, so no Idempotency-Key is needed; the refusals are those of earning.
    """
    by, sale = acting_at(asked.vendor), _sold(asked)
    try:
        decision, card = accrual.preview(asked.card, by=by, **sale)
    except NotFound:
        _must_fit(sale)
        raise
    after = decision.applied_to(card)
    return {
        "card": card.number,
        "vendor": asked.vendor,
        "amount_minor": decision.amount_minor,
        "points": decision.points,
        "stamps": decision.stamps,
        "points_balance": after.points_balance,
        "stamps_balance": after.stamps_balance,
        "explanation": [told(step) for step in decision.steps],
        **decision.told,
    }


@api.post("/points/earn", body=Sale, answers=Earned, ledger=True, status=201, refuses=_REFUSED)
def earn(asked: Sale) -> Posted:
    """Award the points of a sale; a line of 0 says why where it earns nothing."""
    by, sale = acting_at(asked.vendor), _sold(asked)
    try:
        return accrual.earn(asked.card, by=by, attempt=g.attempt, reference=asked.reference, **sale)
    except NotFound:
        _must_fit(sale)
        raise


@api.post(
    "/points/adjust",
    body=Adjustment,
    answers=Line,
    ledger=True,
    status=201,
    refuses=(NotFound, PointsNotEnabled, InsufficientPoints),
)
def adjust(asked: Adjustment) -> Posted:
    """Give or take points by hand, with a reason.

    A key was given its scope by the office, so the number of points from which a person there
    needs a second one (`adjustment_alone_points`) does not bind it.
    """
    return adjustments.adjust(asked.card, asked.points, asked.reason, by=g.actor, attempt=g.attempt)


def _sold(asked: Sale) -> dict[str, Any]:
    lines = [SaleLine(part.amount_minor, part.category) for part in asked.lines or ()]
    return {
        "amount_minor": asked.amount_minor,
        "category": asked.category,
        "lines": lines or None,
    }


def _must_fit(sale: dict[str, Any]) -> None:
    """What does not fit is told before what is not found: raises `Invalid`."""
    sale_of(**sale, rules=programs.current())
