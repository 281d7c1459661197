"""Users sign in with e-mail and password and act through memberships."""

from . import forgotten
from .making import SHORTEST_PASSWORD, create, hashed
from .models import Membership, User, UserSession
from .signing_in import (
    SESSION_HOURS,
    SignedIn,
    acting_for,
    companies_of,
    company_in,
    end_sessions,
    lock_after,
    open_session,
    session_of,
    sign_in,
    sign_out,
    signed_in,
)

__all__ = [
    "SESSION_HOURS",
    "SHORTEST_PASSWORD",
    "Membership",
    "SignedIn",
    "User",
    "UserSession",
    "acting_for",
    "companies_of",
    "company_in",
    "create",
    "end_sessions",
    "forgotten",
    "hashed",
    "lock_after",
    "open_session",
    "session_of",
    "sign_in",
    "sign_out",
    "signed_in",
]
