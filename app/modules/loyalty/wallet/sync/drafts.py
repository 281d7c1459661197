"""What leased passes say now, and whether that is news."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from flask import g
from sqlalchemy import select

from ..... import jobs
from .....extensions import db
from ... import enrolment
from ...cards import LoyaltyCard
from .. import face, passes
from ..models import WalletPass
from .platforms import Content, Platform

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """A leased pass with its content of this moment; without any where it could not be made.
    `wanted` is what had been marked before: whatever is marked later may not be in it."""

    row: WalletPass
    wanted: int
    serial: str
    content: Content
    digest: bytes
    ended: bool = False
    fault: str | None = None


def draft(platform: Platform, rows: Sequence[WalletPass]) -> list[Draft]:
    """Read the cards as they stand and make what their passes say, each in its customer's
    language; in a reading transaction of the company. One that cannot be made does not stop the
    others."""
    wanted = {row.card_id for row in rows} | {row.shows_card_id for row in rows}
    # The session remembers them: from here on each is found by its key without asking.
    cards = db.session.scalars(select(LoyaltyCard).where(LoyaltyCard.id.in_(wanted))).all()
    by_id = {card.id: card for card in cards}
    return [_draft(platform, row, by_id[row.shows_card_id]) for row in rows]


def _draft(platform: Platform, row: WalletPass, card: LoyaltyCard) -> Draft:
    serial = passes.serial_of_pass(row)
    try:
        ended = passes.has_ended(serial, card)
        with face.spoken(g.company, enrolment.person_of(card).locale):
            content = platform.content(face.face(card, ended=ended), row)
    except Exception as fault:  # a bug of one pass, or of one platform
        log.exception("the pass %s of company %s cannot be made", row.id, row.company_id)
        return Draft(row, row.wanted, str(serial), {}, b"", fault=jobs.place_of(fault))
    return Draft(row, row.wanted, str(serial), content, digest(content), ended)


def digest(content: Content) -> bytes:
    """Equal for equal contents alone."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()
