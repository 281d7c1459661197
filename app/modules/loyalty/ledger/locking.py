"""Lock and replay: the first two steps of every verb, in one statement."""

from typing import Any

from sqlalchemy import and_, bindparam, select

from .... import clock
from ....accounts import vendors
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
_CARD_COLUMNS = [_card[name] for name in LockedCard.__slots__]
_AFTER_CARD = len(_CARD_COLUMNS)


def _locking(card_is: Any, vendor_is: Any) -> Any:
    """The card, locked, with its programme, the shop, and what this key has done before.

    Only the card's own row is sure to be younger than the wait for its lock.
    """
    return (
        select(
            *_CARD_COLUMNS,
            _program.active,
            _program.redeemable_until,
            _program.revision_id,
            _vendor.id.label("vendor_id"),
            _vendor.slug,
            _vendor.name,
            _vendor.timezone,
            _vendor.status.label("vendor_status"),
            _record.request_hash,
            _record.status.label("answered"),
            _record.body,
            _record.transaction_id,
        )
        .join_from(
            LoyaltyCard.__table__,
            LoyaltyProgram.__table__,
            _program.company_id == _card.company_id,
        )
        .outerjoin(Vendor.__table__, and_(_vendor.company_id == _card.company_id, vendor_is))
        .outerjoin(
            IdempotencyRecord.__table__,
            and_(
                _record.company_id == _card.company_id,
                _record.caller == bindparam("caller"),
                _record.key == bindparam("key"),
            ),
        )
        .where(_card.company_id == bindparam("company_id"), card_is)
        .with_for_update(of=LoyaltyCard.__table__)
    )


_BY_NUMBER, _BY_ID = _card.number == bindparam("card"), _card.id == bindparam("card")
_AT_SLUG, _AT_ID = _vendor.slug == bindparam("vendor"), _vendor.id == bindparam("vendor")
# Constants: SQLAlchemy keeps their compiled form by identity, the database their plan.
# By (whether the card is told by its number, whether the shop is told by its slug).
LOCK = {
    (True, True): _locking(_BY_NUMBER, _AT_SLUG),
    (True, False): _locking(_BY_NUMBER, _AT_ID),
    (False, True): _locking(_BY_ID, _AT_SLUG),
    (False, False): _locking(_BY_ID, _AT_ID),
}


def lock(card: str | int, *, by: Actor, attempt: Attempt | None) -> tuple[LockedCard, Setting]:
    """The acting company's card by number or id, locked until the transaction ends, with what
    surrounds it.

    Finding authorises: another company's card is not found. Raises `IdempotencyMismatch`,
    `Invalid` for a shop that is not the company's, and `NotFound`, in this order.
    """
    row = _row(typed(card) if isinstance(card, str) else card, by, attempt)
    if row is None or row.status == CLOSED:
        _must_be_known(by)
        raise NotFound("There is no card with that number.")
    return LockedCard(*row[:_AFTER_CARD]), _setting(row, by, attempt)


def _row(card: str | int, by: Actor, attempt: Attempt | None) -> Any:
    by_number, by_slug = isinstance(card, str), by.vendor_id is None
    if isinstance(card, str) and not is_number(card):
        return None
    return hot(
        LOCK[by_number, by_slug],
        card=card,
        vendor=(by.vendor_slug or "") if by_slug else by.vendor_id,
        caller=by.caller,
        key=attempt.key if attempt else "",
    )


def _setting(row: Any, by: Actor, attempt: Attempt | None) -> Setting:
    earlier = replay(row, attempt)
    vendor = None
    if row.vendor_id:
        vendor = VendorFacts(row.vendor_id, row.slug, row.name, row.timezone)
    if earlier is None:
        _must_be_open(row, by)
    now = clock.now()
    return Setting(
        rules=rules_of(row.revision_id),
        state=ProgramState(row.active, row.redeemable_until),
        vendor=vendor,
        now=now,
        day=clock.business_day(now, vendor.timezone if vendor else "UTC"),
        replay=earlier,
    )


def _must_be_open(row: Any, by: Actor) -> None:
    """Raises `Invalid` for a shop that is unknown or closed: nothing happens there."""
    if row.vendor_id is None:
        _must_be_known(by)
    elif row.vendor_status != "open":
        raise Invalid({"vendor": f"got {row.slug!r}, which is closed; expected an open shop"})


def _must_be_known(by: Actor) -> None:
    """Raises `Invalid` for a slug that is no shop's; only asked where something was not found."""
    if by.vendor_slug and vendors.by_slug(by.vendor_slug) is None:
        raise Invalid({"vendor": f"got {by.vendor_slug[:48]!r}, expected the slug of a shop"})
