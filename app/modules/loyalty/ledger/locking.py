"""Lock and replay: the first two steps of every verb."""

from typing import Any

from sqlalchemy import and_, bindparam, select

from .... import clock
from ....accounts.actors import Actor
from ....accounts.vendors import Vendor
from ....database import hot
from ....errors import Invalid, NotFound
from ....idempotency import Attempt, IdempotencyRecord, replay
from ..cards.models import CLOSED, LoyaltyCard
from ..cards.numbers import is_number, typed
from ..programs import LoyaltyProgram, rules_of
from ..programs.rules import ProgramState
from .decision import LockedCard, Setting, VendorFacts

_card = LoyaltyCard.__table__.c
_vendor = Vendor.__table__.c
_program = LoyaltyProgram.__table__.c
_record = IdempotencyRecord.__table__.c

# Constants: SQLAlchemy keeps their compiled form by identity, the database their plan.
_LOCK = (
    select(*(_card[name] for name in LockedCard.__slots__))
    .where(_card.company_id == bindparam("company_id"))
    .with_for_update()
)
LOCK_BY_NUMBER = _LOCK.where(_card.number == bindparam("number"))
LOCK_BY_ID = _LOCK.where(_card.id == bindparam("card_id"))

_SETTING = (
    select(
        _program.active,
        _program.redeemable_until,
        _program.revision_id,
        _vendor.id,
        _vendor.slug,
        _vendor.name,
        _vendor.timezone,
        _vendor.status,
        _record.request_hash,
        _record.status.label("answered"),
        _record.body,
        _record.transaction_id,
    )
    .outerjoin(
        IdempotencyRecord.__table__,
        and_(
            _record.company_id == _program.company_id,
            _record.caller == bindparam("caller"),
            _record.key == bindparam("key"),
        ),
    )
    .where(_program.company_id == bindparam("company_id"))
)


def _with_vendor(condition: Any) -> Any:
    return _SETTING.outerjoin(
        Vendor.__table__, and_(_vendor.company_id == _program.company_id, condition)
    )


SETTING_BY_VENDOR_ID = _with_vendor(_vendor.id == bindparam("vendor"))
SETTING_BY_VENDOR_SLUG = _with_vendor(_vendor.slug == bindparam("vendor"))


def lock(number: str) -> LockedCard:
    """The acting company's card, locked until the transaction ends; raises `NotFound`.

    Finding authorises: another company's card is not found.
    """
    number = typed(number)
    if not is_number(number):
        raise NotFound("There is no card with that number.")
    return _locked(LOCK_BY_NUMBER, number=number)


def lock_by_id(card_id: int) -> LockedCard:
    """The same by id: for lines that name their card."""
    return _locked(LOCK_BY_ID, card_id=card_id)


def _locked(statement: Any, **key: Any) -> LockedCard:
    row = hot(statement, **key).one_or_none()
    if row is None or row.status == CLOSED:
        raise NotFound("There is no card with that number.")
    return LockedCard(*row)


def setting(*, by: Actor, attempt: Attempt | None) -> Setting:
    """Programme, shop and replay, read after the lock: nothing here is older than the wait.

    Raises `IdempotencyMismatch`, and `Invalid` for a shop that is not the company's.
    """
    by_slug = by.vendor_id is None
    row = hot(
        SETTING_BY_VENDOR_SLUG if by_slug else SETTING_BY_VENDOR_ID,
        caller=by.caller,
        key=attempt.key if attempt else "",
        vendor=(by.vendor_slug or "") if by_slug else by.vendor_id,
    ).one_or_none()
    if row is None:
        raise NotFound("This company has no programme yet.")
    earlier = replay(row, attempt)
    vendor = (
        VendorFacts(row.id, row.slug, row.name, row.timezone, row.status == "open")
        if row.id
        else None
    )
    if earlier is None and by.vendor_slug and vendor is None:
        raise Invalid({"vendor": f"got {by.vendor_slug[:48]!r}, expected the slug of a shop"})
    now = clock.now()
    return Setting(
        rules=rules_of(row.revision_id),
        state=ProgramState(row.active, row.redeemable_until),
        vendor=vendor,
        now=now,
        day=clock.business_day(now, vendor.timezone if vendor else "UTC"),
        replay=earlier,
    )
