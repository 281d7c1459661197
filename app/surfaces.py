"""The surfaces: parent blueprints, and the one place where a view's guard is enforced.

Each audience proves itself in its own way and decides which company acts. Children are
attached at import, so that `create_app` can run any number of times.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, current_app, g, redirect, request, session
from werkzeug.wrappers import Response

from . import clock, cookies, database, tenancy, text, web
from .accounts import api_keys, companies, customer_sessions, staff, terminals, users
from .accounts import pages as accounts_pages
from .accounts.actors import Actor
from .errors import Forbidden, Malformed, NotFound, Unauthenticated
from .extensions import csrf, db
from .guards import Guard

admin = Blueprint("admin", __name__, url_prefix="/admin")
platform = Blueprint("platform", __name__, url_prefix="/platform")
terminal = Blueprint("terminal", __name__, url_prefix="/terminal")
storefront = Blueprint("storefront", __name__, url_prefix="/s/<string:slug>")
api_v1 = Blueprint("api", __name__, url_prefix="/api/v1")
wallet = Blueprint("wallet", __name__, url_prefix="/wallet")
PARENTS = (admin, platform, terminal, storefront, api_v1, wallet, accounts_pages.everyone)

admin.register_blueprint(accounts_pages.admin)
admin.context_processor(accounts_pages.furniture)

# What a role may do in the admin. A manager sees their shop and its people, and no rules.
_OF_A_SHOP = {"overview", "cards", "transactions", "return"}
_OF_A_SHOP |= {"shop", "terminals", "staff", "posters"}
PERMISSIONS = {
    "admin": _OF_A_SHOP | {"adjust", "people", "program", "vendors", "wallet"},
    "manager": _OF_A_SHOP,
    "operator": {"platform"},
}
# What proves them is never sent by a browser of itself.
_WITHOUT_COOKIES = {"api", "pass", "devices", "platforms"}
READING = {"GET", "HEAD", "OPTIONS"}


def install(app: Flask) -> None:
    """Enforce guards on every request, and forget who acted afterwards."""
    app.before_request(_enforce)
    app.teardown_request(_forget)


def _enforce() -> Response | None:
    """Deny by default: a view without a guard is a bug, and no request gets past it."""
    if request.endpoint is None:
        return None
    if not all(map(_nameable, (request.view_args or {}).values())):
        raise NotFound()
    if request.query_string and any("\0" in value for value in request.args.values()):
        raise Malformed("The address holds a NUL character.")
    view: Any = current_app.view_functions[request.endpoint]
    guard: Guard = view.guard
    if size := getattr(view, "largest_body", None):  # before anything looks for a token in it
        request.max_content_length = size
    # A preview is asked with a body, and reads all the same.
    g.read_token = database.begin_reading(
        request.method in READING or getattr(view, "reads", False)
    )
    if guard.audience not in _WITHOUT_COOKIES and not getattr(view, "one_click", False):
        csrf.protect()
    return AUDIENCES[guard.audience](guard.permission)


def _nameable(value: object) -> bool:
    """Whether anything can have this id or name: what no column can hold is not found."""
    return value < 2**63 if isinstance(value, int) else not text.has_controls(str(value))


def _act(acting: tenancy.Acting | None) -> None:
    g.acting_token = tenancy.enter(acting)


def _forget(_fault: BaseException | None) -> None:
    """Context variables outlive a request in server threads: put them back."""
    if db.session.in_transaction():
        database.let_go()
    if token := g.pop("acting_token", None):
        tenancy.leave(token)
    if token := g.pop("read_token", None):
        database.end_reading(token)


# -- audiences: each answers None to let the request in, or a response instead of it ---------------


def _anyone(permission: str) -> Response | None:
    return None


def _crossing(permission: str) -> Response | None:
    """Sign-in and pairing: the company is not known before the credentials are."""
    _act(tenancy.PLATFORM)
    return None


def _storefront(permission: str) -> Response | None:
    """Anyone at a company's page; a card's page asks for its secret besides."""
    view_args = request.view_args or {}
    _act(tenancy.Acting("company", companies.id_of(view_args.pop("slug"))))
    g.company = companies.acting()
    return None


def _customer(permission: str) -> Response | None:
    """Somebody signed in at a company's pages; programs are told, people are asked."""
    _storefront(permission)
    customer = customer_sessions.signed_in(cookies.read(cookies.CUSTOMER, of=g.company.id))
    if customer is None and web.for_a_program():
        raise Unauthenticated("Sign in first, with a link or a code.")
    if customer is None:
        return redirect(f"/s/{g.company.slug}/sign-in", 303)
    g.customer = customer
    return None


