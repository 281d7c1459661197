"""Pages of the shared nouns: signing in, and the admin's shops, terminals, staff and people."""

from . import forgotten, invitations, people, sign_in, staff, terminals, vendors
from .blueprints import ID, admin, everyone
from .office import COUNTS, furniture, own_shop

__all__ = [
    "COUNTS",
    "ID",
    "admin",
    "everyone",
    "forgotten",
    "furniture",
    "invitations",
    "own_shop",
    "people",
    "sign_in",
    "staff",
    "terminals",
    "vendors",
]
