"""A second person agrees at somebody else's counter, with their own PIN."""

from ...errors import NotFound
from ...extensions import db
from ..terminals import Terminal
from . import pins
from .members import StaffMember


def approve(terminal: Terminal, staff_id: int, pin: str) -> StaffMember:
    """Who agreed, their PIN proved by the same counters and locks as unlocking.

    Raises `NotFound` for somebody who does not work at this terminal's shop, and as `pins.prove`
    does. Commits before and after: whatever is refused next, a right PIN is no miss.
    """
    member = pins.one_at_vendor(terminal.vendor_id, staff_id)
    if member is None:
        raise NotFound("There is no such person at this shop.")
    pins.prove(terminal, member, pin)
    db.session.commit()
    return member
