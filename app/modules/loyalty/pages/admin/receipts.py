"""A ledger line as paper: what it says at a glance, and why its figures are what they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from .....accounts.staff import StaffMember
from .....accounts.terminals import Terminal
from .....accounts.users import User
from .....accounts.vendors import Vendor
from .....extensions import db
from ...ledger import LoyaltyTransaction, Step
from ...ledger.explain import CASHIER, CUSTOMER, PROGRAMMER, say
from ...programs import ProgramRevision
from . import dates

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Receipt:
    """One line with the names of what it refers to."""

    row: LoyaltyTransaction
    revision: int
    vendor: Vendor | None
    staff: str | None
    terminal: str | None
    user: str | None

    @property
    def when(self) -> str:
        """The moment as the shop's clock showed it."""
        zone = self.vendor.timezone if self.vendor else g.company.timezone
        return dates.moment(self.row.occurred_at, zone)

    @property
    def where(self) -> str:
        """`Kirchberg, Inès`"""
        shop = self.vendor.name if self.vendor else None
        return ", ".join(part for part in (shop, self.who) if part)

    @property
    def who(self) -> str | None:
        key = _("a partner’s key") if self.row.api_key_id else None
        return self.staff or self.user or key

    @property
    def what(self) -> str:
        told = _WHAT.get(self.row.type)
        return told(self.row) if told else self.row.type.replace("_", " ")

    @property
    def change(self) -> str:
        """`+1 stamp`, `−10 stamps`, `+50 points`"""
        parts = []
        if self.row.stamps:
            number = abs(self.row.stamps)
            parts.append(_signed(self.row.stamps) + ngettext(" stamp", " stamps", number))
        if self.row.points:
            number = abs(self.row.points)
            parts.append(_signed(self.row.points) + ngettext(" point", " points", number))
        return ", ".join(parts) or "0"

    @property
    def after(self) -> str:
        return str(self.row.stamps_after if self.row.stamps else self.row.points_after)

    @property
    def title(self) -> str:
        return _("Why %(change)s?", change=self.change)

    @property
    def pairs(self) -> Pairs:
        """The decision step by step; the last is what it comes to."""
        told = [_PAIRS[step["code"]](step) for step in self.row.steps if step["code"] in _PAIRS]
        return [*told, (_("Together"), self.change)]

    @property
    def small(self) -> Pairs:
        row = self.row
        pairs = [
            (_("Decided by"), _("revision %(number)s", number=self.revision)),
            (_("Line"), _("%(number)s of this card", number=row.sequence)),
            (_("Business day"), dates.day(row.business_day)),
            (_("Shop"), self.vendor.name if self.vendor else None),
            (_("Counter"), self.terminal),
            (_("Who"), self.who),
            (_("Reference"), row.reference),
        ]
        if row.staff_id:
            pairs.append((_("Proven"), _("by PIN") if row.proven else _("no, the name was chosen")))
        return [(term, value) for term, value in pairs if value]

    @property
    def customer_reads(self) -> list[str]:
        return self._said(CUSTOMER)

    @property
    def counter_said(self) -> list[str]:
        return self._said(CASHIER)

    @property
    def api_answers(self) -> list[str]:
        return self._said(PROGRAMMER)

    def _said(self, voice: str) -> list[str]:
        return [say(step, voice) for step in self.row.steps]


def of_card(card_id: int, *, before: int | None, limit: int) -> Sequence[Receipt]:
    """The card's lines, newest first, from below the sequence `before`; one statement."""
    line = LoyaltyTransaction
    query = (
        select(line, ProgramRevision.number, Vendor, StaffMember.name, Terminal.name, User.name)
        .join(ProgramRevision, ProgramRevision.id == line.revision_id)
        .outerjoin(Vendor, Vendor.id == line.vendor_id)
        .outerjoin(StaffMember, StaffMember.id == line.staff_id)
        .outerjoin(Terminal, Terminal.id == line.terminal_id)
        .outerjoin(User, User.id == line.user_id)
        .where(line.card_id == card_id)
        .order_by(line.sequence.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(line.sequence < before)
    return [Receipt(*row) for row in db.session.execute(query)]


def _signed(number: int) -> str:
    return f"+{number:,}" if number > 0 else f"−{-number:,}"


def _stamps_added(row: LoyaltyTransaction) -> str:
    counted: Step = next((s for s in row.steps if s["code"] == "stamps-counted"), {})
    if "target" not in counted:
        return _("Stamped")
    return _("Stamp %(after)s of %(target)s", after=counted["after"], target=counted["target"])


def _stamps_redeemed(row: LoyaltyTransaction) -> str:
    taken: Step = next((s for s in row.steps if s["code"] == "reward-taken"), {})
    return _("%(reward)s taken", reward=taken.get("reward", _("Reward")))


def _voided(row: LoyaltyTransaction) -> str:
    undone: Step = next((s for s in row.steps if "sequence" in s), {})
    if not undone:
        return _("Taken back")
    return _("Line %(number)s taken back", number=undone["sequence"])


_WHAT: dict[str, Callable[[LoyaltyTransaction], str]] = {
    "stamps_added": _stamps_added,
    "stamps_redeemed": _stamps_redeemed,
    "voided": _voided,
    "welcome_bonus": lambda row: _("Welcome"),
    "points_earned": lambda row: _("Points for a sale"),
    "points_redeemed": lambda row: _("Points spent"),
    "points_adjusted": lambda row: _("Set right by hand"),
    "points_expired": lambda row: _("Points expired"),
}

# Each step as one row of the receipt: the words, and the figure that hangs from them.
_PAIRS: dict[str, Callable[[Step], tuple[str, str]]] = {
    "stamps-given": lambda s: (
        _("Given at %(vendor)s", vendor=s["vendor"]) if s["vendor"] else _("Given"),
        str(s["quantity"]),
    ),
    "stamps-counted": lambda s: (
        _("On the card, of %(target)s", target=s["target"]),
        f"{s['before']} → {s['after']}",
    ),
    "day-counted": lambda s: (
        _("Places of the day"),
        _("%(count)s of %(cap)s", count=s["count"], cap=s["cap"]),
    ),
    "reward-ready": lambda s: (_("Ready"), s["reward"]),
    "reward-taken": lambda s: (s["reward"], _("%(target)s stamps", target=s["target"])),
    "stamps-kept": lambda s: (_("On the card"), f"{s['before']} → {s['after']}"),
    "stamps-undone": lambda s: (
        _("Taken back from line %(number)s", number=s["sequence"]),
        str(s["quantity"]),
    ),
    "day-given-back": lambda s: (_("Places of the day used"), str(s["count"])),
    "welcome-bonus": lambda s: (_("To welcome, once per person"), str(s["points"])),
}
