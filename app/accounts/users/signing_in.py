"""Signing in and being signed in: sessions live in the database and can be revoked; the cookie
holds the company acted for, the session's id and a secret of which only the hash is kept.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from ... import clock, tenancy, text
from ...errors import Invalid, Unauthenticated
from ...extensions import db
from ...ids import new_id, told
from .. import passwords
from ..companies import Company
from .making import hashed, pepper
from .models import Membership, User, UserSession

SESSION_HOURS = 12
# A hash of nothing: an unknown address takes as long as a wrong password.
_NOBODY = "$2b$12$C6UzMDM.H6dfI/f/IKxGhuP5lW1JZ9yq2b1t4F8tqV5yZr9v5m6nW"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a request's cookie proves: the user and what they are in the acting company."""

    user: User
    session_id: int
    role: str
    vendor_id: int | None


def sign_in(email: str, password: str) -> tuple[str, Sequence[int]]:
    """`(cookie, company ids)`; raises `Unauthenticated`, saying neither what was wrong nor
    whether the address is known.

    The attempt is counted and committed before the password is hashed, outside any
    transaction, so that neither a crash nor a hundred parallel guesses come for free.
    """
    user = _count_attempt(email)
    nobody = _NOBODY, pepper().current
    kept, version = (user.password_hash, user.pepper_version) if user else nobody
    right = passwords.matches(password, kept, version, purpose="password", keyring=pepper())
    if user is None or not right:
        raise Unauthenticated("That e-mail and password do not go together.")
    # Where the pepper was rotated: the newest one alone from now on.
    renewed = (kept, version) if version == pepper().current else hashed(password)
    db.session.refresh(user, with_for_update=True)
    if user.password_hash != kept:  # a new one was set while this one was hashed
        raise Unauthenticated("That e-mail and password do not go together.")
    user.password_hash, user.pepper_version = renewed
    user.failures, user.locked_until = 0, None
    companies = [company.id for company in companies_of(user)]
    cookie = open_session(user.id, companies[0] if companies else 0)
    db.session.commit()
    return cookie, companies


def open_session(user_id: int, company_id: int) -> str:
    """The cookie of a new session, acting for this company."""
    secret = secrets.token_urlsafe(32)
    row = UserSession(
        id=new_id(),
        user_id=user_id,
        secret_hash=_digest(secret),
        ends_at=clock.now() + timedelta(hours=SESSION_HOURS),
    )
    db.session.add(row)
    return f"{company_id}.{row.id}.{secret}"


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
    membership = db.session.scalar(
        select(Membership).where(Membership.user_id == user.id, Membership.off_at.is_(None))
    )
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
        .where(Membership.user_id == user.id, Membership.off_at.is_(None), Company.status == "open")
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


def end_sessions(user_id: int) -> None:
    """Revoke every browser's."""
    theirs = UserSession.user_id == user_id
    db.session.execute(
        update(UserSession)
        .where(theirs, UserSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
