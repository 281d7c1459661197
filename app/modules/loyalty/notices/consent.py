"""Whether a customer wants to be written to, and the link that ends it.

The link is derived, never stored: the customer's id and a keyed hash of it. It ends notices and
opens nothing.
"""

import base64
import hmac

from flask import current_app

from config import Keyring

from .... import clock, tenancy
from ....accounts.customers import Customer
from ....errors import NotFound
from ....extensions import db

_MAC_BYTES = 16


def token_of(customer: Customer) -> str:
    """What follows `/s/<slug>/stop/`."""
    keyring = _keyring()
    body = bytes([keyring.current]) + customer.id.to_bytes(8, "big")
    whole = body + _mac(customer.id, keyring.current)
    return base64.urlsafe_b64encode(whole).decode().rstrip("=")


def by_token(token: str) -> Customer:
    """The acting company's customer behind such a link; raises `NotFound`."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raw = b""
    if len(raw) != 9 + _MAC_BYTES:
        raise NotFound()
    customer_id = int.from_bytes(raw[1:9], "big") & (2**63 - 1)
    customer = db.session.get(Customer, (tenancy.company_id(), customer_id))
    if customer is None or not hmac.compare_digest(_mac(customer.id, raw[0]), raw[9:]):
        raise NotFound()
    return customer


def stop(customer: Customer, *, wanted: bool = False) -> None:
    """Write no more notices to this customer, or (`wanted`) write them again."""
    customer.notices_off_at = None if wanted else customer.notices_off_at or clock.now()


def _mac(customer_id: int, version: int) -> bytes:
    try:
        message = f"{tenancy.company_id()}.{customer_id}".encode()
        return _keyring().mac("notices", message, version)[:_MAC_BYTES]
    except KeyError:
        return b""


def _keyring() -> Keyring:
    keyring: Keyring = current_app.config["SETTINGS"].secret_key
    return keyring