def _pass(permission: str) -> Response | None:
    """A phone with a pass, whose serial names the company; the view asks for the pass's token. An
    unknown serial and a wrong token are told alike."""
    named = (request.view_args or {})["serial"].partition("-")[0]
    try:
        _act(tenancy.Acting("company", min(int(named, 16), 2**63 - 1)))  # nobody has that id
        g.company = companies.acting()
    except (ValueError, NotFound):
        raise Unauthenticated("This pass is not known here.") from None
    return None


def _devices(permission: str) -> Response | None:
    """A phone that does not say who it is, and learns which of its passes changed."""
    _act(tenancy.DEVICES)
    return None


def _admin(permission: str) -> Response | None:
    return _user(
        permission, tenancy.Acting("company", users.company_in(cookies.read(cookies.USER)))
    )


def _platform(permission: str) -> Response | None:
    return _user(permission, tenancy.PLATFORM)


def _user(permission: str, acting: tenancy.Acting) -> Response | None:
    _act(acting)
    who = users.signed_in(cookies.read(cookies.USER)) if acting.company_id != 0 else None
    if who is None:
        return _sign_in_first("/sign-in")
    if permission not in PERMISSIONS[who.role]:
        raise Forbidden("Your account does not open this page.")
    g.user, g.permissions = who, PERMISSIONS[who.role]
    g.actor = Actor(caller=f"user:{who.user.id}", user_id=who.user.id, vendor_id=who.vendor_id)
    if acting.company_id:
        g.company = companies.acting()
    return None


def _device(permission: str) -> Response | None:
    """A paired terminal; nobody need stand at it."""
    cookie = cookies.read(cookies.TERMINAL)
    company = users.company_in(cookie)
    _act(tenancy.Acting("company", company) if company else None)
    paired = terminals.paired(cookie) if company else None
    if paired is None:
        return redirect("/terminal/pair", 303)
    g.terminal, g.company = paired, companies.acting()
    return None


def _staff(permission: str) -> Response | None:
    """A paired terminal with somebody at it, who touched it within the last two minutes."""
    turned_away = _device(permission)
    if turned_away:
        return turned_away
    now = int(clock.now().timestamp())
    fresh = 0 <= now - session.get("staff_seen", 0) <= staff.IDLE_SECONDS
    counter = staff.at_counter(g.terminal, cookies.read(cookies.STAFF)) if fresh else None
    if counter is None:
        return _sign_in_first("/terminal/unlock")
    if permission == "manage" and counter.member.role != "manager":
        raise Forbidden("A manager does this.")
    session["staff_seen"] = now
    g.counter = counter
    g.actor = Actor(
        caller=f"terminal:{g.terminal.id}",
        vendor_id=g.terminal.vendor_id,
        staff_id=counter.member.id,
        terminal_id=g.terminal.id,
        proven=counter.proven,
    )
    return None


def _api(scope: str) -> Response | None:
    """`Authorization: Bearer rk_<company>_<id>_<secret>`; the key names its company in clear."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    parsed = api_keys.parse(token.strip()) if kind.lower() == "bearer" else None
    if parsed is None:
        raise Unauthenticated("Send a key: Authorization: Bearer rk_…")
    # Read before the first statement: a slow or hostile body holds no writer and no connection.
    g.asked = _operation().read()
    company, key_id, secret = parsed
    _act(tenancy.Acting("company", company))
    caller = f"key:{key_id}"
    tried = request.headers.get("Idempotency-Key", "")[:255].replace("\0", "")
    row = database.hot(api_keys.KEY_AND_REPLAY, key_id=key_id, caller=caller, key=tried)
    if row is None or row.revoked_at or not api_keys.proves(secret, row.secret_hash):
        raise Unauthenticated("This key is unknown or was revoked.")
    if scope not in row.scopes.split(","):
        raise Forbidden(f"This key lacks the scope {scope}.", scope=scope)
    g.earlier, g.actor = row, Actor(caller=caller, api_key_id=key_id)
    return None


def _operation() -> Any:
    """What the API's decorator declared of the view; that layer stands above this one."""
    view: Any = current_app.view_functions[str(request.endpoint)]
    return view.operation


AUDIENCES: dict[str, Callable[[str], Response | None]] = {
    "anyone": _anyone,
    "sign-in": _crossing,
    "admin": _admin,
    "platform": _platform,
    "device": _device,
    "staff": _staff,
    "storefront": _storefront,
    "customer": _customer,
    "api": _api,
    "pass": _pass,
    "devices": _devices,
    "platforms": _crossing,
}


def _sign_in_first(page: str) -> Response:
    """To the page that asks who it is, and back here afterwards if reading is all it takes."""
    back = {"next": request.full_path.rstrip("?")} if request.method == "GET" else {}
    return redirect(f"{page}?{urlencode(back)}" if back else page, 303)
