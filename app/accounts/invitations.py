"""Invitations to a company's office: a letter with a link that is good once and for a week.

The row is there while the invitation waits: accepted or withdrawn it goes, and the audit tells.
Its link depends on a salt that each sending makes anew, so that only the latest one is good; it is
made by a key outside the database, so that nothing at rest lets anybody in.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import g
from flask_babel import gettext as _
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    LargeBinary,
    String,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from .. import audit, clock, jobs, letters, links, outbox, tenancy, text
from ..database import Model, UtcDateTime, belongs_to, company_table, server_now
from ..errors import Invalid, NotFound
from ..extensions import db
from ..ids import new_id
from . import companies, people
from .users import User
from .vendors import Vendor

GOOD_FOR = timedelta(days=7)


class Invitation(tenancy.Tenant, Model):
    """Somebody who is asked into the office, and as what."""

    __tablename__ = "invitations"
    __table_args__ = (
        company_table(),
        belongs_to("vendors", "vendor_id"),
        UniqueConstraint("company_id", "email"),
        CheckConstraint("role IN ('admin', 'manager')", name="role"),
        CheckConstraint("role = 'admin' OR vendor_id IS NOT NULL", name="manager_has_vendor"),
    )

    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(8))
    vendor_id: Mapped[int | None] = mapped_column(BigInteger)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )

    @property
    def open(self) -> bool:
        return self.ends_at > clock.now()


# -- in the office -----------------------------------------------------------------------------


def every() -> Sequence[Invitation]:
    """Those that wait, and those that ran out; by address."""
    return db.session.scalars(select(Invitation).order_by(Invitation.email)).all()


def find(invitation_id: int) -> Invitation:
    """One of the acting company's, locked; raises `NotFound`."""
    key = (tenancy.company_id(), invitation_id)
    row = db.session.get(Invitation, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("This invitation was accepted or withdrawn.")
    return row


def invite(email: str, *, role: str, vendor_id: int | None, by: int) -> Invitation:
    """Ask somebody in; who waits already gets a new letter, with what is asked now. Raises
    `Invalid` for an address that can be none or signs in here. Audited."""
    address = text.email(email)
    if known := people.member_with(address):
        gone = known.off_at is not None
        says = _("was switched off: switch them on again") if gone else _("signs in here already")
        raise Invalid({"email": says})
    row = db.session.scalar(select(Invitation).where(Invitation.email == address).with_for_update())
    if row is None:
        row = Invitation(id=new_id(), email=address)
        db.session.add(row)
    row.role, row.vendor_id = role, vendor_id
    _send(row)
    figures = {"role": role, "shop": str(vendor_id or "")}
    audit.record("member.invited", subject_id=row.id, by=by, **figures)
    return row


def send_again(invitation: Invitation, *, by: int) -> None:
    """Another letter, good for another week; the link of the last one is not. Audited."""
    _send(invitation)
    audit.record("member.invited-again", subject_id=invitation.id, by=by)


def withdraw(invitation: Invitation, *, by: int) -> None:
    """Its link leads nowhere any more. Audited."""
    db.session.delete(invitation)
    audit.record("member.invitation-withdrawn", subject_id=invitation.id, by=by)


def _send(row: Invitation) -> None:
    row.salt, row.ends_at = secrets.token_bytes(16), clock.now() + GOOD_FOR
    db.session.flush()
    outbox.put("member.invited", invitation=str(row.id))


# -- the letter and its link -------------------------------------------------------------------


@letters.written("member.invited")
def send_invitation(task: jobs.Task) -> jobs.Effect | None:
    """The letter, unless it was withdrawn or accepted meanwhile."""
    g.company = companies.acting()
    row = db.session.get(Invitation, (task.company_id, int(task.body["invitation"])))
    if row is None or not row.open:
        return None
    subject = _("You are invited to the office of %(company)s", company=g.company.name)
    sentences = [
        _("As %(role)s.", role=role_of(row)),
        _("The link is good once, and for seven days. If you do not know why, do nothing."),
    ]
    link = letters.address(f"/invitations/{token_of(row)}")
    return letters.by_mail(
        task,
        row.email,
        "office",
        subject=subject,
        sentences=sentences,
        press=_("Accept the invitation"),
        link=link,
    )


def role_of(row: Invitation) -> str:
    """`administrator`, or `manager of Kirchberg`."""
    if row.role == people.ADMIN:
        return _("administrator")
    shop = db.session.get_one(Vendor, (row.company_id, row.vendor_id))
    return _("manager of %(shop)s", shop=shop.name)


def token_of(row: Invitation) -> str:
    """What follows `/invitations/` in the letter."""
    return links.secret("invitation", row.id, _claim(row))


def by_token(token: str) -> Invitation:
    """The open invitation of whichever company; raises `NotFound` for one that was accepted,
    withdrawn, sent anew or is too old."""
    link = links.read(token)
    row = db.session.scalar(select(Invitation).where(Invitation.id == link.row_id))
    if row is None or not row.open or not link.proves("invitation", _claim(row)):
        raise NotFound()
    return row


def accept(token: str, newcomer: User | None) -> int:
    """Whoever holds the link is let in, once; the user's id. `newcomer` was made by
    `users.create` and is in no session; without one the address has to be a user's already.

    Raises `NotFound`, and `Invalid` where somebody became a user under that address meanwhile.
    Call it acting for the invitation's company, with no transaction open. Audited.
    """
    row = find(links.read(token).row_id)
    by_token(token)  # as it stands now: of two who press, one is let in
    user_id = _user_id(row.email)
    if newcomer is not None:
        if user_id is not None:
            raise Invalid({"email": _("signs in already: open the link once more")})
        db.session.add(newcomer)
        db.session.flush()
        user_id = newcomer.id
    if user_id is None:
        raise NotFound()
    people.appoint(user_id, role=row.role, vendor_id=row.vendor_id)
    db.session.delete(row)
    audit.record("member.joined", subject_id=user_id, by=user_id, invitation=str(row.id))
    return user_id


def is_known(email: str) -> bool:
    """Whether somebody signs in with this address, at whatever company."""
    return _user_id(email) is not None


def _user_id(email: str) -> int | None:
    return db.session.scalar(select(User.id).where(User.email == email))


def _claim(row: Invitation) -> str:
    return f"{row.company_id}.{row.id}.{row.salt.hex()}"
