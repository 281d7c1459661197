"""On a card's page: its passes, with their moments, and the button that sends one again."""

from dataclasses import dataclass

from flask import flash, g, redirect, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from .....accounts.pages.blueprints import ID
from .....extensions import db
from .....guards import guarded
from ...wallet import APPLE, WalletPass, board, standing
from ...wallet.standing import NAMES
from . import dates, reach
from .blueprint import pages


@dataclass(frozen=True, slots=True)
class Shown:
    """One pass in words: its finding, and `(what, when)` in the order in which they happen."""

    id: int
    name: str
    finding: str
    moments: list[tuple[str, str]]
    fault: str | None
    may_send: bool


@pages.post(f"/cards/<string:number>/passes/<{ID}:pass_id>/send")
@guarded("admin", "cards")
def card_pass_send(number: str, pass_id: int) -> Response:
    """Send it now, changed or not: the phone shows what is true, and asks if it was told wrong."""
    found = reach.card(number)
    board.send_again(found.id, pass_id)
    db.session.commit()
    flash(_("On its way: what it shows is sent once more."), "done")
    return redirect(url_for("admin.loyalty.card", number=found.number) + "#passes", 303)


def shown(card_id: int) -> list[Shown]:
    """The passes that show this card."""
    found = board.of_card(card_id)
    works = {one.platform: one.works for one in standing.of_company()} if found else {}
    return [_shown(row, phones, works[row.platform]) for row, phones in found]


def _shown(row: WalletPass, phones: int, works: bool) -> Shown:
    moments = [
        (_("Taken"), row.created_at),
        (_("Queued"), row.queued_at),
        (_("Pushed") if row.platform == APPLE else _("Sent"), row.sent_at),
        (_("Listed by a phone"), row.listed_at),
        (_("Fetched by a phone"), row.fetched_at),
        (_("Next try") if row.attempts else _("Due"), row.due_at),
        (_("Ended"), row.ended_at),
    ]
    zone = g.company.timezone
    told = [(what, dates.moment(when, zone)) for what, when in moments if when]
    may_send = works and row.ended_at is None
    finding = _finding(row, phones)
    return Shown(row.id, NAMES[row.platform], finding, told, row.fault, may_send)


def _finding(row: WalletPass, phones: int) -> str:
    if row.ended_at:
        return _("void for good")
    if row.fault:
        return (
            _("failed, and is tried again") if row.due_at else _("refused until the card changes")
        )
    if row.due_at:
        return _("a change waits to be sent")
    if row.platform != APPLE:
        return _("shows what is true")
    return _in_phones(phones, row.fetched_tag is not None and row.fetched_tag == row.tag)


def _in_phones(number: int, fetched: bool) -> str:
    if not number:
        return _("in no phone")
    if fetched:
        return ngettext("in one phone, up to date", "in %(num)s phones, up to date", number)
    return ngettext("in one phone, told of a change", "in %(num)s phones, told of a change", number)
