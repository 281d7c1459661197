"""Pages of the shared nouns: signing in, and the admin's shops, terminals and staff."""

from . import sign_in, staff, terminals, vendors
from .blueprints import ID, admin, everyone
from .office import COUNTS, furniture, own_shop

__all__ = [
    "COUNTS",
    "ID",
    "admin",
    "everyone",
    "furniture",
    "own_shop",
    "sign_in",
    "staff",
    "terminals",
    "vendors",
]
