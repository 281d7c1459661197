"""Lock and replay: the first two steps of every verb, in one statement."""

from typing import Any

from sqlalchemy import and_, bindparam, select

from .... import clock
from ....accounts import companies, vendors
from ....accounts.actors import Actor
from ....accounts.customers import Customer
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
_customer = Customer.__table__.c
_CARD_COLUMNS = [_card[name] for name in LockedCard.__slots__]
_AFTER_CARD = len(_CARD_COLUMNS)


def _reading(card_is: Any, vendor_is: Any) -> Any:
    """The card with its programme, its person's birthday, the shop, and what this key has done
    before."""
    return (
        select(
            *_CARD_COLUMNS,
            _program.active,
            _program.redeemable_until,
            _program.revision_id,
            _customer.birthday,
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
        .join(
            Customer.__table__,
            and_(_customer.company_id == _card.company_id, _customer.id == _card.customer_id),
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
    )


_BY_NUMBER, _BY_ID = _card.number == bindparam("card"), _card.id == bindparam("card")
_AT_SLUG, _AT_ID = _vendor.slug == bindparam("vendor"), _vendor.id == bindparam("vendor")
# Constants: SQLAlchemy keeps their compiled form by identity, the database their plan.
# By (whether the card is told by its number, whether the shop is told by its slug).
READ = {
    (True, True): _reading(_BY_NUMBER, _AT_SLUG),
    (True, False): _reading(_BY_NUMBER, _AT_ID),
    (False, True): _reading(_BY_ID, _AT_SLUG),
    (False, False): _reading(_BY_ID, _AT_ID),
}
# Only the card's own row is sure to be younger than the wait for its lock.
LOCK = {form: read.with_for_update(of=LoyaltyCard.__table__) for form, read in READ.items()}


def lock(
    card: str | int, *, by: Actor, attempt: Attempt | None, closed_too: bool = False
) -> tuple[LockedCard, Setting]:
    """The acting company's card by number or id, locked until the transaction ends, with what
    surrounds it. A card that was left or merged is found only by who asks for `closed_too`.

    Finding authorises: another company's card is not found. Raises `IdempotencyMismatch`,
    `Invalid` for a shop that is not the company's, and `NotFound`, in this order.
    """
    return _found(_row(LOCK, card, by, attempt), by, attempt, closed_too)


def peek(card: str | int, *, by: Actor, closed_too: bool = False) -> tuple[LockedCard, Setting]:
    """As `lock`, without the lock: for previews, which decide and write nothing."""
    return _found(_row(READ, card, by, None), by, None, closed_too)


def _found(
    row: Any, by: Actor, attempt: Attempt | None, closed_too: bool
) -> tuple[LockedCard, Setting]:
    if row is None or (row.status == CLOSED and not closed_too):
        _must_be_known(by)
        raise NotFound("There is no card with that number.")
    return LockedCard(*row[:_AFTER_CARD]), _setting(row, by, attempt)


def _row(forms: dict[Any, Any], card: str | int, by: Actor, attempt: Attempt | None) -> Any:
    card = typed(card) if isinstance(card, str) else card
    by_number, by_slug = isinstance(card, str), by.vendor_id is None
    if isinstance(card, str) and not is_number(card):
        return None
    return hot(
        forms[by_number, by_slug],
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
        day=clock.business_day(now, vendor.timezone if vendor else companies.acting().timezone),
        birthday=row.birthday,
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
