"""A ledger line as paper: what it says at a glance, and why its figures are what they are."""

from dataclasses import dataclass
from datetime import datetime

from flask import g
from flask_babel import gettext as _

from .....accounts.vendors import Vendor
from ...ledger import LoyaltyTransaction, Step
from ...ledger.explain import CASHIER, CUSTOMER, PROGRAMMER, say, summary, words
from ...ledger.tiers import is_review
from ...returns.facts import SALE, VOIDABLE
from . import dates, receipt_rows, receipt_words
from .receipt_rows import Pairs
from .receipt_words import Reversal

# What the one-line summary of a sale holds already.
_IN_SUMMARY = {"sale", "rate", "category-rate", "tier", "bonus-percent", "bonus-points"}
_IN_SUMMARY |= {"rounded-down", "capped", "below-minimum"}
# What the receipt tells as an aside, in the counter's words.
_ASIDE = {"rounds-to-nothing", "below-minimum", "empty-sale", "no-stamp", "reward-ready"}
_ASIDE |= {"tier-reached", "tier-lost"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """One line with the names of what it refers to."""

    row: LoyaltyTransaction
    revision: int
    vendor: Vendor | None
    staff: str | None
    terminal: str | None
    user: str | None
    key: str | None
    card: str
    open_card: bool
    origin: Reversal | None
    reversals: tuple[Reversal, ...] = ()
    approver: str | None = None
    asker: str | None = None

    @property
    def when(self) -> str:
        """The moment as the shop's clock showed it."""
        return self._at(self.row.occurred_at)

    @property
    def where(self) -> str:
        """`Kirchberg, Inès`"""
        shop = self.vendor.name if self.vendor else None
        return ", ".join(part for part in (shop, self.who) if part)

    @property
    def who(self) -> str | None:
        if self.row.api_key_id:
            return _("the key “%(name)s”", name=self.key) if self.key else _("a partner’s key")
        return self.staff or self.user

    @property
    def what(self) -> str:
        return receipt_words.what(self.row, self.origin, self._at)

    @property
    def change(self) -> str:
        """`+15`, `+1 stamp`, `−10 stamps`"""
        return receipt_words.change(self.row)

    @property
    def after(self) -> str:
        row = self.row
        stamps = row.stamps and not row.points and row.type != SALE
        return words.number(row.stamps_after if stamps else row.points_after)

    @property
    def title(self) -> str:
        return receipt_words.title(self.row)

    @property
    def pairs(self) -> Pairs:
        """The decision step by step; the last is what it comes to."""
        return [*receipt_rows.of(self.row.steps), receipt_words.total(self.row)]

    @property
    def aside(self) -> str:
        """What else was decided, and why a sale earned nothing."""
        return self._told([s for s in self.row.steps if s["code"] in _ASIDE], CASHIER)

    @property
    def small(self) -> Pairs:
        row = self.row
        pairs = [
            *receipt_words.balances(row),
            (_("Decided by"), _("revision %(number)s", number=self.revision)),
            (_("Line"), _("%(number)s of this card", number=row.sequence)),
            (_("Business day"), dates.day(row.business_day)),
            (_("Shop"), self.vendor.name if self.vendor else None),
            (_("Counter"), self.terminal),
            (_("Asked for by"), self.asker),
            (_("Who"), self.who),
            (_("Approved by"), self.approver),
            (_("Reason"), row.reason),
            (_("Reference"), row.reference),
        ]
        if row.staff_id:
            pairs.append((_("Proven"), _("by PIN") if row.proven else _("no, the name was chosen")))
        return [(term, value) for term, value in pairs if value]

    @property
    def customer_reads(self) -> str:
        return self._said(CUSTOMER)

    @property
    def counter_said(self) -> str:
        return self._said(CASHIER)

    @property
    def api_answers(self) -> str:
        return "; ".join(say(step, PROGRAMMER) for step in self.row.steps)

    @property
    def left_minor(self) -> int:
        """What of a sale is not yet returned."""
        given_back = sum(part.amount_minor or 0 for part in self.reversals)
        return (self.row.amount_minor or 0) - given_back

    @property
    def can_go_back(self) -> bool:
        """Whether something of the line can still be taken back."""
        voidable = self.row.type in VOIDABLE and not is_review(self.row.steps)
        return voidable and (not self.reversals or self.left_minor > 0)

    @property
    def can_be_reinstated(self) -> bool:
        """Whether it is an expiry whose points can still be given back."""
        return self.row.type == "points_expired" and not self.reversals and self.open_card

    @property
    def back_label(self) -> str:
        return receipt_words.back_label(self.row.type)

    def told_reversal(self, part: Reversal) -> str:
        """`Return of €4.80, 13 Nov, 12:48`"""
        return receipt_words.reversal(part, self._at(part.occurred_at))

    def _at(self, moment: datetime) -> str:
        zone = self.vendor.timezone if self.vendor else g.company.timezone
        return dates.moment(moment, zone)

    def _said(self, voice: str) -> str:
        steps = [step for step in self.row.steps if step["code"] != "approved"]
        if not steps or steps[0]["code"] != "sale":
            return self._told(steps, voice)
        rest = [step for step in steps if step["code"] not in _IN_SUMMARY]
        given = f"{self._given()}, {summary(steps, voice)}"
        return ". ".join(part for part in (given, self._told(rest, voice)) if part)

    def _given(self) -> str:
        """`15 points at Kirchberg`"""
        points = words.points(self.row.points)
        if self.vendor is None:
            return points
        return _("%(points)s at %(shop)s", points=points, shop=self.vendor.name)

    def _told(self, steps: list[Step], voice: str) -> str:
        return ". ".join(say(step, voice) for step in steps)
