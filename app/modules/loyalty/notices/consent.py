"""Whether a customer wants to be written to, and the link that ends it.

The link ends notices and opens nothing.
"""

from .... import clock, links, tenancy
from ....accounts.customers import Customer
from ....errors import NotFound
from ....extensions import db


def token_of(customer: Customer) -> str:
    """What follows `/s/<slug>/stop/`."""
    return links.secret("notices", customer.id, _claim(customer.id))


def by_token(token: str) -> Customer:
    """The acting company's customer behind such a link; raises `NotFound`."""
    link = links.read(token)
    customer = db.session.get(Customer, (tenancy.company_id(), link.row_id))
    if customer is None or not link.proves("notices", _claim(customer.id)):
        raise NotFound()
    return customer


def stop(customer: Customer, *, wanted: bool = False) -> None:
    """Write no more notices to this customer, or (`wanted`) write them again."""
    customer.notices_off_at = None if wanted else customer.notices_off_at or clock.now()


def _claim(customer_id: int) -> str:
    return f"{tenancy.company_id()}.{customer_id}"
