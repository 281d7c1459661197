"""Codes that rotate: every half minute a card shows another one (RFC 6238, SHA-1), good once.

A code is written `<card's id, 19 digits><8 digits>`: digits alone, which a scanner types alike in
every layout of a keyboard, and which fit into the smallest QR code there is. It does not carry
the card's number: a picture of a code says nothing that opens a card later.

The key of a card is derived with `FIELD_KEY` and stored nowhere; a card whose links were ended
has another one. Google's wallet counts with the same key, so that a terminal reads both alike.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from config import Keyring

from .... import clock, ids, tenancy
from ....database import on_postgresql
from ....errors import NotFound, Refusal
from ....extensions import db
from .. import cards
from ..cards import CLOSED, LoyaltyCard
from .models import UsedCode

STEP_SECONDS, DIGITS = 30, 8
_KEY_BYTES = 20  # what HMAC-SHA1 wants
_NAME_DIGITS = 19
_CODE = re.compile(rf"([0-9]{{{_NAME_DIGITS}}})([0-9]{{{DIGITS}}})")
# The present one; one before, for whoever needs a moment; one ahead, for a phone that is fast.
_ACCEPTED = (0, -1, 1)
_REMEMBERED = range(-2, -121, -1)  # too old, and yet once shown


class CodeExpired(Refusal):
    """None of the codes that the card shows about now: a picture of one, as a rule."""

    code = "code-expired"
    title = "Too old"
    remedy = "Scan the code that the card shows now."
    made_up = False  # none of the last hour's either: whoever sends many of those is guessing


class CodeUsed(Refusal):
    """Each code opens its card once, whoever scans it first."""

    code = "code-used"
    title = "Used already"
    remedy = "Wait retry_after_seconds, then scan the code that the card shows then."


@dataclass(frozen=True, slots=True)
class Code:
    """What a card shows now, as text, and for how many more seconds: 1 to 30."""

    text: str
    seconds_left: int


def totp_key(card_id: int, link_version: int, key_version: int | None = None) -> bytes:
    """The secret that this card's codes are counted with: 20 bytes. Raises KeyError where the
    key's version is gone."""
    named = f"{card_id:x}-{link_version:x}".encode()
    return _keyring().mac("rotating-code", named, key_version)[:_KEY_BYTES]


def name_of(card_id: int) -> str:
    """What stands before the digits that change, and says whose they are."""
    return f"{card_id:0{_NAME_DIGITS}}"


def totp(key: bytes, step: int) -> str:
    """RFC 6238 with SHA-1, as eight digits."""
    mac = hmac.digest(key, step.to_bytes(8, "big"), hashlib.sha1)
    at = mac[-1] & 15
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def code_now(card: LoyaltyCard) -> Code:
    """What the card shows at this moment."""
    step, since = divmod(int(clock.now().timestamp()), STEP_SECONDS)
    digits = totp(totp_key(card.id, card.link_version), step)
    return Code(name_of(card.id) + digits, STEP_SECONDS - since)


def is_code(text: str) -> bool:
    """Whether this reads as a rotating code, of whatever card and moment."""
    return _CODE.fullmatch(text) is not None


def use(text: str) -> LoyaltyCard:
    """The acting company's card that shows this code, or the one that it was merged into; the
    code is used up when the caller commits.

    Raises `NotFound` where there is no such card, `CodeExpired`, or `CodeUsed` with
    `retry_after_seconds`, 0 where the card shows the next one already.
    """
    found = _CODE.fullmatch(text)
    card_id = ids.told(found[1]) if found else None
    own = db.session.get(LoyaltyCard, (tenancy.company_id(), card_id)) if card_id else None
    card = cards.surviving(own) if own else None
    if found is None or own is None or card is None or card.status == CLOSED:
        raise NotFound("There is no card with that code.")
    step = _step_of(own, found[2])
    if step is None:
        no = CodeExpired("This code is older than a minute: let the customer open the card anew.")
        no.made_up = _step_of(own, found[2], _REMEMBERED) is None
        raise no
    if not _is_first(own, step):
        wait = _until_the_next(own, step)
        said = f"The next one comes in {wait} s." if wait else "The card shows the next one."
        raise CodeUsed(f"This code was used already. {said}", retry_after_seconds=wait)
    return card


def _step_of(card: LoyaltyCard, said: str, offsets: Iterable[int] = _ACCEPTED) -> int | None:
    """Which of these steps, counted from now, the digits are of, under any key that is kept."""
    now = int(clock.now().timestamp()) // STEP_SECONDS
    steps = [now + offset for offset in offsets]
    for version, _secret in _keyring().versions:
        key = totp_key(card.id, card.link_version, version)
        for step in steps:
            if hmac.compare_digest(totp(key, step), said):
                return step
    return None


def _is_first(card: LoyaltyCard, step: int) -> bool:
    """Use this step up. Of two at once the unique key takes one: the other one waits for it."""
    insert: Any = postgresql.insert if on_postgresql() else sqlite.insert
    row = {"company_id": card.company_id, "card_id": card.id, "step": step, "used_at": clock.now()}
    using = insert(UsedCode.__table__).values(row).on_conflict_do_nothing()
    done: Any = db.session.execute(using, execution_options={"preserve_rowcount": True})
    return int(done.rowcount) == 1


def _until_the_next(card: LoyaltyCard, step: int) -> int:
    """Seconds until the card shows a code that was not used; a clock that was set back goes
    through some that were."""
    later = select(UsedCode.step).where(UsedCode.card_id == card.id, UsedCode.step > step)
    used = set(db.session.scalars(later.order_by(UsedCode.step).limit(100)))
    following = step + 1
    while following in used:
        following += 1
    return max(0, following * STEP_SECONDS - int(clock.now().timestamp()))


def _keyring() -> Keyring:
    keyring: Keyring = current_app.config["SETTINGS"].field_key
    return keyring
