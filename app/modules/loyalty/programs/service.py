"""Creating a programme, publishing revisions, and the rules in force."""

import re
import threading
from collections import OrderedDict
from datetime import date
from typing import Any

from sqlalchemy import null, select

from .... import audit, clock, tenancy, text
from ....accounts.companies import Company
from ....errors import Invalid, NotFound, Refusal
from ....extensions import db
from ....ids import new_id
from .defaults import default_rules
from .models import MOST_MINOR, MOST_POINTS, LoyaltyProgram, ProgramRevision, ProgramTier
from .rules import (
    EXPIRY_POLICIES,
    LOYALTY_TYPES,
    VOID_POLICIES,
    WELCOME_MOMENTS,
    Rules,
    Tier,
)

_KEPT_REVISIONS = 2_000
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
# field: (lowest, highest, whether None lifts it)
_RANGES: dict[str, tuple[int, int, bool]] = {
    "stamps_target": (1, 100, False),
    "stamps_reward_value_minor": (0, MOST_MINOR, True),
    "cooldown_minutes": (0, 10_080, False),
    "max_daily_stamps": (1, 1_000, True),
    "points_per_unit": (0, 1_000_000, False),
    "unit_minor": (1, MOST_MINOR, False),
    "max_points_per_order": (1, MOST_POINTS, True),
    "minimum_purchase_minor": (0, MOST_MINOR, False),
    "minimum_redemption_points": (0, MOST_POINTS, False),
    "point_value_bp": (1, MOST_MINOR, True),
    "max_points_per_checkout": (1, MOST_POINTS, True),
    "welcome_bonus_points": (0, 1_000_000, False),
    "birthday_bonus_bp": (0, 1_000_000, False),
}
_CHOICES = {
    "loyalty_type": LOYALTY_TYPES,
    "void_policy": VOID_POLICIES,
    "welcome_bonus_when": WELCOME_MOMENTS,
}


class ProgramExists(Refusal):
    code = "program-exists"
    title = "One programme per company"


def create(company: Company) -> LoyaltyProgram:
    """The company's one programme with the default rules, active; raises `ProgramExists`."""
    if db.session.scalar(select(LoyaltyProgram.id)):
        raise ProgramExists("This company has its programme already.")
    program = LoyaltyProgram(id=new_id(), activated_at=clock.now(), revision_id=new_id())
    db.session.add(program)
    db.session.flush()
    _add_revision(program, default_rules(company.currency), number=1, by=None)
    return program


def of_company() -> LoyaltyProgram:
    """The acting company's programme; raises `NotFound`."""
    program = db.session.scalar(select(LoyaltyProgram))
    if program is None:
        raise NotFound("This company has no programme yet.")
    return program


def current() -> Rules:
    """The rules in force."""
    return rules_of(of_company().revision_id)


def publish(changes: dict[str, Any], *, by: int | None = None) -> Rules:
    """Publish the next revision with these changes; raises `Invalid` naming each bad field.

    The programme's row is locked, so two editors publish one after the other. `tiers` may be
    among the changes, as a tuple of `Tier`.
    """
    program = db.session.scalar(
        select(LoyaltyProgram).with_for_update().execution_options(populate_existing=True)
    )
    if program is None:
        raise NotFound("This company has no programme yet.")
    before = rules_of(program.revision_id)
    after = before.changed(**_checked(changes))
    if after == before:
        return before
    program.revision_id = new_id()
    revision = _add_revision(program, after, number=before.number + 1, by=by)
    audit.record("program.published", subject_id=revision.id, by=by, revision=revision.number)
    return after.changed(id=revision.id, number=revision.number)


def switch(*, active: bool, redeemable_until: date | None = None, by: int | None = None) -> None:
    """Stop or start the programme; the first activation's date survives."""
    program = of_company()
    program.active = active
    program.activated_at = program.activated_at or clock.now()
    program.redeemable_until = None if active else redeemable_until
    audit.record("program.switched", subject_id=program.id, by=by, active=int(active))


