"""Terminals: `/admin/terminals`. A one-time code is shown once, in the answer that made it."""

from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ... import audit, clock
from ...errors import Invalid, NotFound
from ...extensions import db
from ...guards import guarded
from .. import terminals, vendors
from ..terminals import Terminal
from .blueprints import ID, admin
from .office import own_shop


@admin.get("/terminals")
@guarded("admin", "terminals")
def terminals_list() -> str:
    """Each counter with what its browser is at: waiting, too late, paired."""
    return _page({}, {})


@admin.post("/terminals")
@guarded("admin", "terminals")
def terminals_prepare() -> tuple[str, int]:
    """A terminal and the code to type there. One of that name that still waits at that shop
    gets a new code instead, so that sending the form twice prepares one."""
    typed = {name: request.form.get(name, "")[:120] for name in ("name", "vendor")}
    vendor_id = {str(v.id): v.id for v in _shops()}.get(typed["vendor"])
    try:
        if vendor_id is None:
            raise Invalid({"vendor": _("choose one of your open shops")})
        terminal = _waiting(vendor_id, typed["name"])
        if terminal:
            return _code_page(terminal, terminals.new_code(terminal), act="terminal.code")
        terminal, code = terminals.prepare(vendor_id=vendor_id, name=typed["name"])
    except Invalid as wrong:
        db.session.rollback()
        return _page(typed, wrong.errors), wrong.status
    return _code_page(terminal, code, act="terminal.prepared")


@admin.post(f"/terminals/<{ID}:terminal_id>/code")
@guarded("admin", "terminals")
def terminals_code(terminal_id: int) -> tuple[str, int]:
    """Another code; whatever is paired stays so until the code is typed."""
    terminal = _mine(terminal_id)
    return _code_page(terminal, terminals.new_code(terminal), act="terminal.code")


@admin.post(f"/terminals/<{ID}:terminal_id>/revoke")
@guarded("admin", "terminals")
def terminals_revoke(terminal_id: int) -> Response:
    """The browser there is out at once, and so is whoever stands at it."""
    terminal = _mine(terminal_id)
    terminals.revoke(terminal)
    audit.record("terminal.revoked", subject_id=terminal.id, by=g.user.user.id)
    db.session.commit()
    flash(_("%(name)s can stamp no more.", name=terminal.name), "done")
    return redirect(url_for("admin.accounts.terminals_list"), 303)


def _mine(terminal_id: int) -> Terminal:
    """Finding authorises: a manager finds the terminals of their own shop."""
    terminal = terminals.find(terminal_id)
    if terminal.revoked_at or own_shop() not in (None, terminal.vendor_id):
        raise NotFound("There is no such terminal.")
    return terminal


def _waiting(vendor_id: int, name: str) -> Terminal | None:
    same = " ".join(name.split())
    return next(
        (
            terminal
            for terminal in terminals.every()
            if terminal.vendor_id == vendor_id
            and terminal.name == same
            and terminal.secret_hash is None
        ),
        None,
    )


def _shops() -> list[vendors.Vendor]:
    return [v for v in vendors.every(open_only=True) if own_shop() in (None, v.id)]


def _code_page(terminal: Terminal, code: str, *, act: str) -> tuple[str, int]:
    db.session.flush()
    audit.record(act, subject_id=terminal.id, by=g.user.user.id)
    db.session.commit()
    page = render_template(
        "accounts/terminal_code.html",
        terminal=terminal,
        code=code,
        pair_url=f"{current_app.config['SETTINGS'].public_url}/terminal/pair",
        minutes=terminals.PAIRING_MINUTES,
    )
    return page, 201


def _page(values: dict[str, Any], errors: dict[str, str]) -> str:
    shops = {vendor.id: vendor for vendor in vendors.every()}
    return render_template(
        "accounts/terminals.html",
        terminals=[t for t in terminals.every() if own_shop() in (None, t.vendor_id)],
        shops=shops,
        open_shops=[(vendor.id, vendor.name) for vendor in _shops()],
        now=clock.now(),
        values=values,
        errors=errors,
    )
