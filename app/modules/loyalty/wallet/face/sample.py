"""A card that nobody has, in the company's own programme: what previews are made of.

It goes the way of every card, so that a preview shows what the cards show.
"""

from flask import g

from ..... import clock
from .....accounts.customers import Customer
from ... import programs
from ...cards import ACTIVE, LoyaltyCard
from ...programs import Rules
from .coming import Ahead, ahead
from .model import Face, living
from .showing import Shown

NUMBER = "XXXXXXXXXXXX"  # no card can have it: the check character is another
POINTS = 128


def sample(rules: Rules, holder: str) -> tuple[Face, Ahead]:
    """The face of such a card under these rules; nothing of it is in the database, or gets there.

    Needs `spoken`, or a request whose company is known.
    """
    card = LoyaltyCard(
        id=0,
        company_id=g.company.id,
        customer_id=0,
        number=NUMBER,
        status=ACTIVE,
        points_balance=POINTS,
        lifetime_points=POINTS,
        laid_aside=0,
        stamps_balance=stamps_of(rules),
        sequence=1,
        purchases=1,
        purchases_peak=1,
        link_version=1,
        created_at=clock.now(),
    )
    person = Customer(id=0, company_id=g.company.id, first_name=holder)
    now = Shown(card, person, programs.of_company(), rules)
    coming = ahead(now)
    return living(now, coming), coming


def stamps_of(rules: Rules) -> int:
    """Seven of ten, and never all of them."""
    return min((rules.stamps_target * 7 + 5) // 10, rules.stamps_target - 1)