def _add_revision(
    program: LoyaltyProgram, rules: Rules, *, number: int, by: int | None
) -> ProgramRevision:
    revision = ProgramRevision(
        id=program.revision_id,
        program_id=program.id,
        number=number,
        published_by=by,
        # An explicit NULL: of a plain None the unit of work makes the column's server default.
        **{name: null() if value is None else value for name, value in rules.values().items()},
    )
    db.session.add(revision)
    db.session.flush()
    for tier in rules.tiers:
        db.session.add(
            ProgramTier(
                revision_id=revision.id,
                name=tier.name,
                min_lifetime_points=tier.min_lifetime_points,
                multiplier_bp=tier.multiplier_bp,
            )
        )
    db.session.flush()
    return revision


# -- the cache: a revision never changes, so it is read once ------------------------------------

_kept: OrderedDict[tuple[int, int], Rules] = OrderedDict()
_keeping = threading.Lock()


def rules_of(revision_id: int) -> Rules:
    """A revision's rules, kept in memory by company and id; raises `NotFound`."""
    key = (tenancy.company_id(), revision_id)
    with _keeping:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    row = db.session.get(ProgramRevision, key)
    if row is None:
        raise NotFound("There is no such revision.")
    tiers = db.session.scalars(
        select(ProgramTier)
        .where(ProgramTier.revision_id == revision_id)
        .order_by(ProgramTier.min_lifetime_points)
    )
    ladder = tuple(Tier(t.name, t.min_lifetime_points, t.multiplier_bp) for t in tiers)
    blank = Rules(loyalty_type=row.loyalty_type, unit_minor=row.unit_minor)
    values = {name: getattr(row, name) for name in blank.values()}
    rules = Rules(**values, tiers=ladder, number=row.number, id=row.id)
    with _keeping:
        _kept[key] = rules
        if len(_kept) > _KEPT_REVISIONS:
            _kept.popitem(last=False)
    return rules


# -- checking a change ---------------------------------------------------------------------------


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    errors: dict[str, str] = {}
    clean = dict(changes)
    for name, value in changes.items():
        if name in _RANGES:
            problem = _out_of_range(value, *_RANGES[name])
        elif name in _CHOICES:
            allowed = _CHOICES[name]
            problem = "" if value in allowed else f"expected one of {', '.join(allowed)}"
        else:
            clean[name], problem = _checked_text(name, value)
        if problem:
            errors[name] = f"got {str(value)[:60]!r}, {problem}"
    if errors:
        raise Invalid(errors)
    return clean


def _out_of_range(value: Any, low: int, high: int, nullable: bool) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    if whole or (value is None and nullable):
        return ""
    return f"expected a whole number from {low} to {high}" + (" or nothing" if nullable else "")


def _checked_text(name: str, value: Any) -> tuple[Any, str]:
    if name in ("stamps_reward_name", "card_name"):
        try:
            return text.name(str(value), name), ""
        except Invalid as fault:
            return value, fault.errors[name]
    if name == "card_color":
        return str(value), "" if _COLOUR.fullmatch(str(value)) else "expected a colour like #4F46E5"
    if name == "terms_text":
        return value, "" if len(str(value)) <= 20_000 else "expected at most 20,000 characters"
    if name == "privacy_url":
        good = value is None or str(value).startswith(("https://", "http://"))
        return value, "" if good and len(str(value)) <= 500 else "expected a web address"
    if name == "expiry":
        return value, "" if value.get("policy") in EXPIRY_POLICIES else "expected a known policy"
    if name == "category_rates":
        good = len(value) <= 200 and all(0 <= rate <= 1_000_000 for rate in value.values())
        return value, "" if good else "expected at most 200 rates from 0 to 1000000"
    if name == "expiry_notice_days":
        good = len(value) <= 10 and all(1 <= days <= 366 for days in value)
        return value, "" if good else "expected at most 10 numbers of days from 1 to 366"
    if name == "tiers":
        return value, _ladder_problem(value)
    return value, "" if name == "require_staff_pin" else "no such setting"


def _ladder_problem(tiers: tuple[Tier, ...]) -> str:
    thresholds = [tier.min_lifetime_points for tier in tiers]
    if not 1 <= len(tiers) <= 20 or len(set(thresholds)) != len(thresholds) or 0 not in thresholds:
        return "expected 1 to 20 tiers with different thresholds, one of them 0"
    return ""
