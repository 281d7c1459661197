"""Setting points right by hand: signed, with a reason and an author; much of it by two people."""

from .models import AdjustmentRequest
from .service import adjust, ask, decline, give, needs_two, waiting

__all__ = ["AdjustmentRequest", "adjust", "ask", "decline", "give", "needs_two", "waiting"]
