"""Users sign in with e-mail and password and act through memberships.

Sessions live in the database and can be revoked; the cookie holds the company acted for,
the session's id and a secret of which only the hash is kept.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    SmallInteger,
    String,
    false,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from config import Keyring

from .. import clock, tenancy, text
from ..database import Model, UtcDateTime, belongs_to, company_table, server_now
from ..errors import Invalid, Unauthenticated
from ..extensions import db
from ..ids import new_id, told
from . import passwords
from .companies import Company

SESSION_HOURS = 12
SHORTEST_PASSWORD = 10
ROLES = ("admin", "manager")
# A hash of nothing: an unknown address takes as long as a wrong password.
_NOBODY = "$2b$12$C6UzMDM.H6dfI/f/IKxGhuP5lW1JZ9yq2b1t4F8tqV5yZr9v5m6nW"


class User(Model):
    """A person who signs in. One person, any number of companies."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("failures BETWEEN 0 AND 1000", name="failures"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(72))
    pepper_version: Mapped[int] = mapped_column(SmallInteger)
    is_operator: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


class Membership(tenancy.Tenant, Model):
    """What a user may do in a company: everything (admin) or one shop (manager)."""

    __tablename__ = "memberships"
    __table_args__ = (
        company_table(),
        ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="RESTRICT"),
        belongs_to("vendors", "vendor_id"),
        CheckConstraint("role IN ('admin', 'manager')", name="role"),
        CheckConstraint("role = 'admin' OR vendor_id IS NOT NULL", name="manager_has_vendor"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    role: Mapped[str] = mapped_column(String(8))
    vendor_id: Mapped[int | None] = mapped_column(BigInteger)


class UserSession(Model):
    """One signed-in browser."""

    __tablename__ = "user_sessions"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a request's cookie proves: the user and what they are in the acting company."""

    user: User
    session_id: int
    role: str
    vendor_id: int | None


def create(*, email: str, name: str, password: str, operator: bool = False) -> User:
    """A new user; raises `Invalid`. Hashes a password: call it before the first statement."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid({"password": f"expected at least {SHORTEST_PASSWORD} characters"})
    kept, version = passwords.hashed(
        password, purpose="password", keyring=_pepper(), cost=passwords.PASSWORD_COST
    )
    user = User(
        id=new_id(),
        email=text.email(email),
        name=text.name(name),
        password_hash=kept,
        pepper_version=version,
        is_operator=operator,
    )
    db.session.add(user)
    return user


def appoint(user: User, *, role: str, vendor_id: int | None = None) -> Membership:
    """Make the user an admin of the acting company, or the manager of one of its shops."""
    membership = Membership(user_id=user.id, role=role, vendor_id=vendor_id)
    db.session.add(membership)
    return membership


def sign_in(email: str, password: str) -> tuple[str, Sequence[int]]:
    """`(cookie, company ids)`; raises `Unauthenticated`, saying neither what was wrong nor
    whether the address is known.

    The attempt is counted and committed before the password is hashed, outside any
    transaction, so that neither a crash nor a hundred parallel guesses come for free.
    """
    user = _count_attempt(email)
    nobody = _NOBODY, _pepper().current
    kept, version = (user.password_hash, user.pepper_version) if user else nobody
    right = passwords.matches(password, kept, version, purpose="password", keyring=_pepper())
    if user is None or not right:
        raise Unauthenticated("That e-mail and password do not go together.")
    if version != _pepper().current:  # the pepper was rotated: the newest one alone from now on
        user.password_hash, user.pepper_version = passwords.hashed(
            password, purpose="password", keyring=_pepper(), cost=passwords.PASSWORD_COST
        )
    user.failures, user.locked_until = 0, None
    companies = [company.id for company in companies_of(user)]
    secret = secrets.token_urlsafe(32)
    row = UserSession(
        id=new_id(),
        user_id=user.id,
        secret_hash=_digest(secret),
        ends_at=clock.now() + timedelta(hours=SESSION_HOURS),
    )
    db.session.add(row)
    db.session.commit()
    return f"{companies[0] if companies else 0}.{row.id}.{secret}", companies


def _count_attempt(email: str) -> User | None:
    """The user behind the address, with this attempt on their counter; None if unknown or
    locked. Five failures lock for half a minute, then twice as long each time, up to an hour."""
    try:
        address = text.email(email)
    except Invalid:
        return None
    user = db.session.scalar(
        select(User)
        .where(User.email == address)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if user is None or (user.locked_until and user.locked_until > clock.now()):
        db.session.rollback()
        return None
    user.failures = min(user.failures + 1, 1000)
    user.locked_until = lock_after(user.failures)
    db.session.commit()
    return user


def lock_after(failures: int) -> datetime | None:
    """Until when the n-th failure locks: 30 s at the fifth, doubling, at most an hour."""
    if failures < 5:
        return None
    return clock.now() + timedelta(seconds=min(30 * 2 ** min(failures - 5, 7), 3600))


def company_in(cookie: str) -> int:
    """The company a cookie names in clear, 0 for none: known before the first query."""
    return told(cookie.partition(".")[0]) or 0


def signed_in(cookie: str) -> SignedIn | None:
    """Who the cookie proves in the acting company (or at the operator's desk), or None."""
    proven = session_of(cookie)
    if proven is None:
        return None
    row, user = proven
    if tenancy.current() is tenancy.PLATFORM:
        return SignedIn(user, row.id, "operator", None) if user.is_operator else None
    membership = db.session.scalar(select(Membership).where(Membership.user_id == user.id))
    if membership is None:
        return None
    return SignedIn(user, row.id, membership.role, membership.vendor_id)


def session_of(cookie: str) -> tuple[UserSession, User] | None:
    """The live session a cookie proves, and whose it is; in whichever company they act."""
    parts = cookie.split(".")
    session_id = told(parts[1]) if len(parts) == 3 else None
    row = db.session.get(UserSession, session_id) if session_id else None
    if row is None or not hmac.compare_digest(row.secret_hash, _digest(parts[2])):
        return None
    if row.revoked_at or row.ends_at <= clock.now():
        return None
    return row, db.session.get_one(User, row.user_id)


def companies_of(user: User) -> Sequence[Company]:
    """The open companies the user belongs to, the first joined first. Crosses companies."""
    return db.session.scalars(
        select(Company)
        .join(Membership, Membership.company_id == Company.id)
        .where(Membership.user_id == user.id, Company.status == "open")
        .order_by(Membership.id)
    ).all()


def acting_for(cookie: str, company_id: int) -> str:
    """The same session's cookie for another company; the guard asks for the membership."""
    return f"{company_id}.{cookie.partition('.')[2]}"


def sign_out(session_id: int) -> None:
    """Revoke one browser's session."""
    db.session.execute(
        update(UserSession).where(UserSession.id == session_id).values(revoked_at=clock.now())
    )


def _pepper() -> Keyring:
    keyring: Keyring = current_app.config["SETTINGS"].pin_pepper
    return keyring


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
