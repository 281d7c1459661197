"""Passes in phones, and the engine run by hand."""

import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, jobs, outbox
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.wallet import APPLE, WalletDevice, WalletPass, passes, sync
from tests.cast import Chain
from tests.wallet import pki


@dataclass(frozen=True)
class Held:
    """A card whose Apple pass a phone holds."""

    chain: Chain
    number: str
    pass_id: int
    token: str

    def row(self) -> WalletPass:
        with self.chain.acting() as session:
            return self.row_in(session)

    def row_in(self, session: Session) -> WalletPass:
        return session.get_one(WalletPass, (self.chain.company_id, self.pass_id))

    def device(self) -> WalletDevice | None:
        with self.chain.acting() as session:
            return session.scalar(select(WalletDevice).where(WalletDevice.pass_id == self.pass_id))

    def stamp(self) -> None:
        self.chain.stamp(self.number)


def held(chain: Chain, number: str = "", *, platform: str = APPLE) -> Held:
    """A new card's pass, in a phone if it is Apple's."""
    number, token = number or chain.card(), secrets.token_hex(16)
    with chain.acting() as session:
        card = session.scalars(select(LoyaltyCard).where(LoyaltyCard.number == number)).one()
        row = passes.take(passes.serial_of(card), platform)
        if platform == APPLE:
            session.add(phone(row, token))
        session.commit()
        return Held(chain, number, row.id, token)


def phone(row: WalletPass, token: str) -> WalletDevice:
    return WalletDevice(
        pass_id=row.id,
        library_id=secrets.token_hex(16),
        pass_type=pki.PASS_TYPE,
        push_token=token,
        registered_at=clock.now(),
    )


def mark(card: Held) -> None:
    """As if something of the card had changed, although nothing did."""
    with card.chain.acting() as session:
        found = session.scalars(select(LoyaltyCard).where(LoyaltyCard.number == card.number)).one()
        outbox.put("card.changed", card=str(found.id))
        session.commit()
    fold(card.chain)


def fold(chain: Chain) -> None:
    """What follows the lines and events of all companies."""
    with chain.app.app_context():
        while jobs.drain():
            pass


def sync_once(chain: Chain) -> int:
    """A step for this company: how many passes were looked at."""
    with chain.app.app_context():
        return sync.step(company_id=chain.company_id)


def settle(chain: Chain) -> None:
    """Fold, and sync until nothing is due now."""
    fold(chain)
    while sync_once(chain):
        pass
