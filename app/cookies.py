"""Our four cookies, and the way back after signing in."""

from flask import current_app, request
from werkzeug.wrappers import Response

USER, TERMINAL, STAFF, CUSTOMER = "user", "terminal", "staff", "customer"
_HOUR_SECONDS = 3_600
_LIFETIMES = {
    USER: 12 * _HOUR_SECONDS,
    TERMINAL: 5 * 365 * 24 * _HOUR_SECONDS,
    STAFF: 12 * _HOUR_SECONDS,
    CUSTOMER: 7 * 24 * _HOUR_SECONDS,
}
_LONGEST = 200


def give(response: Response, name: str, value: str, *, of: int | None = None) -> Response:
    """Set one of our cookies; an empty value takes it away. `of` is the company, where a browser
    keeps one for each."""
    response.set_cookie(
        _full_name(name, of),
        value,
        max_age=_LIFETIMES[name] if value else 0,
        httponly=True,
        secure=current_app.config["SETTINGS"].secure,
        samesite="Lax",
        path="/",
    )
    return response


def read(name: str, *, of: int | None = None) -> str:
    """The cookie's value, empty where there is none."""
    return request.cookies.get(_full_name(name, of), "")[:_LONGEST]


def _full_name(name: str, of: int | None) -> str:
    """`__Host-` where the outside speaks https: then no subdomain can plant one."""
    name = f"{name}-{of}" if of else name
    return f"__Host-{name}" if current_app.config["SETTINGS"].secure else name


def way_back(default: str) -> str:
    """Where the `next` parameter leads if that is a path of this site, else `default`."""
    target = request.values.get("next", "")
    ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if ours and target.isprintable() else default
