"""What a company or the installation signs in to the wallets with: read, looked at, found fault
with. Nothing here reads or writes the database, and no sentence holds a secret.
"""

from . import apple, google, uploads
from .findings import FAULT, OK, WARNING, Finding

__all__ = ["FAULT", "OK", "WARNING", "Finding", "apple", "google", "uploads"]
