"""Things that want a decision of somebody in the office."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from .... import clock
from ....accounts import staff, terminals, vendors
from ....extensions import db
from .. import adjustments
from ..programs import LoyaltyProgram, Rules
from .effects import below_minimum, priced_rewards

Shops = dict[int, vendors.Vendor]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One such thing: a code, the permission of whoever can decide, and the names in it."""

    code: str
    permission: str
    figures: dict[str, Any]


def waiting(rules: Rules, *, own_shop: int | None, user_id: int) -> list[Waiting]:
    """What waits for this user in the acting company, or at one shop of it; six statements."""
    shops = {v.id: v for v in vendors.every() if own_shop in (None, v.id)}
    return [
        *_adjustments(user_id),
        *_program(rules),
        *_rewards(rules),
        *_places(shops),
        *_terminals(shops),
        *_staff(own_shop),
    ]


def _adjustments(user_id: int) -> list[Waiting]:
    number = adjustments.waiting_for(user_id)
    return [Waiting("adjustments-waiting", "adjust", {"number": number})] if number else []


def _program(rules: Rules) -> list[Waiting]:
    found = []
    program = db.session.scalar(select(LoyaltyProgram))
    if program and not program.active:
        figures = {"until": program.redeemable_until}
        found.append(Waiting("program-paused", "program", figures))
    if not rules.terms_text:
        found.append(Waiting("no-terms", "program", {}))
    return found


def _rewards(rules: Rules) -> list[Waiting]:
    lost = below_minimum(priced_rewards(), rules)
    figures = {"names": [one.name for one in lost], "least": rules.minimum_redemption_points}
    return [Waiting("rewards-out-of-reach", "program", figures)] if lost else []


def _places(shops: Shops) -> list[Waiting]:
    open_ = any(shop.status == "open" for shop in shops.values())
    return [] if open_ else [Waiting("no-shop", "vendors", {})]


def _terminals(shops: Shops) -> list[Waiting]:
    every = [t for t in terminals.every() if t.vendor_id in shops]
    if not every:
        return [Waiting("no-terminal", "terminals", {})]
    now = clock.now()
    late = [t for t in every if not t.secret_hash and not (t.code_ends_at and t.code_ends_at > now)]
    open_ = [t for t in every if not t.secret_hash and t not in late]
    return [
        Waiting(
            code, "terminals", {"names": [f"{t.name}, {shops[t.vendor_id].name}" for t in which]}
        )
        for code, which in (("terminals-waiting", open_), ("codes-ran-out", late))
        if which
    ]


def _staff(own_shop: int | None) -> list[Waiting]:
    here = [
        (member, pin)
        for member, pin in staff.every()
        if member.active and own_shop in (None, member.vendor_id)
    ]
    if not here:
        return [Waiting("no-staff", "staff", {})]
    locked = [member.name for member, pin in here if staff.is_locked(pin)]
    without = [member.name for member, pin in here if pin is None]
    return [
        Waiting(code, "staff", {"names": names})
        for code, names in (("pins-locked", locked), ("pins-missing", without))
        if names
    ]
