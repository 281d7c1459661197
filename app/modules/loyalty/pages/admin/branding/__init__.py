"""`/admin/branding`: the card's name, colour, logo and strip, with what they make of each card."""

from . import views

__all__ = ["views"]
