"""The ledger's lines as a counter reads them: this shift's feed, a card's history, one verdict."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select, case, exists, func, select
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

FEED_LINES = 30
HISTORY_LINES = 25


@dataclass(frozen=True, slots=True)
class Line:
    """One line with the names around it, and the rules that decided it."""

    row: LoyaltyTransaction
    customer: Customer
    number: str
    staff: str | None
    vendor: str | None
    reversed: bool

    @property
    def rules(self) -> Rules:
        return programs.rules_of(self.row.revision_id)

    @property
    def what(self) -> str:
        """`stamp 7 of 10`"""
        return _what(self.row, self.rules)

    @property
    def small(self) -> str:
        """`3 more to the coffee`; what came of the line."""
        parts = [_small(self.row, self.rules)]
        if self.reversed:
            parts = [_("taken back")]
        if not self.row.proven:
            parts.append(_("unproven"))
        return " · ".join(part for part in parts if part)

    def undoable_by(self, who: Actor) -> bool:
        """Whether this person could take the line back now, alone."""
        return returns.undoable(
            self.row, programs.current(), reversed=self.reversed, by=who, now=clock.now()
        )


@dataclass(frozen=True, slots=True)
class Shift:
    """A terminal's day in three figures."""

    cards: int
    stamps: int
    rewards: int


def of_terminal(terminal_id: int, day: date) -> list[Line]:
    """The terminal's latest lines of a business day, newest first."""
    query = _lines().where(
        LoyaltyTransaction.terminal_id == terminal_id, LoyaltyTransaction.business_day == day
    )
    return _read(query.order_by(LoyaltyTransaction.id.desc()).limit(FEED_LINES))


def shift(terminal_id: int, day: date) -> Shift:
    """What the terminal did on a business day; a stamp taken back does not count."""
    row = LoyaltyTransaction
    stamped = row.type.in_(("stamps_added", "voided"))
    found = db.session.execute(
        select(
            func.count(row.card_id.distinct()),
            func.coalesce(func.sum(case((stamped, row.stamps), else_=0)), 0),
            func.coalesce(func.sum(case((row.type == "stamps_redeemed", 1), else_=0)), 0),
        ).where(row.terminal_id == terminal_id, row.business_day == day)
    ).one()
    return Shift(*(int(figure) for figure in found))


def of_card(card_id: int, *, before: int | None) -> list[Line]:
    """A page of a card's lines, newest first, below the sequence `before`; one more than a page
    says that there are others."""
    query = _lines().where(LoyaltyTransaction.card_id == card_id)
    if before is not None:
        query = query.where(LoyaltyTransaction.sequence < before)
    return _read(query.order_by(LoyaltyTransaction.sequence.desc()).limit(HISTORY_LINES + 1))


def find(transaction_id: int) -> Line:
    """The acting company's line; raises `NotFound`."""
    found = _read(_lines().where(LoyaltyTransaction.id == transaction_id))
    if not found:
        raise NotFound(_("There is no such line."))
    return found[0]


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
    taken_back = exists(
        select(reversal.id).where(
            reversal.company_id == tenancy.company_id(),
            reversal.reverses_id == LoyaltyTransaction.id,
        )
    )
    return (
        select(
            LoyaltyTransaction,
            Customer,
            LoyaltyCard.number,
            StaffMember.name,
            Vendor.name,
            taken_back,
        )
        .join(LoyaltyCard, LoyaltyCard.id == LoyaltyTransaction.card_id)
        .join(Customer, Customer.id == LoyaltyCard.customer_id)
        .outerjoin(StaffMember, StaffMember.id == LoyaltyTransaction.staff_id)
        .outerjoin(Vendor, Vendor.id == LoyaltyTransaction.vendor_id)
    )


def _read(query: Select[Any]) -> list[Line]:
    return [Line(*row) for row in db.session.execute(query)]


# -- in words --------------------------------------------------------------------------------------


def _what(row: LoyaltyTransaction, rules: Rules) -> str:
    figures = {"after": row.stamps_after, "target": rules.stamps_target}
    if row.type == "stamps_added" and row.stamps == 1 and row.stamps_after <= rules.stamps_target:
        return _("stamp %(after)s of %(target)s", **figures)
    if row.type == "stamps_added":
        return ngettext(
            "%(num)s stamp, now %(after)s of %(target)s",
            "%(num)s stamps, now %(after)s of %(target)s",
            row.stamps,
            **figures,
        )
    if row.type == "stamps_redeemed":
        return _("%(reward)s given", reward=rules.stamps_reward_name)
    if row.type == "voided":
        return ngettext("%(num)s stamp taken back", "%(num)s stamps taken back", -row.stamps)
    if row.type == "welcome_bonus":
        return _("joined, %(points)s points", points=f"+{row.points}")
    return _("%(points)s points", points=f"{row.points:+d}")


def _small(row: LoyaltyTransaction, rules: Rules) -> str:
    reward, missing = rules.stamps_reward_name, rules.stamps_target - row.stamps_after
    if row.type == "stamps_added":
        return (
            _("%(num)s more to %(reward)s", num=missing, reward=reward)
            if missing > 0
            else _("%(reward)s is ready", reward=reward)
        )
    if row.type == "stamps_redeemed":
        return _("−%(target)s stamps, now %(after)s", target=-row.stamps, after=row.stamps_after)
    if row.type == "voided":
        return _("now %(after)s of %(target)s", after=row.stamps_after, target=rules.stamps_target)
    return _("now %(points)s", points=row.points_after)
