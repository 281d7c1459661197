"""Cards: a customer in the programme, and the number on it."""

from .balances import balances
from .finding import found_by
from .models import ACTIVE, BLOCKED, CLOSED, LoyaltyCard
from .numbers import check_character, is_number, new_number, shown, typed
from .service import (
    block,
    by_secret,
    end_links,
    find,
    hold,
    issue,
    link_secret,
    merged_into,
    of_customer,
    replace,
    surviving,
)

__all__ = [
    "ACTIVE",
    "BLOCKED",
    "CLOSED",
    "LoyaltyCard",
    "balances",
    "block",
    "by_secret",
    "check_character",
    "end_links",
    "find",
    "found_by",
    "hold",
    "is_number",
    "issue",
    "link_secret",
    "merged_into",
    "new_number",
    "of_customer",
    "replace",
    "shown",
    "surviving",
    "typed",
]
