"""Which passes of a phone changed: asked without a name, answered from two tables.

The tag is the installation's, not a company's, for a phone asks once for all passes of a type.
Tags are in the order of their commits, so that what is listed up to one is all there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select, update

from ..... import clock, database, tenancy
from .....errors import Busy
from .....extensions import db
from ..models import APPLE, WalletDevice, WalletPass
from ..passes import Serial

_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Listed:
    """One changed pass; `tag` None where it has not been synced yet."""

    company_id: int
    pass_id: int
    serial: str
    tag: int | None


def read_tag(said: str) -> int | None:
    """What a phone says it knows; None for what is no tag: then it is told of everything."""
    tag = int(said) if said.isascii() and said.isdecimal() and len(said) < 20 else None
    return tag if tag is not None and tag <= _LARGEST else None


def changed(device: str, pass_type: str, since: int | None) -> list[Listed]:
    """This phone's passes of a type that changed after a tag, or all. Acts as `DEVICES`."""
    query = (
        select(
            WalletPass.company_id,
            WalletPass.id,
            WalletPass.card_id,
            WalletPass.link_version,
            WalletPass.tag,
        )
        .join(
            WalletDevice,
            (WalletDevice.company_id == WalletPass.company_id)
            & (WalletDevice.pass_id == WalletPass.id),
        )
        .where(WalletDevice.library_id == device, WalletDevice.pass_type == pass_type)
        .where(WalletPass.platform == APPLE)
        .order_by(WalletPass.company_id, WalletPass.id)
    )
    if since is not None:
        query = query.where(WalletPass.tag > since)
    return [
        Listed(company, row, str(Serial(company, card, link)), tag)
        for company, row, card, link, tag in db.session.execute(query).all()
    ]


def latest(listed: Sequence[Listed], since: int | None) -> str:
    """What the phone is to say the next time."""
    return str(max([since or 0, *(each.tag or 0 for each in listed)]))


def remember(listed: Sequence[Listed]) -> None:
    """Write down that the phone was told: company by company, each acting for itself."""
    db.session.rollback()
    for company_id, own in groupby(listed, key=lambda each: each.company_id):
        with database.writing(), tenancy.acting_as(company_id):
            _remember([each.pass_id for each in own])


def _remember(ids: list[int]) -> None:
    try:
        # What somebody else holds is left to them: nobody waits for another here, in any order.
        query = select(WalletPass.id).where(WalletPass.id.in_(ids))
        free = db.session.scalars(query.with_for_update(skip_locked=True, key_share=True)).all()
        told = update(WalletPass).where(WalletPass.id.in_(free)).values(listed_at=clock.now())
        db.session.execute(told)
        db.session.commit()
    except Busy:  # worth nobody's waiting
        db.session.rollback()
