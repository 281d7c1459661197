"""Returns. The edge commits."""

from dataclasses import dataclass, replace

from sqlalchemy import select, update

from .... import text
from ....accounts import staff
from ....accounts.actors import Actor
from ....accounts.vendors import Vendor
from ....errors import Busy, Invalid
from ....extensions import db
from .. import ledger, programs
from ..cards import CLOSED
from ..ledger import Attempt, Decision, LockedCard, Posted, Setting, Step
from ..ledger.approval import Approver
from ..programs import settings
from ..rewards.checks import MOST_STOCK
from ..rewards.models import Reward
from . import facts, merged, policy, rules
from .facts import Original

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What taking a line back would do now: the lines it would write, and the card before."""

    original: Original
    card: LockedCard
    decisions: tuple[Decision, ...]


def void(
    transaction_id: int,
    *,
    by: Actor,
    attempt: Attempt | None,
    amount_minor: int | None = None,
    reason: str | None = None,
    approver: Approver | None = None,
) -> Posted:
    """Take a line back, a sale in part where `amount_minor` says so.

    Raises `NotFound`, `Invalid`, and the refusals of `rules.part_of` and
    `policy.must_be_allowed`. A paused programme and a blocked card do not stand in the way.
    """
    reason = _reason(reason)
    line = facts.original(transaction_id)
    approved: Step | None = None
    if approver:
        approved = {"code": "approved", "staff": str(approver.staff_id)}

    survivor = merged.survivor_of(line.card_id)

    def decide(card: LockedCard, where: Setting) -> tuple[Decision, ...]:
        if card.status == CLOSED and survivor is None and merged.survivor_of(card.id):
            raise Busy("This card was merged just now. Please do it again.")
        known = facts.original(transaction_id)
        amount = rules.part_of(known, amount_minor)
        if by.staff_id:
            settings.must_allow_voids()
        policy.must_be_allowed(
            known, where.rules, by=by, now=where.now, role=_role(by), approver=approver
        )
        decisions = _decided(card, known, where, amount)
        if known.reward_id:
            _put_back(known.reward_id)
        return rules.signed(
            decisions,
            rules=programs.rules_of(known.revision_id),
            reason=reason,
            approved=approved,
        )

    by = _there(by, line)
    if survivor:
        return merged.void_of_merged(line.card_id, survivor, decide, by=by, attempt=attempt)
    return ledger.write(line.card_id, decide, by=by, attempt=attempt, closed_too=True)


def foresee(transaction_id: int, *, by: Actor, amount_minor: int | None = None) -> Foreseen:
    """What `void` would write now; nothing is locked or written, and nobody's leave is asked."""
    line = facts.original(transaction_id)
    card, where = ledger.peek(line.card_id, by=_there(by, line), closed_too=True)
    if survivor := merged.survivor_of(card.id):
        has_it, _ = ledger.peek(survivor, by=by, closed_too=True)
        card = replace(
            card,
            points_balance=has_it.points_balance,
            stamps_balance=has_it.stamps_balance,
            lifetime_points=has_it.lifetime_points,
        )
    amount = rules.part_of(line, amount_minor)
    return Foreseen(line, card, _decided(card, line, where, amount))


def line_facts(transaction_id: int) -> Original:
    """The line with what was taken back of it so far; raises `NotFound`."""
    return facts.original(transaction_id)


def _decided(card: LockedCard, line: Original, where: Setting, amount: int) -> tuple[Decision, ...]:
    if line.type == facts.SALE:
        return rules.return_of_sale(card, line, facts.own_lot(line.id), where, amount)
    if line.type == "stamps_added":
        return (rules.return_of_stamps(card, line, where),)
    past = facts.forgiven_since(line) if line.points < 0 else []
    return rules.return_of_points(card, line, facts.own_lot(line.id), past, where)


def _put_back(reward_id: int) -> None:
    """One more in stock, where the reward counts its stock, up to the most it can."""
    db.session.execute(
        update(Reward)
        .where(Reward.id == reward_id, Reward.stock < MOST_STOCK)
        .values(stock=Reward.stock + 1)
    )


def _there(by: Actor, line: Original) -> Actor:
    """Who names no shop takes it back where it was given, while that shop is open."""
    if by.vendor_id or by.vendor_slug or line.vendor_id is None:
        return by
    status = db.session.scalar(select(Vendor.status).where(Vendor.id == line.vendor_id))
    return replace(by, vendor_id=line.vendor_id) if status == "open" else by


def _role(by: Actor) -> str | None:
    return staff.find(by.staff_id).role if by.staff_id else None


def _reason(typed: str | None) -> str | None:
    words = " ".join((typed or "").split())
    if len(words) > LONGEST_REASON or text.has_controls(words):
        raise Invalid({"reason": f"expected at most {LONGEST_REASON} characters on one line"})
    return words or None
