"""Who acts, as the ledger remembers it: a person at a terminal, a key, a user, the customer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`caller` is the scope in which an idempotency key is unique; ids name who did it.

    `proven` is False only where a company asks for no PIN: the name was chosen, not proved.
    """

    caller: str
    vendor_id: int | None = None
    vendor_slug: str | None = None
    staff_id: int | None = None
    terminal_id: int | None = None
    user_id: int | None = None
    api_key_id: int | None = None
    proven: bool = True


SYSTEM = Actor("system")
