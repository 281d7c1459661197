"""Words as people type them, made comparable; limits on every length."""

import re
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from .errors import Invalid

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?")
LONGEST_NAME = 80


def slug(value: str, field: str = "slug") -> str:
    """Lower-case letters, digits and inner hyphens, at most 48; raises `Invalid`."""
    value = value.strip().lower()
    if not SLUG.fullmatch(value):
        raise Invalid({field: f"got {value[:60]!r}, expected a-z, 0-9 and hyphens, at most 48"})
    return value


def slug_of(name: str) -> str:
    """The short name a name suggests: `Café & Pain` → `cafe-pain`; "" where no letter is left."""
    return "-".join(re.findall(r"[a-z0-9]+", folded(name)))[:48].rstrip("-")


def name(value: str, field: str = "name", *, longest: int = LONGEST_NAME) -> str:
    """One line of text, trimmed, without control characters; raises `Invalid`."""
    value = " ".join(unicodedata.normalize("NFC", value).split())
    if not 1 <= len(value) <= longest or has_controls(value):
        raise Invalid({field: f"expected 1 to {longest} characters on one line"})
    return value


def has_controls(value: str) -> bool:
    """Whether NUL, other control characters or lone surrogates are in it."""
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in value)


def folded(value: str) -> str:
    """For searching by prefix: no accents, no case, single spaces. `Zoë Müller` → `zoe muller`."""
    plain = unicodedata.normalize("NFKD", value)
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


def email(value: str, field: str = "email") -> str:
    """The comparable form of an address: normalised and lower-case; raises `Invalid`."""
    try:
        checked = validate_email(value.strip(), check_deliverability=False)
    except EmailNotValidError as fault:
        raise Invalid({field: f"got {value[:80]!r}: {fault}"}) from None
    return checked.normalized.casefold()


def phone(value: str, country: str, field: str = "phone") -> str:
    """The number in E.164, read as a person in `country` would type it; raises `Invalid`."""
    try:
        number = phonenumbers.parse(value.strip(), country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Invalid(
            {field: f"got {value[:40]!r}, expected a phone number such as +352 621 123 456"}
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def masked_name(first: str | None, last: str | None) -> str:
    """What a counter may show to a queue: `Camille R.`"""
    return " ".join(part for part in (first, f"{last[0]}." if last else None) if part)
