"""Pages of the shared nouns: signing in, and the admin's shops, terminals and staff."""

from . import sign_in, staff, terminals, vendors
from .blueprints import admin, everyone

__all__ = ["admin", "everyone", "sign_in", "staff", "terminals", "vendors"]
