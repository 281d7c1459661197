"""`/admin/program`: the rules as sentences with blanks; kept as a draft, compared, published."""

from . import bonuses, running, views

__all__ = ["bonuses", "running", "views"]
