"""Google's wallet: classes and objects by REST, save links, and what Google tells us back."""

from . import callback, checkup, client, designs, events, objects, roots, savelink, tokens

__all__ = [
    "callback",
    "checkup",
    "client",
    "designs",
    "events",
    "objects",
    "roots",
    "savelink",
    "tokens",
]
