"""The nouns every module shares: companies, vendors, users, terminals, staff, customers, keys."""

from . import api_keys, companies, customers, staff, terminals, users, vendors

__all__ = ["api_keys", "companies", "customers", "staff", "terminals", "users", "vendors"]
