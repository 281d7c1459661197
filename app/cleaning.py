"""What nobody needs any more is taken away at night: never a line, a dead letter, or the answer to
an Idempotency-Key, which is kept for ever.

Small batches, each committed: a clean-up that is killed goes on where it was, and two at once do
no harm. A night takes half a million rows of a kind at most; the next one goes on.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, select, tuple_, update

from . import clock, ids, mail, outbox, tenancy
from .accounts.customer_sessions import CustomerSession, SignInRequest
from .accounts.invitations import Invitation
from .accounts.staff.sessions import StaffSession
from .accounts.terminals import Terminal
from .accounts.users import UserSession
from .extensions import db
from .modules.loyalty.programs.models import ProgramDraft
from .modules.loyalty.wallet import DeviceLog, GoogleNonce, UsedCode, WalletDevice, WalletPass
from .outbox import DONE, OutboxEvent

KEPT_AFTER_ITS_END = timedelta(days=30)
DRAFTS_KEPT = timedelta(days=180)
BATCH, MOST_BATCHES = 1_000, 500


def clean() -> dict[str, int]:
    """Clean up after the acting company; how many of each went. Commits as it goes."""
    now = clock.now()
    gone = {
        name: sum(_in_batches(model, over))
        for name, model, over in (
            ("events", OutboxEvent, _is_long_done()),
            ("sessions at terminals", StaffSession, StaffSession.ends_at < _ago(now)),
            ("sessions of customers", CustomerSession, CustomerSession.ends_at < _ago(now)),
            ("sessions in the office", UserSession, UserSession.ends_at < _ago(now)),
            ("sign-in links", SignInRequest, SignInRequest.asked_at < _ago(now)),
            ("invitations", Invitation, Invitation.ends_at < _ago(now)),
            ("used codes", UsedCode, UsedCode.used_at < _ago(now)),
            ("drafts", ProgramDraft, ProgramDraft.kept_at < now - DRAFTS_KEPT),
            ("complaints of phones", DeviceLog, DeviceLog.said_at < _ago(now)),
            ("codes that were used", UsedCode, UsedCode.used_at < _ago(now)),
            ("messages of Google", GoogleNonce, GoogleNonce.seen_at < _ago(now)),
            ("phones with void passes", WalletDevice, WalletDevice.pass_id.in_(_void(now))),
            ("void passes", WalletPass, WalletPass.id.in_(_void(now))),
        )
    }
    gone["pairing codes"] = _forget_codes()
    gone["written mails"] = _burn_mails()
    return {name: number for name, number in gone.items() if number}


def _ago(now: Any) -> Any:
    return now - KEPT_AFTER_ITS_END


def _void(now: Any) -> Any:
    """Passes that have long been told that they are over. A phone that still asks is told it by
    its card."""
    ours = WalletPass.company_id == tenancy.company_id()
    return select(WalletPass.id).where(ours, WalletPass.ended_at < _ago(now))


def _is_long_done() -> Any:
    """By the id, which is of the real clock: a moved one makes no event old, nor is a line's event
    gone before `verify` stops asking for it."""
    before = ids.earlier(ids.new_id(), by=outbox.KEPT)
    counted = OutboxEvent.uncounted_line_id.is_(None)
    return (OutboxEvent.id < before) & (OutboxEvent.state == DONE) & counted


def _in_batches(model: Any, over: Any) -> Iterator[int]:
    """Delete what is over, the oldest first; rows that somebody else holds are left to them. The
    keys stand in a CTE: PostgreSQL may run a subquery again for each row, past its limit."""
    key = tuple(model.__mapper__.primary_key)
    where = over & (model.company_id == tenancy.company_id()) if _is_owned(model) else over
    oldest = select(*key).where(where).order_by(*key).limit(BATCH)
    some = oldest.with_for_update(skip_locked=True).cte("some")
    statement = delete(model).where(tuple_(*key).in_(select(*some.c)))
    for _ in range(MOST_BATCHES):
        done: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
        db.session.commit()
        yield done.rowcount
        if done.rowcount < BATCH:
            return


def _is_owned(model: Any) -> bool:
    return issubclass(model, tenancy.Owned)


def _forget_codes() -> int:
    """Pairing codes that nobody typed in time; the terminal still waits for a new one."""
    over = Terminal.code_ends_at < _ago(clock.now())
    forgotten: Any = db.session.execute(
        update(Terminal).where(over).values(code_hash=None, code_ends_at=None),
        execution_options={"synchronize_session": False},
    )
    db.session.commit()
    number: int = forgotten.rowcount
    return number


def _burn_mails() -> int:
    """Mails and texts that were written down because nobody sends them; named after their event."""
    folder, before = mail.folder(), ids.earlier(ids.new_id(), by=KEPT_AFTER_ITS_END)
    if current_app.config["SETTINGS"].production or not folder.is_dir():
        return 0
    old = [file for file in folder.iterdir() if (ids.told(file.stem) or before) < before]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)
