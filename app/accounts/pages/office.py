"""What every page of the admin has around it, and whose shop a manager is held to."""

from collections.abc import Callable, Iterator
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ...extensions import db
from ..vendors import Vendor

# (permission, label, endpoint): a name that the layers above give their page.
PAGES = (
    ("overview", _l("Overview"), "admin.loyalty.overview"),
    ("overview", _l("Monitor"), "admin.loyalty.monitor"),
    ("cards", _l("Cards"), "admin.loyalty.cards_list"),
    ("transactions", _l("Transactions"), "admin.loyalty.transactions"),
    ("program", _l("Programme"), "admin.loyalty.program"),
    ("program", _l("Branding"), "admin.loyalty.branding_editor"),
    ("program", _l("Rewards"), "admin.loyalty.rewards_list"),
    ("vendors", _l("Shops"), "admin.accounts.vendors_list"),
    ("terminals", _l("Terminals"), "admin.accounts.terminals_list"),
    ("staff", _l("Staff"), "admin.accounts.staff_list"),
    ("people", _l("People"), "admin.accounts.people_list"),
    ("posters", _l("Posters"), "admin.loyalty.posters"),
    ("wallet", _l("Wallet"), "admin.loyalty.wallet"),
)

SHOP = "admin.accounts.vendor"

# What stands beside a page's name, by its endpoint: the layers above add theirs.
COUNTS: dict[str, Callable[[], str]] = {}


def furniture() -> dict[str, Any]:
    """The margin of an admin page: the pages this user may open, and their name."""
    who = g.get("user")
    if who is None:
        return {}
    return {
        "user_name": who.user.name,
        "may": g.permissions,
        "nav": [
            {
                "label": label,
                "href": href,
                "current": _is_here(href),
                "count": COUNTS[endpoint]() if endpoint in COUNTS else "",
            }
            for label, href, endpoint in _pages()
        ],
    }


def _pages() -> Iterator[tuple[str, str, str]]:
    """`(label, address, endpoint)`; in place of all shops a manager has their own."""
    for permission, label, endpoint in PAGES:
        if permission in g.permissions:
            yield str(label), url_for(endpoint), endpoint
        elif permission == "vendors":
            yield _("Your shop"), url_for(SHOP, slug=_own_slug()), SHOP


def _own_slug() -> str | None:
    return db.session.scalar(select(Vendor.slug).where(Vendor.id == own_shop()))


def _is_here(href: str) -> bool:
    """`/admin/cards` is where one is at `/admin/cards/7KQ2…` too; the overview only at itself."""
    return request.path == href or (
        href != url_for("admin.loyalty.overview") and request.path.startswith(f"{href}/")
    )


def own_shop() -> int | None:
    """The one shop a manager is held to; None for whoever sees the whole chain."""
    vendor_id: int | None = g.user.vendor_id
    return vendor_id if g.user.role == "manager" else None
