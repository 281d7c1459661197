"""A company's own pictures: its logo and the strip behind its stamps."""

from . import images, pictures
from .models import LOGO, STRIP, BrandImage

__all__ = ["LOGO", "STRIP", "BrandImage", "images", "pictures"]
