"""Joining, leaving, and being forgotten."""

from .letters import card_path
from .service import (
    EnrolmentClosed,
    Joined,
    ask,
    come_back,
    erase,
    join,
    leave,
    must_be_open,
    person_of,
    send_link,
)

__all__ = [
    "EnrolmentClosed",
    "Joined",
    "ask",
    "card_path",
    "come_back",
    "erase",
    "join",
    "leave",
    "must_be_open",
    "person_of",
    "send_link",
]
