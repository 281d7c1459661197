"""Joining, leaving, and being forgotten."""

from .confirming import ask_to_confirm, by_confirmation, confirm, confirm_secret, waits
from .letters import card_path, confirm_path
from .service import (
    EnrolmentClosed,
    Joined,
    ask,
    ask_to_sign_in,
    come_back,
    erase,
    join,
    leave,
    must_be_open,
    must_be_open_to_all,
    person_of,
    send_link,
)

__all__ = [
    "EnrolmentClosed",
    "Joined",
    "ask",
    "ask_to_confirm",
    "ask_to_sign_in",
    "by_confirmation",
    "card_path",
    "come_back",
    "confirm",
    "confirm_path",
    "confirm_secret",
    "erase",
    "join",
    "leave",
    "must_be_open",
    "must_be_open_to_all",
    "person_of",
    "send_link",
    "waits",
]
