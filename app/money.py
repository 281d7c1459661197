"""Money is an integer of minor units together with its currency; how many digits are minor
comes from ISO 4217 through Babel, and a floating-point number never comes near either."""

from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision


def minor_digits(currency: str) -> int:
    """2 for EUR, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


def unit_minor(currency: str) -> int:
    """Minor units in one currency unit: 100 for EUR, 1 for JPY, 1,000 for KWD."""
    return int(10 ** minor_digits(currency))


def show(amount_minor: int, currency: str, locale: str = "en") -> str:
    """`1250, "EUR"` → `€12.50`, in the locale's way, with a true minus."""
    amount = Decimal(amount_minor).scaleb(-minor_digits(currency))
    shown = format_currency(amount, currency, locale=locale.replace("-", "_"))
    return str(shown).replace("-", "−")
