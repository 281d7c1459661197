"""The ledger's lines as a counter reads them: this shift's feed, a card's history, one verdict."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy import BigInteger, Select, cast, func, select
from sqlalchemy.orm import aliased

from ..... import clock, tenancy
from .....accounts.actors import Actor
from .....accounts.customers import Customer
from .....accounts.staff import StaffMember
from .....accounts.vendors import Vendor
from .....errors import NotFound
from .....extensions import db
from ... import programs, returns
from ...cards import LoyaltyCard
from ...ledger import LoyaltyTransaction
from ...programs import Rules
from . import wording

FEED_LINES = 30
HISTORY_LINES = 25
MOST_TOGETHER = 20
RETURNABLE = ("points_earned", "stamps_added", "stamps_redeemed", "points_redeemed")


@dataclass(frozen=True, slots=True)
class Line:
    """One line with the names around it, and the rules that decided it."""

    row: LoyaltyTransaction
    customer: Customer
    number: str
    staff: str | None
    vendor: str | None
    parts: int
    taken_minor: int

    @property
    def reversed(self) -> bool:
        """Whether anything of it was taken back."""
        return self.parts > 0

    @property
    def left_minor(self) -> int:
        """What of a sale's amount is still to be taken back."""
        return (self.row.amount_minor or 0) - self.taken_minor

    @property
    def gone(self) -> bool:
        """Whether all of it was taken back."""
        return self.reversed and not self.left_minor

    @property
    def rules(self) -> Rules:
        return programs.rules_of(self.row.revision_id)

    @property
    def what(self) -> str:
        """`stamp 7 of 10`"""
        return wording.what(self.row, self.rules)

    @property
    def title(self) -> str:
        """As a heading: a sale by its amount, any other line by what it was."""
        return wording.title(self.row, self.rules)

    @property
    def small(self) -> str:
        """`3 more to the coffee`; what came of the line."""
        parts = [wording.taken(self.row, self.taken_minor) if self.reversed else self._came_of_it]
        if not self.row.proven:
            parts.append(_("unproven"))
        return " · ".join(part for part in parts if part)

    @property
    def _came_of_it(self) -> str:
        return wording.small(self.row, self.rules)

    def undoable_by(self, who: Actor) -> bool:
        """Whether this person could take the line back now, alone."""
        return returns.undoable(
            self.row, programs.current(), reversed=self.reversed, by=who, now=clock.now()
        )


def of_terminal(terminal_id: int, day: date) -> list[Line]:
    """The terminal's latest lines of a business day, newest first."""
    query = _lines().where(
        LoyaltyTransaction.terminal_id == terminal_id, LoyaltyTransaction.business_day == day
    )
    return _read(query.order_by(LoyaltyTransaction.id.desc()).limit(FEED_LINES))


def of_card(card_id: int, *, before: int | None) -> list[Line]:
    """A page of a card's lines, newest first, below the sequence `before`; one more than a page
    says that there are others."""
    query = _lines().where(LoyaltyTransaction.card_id == card_id)
    if before is not None:
        query = query.where(LoyaltyTransaction.sequence < before)
    return _read(query.order_by(LoyaltyTransaction.sequence.desc()).limit(HISTORY_LINES + 1))


def returnable(card_id: int, *, before: int | None) -> tuple[list[Line], int | None]:
    """A page of a card's lines that something is left of to take back, newest first; and the
    sequence below which there may be others."""
    query = _lines().where(
        LoyaltyTransaction.card_id == card_id, LoyaltyTransaction.type.in_(RETURNABLE)
    )
    if before is not None:
        query = query.where(LoyaltyTransaction.sequence < before)
    page = _read(query.order_by(LoyaltyTransaction.sequence.desc()).limit(HISTORY_LINES + 1))
    shown = page[:HISTORY_LINES]
    older = shown[-1].row.sequence if len(page) > len(shown) else None
    return [line for line in shown if not line.gone], older


def before() -> int | None:
    """The sequence that the asked page of lines stops short of."""
    typed = request.args.get("before", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 9 else None


def find(transaction_id: int) -> Line:
    """The acting company's line; raises `NotFound`."""
    found = _read(_lines().where(LoyaltyTransaction.id == transaction_id))
    if not found:
        raise NotFound(_("There is no such line."))
    return found[0]


def written_with(row: LoyaltyTransaction) -> list[LoyaltyTransaction]:
    """The lines that the same press wrote after this one: a welcome, a debt forgiven."""
    query = select(LoyaltyTransaction).where(
        LoyaltyTransaction.card_id == row.card_id,
        LoyaltyTransaction.sequence > row.sequence,
        LoyaltyTransaction.occurred_at == row.occurred_at,
    )
    others = query.order_by(LoyaltyTransaction.sequence).limit(MOST_TOGETHER)
    return list(db.session.scalars(others))


def last_of(card_id: int, *types: str) -> Line | None:
    """The card's latest line, of these types if any are named."""
    query = _lines().where(LoyaltyTransaction.card_id == card_id)
    if types:
        query = query.where(LoyaltyTransaction.type.in_(types))
    found = _read(query.order_by(LoyaltyTransaction.sequence.desc()).limit(1))
    return found[0] if found else None


def is_ready(row: LoyaltyTransaction, rules: Rules) -> bool:
    """Whether a reward waits after this line."""
    return rules.stamps and row.stamps_after >= rules.stamps_target


def seconds_since(moment: datetime) -> int:
    return int((clock.now() - moment).total_seconds())


def _lines() -> Any:
    reversal = aliased(LoyaltyTransaction)

    def of_reversals(figure: Any) -> Any:
        return (
            select(figure)
            .where(
                reversal.company_id == tenancy.company_id(),
                reversal.reverses_id == LoyaltyTransaction.id,
            )
            .scalar_subquery()
        )

    return (
        select(
            LoyaltyTransaction,
            Customer,
            LoyaltyCard.number,
            StaffMember.name,
            Vendor.name,
            of_reversals(func.count()),
            of_reversals(cast(func.coalesce(func.sum(reversal.amount_minor), 0), BigInteger)),
        )
        .join(LoyaltyCard, LoyaltyCard.id == LoyaltyTransaction.card_id)
        .join(Customer, Customer.id == LoyaltyCard.customer_id)
        .outerjoin(StaffMember, StaffMember.id == LoyaltyTransaction.staff_id)
        .outerjoin(Vendor, Vendor.id == LoyaltyTransaction.vendor_id)
    )


def _read(query: Select[Any]) -> list[Line]:
    return [Line(*row) for row in db.session.execute(query)]
