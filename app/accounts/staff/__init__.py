"""Staff: the people behind the counter, their PINs, and the short sessions that carry the proof."""

from .approvals import approve
from .members import StaffMember, activate, create, find
from .pins import (
    DISABLED_AT,
    PinInvalid,
    PinLocked,
    StaffPin,
    at_vendor,
    every,
    fresh_pin,
    hash_pin,
    is_locked,
    one_at_vendor,
    unlock_pin,
)
from .sessions import (
    IDLE_SECONDS,
    AtCounter,
    StaffSession,
    assign,
    at_counter,
    deactivate,
    lock,
    open_session,
    unlock,
)

__all__ = [
    "DISABLED_AT",
    "IDLE_SECONDS",
    "AtCounter",
    "PinInvalid",
    "PinLocked",
    "StaffMember",
    "StaffPin",
    "StaffSession",
    "activate",
    "approve",
    "assign",
    "at_counter",
    "at_vendor",
    "create",
    "deactivate",
    "every",
    "find",
    "fresh_pin",
    "hash_pin",
    "is_locked",
    "lock",
    "one_at_vendor",
    "open_session",
    "unlock",
    "unlock_pin",
]
