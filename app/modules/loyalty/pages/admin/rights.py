"""Whose lines somebody of the office may take back: a manager only those of their own shop."""

from flask import g
from flask_babel import gettext as _

from .....accounts.pages import own_shop
from .....errors import Forbidden


def may_return(vendor_id: int | None) -> bool:
    """Whether a line written at this shop (None: at none) is theirs to take back."""
    return "return" in g.permissions and own_shop() in (None, vendor_id)


def must_be_ours(vendor_id: int | None) -> None:
    """Raises `Forbidden` for a manager where the line is another shop's."""
    if not may_return(vendor_id):
        raise Forbidden(_("This line is of another shop: its manager, or the office, can do it."))
