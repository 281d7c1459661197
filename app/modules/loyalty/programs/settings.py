"""What the operator of the installation allows a company. Their value beats the company's own;
None leaves it to the company."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, bindparam, func, select, true
from sqlalchemy.orm import Mapped, mapped_column

from .... import audit, clock, tenancy
from ....database import Model, UtcDateTime, company_table, hot, server_now
from ....errors import Forbidden
from ....extensions import db
from .service import current

NAMES = ("self_enrolment", "require_staff_pin", "staff_voids", "redeem_across_vendors")


class CompanyLoyaltySettings(tenancy.Owned, Model):
    """The operator's word on one company: each True, False, or left to the company."""

    __tablename__ = "company_loyalty_settings"
    __table_args__ = (company_table(),)

    self_enrolment: Mapped[bool | None] = mapped_column(Boolean)
    require_staff_pin: Mapped[bool | None] = mapped_column(Boolean)
    staff_voids: Mapped[bool | None] = mapped_column(Boolean)
    redeem_across_vendors: Mapped[bool | None] = mapped_column(Boolean)
    changed_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


@dataclass(frozen=True, slots=True)
class Allowed:
    """What holds for the acting company, the operator's word applied."""

    self_enrolment: bool
    require_staff_pin: bool
    staff_voids: bool
    redeem_across_vendors: bool


def allowed() -> Allowed:
    """What the acting company may do now."""
    word = said()
    own = {"require_staff_pin": current().require_staff_pin}
    values = {name: getattr(word, name) if word else None for name in NAMES}
    return Allowed(
        **{name: own.get(name, True) if value is None else value for name, value in values.items()}
    )


def said() -> CompanyLoyaltySettings | None:
    """The operator's own word, None where there is none."""
    return db.session.get(CompanyLoyaltySettings, tenancy.company_id())


def say(*, by: int, **words: bool | None) -> None:
    """Set the operator's word on the acting company; audited with what it was before."""
    row = said()
    if row is None:
        row = CompanyLoyaltySettings(company_id=tenancy.company_id())
        db.session.add(row)
    moved = {
        name: words[name] for name in NAMES if name in words and getattr(row, name) != words[name]
    }
    for name, value in moved.items():
        before = getattr(row, name)
        setattr(row, name, value)
        audit.record(
            "operator.setting",
            subject_id=row.company_id,
            by=by,
            name=name,
            before=str(before),
            after=str(value),
        )
    row.changed_at = clock.now()
    db.session.flush()


_said = CompanyLoyaltySettings.__table__.c
# For hot statements: whether rewards are given at any shop, with no trip of its own.
REDEEMS_ACROSS = func.coalesce(
    select(_said.redeem_across_vendors)
    .where(_said.company_id == bindparam("company_id"))
    .scalar_subquery(),
    true(),
)
_REDEEMS_ACROSS = select(REDEEMS_ACROSS.label("across"))


def must_redeem_here(
    enrolled_vendor_id: int | None, *, at: int | None, across: bool | None = None
) -> None:
    """Raises `Forbidden` for another shop than the card's own, where the operator says so.
    `across` is their word, where the caller has read it already."""
    if enrolled_vendor_id is None or at in (None, enrolled_vendor_id):
        return
    if across is None:
        across = hot(_REDEEMS_ACROSS).across
    if not across:
        raise Forbidden("Rewards are given at the shop where the card was made.")


def must_allow_voids() -> None:
    """Raises `Forbidden` where counters take nothing back."""
    if not allowed().staff_voids:
        raise Forbidden("Counters take nothing back here; the office can.")
