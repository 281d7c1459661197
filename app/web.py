"""What every page shares: Flask's own settings, headers, problems, and what templates know."""

import hashlib
import json
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Request, current_app, g, render_template, request, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.http import parse_date
from werkzeug.wrappers import Response

from config import Settings

from . import database, logs, metrics
from .errors import Refusal, Unavailable
from .guards import guarded

log = logging.getLogger(__name__)

LARGEST_BODY = 256 * 1024
_IN_OUR_WORDS = {400, 403, 404, 405, 413, 429}  # a framework's words help no cashier
_DATA = {"application/json", "application/problem+json"}
_PROGRAMS = "/api/"
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_OF_DATA = {"X-Content-Type-Options": "nosniff"}
_OF_PAGES = _OF_DATA | {
    "Content-Security-Policy": _CSP,
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def flask_config(settings: Settings) -> dict[str, Any]:
    """Flask's and its extensions' configuration for these settings."""
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key.secret(),
        "SECRET_KEY_FALLBACKS": [secret for _, secret in settings.secret_key.versions[1:]],
        "SQLALCHEMY_ENGINES": {"default": database.engine_options(settings.database_url)},
        "TRUSTED_HOSTS": settings.trusted_hosts,
        "MAX_CONTENT_LENGTH": LARGEST_BODY,
        "MAX_FORM_MEMORY_SIZE": LARGEST_BODY,
        "SESSION_COOKIE_NAME": "__Host-session" if settings.secure else "session",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_CHECK_DEFAULT": False,  # the guard asks for it, audience by audience
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
        "RATELIMIT_ENABLED": settings.rate_limits,
        "RATELIMIT_STORAGE_URI": settings.redis_url or "memory://",
        # A Redis that is gone keeps nobody out: each process then counts for itself.
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_TRANSLATION_DIRECTORIES": str(Path(__file__).parent / "translations"),
    }


class Sessions(SecureCookieSessionInterface):
    """Flask's, for pages: a program keeps no session, and none is looked for."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith(_PROGRAMS):
            return None
        return super().open_session(app, request)


def install(app: Flask) -> None:
    """Attach headers, problem pages and template globals."""
    app.session_interface = Sessions()
    app.before_request(_forget_impossible_dates)
    guarded("anyone", "static")(app.view_functions["static"])
    app.after_request(_secure)
    app.register_error_handler(Refusal, _show_refusal)
    app.register_error_handler(HTTPException, _show_http_error)
    app.register_error_handler(DBAPIError, show_away)
    app.register_error_handler(Exception, _show_fault)
    app.jinja_env.globals["asset"] = _asset
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_known_to_templates)


def _forget_impossible_dates() -> None:
    """A date that no calendar holds is none: whoever reads these headers, of static files too,
    expects that parsing says so by `ValueError`, and for some it is an `OverflowError`."""
    for name in ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_IF_RANGE"):
        try:
            parse_date(request.environ.get(name))
        except OverflowError:
            del request.environ[name]


def locale() -> str:
    """The acting company's language; English where none acts."""
    company = g.get("company")
    return str(company.locale).replace("-", "_") if company else "en"


def timezone() -> str | None:
    """The acting company's zone, in which its pages tell the time; UTC where none acts."""
    company = g.get("company")
    return str(company.timezone) if company else None


def _known_to_templates() -> dict[str, Any]:
    return {"company": g.get("company"), "lang": locale().replace("_", "-")}


def _asset(filename: str) -> str:
    """The address of a static file, changed whenever anything static is."""
    return url_for("static", filename=filename, v=_static_version(str(current_app.static_folder)))


@lru_cache(maxsize=8)
def _static_version(folder: str) -> str:
    """One version for the whole tree: the scripts load each other by it."""
    digest = hashlib.sha256()
    for file in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:10]


def _secure(response: Response) -> Response:
    """What no browser should do with an answer; JSON is not shown, so a page's rules say nothing
    to it."""
    headers = response.headers
    for name, value in (_OF_DATA if response.mimetype in _DATA else _OF_PAGES).items():
        headers.setdefault(name, value)
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    elif "v" in request.args:
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if request.is_secure or _settings().secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _show_refusal(refusal: Refusal) -> Response:
    metrics.refused(refusal.code)
    database.let_go()
    remedy = {"remedy": refusal.remedy} if refusal.remedy else {}
    told = {"code": refusal.code} | refusal.figures | remedy
    try:
        return problem(refusal.status, refusal.title, refusal.sentence, **told)
    except DBAPIError as away:  # it went away before the page knew whose it is
        if isinstance(refusal, Unavailable):
            raise
        return show_away(away)


def _show_http_error(fault: HTTPException) -> Response:
    """Werkzeug's own: unknown pages, wrong methods, bodies too large, a missing CSRF token."""
    code = {404: "not-found", 413: "too-large", 405: "method-not-allowed", 429: "rate-limited"}
    if fault.response is not None:  # a redirect
        return fault.response  # type: ignore[return-value]
    if isinstance(fault, SecurityError):  # not our host: no page of ours has an address there
        return Response("This is not our address.", 400, mimetype="text/plain")
    status = fault.code or 500
    named = "csrf" if isinstance(fault, CSRFError) else code.get(status, "malformed")
    if status in _IN_OUR_WORDS and not for_a_program():
        response = Response(render_template(f"errors/{status}.html"), status, mimetype="text/html")
    else:
        response = problem(status, fault.name, fault.description or "", code=named)
    for name, value in fault.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def show_away(fault: DBAPIError) -> Response:
    """A database that is away is no bug: one line in the log, and a moment to come back in."""
    if not database.is_away(fault):
        return _show_fault(fault)
    log.warning("the database did not answer at %s", request.endpoint)
    for name in ("terminal", "company"):  # nothing that is drawn may ask the database for them
        g.pop(name, None)
    response = _show_refusal(
        Unavailable("The database does not answer. Try again in a moment: nothing is done twice.")
    )
    response.headers["Retry-After"] = "5"
    return response


def _show_fault(fault: Exception) -> Response:
    """A bug: logged with its trace, shown without one, and found in the log by its number."""
    log.error("unexpected fault at %s", request.endpoint, exc_info=fault)
    database.let_go()
    return problem(
        500, "Something broke", "It has been written down. Nothing was changed.", code="fault"
    )


def problem(status: int, title: str, detail: str, *, code: str, **figures: Any) -> Response:
    """A refusal or fault as its surface shows it: RFC 9457 for programs, a page for people. What
    is our fault says the number to ask us by."""
    ours = status >= 500
    if not for_a_program():
        told = {"status": status, "title": title, "detail": detail}
        told["figures"] = [(_("Number"), logs.request_id())] if ours else []
        return Response(
            render_template("errors/problem.html", **told), status, mimetype="text/html"
        )
    body = {"type": f"/api/v1/docs#{code}", "title": title, "status": status, "detail": detail}
    if ours:
        figures["request_id"] = logs.request_id()
    answer = json.dumps(body | {"code": code} | figures)
    return Response(answer, status, mimetype="application/problem+json")


def for_a_program() -> bool:
    """Whether a program asks: of the API, of a page's data, or by saying so."""
    view = current_app.view_functions.get(request.endpoint or "")
    return (
        request.path.startswith(_PROGRAMS)
        or getattr(view, "answers_data", False)
        or request.accept_mimetypes.best in _DATA
    )


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
