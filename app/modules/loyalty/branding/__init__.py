"""A company's own pictures: its logo and the strip behind its stamps."""

from . import images, judging, pictures, uploads
from .keeping import keep, remove
from .models import LOGO, STRIP, BrandImage

KINDS = (LOGO, STRIP)

__all__ = [
    "KINDS",
    "LOGO",
    "STRIP",
    "BrandImage",
    "images",
    "judging",
    "keep",
    "pictures",
    "remove",
    "uploads",
]
