"""`/s/<slug>/stop/<token>`: no more letters. One button, and one to take it back."""

from flask import redirect, render_template
from werkzeug.wrappers import Response

from .....extensions import db
from .....guards import guarded
from ... import notices
from .blueprint import at, pages


@pages.get("/stop/<string:secret>")
@guarded("storefront", "letters")
def stop(secret: str) -> str:
    """Reading a link changes nothing: programs that look at mails follow links too."""
    customer = notices.by_token(secret)
    return render_template(
        "loyalty/storefront/stop.html", secret=secret, stopped=bool(customer.notices_off_at)
    )


@pages.post("/stop/<string:secret>")
@guarded("storefront", "letters")
def stop_now(secret: str) -> Response:
    """No more letters to whoever got this one."""
    notices.stop(notices.by_token(secret))
    db.session.commit()
    return redirect(at("stop", secret=secret), 303)


@pages.post("/stop/<string:secret>/again")
@guarded("storefront", "letters")
def write_again(secret: str) -> Response:
    """Letters are wanted after all."""
    notices.stop(notices.by_token(secret), wanted=True)
    db.session.commit()
    return redirect(at("stop", secret=secret), 303)
