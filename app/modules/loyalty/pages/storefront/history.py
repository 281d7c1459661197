"""Every line of a card, page by page: all of them, or one kind."""

from typing import Any

from flask import render_template, request
from flask_babel import lazy_gettext as _

from .....guards import guarded
from ...cards import LoyaltyCard
from ...ledger.models import TYPES
from ...wallet.face import shown
from . import story
from .blueprint import at, pages
from .card import open_card

LINES = 30
_EARNED = ("welcome_bonus", "stamps_added", "points_earned")
_USED = ("stamps_redeemed", "points_redeemed")
_EXPIRED = ("points_expired",)
_CHANGED = tuple(kind for kind in TYPES if kind not in _EARNED + _USED + _EXPIRED)
# By its name in the URL: what it is called, and which lines it is of.
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "": (_("All"), TYPES),
    "earned": (_("Earned"), _EARNED),
    "used": (_("Used"), _USED),
    "expired": (_("Expired"), _EXPIRED),
    "changed": (_("Changed"), _CHANGED),
}


@pages.get("/cards/<string:secret>/history")
@guarded("storefront", "card")
def history(secret: str) -> str:
    """The history of whoever has the card's address."""
    return page(open_card(secret), "history", "card", secret=secret)


def page(card: LoyaltyCard, here: str, home: str, **where: str) -> str:
    """One page of lines. In the URL, `kind` filters them, and `before` is the sequence that the
    page stops short of. `here` and `home` are the endpoints of this page and of the card."""
    kind, before = _kind(), _before()
    told = story.of_card(card.id, before=before, limit=LINES + 1, types=types_asked())
    lines, more = told[:LINES], len(told) > LINES
    kept = where | ({"kind": kind} if kind else {})
    return render_template(
        "loyalty/storefront/history.html",
        shown=shown(card),
        kinds=[
            (name, at(here, **where, **({"kind": key} if key else {})), key == kind)
            for key, (name, _types) in KINDS.items()
        ],
        kind=kind,
        home=at(home, **where),
        table=None if where else at("my_history_csv", **kept),
        lines=lines,
        older=at(here, **kept, before=lines[-1].sequence) if more else None,
        newest=None if before is None else at(here, **kept),
    )


def types_asked() -> tuple[str, ...] | None:
    """The types of line that the URL asks for; None for all of them."""
    return KINDS[_kind()][1] if _kind() else None


def _kind() -> str:
    kind = request.args.get("kind", "")
    return kind if kind in KINDS else ""


def _before() -> int | None:
    typed = request.args.get("before", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 9 else None
