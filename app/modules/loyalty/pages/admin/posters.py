"""`/admin/posters`: paper for each shop, with the code that leads to its enrolment page."""

import io
from functools import lru_cache
from urllib.parse import urlencode

import qrcode
import qrcode.image.svg
from flask import current_app, g, render_template
from werkzeug.wrappers import Response

from .....accounts import vendors
from .....accounts.pages import own_shop
from .....accounts.vendors import Vendor
from .....errors import NotFound
from .....guards import guarded
from ... import programs
from ...branding import pictures
from .blueprint import pages

SIZES = ("a4", "a5", "tent")


@pages.get("/posters")
@guarded("admin", "posters")
def posters() -> str:
    """Each open shop with its three sheets."""
    shops = [v for v in vendors.every(open_only=True) if own_shop() in (None, v.id)]
    return render_template(
        "loyalty/admin/posters.html", shops=[(shop, _address(shop)) for shop in shops], sizes=SIZES
    )


@pages.get("/posters/<string:vendor_slug>/<string:size>")
@guarded("admin", "posters")
def poster(vendor_slug: str, size: str) -> str:
    """One sheet, as it will be printed."""
    shop = _mine(vendor_slug)
    if size not in SIZES:
        raise NotFound("There is no paper of that size.")
    return render_template(
        "loyalty/admin/poster.html",
        size=size,
        sizes=SIZES,
        shop=shop,
        address=_address(shop),
        rules=programs.current(),
        logo=pictures.page_logo(g.company.slug, pictures.PAPER_LOGO),
    )


@pages.get("/posters/<string:vendor_slug>/code.svg")
@guarded("admin", "posters")
def poster_code(vendor_slug: str) -> Response:
    """The code alone, to be put on a shop's own paper too."""
    return Response(_drawn(_address(_mine(vendor_slug))), mimetype="image/svg+xml")


def _mine(slug: str) -> Vendor:
    """Finding authorises: a manager finds their own shop."""
    shop = vendors.find(slug)
    if own_shop() not in (None, shop.id):
        raise NotFound("There is no such shop.")
    return shop


def _address(shop: Vendor) -> str:
    """Where the code leads: the enrolment page, which then knows the shop."""
    home = current_app.config["SETTINGS"].public_url.rstrip("/")
    return f"{home}/s/{g.company.slug}/?{urlencode({'at': shop.slug})}"


@lru_cache(maxsize=256)
def _drawn(address: str) -> bytes:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=2)
    code.add_data(address)
    picture = io.BytesIO()
    code.make_image(image_factory=qrcode.image.svg.SvgPathFillImage).save(picture)
    return picture.getvalue()
