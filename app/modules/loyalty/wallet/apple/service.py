"""What a phone with a pass asks for: to be told of changes, the pass as it is now, to be forgotten.

The pass proves itself by its token, whatever became of its card: one that has ended learns it here,
by a pass that is void and asks no more.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import delete, func, select, update

from ..... import clock, database
from .....accounts import companies
from .....errors import Busy, Malformed, NotFound, Unauthenticated
from .....extensions import db
from ... import cards, enrolment
from ...cards import CLOSED, LoyaltyCard
from .. import channels, face, marking, passes, waking
from ..channels import AppleKeys
from ..face import Face
from ..models import APPLE, WalletDevice, WalletPass
from ..passes import Serial
from . import package, signer

MOST_DEVICES = 20  # phones and watches that are told of one pass
SCHEME = "ApplePass"
# What can stand in an address, as a push token will; dots alone would lead elsewhere.
_NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._~-]+")
LONGEST_DEVICE, LONGEST_PUSH_TOKEN, LONGEST_PASS_TYPE = 64, 200, 120


@dataclass(frozen=True, slots=True)
class Holder:
    """A phone that proved to have this pass; by the key of which version its token is derived."""

    serial: Serial
    key_version: int


def holder(serial: str, authorization: str) -> Holder:
    """Who sends this header for this serial; raises `Unauthenticated`, the same for a serial that
    is unknown and a token that is wrong."""
    scheme, _, token = authorization.partition(" ")
    read = passes.read_serial(serial) if scheme == SCHEME else None
    version = passes.proves(read, token.strip()) if read else None
    if read is None or version is None or passes.card_of(read) is None:
        raise Unauthenticated("This pass is not known here.")
    return Holder(read, version)


def kept(who: Holder) -> WalletPass | None:
    """What is kept of the holder's pass."""
    return passes.of_serial(who.serial, APPLE)


# -- the pass as it is now ------------------------------------------------------------------------


def modified_at(row: WalletPass | None) -> datetime:
    """When the pass last changed, in whole seconds, before anything that a sync will still set:
    a phone that says it back is told of whatever comes."""
    if row is not None and row.modified_at is not None:
        return row.modified_at
    return clock.now().replace(microsecond=0) - timedelta(seconds=1)


def current(who: Holder, pass_type: str) -> bytes:
    """The pass, signed for the type that the phone installed. The caller has read the pass's row
    before: then what is told of it is never newer than what is shown.

    Raises `Unauthenticated` for a type that is not the company's, `CannotSign`.
    """
    keys = _keys(pass_type)
    own = passes.card_of(who.serial)
    if own is None:
        raise Unauthenticated("This pass is not known here.")
    card = cards.surviving(own)
    shown = _face(card, ended=passes.has_ended(who.serial, card))
    return _made(shown, who.serial, who.key_version, keys)


def of_card(card: LoyaltyCard) -> bytes:
    """The pass that somebody takes who has the card's link; raises `NotFound` where there is none
    to be had."""
    keys = channels.apple() if channels.offers(APPLE) else None
    if keys is None or card.status == CLOSED:
        raise NotFound()
    serial = passes.serial_of(card)
    row = passes.of_serial(serial, APPLE)
    return _made(_face(card, ended=False), serial, row.key_version if row else None, keys)


def service_url() -> str | None:
    """Where phones ask for updates; None where nobody outside can reach us by https."""
    settings = current_app.config["SETTINGS"]
    return f"{settings.public_url}/wallet/apple" if settings.secure else None


def _face(card: LoyaltyCard, *, ended: bool) -> Face:
    """In the customer's language."""
    with face.spoken(companies.acting(), enrolment.person_of(card).locale):
        return face.face(card, ended=ended)


def _made(shown: Face, serial: Serial, version: int | None, keys: AppleKeys) -> bytes:
    token = passes.token(serial, version)
    url = service_url()
    return package.made(shown, serial=str(serial), token=token, keys=keys, service_url=url)


def _keys(pass_type: str) -> AppleKeys:
    keys = signer.keys_of(pass_type)
    if keys is None:
        raise Unauthenticated("This pass is not known here.")
    return keys


def remember_fetch(row: WalletPass) -> None:
    """Write down that the phone has what the row told of when it was read: a short write after
    the answer was made, which is worth nobody's waiting."""
    pass_id, tag = row.id, row.tag  # before they are forgotten: a sync may be at work meanwhile
    db.session.rollback()
    fetched = {"fetched_at": clock.now(), "fetched_tag": tag}
    with database.writing():
        try:
            db.session.execute(update(WalletPass).where(WalletPass.id == pass_id).values(fetched))
            db.session.commit()
        except Busy:
            db.session.rollback()


# -- phones that want to be told ------------------------------------------------------------------


def register(who: Holder, *, device: str, pass_type: str, push_token: str) -> bool:
    """Tell this phone of changes, by this push token from now on; whether it is a new one."""
    _checked(device, LONGEST_DEVICE)
    _checked(push_token, LONGEST_PUSH_TOKEN)
    _keys(pass_type)
    row = passes.take(who.serial, APPLE, who.key_version)
    passes.hold(row)  # before its phones, in the order of whoever settles it
    row.key_version = who.key_version  # what the phone has is what will be asked for
    known = db.session.scalar(
        select(WalletDevice)
        .where(
            WalletDevice.pass_id == row.id,
            WalletDevice.library_id == device,
            WalletDevice.pass_type == pass_type,
        )
        .with_for_update()
    )
    if known is None or known.push_token != push_token:
        _begin_anew(row)
    if known is not None:
        known.push_token, known.registered_at, known.refused_at = push_token, clock.now(), None
        return False
    _make_room(row)
    names = {"library_id": device, "pass_type": pass_type, "push_token": push_token}
    db.session.add(WalletDevice(pass_id=row.id, registered_at=clock.now(), **names))
    db.session.flush()  # the unique key judges two at once
    return True


def unregister(who: Holder, *, device: str, pass_type: str) -> None:
    """Tell this phone nothing any more. The pass is still known: it may come back."""
    row = kept(who)
    if row is not None:
        db.session.execute(
            delete(WalletDevice).where(
                WalletDevice.pass_id == row.id,
                WalletDevice.library_id == device,
                WalletDevice.pass_type == pass_type,
            )
        )


def _begin_anew(row: WalletPass) -> None:
    """Whatever changed between the download of the pass and now, the phone was not told of."""
    if row.content_hash is not None:
        due = marking.marked(clock.now()) | {"content_hash": None}
        waking.after_commit()
        db.session.execute(update(WalletPass).where(WalletPass.id == row.id).values(due))


def _make_room(row: WalletPass) -> None:
    """The phone that has been silent for longest gives way."""
    of_pass = select(WalletDevice).where(WalletDevice.pass_id == row.id)
    there = db.session.scalar(select(func.count()).select_from(of_pass.subquery())) or 0
    if there >= MOST_DEVICES:
        oldest = of_pass.order_by(WalletDevice.registered_at).limit(1)
        db.session.delete(db.session.scalars(oldest).one())


def _checked(name: str, longest: int) -> None:
    if len(name) > longest or not _NAME.fullmatch(name):
        raise Malformed(f"Expected 1 to {longest} characters of A-Z, a-z, 0-9 and ._~-")
