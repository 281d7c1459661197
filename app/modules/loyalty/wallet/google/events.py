"""What Google's messages do: a card that nobody has any more is sent nothing, until it is saved
again. A message counts once."""

from flask import current_app
from sqlalchemy.exc import IntegrityError

from config import Settings

from ..... import clock
from .....extensions import db
from .. import channels, passes, waking
from ..models import GOOGLE, GoogleNonce, WalletPass
from . import callback, issuers, roots
from .callback import DELETED, Event, NotAccepted


def heard(envelope: dict[str, object], event: Event) -> None:
    """Believe the message where it is Google's, and act upon it in the acting company, which is
    the event's. Commits. Raises `NotAccepted` or `roots.Unreachable`."""
    settings: Settings = current_app.config["SETTINGS"]
    if event.issuer not in _issuers():
        raise NotAccepted
    db.session.rollback()  # whoever is asked for keys is not asked within a transaction
    keys = roots.keys(settings.google_callback_keys_url)
    callback.prove(envelope, event.issuer, keys, clock.now())
    row = _pass_of(event)
    if row is None:
        raise NotAccepted
    passes.hold(row)
    db.session.add(GoogleNonce(nonce=event.nonce))
    _record(row, event)
    try:
        db.session.commit()
    except IntegrityError:  # the same message, acted upon before: who lost our answer asks again
        db.session.rollback()


def _issuers() -> set[str]:
    """The acting company's: of the present credentials, and the one that its objects are with."""
    keys, row = channels.google(), channels.row_of(GOOGLE)
    known = {issuers.known(keys) if keys else None, row.identifier if row else None}
    return {issuer for issuer in known if issuer}


def _pass_of(event: Event) -> WalletPass | None:
    serial = passes.read_serial(event.suffix)
    if serial is None or serial.company_id != event.company_id:
        return None
    return passes.of_serial(serial, GOOGLE)


def _record(row: WalletPass, event: Event) -> None:
    if event.kind == DELETED:
        row.removed_at = row.removed_at or clock.now()
    elif row.removed_at is not None:
        take_again(row)


def take_again(row: WalletPass) -> None:
    """Somebody wants it: it may have missed much, so it is sent whatever it says. The caller holds
    it: a sync may be at work with it."""
    now = clock.now()
    row.removed_at, row.sent_tag, row.wanted = None, None, row.wanted + 1
    if row.due_at is None:
        row.due_at = row.queued_at = now
    waking.after_commit()
