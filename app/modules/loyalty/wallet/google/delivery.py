"""Google's side of the engine: what an object holds, and how Google comes to know it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from config import Settings

from ..... import clock
from .. import channels, codes, passes
from ..channels import GoogleKeys
from ..face import Face
from ..models import GOOGLE, LONGEST_FAULT, WalletPass
from ..sync import platforms
from ..sync.platforms import Away, Content, Dead, Outcome, Sending
from . import designs, objects
from .answers import LONGEST_WAIT_SECONDS, Answer, Kind
from .client import Client

NOTICES, WITHIN = 3, timedelta(hours=24)  # what Google lets a pass say
_NOTIFY = {"notifyPreference": "NOTIFY_ON_UPDATE"}
_ENDED = "EXPIRED"


class Google:
    """`platforms.Platform`. A content is the object without its issuer, and how many rewards wait:
    what a notice is about."""

    def content(self, face: Face, row: WalletPass) -> Content:
        key = codes.totp_key(row.card_id, row.link_version, row.key_version)
        serial = str(passes.serial_of_pass(row))
        named = objects.Named(serial, row.company_id, row.card_id, key)
        return {"object": objects.loyalty_object(face, named), "ready": len(face.ready)}

    def delivery(self) -> "Delivery":
        keys = channels.google()
        if keys is None:
            raise Dead("there are no credentials")
        settings: Settings = current_app.config["SETTINGS"]
        return Delivery(keys, Client.of(keys, settings))


@dataclass
class Delivery:
    """One round of a company; `issuer` is known once it has begun."""

    keys: GoogleKeys
    client: Client
    issuer: str = field(default="", init=False)

    def begin(self) -> None:
        """The class first: no object is taken without."""
        try:
            self.issuer = designs.ensure(self.keys)
        except designs.Unmade as unmade:
            answer, told = unmade.answer, f"the class: {unmade.answer.fault}"
            if answer.kind is Kind.DEAD:
                raise Dead(told[:LONGEST_FAULT]) from None
            # What Google refuses it will refuse again, until somebody changes the design.
            wait = LONGEST_WAIT_SECONDS if answer.kind is Kind.REFUSED else answer.after
            raise Away(told[:LONGEST_FAULT], wait) from None

    def gather(self, rows: Sequence[WalletPass]) -> dict[int, tuple[int, datetime]]:
        """One request each; told is the moment, by the engine's clock."""
        return {row.id: (1, clock.now()) for row in rows}

    def deliver(self, sending: Sending) -> Outcome:
        row, body = sending.row, dict(sending.content["object"])
        if row.removed_at is not None and body["state"] != _ENDED:
            return Outcome()  # nobody has it; taking it again has it sent
        for name in ("id", "classId"):
            body[name] = objects.named(self.issuer, body[name])
        ready: int = sending.content["ready"]
        notices = _recent(row.notices, sending.told)
        notify = _is_news(row, ready) and len(notices) < NOTICES
        answer = self._send(body, there=row.sent_at is not None, notify=notify)
        changes: dict[str, Any] = {"notices": notices}
        if notify and (answer.done or not answer.known):
            changes["notices"] = [*notices, sending.told.isoformat()]
        if answer.done:
            changes["ready_sent"] = ready
        return _outcome(answer, changes)

    def settle(self, sending: Sending, outcome: Outcome) -> None:
        """Everything is in the outcome's changes."""

    def _send(self, body: objects.Json, *, there: bool, notify: bool) -> Answer:
        """PATCH what is there, insert what is not; each may turn out to be the other."""
        address = f"/loyaltyObject/{body['id']}"
        if there:
            answer = self.client.patch(address, body | _NOTIFY if notify else body)
            if answer.kind is not Kind.GONE:
                return answer
        answer = self.client.post("/loyaltyObject", objects.without_nulls(body))
        return self.client.patch(address, body) if answer.kind is Kind.CONFLICT else answer


def _recent(notices: list[str], now: datetime) -> list[str]:
    return [each for each in notices if datetime.fromisoformat(each) > now - WITHIN]


def _is_news(row: WalletPass, ready: int) -> bool:
    """Whether a reward has just become ready; on a pass that is new, nothing is news."""
    return row.ready_sent is not None and ready > row.ready_sent


def _outcome(answer: Answer, changes: dict[str, Any]) -> Outcome:
    if answer.done:
        return Outcome(changes=changes)
    return Outcome(
        fault=answer.fault[:LONGEST_FAULT] or answer.kind.value,
        wait_seconds=answer.after,
        dead=answer.kind is Kind.DEAD,
        halts=answer.kind is Kind.LATER,
        refused=answer.kind is Kind.REFUSED,
        changes=changes,
    )


platforms.register(GOOGLE, Google())
