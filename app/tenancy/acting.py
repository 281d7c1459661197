"""On whose behalf the code runs, and the mixins of what a company owns."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from ..ids import new_id


class TenancyError(RuntimeError):
    """A bug: code reached for a company's rows without acting for that company."""


class Owned:
    """Mixin of every table whose rows belong to one company: the key begins with it."""

    company_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, sort_order=-20)


class Tenant(Owned):
    """Mixin of the tables keyed `(company_id, id)`: nearly all."""

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, sort_order=-10, default=new_id)


@dataclass(frozen=True, slots=True)
class Acting:
    """On whose behalf: `company`, `platform` (the operator's crossing), `owner`, or `devices` (a
    phone that asks, unnamed, which of its passes changed)."""

    role: str
    company_id: int | None = None


PLATFORM = Acting("platform")
OWNER = Acting("owner")
DEVICES = Acting("devices")
# All that a phone without a name may read, whatever company it belongs to.
OF_DEVICES = frozenset({"wallet_passes", "wallet_devices"})
_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


def current() -> Acting | None:
    """Who acts now; None where nobody does."""
    return _acting.get()


def company_id() -> int:
    """The acting company's id; raises `TenancyError` where no company acts."""
    acting = _acting.get()
    if acting is None or acting.company_id is None:
        raise TenancyError("no company is acting here")
    return acting.company_id


def enter(acting: Acting | None) -> Token[Acting | None]:
    """Begin to act; undo with `leave(token)`. Requests use this, other code `acting_as`."""
    return _acting.set(acting)


def leave(token: Token[Acting | None]) -> None:
    _acting.reset(token)


@contextmanager
def acting_as(company: int) -> Iterator[None]:
    """Act for one company inside this block; no transaction may be open across its edges."""
    token = enter(Acting("company", company))
    try:
        yield
    finally:
        leave(token)


@contextmanager
def crossing(acting: Acting = PLATFORM) -> Iterator[None]:
    """Act across companies: sign-in, the operator's desk, verification. Never a company's page."""
    token = enter(acting)
    try:
        yield
    finally:
        leave(token)
