"""`/admin/wallet`: whether passes work, by whose credentials, and how far the platforms know them.

What is uploaded is looked at before it is kept, and is never shown again: pages tell of it what a
certificate says in public.
"""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..... import clock
from .....errors import Invalid, NotFound
from .....extensions import db, limiter
from .....guards import guarded
from ...wallet import APPLE, PLATFORMS, board, doctor, keeping, standing
from ...wallet.credentials import uploads
from ...wallet.standing import Standing
from . import wallet_words as words
from .blueprint import pages

MOST_FAILING = MOST_COMPLAINTS = 20


@pages.get("/wallet")
@guarded("admin", "wallet")
def wallet() -> str:
    """Both platforms, the board, and what phones complained of."""
    stands = standing.of_company()
    failing = board.failing(MOST_FAILING + 1)
    complaints = board.complaints(MOST_COMPLAINTS + 1, of_company=g.company.id)
    return render_template(
        "loyalty/admin/wallet.html",
        stands=stands,
        tallies=board.of_company(g.company.id),
        failing=failing[:MOST_FAILING],
        more_failing=len(failing) > MOST_FAILING,
        complaints=complaints[:MOST_COMPLAINTS],
        more_complaints=len(complaints) > MOST_COMPLAINTS,
        now=clock.now(),
        words=words,
    )


@pages.get("/wallet/<string:platform>")
@guarded("admin", "wallet")
def wallet_platform(platform: str) -> str:
    """One platform: every check, without the network, and the form for credentials."""
    return _page(_known(platform), {}, {})


@pages.post("/wallet/<string:platform>/credentials")
@guarded("admin", "wallet")
@limiter.limit("30 per hour")
def wallet_give(platform: str) -> Response | tuple[str, int]:
    """Keep what was uploaded, if every check is well; nothing of it otherwise."""
    name = _known(platform)
    typed = {"issuer": request.form.get("issuer", "").strip()[:40]}
    another, by = request.form.get("another") == "1", g.user.user.id
    try:
        if name == APPLE:
            keeping.give_apple(_given(), another=another, by=by)
        else:
            content = _file("account", keeping.MOST_ACCOUNT_BYTES)
            keeping.give_google(content, typed["issuer"], another=another, by=by)
    except Invalid as wrong:
        db.session.rollback()
        return _page(name, typed, wrong.errors), wrong.status
    return _done(name, _("Kept, and sealed. Passes are made with it from now on."))


@pages.post("/wallet/<string:platform>/remove")
@guarded("admin", "wallet")
def wallet_take_away(platform: str) -> Response:
    """Forget this company's own credentials."""
    name = _known(platform)
    gone = keeping.take_away(name, by=g.user.user.id)
    return _done(name, _("They are gone.") if gone else _("There were none."))


@pages.post("/wallet/<string:platform>/go-on")
@guarded("admin", "wallet")
def wallet_go_on(platform: str) -> Response:
    """Send again what waited."""
    name = _known(platform)
    keeping.go_on(name, by=g.user.user.id)
    return _done(name, _("It goes on: what waited is sent now."))


def _known(platform: str) -> str:
    if platform not in PLATFORMS:
        raise NotFound("There is no such wallet.")
    return platform


def _given() -> uploads.Given:
    """The files of the form, each read one byte past its limit."""
    files = {name: _file(name, most) for name, most in uploads.MOST_BYTES.items()}
    return uploads.Given(**files, passphrase=request.form.get("passphrase", ""))


def _file(name: str, most: int) -> bytes:
    sent = request.files.get(name)
    return sent.stream.read(most + 1) if sent else b""


def _done(platform: str, sentence: str) -> Response:
    db.session.commit()
    flash(sentence, "done")
    return redirect(url_for("admin.loyalty.wallet_platform", platform=platform), 303)


def _page(platform: str, values: dict[str, Any], errors: dict[str, str]) -> str:
    one: Standing = next(one for one in standing.of_company() if one.platform == platform)
    tally = next(t for t in board.of_company(g.company.id) if t.platform == platform)
    return render_template(
        "loyalty/admin/wallet_platform.html",
        one=one,
        lines=[line for line in doctor.company() if line.platform == platform],
        tally=tally,
        orphans=keeping.orphans(platform, one.identifier) if one.identifier else 0,
        installed=standing.installed(platform),
        values=values,
        errors=errors,
        words=words,
    )
