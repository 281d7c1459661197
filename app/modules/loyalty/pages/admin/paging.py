"""Keys in the URL: pages of a list are found by where they begin, not by counting."""

from flask import request


def number_asked(name: str) -> int | None:
    """A key in the URL; nonsense reads as none."""
    typed = request.args.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else None
