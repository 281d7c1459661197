"""The editor, its previews, and publishing what it says."""

import re
from dataclasses import asdict

from flask import flash, g, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ......errors import Refusal
from ......extensions import db
from ......guards import guarded, only_reads, takes_up_to
from .... import branding, programs
from ....cards.qr import svg
from ....programs import RevisionOutdated, Rules
from ....programs.brand import brand
from ....wallet.face.sample import NUMBER
from ...storefront.look import address
from ..blueprint import pages
from ..program import drafting
from . import form, remarks
from .form import LARGEST_BODY, Asked
from .previews import Previews, previews

Page = str | tuple[str, int]
_COLOUR = re.compile("#[0-9A-Fa-f]{6}")


@pages.get("/branding")
@guarded("admin", "program")
def branding_editor() -> str:
    """The look in force, ready to be changed. Looking publishes nothing."""
    now = programs.current()
    return _editor(now, form.shown(now))


@pages.post("/branding")
@guarded("admin", "program")
@takes_up_to(LARGEST_BODY)
def branding_publish() -> Response | Page:
    """Name, colour and pictures at once, or nothing of them."""
    db.session.rollback()  # unpacking pictures takes seconds, for which no till waits
    fresh = form.uploads()
    now = programs.current()
    asked = form.asked(now, fresh)
    if asked.errors:
        return _editor(now, asked), 422
    if asked.nothing:
        flash(_("Nothing is different yet."), "done")
        return redirect(url_for("admin.loyalty.branding_editor"), 303)
    by = g.user.user.id
    try:
        programs.publish(asked.changes, by=by, based_on=drafting.based_on())
    except RevisionOutdated as late:
        return _outdated(late)
    for kind in asked.removed:
        branding.remove(kind, by=by)
    for kind, upload in asked.fresh.items():
        branding.keep(kind, upload, by=by)
    db.session.commit()
    flash(_("Published: pages show it now, and wallets as they are brought up to date."), "done")
    return redirect(url_for("admin.loyalty.branding_editor"), 303)


@pages.post("/branding/preview")
@guarded("admin", "program")
@takes_up_to(LARGEST_BODY)
@only_reads
def branding_preview() -> Response:
    """The cards for what is typed and chosen now; what is wrong with it; nothing is kept."""
    now = programs.current()
    asked = form.asked(now, form.uploads())
    shown = previews(now, asked, _holder())
    stage = render_template("loyalty/admin/_branding_stage.html", **_told(shown))
    look = asdict(shown.face.brand)
    return jsonify(stage=stage, said=_said(shown), look=look, errors=asked.errors)


@pages.get("/branding/look.css")
@guarded("admin", "program")
def branding_look() -> Response:
    """The colour that the previews are in, before any script does it."""
    colour = request.args.get("colour", "")
    if not _COLOUR.fullmatch(colour):
        colour = programs.current().card_color
    look = brand(colour)
    rule = f".stage {{ --company: {look.company}; --on-company: {look.on_company}; }}"
    response = make_response(f"@layer tokens {{ {rule} }}\n")
    response.mimetype = "text/css"
    return response


@pages.get("/branding/code.svg")
@guarded("admin", "program")
def branding_code() -> Response:
    """The code of the sample card, which no card has."""
    return Response(svg(NUMBER), mimetype="image/svg+xml")


def _editor(now: Rules, asked: Asked, *, say: str | None = None) -> str:
    shown = previews(now, asked, _holder())
    return render_template(
        "loyalty/admin/branding.html",
        now=now,
        brand_url=address(now.card_color),
        asked=asked,
        say=say,
        labels=form.labels(),
        kept=branding.images.kept(),
        said=_said(shown),
        logo_now=branding.pictures.page_logo(g.company.slug),
        strip_now=branding.pictures.look().path(g.company.slug, "strip"),
        **_told(shown),
    )


def _told(shown: Previews) -> dict[str, object]:
    return {"shown": shown, "remarks": remarks.remarks(shown.face.brand, shown.judged)}


def _said(shown: Previews) -> dict[str, str]:
    """The words beside the fields, by the names that `branding-preview.js` puts them under."""
    logo = shown.face.logo is not None
    return {
        "contrast": remarks.contrast(shown.face.brand, shown.judged),
        "tile": remarks.tile(logo=logo, judged=shown.judged),
    }


def _outdated(late: Refusal) -> Page:
    """What was typed stands; over what somebody else published."""
    db.session.rollback()
    now = programs.current()
    say = _(
        "Revision %(number)s was published while you were writing. What you typed stands here;"
        " choose the pictures again, look, and publish once more.",
        number=now.number,
    )
    return _editor(now, form.asked(now, form.uploads()), say=say), late.status


def _holder() -> str:
    """The sample card is in the name of whoever looks at it."""
    first, *_rest = g.user.user.name.split() or [""]
    return str(first)
