"""The rules of a company's programme, as immutable revisions."""

from .defaults import default_rules
from .models import LoyaltyProgram, ProgramBonus, ProgramRevision, ProgramTier
from .rules import Bonus, Rules, Tier
from .service import RevisionOutdated, create, current, of_company, publish, rules_of, switch

__all__ = [
    "Bonus",
    "LoyaltyProgram",
    "ProgramBonus",
    "ProgramRevision",
    "ProgramTier",
    "RevisionOutdated",
    "Rules",
    "Tier",
    "create",
    "current",
    "default_rules",
    "of_company",
    "publish",
    "rules_of",
    "switch",
]
