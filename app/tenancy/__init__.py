"""The acting company, and the guard that no statement gets past without it.

One place says on whose behalf the code runs: a company, the platform's operator, or the
owner of the schema (migrations and backfills). It comes from the session, the terminal, the
key or the page's slug, never from a body.

`acting` holds who acts; `guard` stands in the session and looks at each statement before it
runs; `reach` tells which tenant tables a statement reaches, and by what right. PostgreSQL
checks once more by row-level security (`database/guards.py`); SQLite has no second net, so
`tests/test_tenancy.py` tries the guard form by form.
"""

from .acting import (
    DEVICES,
    OF_DEVICES,
    OWNER,
    PLATFORM,
    Acting,
    Owned,
    TenancyError,
    Tenant,
    acting_as,
    company_id,
    crossing,
    current,
    enter,
    leave,
)
from .guard import CompanySession, install_guard
from .reach import is_tenant, unscoped

__all__ = [
    "DEVICES",
    "OF_DEVICES",
    "OWNER",
    "PLATFORM",
    "Acting",
    "CompanySession",
    "Owned",
    "TenancyError",
    "Tenant",
    "acting_as",
    "company_id",
    "crossing",
    "current",
    "enter",
    "install_guard",
    "is_tenant",
    "leave",
    "unscoped",
]
