"""Which passes are due after what: each change of a card, once, and nobody else's."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.extensions import db
from app.modules.loyalty import cards, merging, wallet
from app.modules.loyalty.reports import rollups
from app.modules.loyalty.wallet import WalletPass
from tests.cast import Chain
from tests.test_jobs import drained


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's passes are due."""
    return quiet_app


def taken(chain: Chain, number: str) -> int:
    """The id of the card's pass, which nobody waits for any more."""
    drained(chain.app)
    with chain.acting() as session:
        row = wallet.passes.take(wallet.passes.serial_of(cards.find(number)), wallet.APPLE)
        row.due_at = row.queued_at = None
        session.commit()
        return row.id


def due(chain: Chain, pass_id: int) -> bool:
    """Whether it is due; afterwards it is not."""
    drained(chain.app)
    with chain.acting() as session:
        found = session.scalar(select(WalletPass.due_at).where(WalletPass.id == pass_id))
        session.execute(update(WalletPass).where(WalletPass.id == pass_id).values(due_at=None))
        session.commit()
        return found is not None


def blocks(chain: Chain, number: str) -> None:
    chain.api.post(f"/cards/{number}/block", {})


def replaces(chain: Chain, number: str) -> None:
    chain.api.post(f"/cards/{number}/replace", {})


def publishes(chain: Chain, _number: str) -> None:
    chain.publish(card_color="#123456")


def switches(chain: Chain, _number: str) -> None:
    chain.api.patch("/program", {"active": False})


@pytest.mark.parametrize("change", [Chain.stamp, blocks, replaces, publishes, switches])
def test_a_change_makes_the_cards_pass_due(
    chain: Chain, change: Callable[[Chain, str], object]
) -> None:
    number = chain.card()
    mine = taken(chain, number)
    assert not due(chain, mine)
    change(chain, number)
    assert due(chain, mine)
    assert not due(chain, mine)


def test_another_cards_stamp_and_another_companys_do_not(chain: Chain, other_chain: Chain) -> None:
    mine = taken(chain, chain.card())
    chain.stamp(chain.card())
    other_chain.stamp(other_chain.card())
    other_chain.publish(card_color="#123456")
    assert not due(chain, mine)


def test_a_merged_cards_pass_follows_the_card_that_has_everything(chain: Chain) -> None:
    first, second = chain.card(), chain.card()
    mine = taken(chain, first)
    with chain.acting() as session:
        merging.merge(first, second, by=chain.actor, attempt=None, reason="the same person")
        session.commit()
    assert due(chain, mine)
    chain.stamp(second)
    assert due(chain, mine)


def test_a_mark_is_as_lasting_as_the_figures_it_came_with(chain: Chain) -> None:
    number = chain.card()
    mine = taken(chain, number)
    chain.stamp(number)
    with chain.app.app_context():
        while rollups.fold():
            pass
    with chain.acting() as session:
        row = session.get_one(WalletPass, (chain.company_id, mine))
        assert (row.due_at is not None, row.wanted) == (True, 2)
        db.session.rollback()
