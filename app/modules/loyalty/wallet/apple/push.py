"""Apple's side of the engine: what makes a pass another one, and how its phones come to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, select, update

from config import Settings

from ..... import clock
from .....extensions import db
from .. import channels
from ..face import Face
from ..models import APPLE, WalletDevice, WalletPass
from ..sync import platforms
from ..sync.platforms import Content, Dead, Outcome, Sending
from . import package, signer
from .apns import Answer, Connection, connected

_KEPT_BY_APPLE = timedelta(days=28)  # how long a phone that is off may still be told
# A 400 about the token alone: the phone registers anew, or was never one.
_NO_TOKEN = {"BadDeviceToken", "DeviceTokenNotForTopic", "MissingDeviceToken"}
_SILENT = 0  # APNs' status where it said nothing


@dataclass(frozen=True, slots=True)
class Phone:
    """One that holds the pass, and under which pass type."""

    id: int
    pass_type: str
    token: str


@dataclass(frozen=True, slots=True)
class Told:
    """Whom to push, until when."""

    phones: tuple[Phone, ...]
    expires: int


class Apple:
    """`platforms.Platform`."""

    def content(self, face: Face, row: WalletPass) -> Content:
        return package.worth_syncing(face)

    def delivery(self) -> "Delivery":
        """A way for each pass type that we have the credentials of: the company's own, and the
        installation's for passes from before."""
        settings: Settings = current_app.config["SETTINGS"]
        ways = {}
        try:
            for keys in reversed(channels.all_apple()):
                pass_type = signer.identity(keys).pass_type
                ways[pass_type] = connected(keys, pass_type, settings)
        except signer.CannotSign as fault:
            raise Dead(fault.sentence) from None
        except ValueError as fault:
            raise Dead(str(fault)) from None
        if not ways:
            raise Dead("there are no credentials")
        return Delivery(ways)


@dataclass(slots=True)
class Delivery:
    """One round of a company: the way to the phones of each pass type."""

    ways: dict[str, Connection]

    def begin(self) -> None:
        """Nothing has to be there before."""

    def gather(self, rows: Sequence[WalletPass]) -> dict[int, tuple[int, Told]]:
        """A push for each phone; a pass that no phone has costs nothing, and is told at once."""
        told: dict[int, list[Phone]] = {row.id: [] for row in rows}
        query = select(WalletDevice).where(
            WalletDevice.pass_id.in_(told), WalletDevice.refused_at.is_(None)
        )
        for device in db.session.scalars(query.order_by(WalletDevice.id)):
            if (
                device.pass_type in self.ways
            ):  # else its certificate is gone, and no way leads there
                phone = Phone(device.id, device.pass_type, device.push_token)
                told[device.pass_id].append(phone)
        expires = int((clock.now() + _KEPT_BY_APPLE).timestamp())
        return {row: (len(phones), Told(tuple(phones), expires)) for row, phones in told.items()}

    def deliver(self, sending: Sending) -> Outcome:
        """Push to each phone; again to all of them where one of them has to be tried again."""
        told: Told = sending.told
        answers = []
        for phone in told.phones:
            answer = self.ways[phone.pass_type].push(phone.token, told.expires)
            answers.append((phone, answer))
            if _is_dead(answer) or _halts(answer):
                break
        return _outcome(answers)

    def settle(self, sending: Sending, outcome: Outcome) -> None:
        """Forget the phones that are gone, unless they came back; leave alone those whose token
        is none, until they register anew."""
        for phone, answer in outcome.note or ():
            same = (WalletDevice.id == phone.id, WalletDevice.push_token == phone.token)
            if answer.status == 410:
                before = WalletDevice.registered_at <= _moment(answer.since_ms)
                _execute(delete(WalletDevice).where(*same, before))
            elif _is_no_token(answer):
                _execute(update(WalletDevice).where(*same).values(refused_at=clock.now()))


def _outcome(answers: Sequence[tuple[Phone, Answer]]) -> Outcome:
    faulty = [answer for _, answer in answers if _is_fault(answer)]
    if not faulty:
        return Outcome(note=answers)
    dead = next(filter(_is_dead, faulty), None)
    worst = dead or faulty[0]
    waits = [answer.wait_seconds for answer in faulty if answer.wait_seconds]
    return Outcome(
        fault=_words(worst),
        wait_seconds=max(waits, default=None),
        dead=dead is not None,
        halts=any(map(_halts, faulty)),
        note=answers,
    )


def _is_fault(answer: Answer) -> bool:
    return answer.status not in (200, 410) and not _is_no_token(answer)


def _is_no_token(answer: Answer) -> bool:
    return answer.status == 400 and answer.reason in _NO_TOKEN


def _is_dead(answer: Answer) -> bool:
    return answer.status == 403


def _halts(answer: Answer) -> bool:
    return answer.status == _SILENT or answer.status >= 500


def _words(answer: Answer) -> str:
    return " ".join(filter(None, ("APNs", str(answer.status or ""), answer.reason)))


def _moment(milliseconds: int | None) -> datetime:
    return clock.now() if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _execute(statement: Any) -> None:
    db.session.execute(statement, execution_options={"synchronize_session": False})


platforms.register(APPLE, Apple())
