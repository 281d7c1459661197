"""What customers are told by themselves: by mail, else by text, in the company's look."""

from . import letters
from .consent import by_token, stop, token_of

__all__ = ["by_token", "letters", "stop", "token_of"]
