"""One field that takes either a phone number or an e-mail address."""

from typing import NamedTuple

from flask_babel import gettext as _

from ..... import text
from .....errors import Invalid

LONGEST = 254


class Reach(NamedTuple):
    """One of the two, normalised."""

    email: str | None = None
    phone: str | None = None


def read(typed: str, country: str) -> Reach:
    """What was typed, as an address; raises `Invalid` for `reach` with a person's sentence."""
    typed = " ".join(typed.split())
    if not typed:
        raise Invalid({"reach": _("Needed, so that the card can find you again.")})
    if len(typed) > LONGEST or text.has_controls(typed):
        raise Invalid({"reach": _("This is too long for an address.")})
    try:
        if "@" in typed:
            return Reach(email=text.email(typed))
        return Reach(phone=text.phone(typed, country))
    except Invalid:
        raise Invalid({"reach": _what_is_wrong(typed)}) from None


def _what_is_wrong(typed: str) -> str:
    before, at, after = typed.partition("@")
    if not at and any(character.isalpha() for character in typed):
        return _("Something is missing: an e-mail address has an @.")
    if not at:
        return _("This is no phone number. One looks like +352 621 123 456.")
    if not before.strip():
        return _("Something is missing before the @.")
    if not after.strip() or "." not in after.strip("."):
        return _("Something is missing after the @.")
    return _("No mail could be sent to this address.")
