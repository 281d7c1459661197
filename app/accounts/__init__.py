"""The nouns every module shares: companies, vendors, users, terminals, staff, customers, keys."""

from . import (
    alarms,
    api_keys,
    companies,
    customer_sessions,
    customers,
    invitations,
    people,
    staff,
    terminals,
    users,
    vendors,
)

__all__ = [
    "alarms",
    "api_keys",
    "companies",
    "customer_sessions",
    "customers",
    "invitations",
    "people",
    "staff",
    "terminals",
    "users",
    "vendors",
]
