"""Customers sign in without a password: by a link or a one-time code, sent to their address.

Both stand for one request, and the first that is used ends it. They are derived from its id by a
key, never stored, so nothing at rest signs anybody in. The browser that asked keeps the id: a code
is typed where it was asked for, and no stranger can use up somebody's tries. A session's cookie is
`<session>.<secret>`, of which only the hash is kept; it proves nothing at another company.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, SmallInteger, update
from sqlalchemy.orm import Mapped, mapped_column

from config import Keyring

from .. import clock, links, tenancy
from ..database import Model, UtcDateTime, belongs_to
from ..errors import NotFound
from ..extensions import db
from ..ids import new_id, told
from .customers import Customer

SESSION_DAYS, LINK_MINUTES, CODE_MINUTES = 7, 60, 10
MOST_TRIES, CODE_DIGITS = 5, 6


class CustomerSession(tenancy.Tenant, Model):
    """One browser in which a customer is signed in."""

    __tablename__ = "customer_sessions"
    __table_args__ = (
        belongs_to("customers", "customer_id"),
        Index("ix_customer_sessions_company_id_customer_id", "company_id", "customer_id"),
    )

    customer_id: Mapped[int] = mapped_column(BigInteger)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignInRequest(tenancy.Tenant, Model):
    """Somebody asked to sign in with a customer's address; `tries` counts codes typed."""

    __tablename__ = "sign_in_requests"
    __table_args__ = (
        belongs_to("customers", "customer_id"),
        CheckConstraint("tries BETWEEN 0 AND 5", name="tries"),
    )

    customer_id: Mapped[int] = mapped_column(BigInteger)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def open(self) -> bool:
        """Whether its link still signs in."""
        return self.used_at is None and self.asked_at > _ago(LINK_MINUTES)


# -- asking ------------------------------------------------------------------------------------


def ask(customer: Customer, request_id: int) -> SignInRequest:
    """A request under the id that the asking browser keeps."""
    row = SignInRequest(id=request_id, customer_id=customer.id, asked_at=clock.now())
    db.session.add(row)
    return row


def code_of(row: SignInRequest) -> str:
    """The six digits that its letter says."""
    return _code(row, _keyring().current)


def token_of(row: SignInRequest) -> str:
    """What follows `/s/<slug>/sign-in/` in its letter."""
    return links.secret("sign-in-link", row.id, _claim(row))


# -- signing in --------------------------------------------------------------------------------


def by_code(request_id: int, typed: str) -> str | None:
    """The cookie of a session, for the right code of an open request; None for a wrong one, and
    from then on for any after five. Commit either way: the try was counted."""
    row = db.session.scalar(
        update(SignInRequest)
        .where(
            SignInRequest.id == request_id,
            SignInRequest.used_at.is_(None),
            SignInRequest.tries < MOST_TRIES,
            SignInRequest.asked_at > _ago(CODE_MINUTES),
        )
        .values(tries=SignInRequest.tries + 1)
        .returning(SignInRequest)
        .execution_options(populate_existing=True)
    )
    digits = "".join(typed.split())
    if row is None or not any(
        hmac.compare_digest(_code(row, version).encode(), digits.encode())
        for version, _ in _keyring().versions
    ):
        return None
    return _used(row)


def by_token(token: str) -> SignInRequest:
    """The open request behind a link; raises `NotFound` for one that was used or is too old."""
    link = links.read(token)
    row = db.session.get(SignInRequest, (tenancy.company_id(), link.row_id))
    if row is None or not link.proves("sign-in-link", _claim(row)):
        raise NotFound()
    if not row.open:
        raise NotFound("This link was used already, or is older than an hour.")
    return row


def by_link(token: str) -> str:
    """The cookie of a session, once; raises `NotFound` as `by_token` does."""
    cookie = _used(by_token(token))
    if cookie is None:
        raise NotFound("This link was used already, or is older than an hour.")
    return cookie


def _used(row: SignInRequest) -> str | None:
    """A session for the one who comes first."""
    first = db.session.scalar(
        update(SignInRequest)
        .where(SignInRequest.id == row.id, SignInRequest.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(SignInRequest.customer_id)
    )
    return _open(first) if first is not None else None


def _open(customer_id: int) -> str:
    secret = secrets.token_urlsafe(32)
    row = CustomerSession(
        id=new_id(),
        customer_id=customer_id,
        secret_hash=_digest(secret),
        ends_at=clock.now() + timedelta(days=SESSION_DAYS),
    )
    db.session.add(row)
    return f"{row.id}.{secret}"


# -- being signed in ---------------------------------------------------------------------------


def signed_in(cookie: str) -> Customer | None:
    """Whom the cookie proves in the acting company."""
    found = _session_of(cookie)
    if found is None or found.ends_at <= clock.now():
        return None
    customer = db.session.get_one(Customer, (found.company_id, found.customer_id))
    return None if customer.erased_at else customer


def sign_out(cookie: str) -> None:
    """The browser's session ends, here and now."""
    if found := _session_of(cookie):
        found.ends_at = min(found.ends_at, clock.now())


def end_all(customer_id: int) -> None:
    """Wherever the customer is signed in, they are not any more; and no letter of before signs
    them in again."""
    now = clock.now()
    theirs = CustomerSession.customer_id == customer_id
    db.session.execute(
        update(CustomerSession).where(theirs, CustomerSession.ends_at > now).values(ends_at=now)
    )
    asked = SignInRequest.customer_id == customer_id
    db.session.execute(
        update(SignInRequest).where(asked, SignInRequest.used_at.is_(None)).values(used_at=now)
    )


def _session_of(cookie: str) -> CustomerSession | None:
    head, _, secret = cookie.partition(".")
    session_id = told(head)
    row = (
        db.session.get(CustomerSession, (tenancy.company_id(), session_id)) if session_id else None
    )
    if row is None or not hmac.compare_digest(row.secret_hash, _digest(secret)):
        return None
    return row


def _ago(minutes: int) -> datetime:
    return clock.now() - timedelta(minutes=minutes)


def _code(row: SignInRequest, version: int) -> str:
    keyed = _keyring().mac("sign-in-code", _claim(row).encode(), version)
    return f"{int.from_bytes(keyed, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def _claim(row: SignInRequest) -> str:
    return f"{row.company_id}.{row.id}"


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _keyring() -> Keyring:
    keyring: Keyring = current_app.config["SETTINGS"].secret_key
    return keyring
