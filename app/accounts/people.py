"""The people of an office: who signs in to a company, and as what. One administrator at least,
always.
"""

from collections.abc import Sequence

from sqlalchemy import Select, select

from .. import audit, clock, tenancy
from ..errors import NotFound, Refusal
from ..extensions import db
from .users import Membership, User

ADMIN, MANAGER = "admin", "manager"
Row = tuple[Membership, User]


class LastAdministrator(Refusal):
    code = "last-administrator"
    title = "Somebody has to run it"


def every() -> list[Row]:
    """Everybody, by name; those who were switched off too."""
    query = _with_users().order_by(User.name, Membership.id)
    return [(membership, user) for membership, user in db.session.execute(query)]


def find(member_id: int) -> Row:
    """One of the acting company's; raises `NotFound`."""
    found = db.session.execute(_with_users().where(Membership.id == member_id)).first()
    if found is None:
        raise NotFound("There is no such person.")
    return found[0], found[1]


def admins() -> Sequence[User]:
    """Who runs the acting company."""
    query = select(User).join(Membership, Membership.user_id == User.id)
    return db.session.scalars(query.where(*_ACTIVE_ADMIN).order_by(User.id)).all()


def of_user(user_id: int) -> Membership | None:
    """What a user is here, unless they are switched off."""
    return db.session.scalar(
        select(Membership).where(Membership.user_id == user_id, Membership.off_at.is_(None))
    )


def member_with(email: str) -> Membership | None:
    """Who signs in here with this address, switched off or not."""
    query = select(Membership).join(User, User.id == Membership.user_id)
    return db.session.scalar(query.where(User.email == email))


def appoint(user_id: int, *, role: str, vendor_id: int | None = None) -> bool:
    """Let a user in; whether that was a change: whoever was switched off comes back, and who is
    here stays what they are."""
    query = select(Membership).where(Membership.user_id == user_id)
    known = db.session.scalar(query.with_for_update())
    if known is None:
        db.session.add(Membership(user_id=user_id, role=role, vendor_id=vendor_id))
    elif known.off_at is not None:
        known.role, known.vendor_id, known.off_at = role, vendor_id, None
    else:
        return False
    db.session.flush()
    return True


def change(member_id: int, *, role: str, vendor_id: int | None, by: int) -> None:
    """Another role or shop; raises `NotFound` and `LastAdministrator`. Audited."""
    member = _locked(member_id)
    if (member.role, member.vendor_id) == (role, vendor_id):
        return
    if role != ADMIN:
        _another_must_stay(member)
    before = member.role
    member.role, member.vendor_id = role, vendor_id
    figures = {"before": before, "after": role, "shop": str(vendor_id or "")}
    audit.record("member.changed", subject_id=member.user_id, by=by, **figures)


def switch(member_id: int, *, off: bool, by: int) -> None:
    """Shut somebody out from their next step on, or let them in again as they were. Raises
    `NotFound` and `LastAdministrator`. Audited."""
    member = _locked(member_id)
    if (member.off_at is not None) == off:
        return
    if off:
        _another_must_stay(member)
    member.off_at = clock.now() if off else None
    act = "member.off" if off else "member.on"
    audit.record(act, subject_id=member.user_id, by=by)


def _another_must_stay(member: Membership) -> None:
    others = select(Membership.id).where(*_ACTIVE_ADMIN, Membership.id != member.id).limit(1)
    if member.role == ADMIN and member.off_at is None and db.session.scalar(others) is None:
        raise LastAdministrator(
            "Nobody else runs this company. Invite another administrator first."
        )


def _locked(member_id: int) -> Membership:
    """The one who is to be changed, and all who run the company, in one order: of two who shut
    each other out, one stays."""
    running = select(Membership.id).where(*_ACTIVE_ADMIN).order_by(Membership.id)
    db.session.execute(running.with_for_update())
    key = (tenancy.company_id(), member_id)
    member = db.session.get(Membership, key, with_for_update=True, populate_existing=True)
    if member is None:
        raise NotFound("There is no such person.")
    return member


def _with_users() -> Select[Membership, User]:
    return select(Membership, User).join(User, User.id == Membership.user_id)


_ACTIVE_ADMIN = (Membership.role == ADMIN, Membership.off_at.is_(None))
