"""The engine that keeps passes true."""

from . import platforms

__all__ = ["platforms"]
