"""The short table that `make run` prints: where to go, and who to be there."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import select

from .. import clock, tenancy
from ..accounts import companies, terminals
from ..accounts.customers import Customer
from ..accounts.terminals import Terminal
from ..extensions import db
from ..modules.loyalty import cards
from . import keepsake
from .cast import CHAINS, OPERATOR, PASSWORD
from .roles import Chain, SignIn

CODE_HOURS = 12
Row = tuple[str, str]


def pairing_codes(chains: Sequence[Chain] = CHAINS) -> dict[str, str]:
    """A fresh one-time code for each chain's first till, by the chain's slug. Commits.

    The demo's codes live half a day; a browser that is paired stays so until another pairs.
    """
    codes = {}
    for chain in chains:
        with tenancy.acting_as(companies.id_of(chain.slug)):
            till = db.session.scalars(select(Terminal).order_by(Terminal.id)).first()
            if till:
                codes[chain.slug] = terminals.new_code(till)
                till.code_ends_at = clock.now() + timedelta(hours=CODE_HOURS)
            db.session.commit()
    return codes


def sheet(public_url: str, codes: dict[str, str], chains: Sequence[Chain] = CHAINS) -> str:
    """The whole table, as text."""
    blocks = [_block(list(_rows(chain, public_url, codes.get(chain.slug, "")))) for chain in chains]
    desk = _block([("The whole installation", ""), ("operator", _sign_in(public_url, OPERATOR))])
    return "\n\n".join([f"Regulars is at {public_url}", *blocks, desk, ""])


def _rows(chain: Chain, url: str, code: str) -> Iterator[Row]:
    company = companies.id_of(chain.slug)
    yield chain.name, ""
    for person in chain.people:
        role = f"manager, {person.shop}" if person.shop else "admin"
        yield role, _sign_in(url, person)
    yield "terminal", f"{url}/terminal/pair   code {code}   ({chain.shops[0].name})"
    first = chain.shops[0].slug
    pins = [f"{worker.name} {worker.pin}" for worker in chain.staff if worker.shop in (first, None)]
    yield "staff PINs", "   ".join(pins)
    yield "enrolment", f"{url}/s/{chain.slug}/"
    for name, number, secret, shows in _shown_cards(company, chain):
        yield f"card, {name}", f"{url}/s/{chain.slug}/cards/{secret}   number {number}   {shows}"
    if key := keepsake.api_key(company):
        yield "API key", key


def _sign_in(url: str, person: SignIn) -> str:
    return f"{url}/sign-in   {person.email}   {PASSWORD}"


def _shown_cards(company: int, chain: Chain) -> Iterator[tuple[str, str, str, str]]:
    with tenancy.acting_as(company):
        for shown in chain.shown:
            card = db.session.scalar(
                select(cards.LoyaltyCard)
                .join(Customer, Customer.id == cards.LoyaltyCard.customer_id)
                .where(
                    Customer.first_name == shown.first_name, Customer.last_name == shown.last_name
                )
                .order_by(cards.LoyaltyCard.id)
            )
            if card:
                number = cards.shown(card.number)
                yield shown.first_name, number, cards.link_secret(card), shown.shows
        db.session.rollback()


def _block(rows: list[Row]) -> str:
    width = max(len(name) for name, _ in rows[1:])
    lines = [f"  {name:<{width}}   {value}" for name, value in rows[1:]]
    return "\n".join([rows[0][0], *lines])
