"""Who and what there is in a company: shops, people, terminals, keys. Counts, no names of people.

Six statements; needs one acting company.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select

from ....accounts import vendors
from ....accounts.api_keys import ApiKey
from ....accounts.invitations import Invitation
from ....accounts.staff import StaffMember
from ....accounts.terminals import Terminal
from ....accounts.users import Membership
from ....accounts.vendors import Vendor
from ....extensions import db


@dataclass(frozen=True, slots=True)
class Place:
    """A shop with those who work in it alone, and its paired terminals."""

    shop: Vendor
    staff: int
    terminals: int


@dataclass(frozen=True, slots=True)
class Premises:
    """`everywhere` are those who work in every shop; `waiting` terminals were never paired, and
    `invited` people did not accept yet."""

    places: tuple[Place, ...]
    everywhere: int
    admins: int
    managers: int
    invited: int
    terminals: int
    waiting: int
    keys: int
    revoked_keys: int


def premises() -> Premises:
    """What the acting company has."""
    staff = _counted(
        select(StaffMember.vendor_id, func.count())
        .where(StaffMember.active)
        .group_by(StaffMember.vendor_id)
    )
    paired = case((Terminal.secret_hash.is_not(None), 1), else_=0)
    terminals = {
        shop: (int(working), every - int(working))
        for shop, every, working in db.session.execute(
            select(Terminal.vendor_id, func.count(), func.sum(paired))
            .where(Terminal.revoked_at.is_(None))
            .group_by(Terminal.vendor_id)
        )
    }
    roles = _counted(
        select(Membership.role, func.count())
        .where(Membership.off_at.is_(None))
        .group_by(Membership.role)
    )
    gone = ApiKey.revoked_at.is_not(None).label("gone")
    keys = {bool(was): n for was, n in _counted(select(gone, func.count()).group_by(gone)).items()}
    return Premises(
        places=tuple(
            Place(shop, staff.get(shop.id, 0), terminals.get(shop.id, (0, 0))[0])
            for shop in vendors.every()
        ),
        everywhere=staff.get(None, 0),
        admins=roles.get("admin", 0),
        managers=roles.get("manager", 0),
        invited=db.session.scalar(select(func.count()).select_from(Invitation)) or 0,
        terminals=sum(working for working, _ in terminals.values()),
        waiting=sum(idle for _, idle in terminals.values()),
        keys=keys.get(False, 0),
        revoked_keys=keys.get(True, 0),
    )


def _counted(query: Any) -> dict[Any, int]:
    return dict(db.session.execute(query).all())
