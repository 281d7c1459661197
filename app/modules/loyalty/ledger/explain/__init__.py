"""A decision told in three voices: to a cashier, to the customer, to a programmer.

The steps' codes and figures are stored with the line; the sentences are not, except in the
API's kept answer, which speaks English. The two human voices speak the company's language and
money, so they need an application context.
"""

from .refusals import Refused, refused
from .saying import VOICES, say, told
from .summaries import summary
from .voices import CASHIER, CUSTOMER, PROGRAMMER

__all__ = [
    "CASHIER",
    "CUSTOMER",
    "PROGRAMMER",
    "VOICES",
    "Refused",
    "refused",
    "say",
    "summary",
    "told",
]
