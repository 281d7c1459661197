"""What the engine asks of a platform, and what it is told.

The engine knows leases, hashes, tags, budgets and backoff; a platform knows its content, its
credentials and its wire. A platform registers itself: `platforms.register(GOOGLE, Google())`; its
module is loaded when it has something to do for the first time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol

from ..face import Face
from ..models import APPLE, GOOGLE, WalletPass

Content = dict[str, Any]  # JSON; equal contents are sent once


class Dead(Exception):
    """The credentials are no good: the channel stops until somebody mends them. The message is
    shown to the company; it holds nothing of a person."""


class Away(Exception):
    """Nothing can be delivered now, for whatever reason: all that is due waits. The message as
    above; `seconds` is how long the platform asked to be left alone, if it did."""

    def __init__(self, fault: str, seconds: float | None = None) -> None:
        super().__init__(fault)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Sending:
    """One pass whose content its platform does not know. `row` is detached: its columns may be
    read in any thread, and are as they were before this sending (`sent_at` None: never taken)."""

    row: WalletPass
    serial: str
    tag: int
    content: Content
    told: Any = None  # what the delivery gathered for this pass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one. `fault` None: the platform knows the content of this tag now."""

    fault: str | None = None  # 200 characters at most, nothing of a person
    wait_seconds: float | None = None  # what the platform asked for; else backoff
    dead: bool = False  # the fault is the credentials': the channel stops
    halts: bool = False  # the platform does not answer, or not now: soon nothing more is begun
    refused: bool = False  # it would be again: nothing is tried until somebody marks the pass
    changes: dict[str, Any] = field(default_factory=dict)  # further columns of the pass's row
    note: Any = None  # for `Delivery.settle`


class Delivery(Protocol):
    """The way to a platform for the acting company's passes of one round."""

    def begin(self) -> None:
        """What has to be there before passes (Google: the class), also where none changed. In the
        engine's thread, acting as the company, `g.company` set, no transaction open; may open
        and commit its own. Raises `Dead` or `Away`."""

    def gather(self, rows: Sequence[WalletPass]) -> dict[int, tuple[int, Any]]:
        """By pass id: how many requests it takes of the budget, and what `Sending.told` will be.
        In a transaction of the company, which may write."""

    def deliver(self, sending: Sending) -> Outcome:
        """Tell the platform. Outside any transaction, in some thread without an application
        context, several at once; within 15 seconds. May run again for the same tag."""

    def settle(self, sending: Sending, outcome: Outcome) -> None:
        """What else is to be written. In the transaction that settles the pass, which is locked."""


class Platform(Protocol):
    """One of the two."""

    def content(self, face: Face, row: WalletPass) -> Content:
        """What the pass says now, everything that makes a sync worth while and nothing else (no
        moment of now, no signature). Reads what it likes of the acting company, writes nothing."""

    def delivery(self) -> Delivery:
        """By the acting company's credentials, which are there. In a reading transaction. Raises
        `Dead` where they cannot be used."""


_MODULES = {APPLE: "..apple.push", GOOGLE: "..google.delivery"}
_PLATFORMS: dict[str, Platform] = {}


def register(name: str, platform: Platform) -> None:
    """`name` is `models.APPLE` or `models.GOOGLE`."""
    _PLATFORMS[name] = platform


def of(name: str) -> Platform:
    if name not in _PLATFORMS:
        import_module(_MODULES[name], __package__)
    return _PLATFORMS[name]
