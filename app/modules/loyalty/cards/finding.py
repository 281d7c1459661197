"""Cards by what a person says of themselves."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from .... import text
from ....accounts import customers
from ....accounts.customers import Customer
from ....errors import Invalid
from .models import LoyaltyCard
from .numbers import is_number, typed

_DIGITS_OF_A_PHONE = 5  # fewer may be part of a name


def found_by(words: str, *, country: str) -> ColumnElement[bool]:
    """Cards with this number, and those of people with this e-mail, phone number, or a name of
    which a word begins so. Who was merged is found with the card that has everything now."""
    if is_number(typed(words)):
        return LoyaltyCard.number == typed(words)
    if "@" in words:
        person = Customer.email == words.casefold()
    elif sum(c.isdigit() for c in words) >= _DIGITS_OF_A_PHONE:
        person = Customer.phone == _phone_or_nothing(words, country)
    else:
        person = customers.named(words)
    own = aliased(LoyaltyCard)
    people = (
        select(func.coalesce(own.merged_into_id, own.id))
        .join(Customer, own.customer_id == Customer.id)
        .where(person)
    )
    return LoyaltyCard.id.in_(people)


def _phone_or_nothing(words: str, country: str) -> str:
    try:
        return text.phone(words, country)
    except Invalid:
        return ""
