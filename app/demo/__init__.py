"""The demo chain, and large synthetic companies for measurements. Development only."""

from .bulk import load
from .handout import pairing_codes, sheet
from .seeding import seed

__all__ = ["load", "pairing_codes", "seed", "sheet"]
