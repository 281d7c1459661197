"""The three voices, and what each of them is made of."""

from collections.abc import Callable

from ..decision import Step

CASHIER, CUSTOMER, PROGRAMMER = "cashier", "customer", "programmer"

Told = dict[str, Callable[[Step], str]]
