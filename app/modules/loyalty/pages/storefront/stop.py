"""`/s/<slug>/stop/<token>`: no more letters. One button, and one to take it back."""

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from .....extensions import db
from .....guards import guarded, one_click
from ... import notices
from .blueprint import at, pages


@pages.get("/stop/<string:secret>")
@guarded("storefront", "letters")
def stop(secret: str) -> str:
    """Reading a link changes nothing: programs that look at mails follow links too."""
    return _page(secret)


@pages.post("/stop/<string:secret>")
@guarded("storefront", "letters")
@one_click
def stop_now(secret: str) -> Response | str:
    """No more letters to whoever got this one. A mail program that presses the button by itself
    (RFC 8058) is answered at once: it follows no redirect."""
    notices.stop(notices.by_token(secret))
    db.session.commit()
    if request.form.get("List-Unsubscribe") == "One-Click":
        return _page(secret)
    return redirect(at("stop", secret=secret), 303)


@pages.post("/stop/<string:secret>/again")
@guarded("storefront", "letters")
def write_again(secret: str) -> Response:
    """Letters are wanted after all."""
    notices.stop(notices.by_token(secret), wanted=True)
    db.session.commit()
    return redirect(at("stop", secret=secret), 303)


def _page(secret: str) -> str:
    stopped = bool(notices.by_token(secret).notices_off_at)
    return render_template("loyalty/storefront/stop.html", secret=secret, stopped=stopped)
