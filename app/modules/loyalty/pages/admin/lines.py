"""Ledger lines with the names of what they refer to: three statements a page, however long the
ledger."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased

from .....accounts.api_keys import ApiKey
from .....accounts.staff import StaffMember
from .....accounts.terminals import Terminal
from .....accounts.users import User
from .....accounts.vendors import Vendor
from .....errors import NotFound
from .....extensions import db
from ...adjustments import AdjustmentRequest
from ...cards import CLOSED, LoyaltyCard
from ...ledger import LoyaltyTransaction
from ...programs import ProgramRevision
from . import reach
from .receipt_words import Reversal
from .receipts import Receipt

_line = LoyaltyTransaction
_origin = aliased(LoyaltyTransaction)
_Lines = Select[*tuple[Any, ...]]


def of_card(card_id: int, *, before: int | None, limit: int) -> list[Receipt]:
    """The card's lines, newest first, from below the sequence `before`; to a manager those that
    were not written at another shop."""
    query = named().where(_line.card_id == card_id, reach.lines_not_elsewhere())
    query = query.order_by(_line.sequence.desc()).limit(limit)
    return read(query.where(_line.sequence < before) if before is not None else query)


def find(transaction_id: int) -> Receipt:
    """The acting company's line, to a manager as `of_card` their cards'; raises `NotFound`."""
    ours = or_(reach.lines_here(), and_(_line.vendor_id.is_(None), reach.cards_here()))
    found = read(named().where(_line.id == transaction_id, ours))
    if not found:
        raise NotFound("There is no such line.")
    return found[0]


def named() -> _Lines:
    """Lines with everything that `read` makes receipts of; narrow and order it."""
    columns = (getattr(_origin, name) for name in Reversal._fields)
    return (
        select(
            _line,
            ProgramRevision.number,
            Vendor,
            StaffMember.name,
            Terminal.name,
            User.name,
            ApiKey.name,
            LoyaltyCard.number,
            LoyaltyCard.status,
            *columns,
        )
        .join(ProgramRevision, ProgramRevision.id == _line.revision_id)
        .join(LoyaltyCard, LoyaltyCard.id == _line.card_id)
        .outerjoin(Vendor, Vendor.id == _line.vendor_id)
        .outerjoin(StaffMember, StaffMember.id == _line.staff_id)
        .outerjoin(Terminal, Terminal.id == _line.terminal_id)
        .outerjoin(User, User.id == _line.user_id)
        .outerjoin(ApiKey, ApiKey.id == _line.api_key_id)
        .outerjoin(
            _origin,
            and_(_origin.company_id == _line.company_id, _origin.id == _line.reverses_id),
        )
    )


def read(query: _Lines) -> list[Receipt]:
    """The receipts of these lines, with what took them back and whose second name is on them."""
    found = [_receipt(row) for row in db.session.execute(query)]
    back = _reversals([each.row.id for each in found])
    approvers = _approvers(found)
    askers = _askers([each.row.id for each in found if each.row.type == "points_adjusted"])
    return [
        replace(
            each,
            reversals=tuple(back.get(each.row.id, ())),
            approver=approvers.get(each.row.id),
            asker=askers.get(each.row.id),
        )
        for each in found
    ]


def _receipt(found: Any) -> Receipt:
    """The receipt of one row of `named`."""
    row, revision, vendor, staff, terminal, user, key, card, status, *origin = found
    return Receipt(
        row=row,
        revision=revision,
        vendor=vendor,
        staff=staff,
        terminal=terminal,
        user=user,
        key=key,
        card=card,
        open_card=status != CLOSED,
        origin=Reversal(*origin) if row.reverses_id else None,
    )


def _reversals(ids: list[int]) -> dict[int, list[Reversal]]:
    """What took these lines back, part by part."""
    columns = (getattr(_line, name) for name in Reversal._fields)
    query = select(_line.reverses_id, *columns).where(_line.reverses_id.in_(ids))
    found: dict[int, list[Reversal]] = {}
    for reversed_id, *part in db.session.execute(query.order_by(_line.reversal_part)):
        found.setdefault(reversed_id, []).append(Reversal(*part))
    return found


def _approvers(receipts: Sequence[Receipt]) -> dict[int, str]:
    """By line, the name of the second person who agreed at the counter."""
    agreed = {
        each.row.id: int(step["staff"])
        for each in receipts
        for step in each.row.steps
        if step["code"] == "approved"
    }
    if not agreed:
        return {}
    query = select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(agreed.values()))
    names = {row.id: row.name for row in db.session.execute(query)}
    return {line: names[staff] for line, staff in agreed.items() if staff in names}


def _askers(ids: list[int]) -> dict[int, str]:
    """By adjustment, the name of whoever asked for it where another one gave it."""
    if not ids:
        return {}
    query = (
        select(AdjustmentRequest.transaction_id, User.name)
        .join(User, User.id == AdjustmentRequest.asked_by)
        .where(AdjustmentRequest.transaction_id.in_(ids))
    )
    return {line: name for line, name in db.session.execute(query) if line}
