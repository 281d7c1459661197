"""Creating a programme, publishing revisions, and the rules in force."""

import hashlib
import json
import threading
from collections import OrderedDict
from dataclasses import astuple, fields
from datetime import date
from typing import Any

from sqlalchemy import null, select
from sqlalchemy.exc import IntegrityError

from .... import audit, clock, outbox, tenancy
from ....accounts.companies import Company
from ....errors import NotFound, Refusal
from ....extensions import db
from ....ids import new_id
from .bonuses import as_conditions, bonus_of
from .checks import checked
from .defaults import default_rules
from .models import LoyaltyProgram, ProgramBonus, ProgramRevision, ProgramTier
from .rules import Bonus, Rules, Tier

_KEPT_REVISIONS = 2_000


class ProgramExists(Refusal):
    code = "program-exists"
    title = "One programme per company"


class RevisionOutdated(Refusal):
    code = "revision-outdated"
    title = "Somebody else published meanwhile"


def create(company: Company) -> LoyaltyProgram:
    """The company's one programme with the default rules, active; raises `ProgramExists`."""
    if db.session.scalar(select(LoyaltyProgram.id)):
        raise ProgramExists("This company has its programme already.")
    program = LoyaltyProgram(id=new_id(), activated_at=clock.now(), revision_id=new_id())
    db.session.add(program)
    try:
        db.session.flush()
    except IntegrityError:  # somebody else's, in the same moment: the unique key has judged
        raise ProgramExists("This company has its programme already.") from None
    _add_revision(program, default_rules(company.currency), number=1, by=None)
    return program


def of_company() -> LoyaltyProgram:
    """The acting company's programme; raises `NotFound`."""
    program: LoyaltyProgram | None = db.session.scalar(select(LoyaltyProgram))
    if program is None:
        raise NotFound("This company has no programme yet.")
    return program


def current() -> Rules:
    """The rules in force."""
    return rules_of(of_company().revision_id)


def publish(
    changes: dict[str, Any], *, by: int | None = None, based_on: int | None = None
) -> Rules:
    """Publish the next revision with these changes; raises `Invalid` naming each bad field.

    The programme's row is locked, so two editors publish one after the other; who says which
    revision they read (`based_on`) gets `RevisionOutdated` where it is no longer in force.
    `tiers` and `bonuses` may be among the changes, as tuples of `Tier` and `Bonus`.
    """
    program = db.session.scalar(
        select(LoyaltyProgram).with_for_update().execution_options(populate_existing=True)
    )
    if program is None:
        raise NotFound("This company has no programme yet.")
    before = rules_of(program.revision_id)
    if based_on not in (None, before.number):
        raise RevisionOutdated(
            f"Revision {before.number} was published after you began.", revision=before.number
        )
    after = before.changed(**checked(changes))
    if after == before:
        return before
    program.revision_id = new_id()
    revision = _add_revision(program, after, number=before.number + 1, by=by)
    return after.changed(id=revision.id, number=revision.number)


def switch(*, active: bool, redeemable_until: date | None = None, by: int | None = None) -> None:
    """Stop or start the programme; the first activation's date survives."""
    program = of_company()
    program.active = active
    program.activated_at = program.activated_at or clock.now()
    program.redeemable_until = None if active else redeemable_until
    outbox.put("programme.changed")
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
    for position, bonus in enumerate(rules.bonuses, 1):
        db.session.add(
            ProgramBonus(
                revision_id=revision.id,
                position=position,
                name=bonus.name,
                percent_bp=bonus.percent_bp,
                points=bonus.points,
                conditions=as_conditions(bonus),
            )
        )
    db.session.flush()
    outbox.put("programme.changed")
    audit.record(
        "program.published", subject_id=revision.id, by=by, revision=number, rules=digest(rules)
    )
    return revision


# Rules that came later: told only where they differ from their default, which is what every
# revision before them has, so that those keep the digest they were published with.
_LATER = {
    rule.name: rule.default
    for rule in fields(Rules)
    if rule.name
    in (
        "bonus_stacking",
        "stamps_per_sale",
        "void_alone_minutes",
        "void_days",
        "redemption_alone_points",
        "adjustment_alone_points",
        "tier_review_on",
    )
}


def digest(rules: Rules) -> str:
    """What the audit remembers of published rules: another value of any of them shows."""
    values = {
        name: value
        for name, value in rules.values().items()
        if name not in _LATER or value != _LATER[name]
    }
    told: list[Any] = [values, sorted(map(astuple, rules.tiers))]
    if rules.bonuses:
        told.append([(b.name, b.percent_bp, b.points, as_conditions(b)) for b in rules.bonuses])
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


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
    rules = read(revision_id)
    with _keeping:
        _kept[key] = rules
        if len(_kept) > _KEPT_REVISIONS:
            _kept.popitem(last=False)
    return rules


def read(revision_id: int) -> Rules:
    """A revision's rules as they stand in the database now; raises `NotFound`."""
    row = db.session.get(ProgramRevision, (tenancy.company_id(), revision_id))
    if row is None:
        raise NotFound("There is no such revision.")
    tiers = db.session.scalars(
        select(ProgramTier)
        .where(ProgramTier.revision_id == revision_id)
        .order_by(ProgramTier.min_lifetime_points)
    )
    ladder = tuple(Tier(t.name, t.min_lifetime_points, t.multiplier_bp) for t in tiers)
    bonuses = db.session.scalars(
        select(ProgramBonus)
        .where(ProgramBonus.revision_id == revision_id)
        .order_by(ProgramBonus.position)
    )
    more: tuple[Bonus, ...] = tuple(map(bonus_of, bonuses))
    blank = Rules(loyalty_type=row.loyalty_type, unit_minor=row.unit_minor)
    values = {name: getattr(row, name) for name in blank.values()}
    return Rules(**values, tiers=ladder, bonuses=more, number=row.number, id=row.id)
