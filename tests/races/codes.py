"""Races for a rotating code: whoever scans it first has the card, and nobody after."""

from datetime import timedelta
from functools import partial

from app import clock
from app.modules.loyalty import cards
from app.modules.loyalty.wallet import codes
from tests.cast import Chain

from .scenarios import together, told


def code_code_on_two_terminals(chain: Chain, *, rounds: int, width: int) -> None:
    """C16: one of all who scan the same code at once opens the card."""
    card, start = chain.card(), clock.now()
    for number in range(rounds):
        with clock.at(start + timedelta(seconds=number * codes.STEP_SECONDS)):
            with chain.acting():
                code = codes.code_now(cards.find(card)).text
            outcomes = together(chain, [partial(_scan, code)] * width)
        assert told(outcomes) == {"posted": 1, "code-used": width - 1}
        assert card in outcomes


def _scan(code: str) -> str:
    return codes.use(code).number
