"""Companies: the tenants. Slug, country, currency and locale are given at birth."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.numbers import list_currencies
from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy import BigInteger, CheckConstraint, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from .. import clock, tenancy, text
from ..database import Model, UtcDateTime, server_now
from ..errors import Invalid, NotFound
from ..extensions import db
from ..ids import new_id

OPEN, CLOSED = "open", "closed"


class Company(Model):
    """A chain. Not a tenant table itself: it is what tenants refer to."""

    __tablename__ = "companies"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'closed')", name="status"),
        CheckConstraint("length(slug) BETWEEN 1 AND 48", name="slug_length"),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="name_length"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("length(country) = 2", name="country_length"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(48), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[str] = mapped_column(String(3))
    timezone: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(16), server_default="en-GB")
    status: Mapped[str] = mapped_column(String(8), server_default="open", default="open")
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


def create(
    *,
    slug: str,
    name: str,
    currency: str,
    timezone: str,
    country: str = "LU",
    locale: str = "en-GB",
) -> Company:
    """A new company, not yet committed; raises `Invalid` naming every unusable field, and for a
    slug in use."""
    clean = check(
        slug=slug, name=name, currency=currency, timezone=timezone, country=country, locale=locale
    )
    company = Company(id=new_id(), **clean)
    if by_slug(company.slug):
        raise Invalid({"slug": f"got {company.slug!r}, which another company has"})
    db.session.add(company)
    return company


def set_status(company_id: int, status: str) -> bool:
    """Close or open a company; whether that was a change. Of two who press, one changes it."""
    moved = (
        update(Company)
        .where(Company.id == company_id, Company.status != status)
        .values(status=status)
        .returning(Company.id)
    )
    return db.session.scalar(moved) is not None


def check(**typed: str) -> dict[str, str]:
    """The fields as they are kept; raises one `Invalid` for all that are not usable."""
    clean: dict[str, str] = {}
    errors: dict[str, str] = {}
    for field, value in typed.items():
        try:
            clean[field] = _CHECKS[field](value)
        except Invalid as fault:
            errors |= fault.errors
    if errors:
        raise Invalid(errors)
    return clean


def checked_currency(code: str) -> str:
    if code.upper() not in list_currencies():
        raise Invalid({"currency": f"got {code[:8]!r}, expected an ISO 4217 code such as EUR"})
    return code.upper()


def checked_timezone(name: str) -> str:
    try:
        clock.zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            {"timezone": f"got {name[:40]!r}, expected an IANA zone such as Europe/Luxembourg"}
        ) from None
    return name


def checked_country(code: str) -> str:
    """Where its customers' phone numbers are read."""
    if code.upper() not in SUPPORTED_REGIONS:
        raise Invalid({"country": f"got {code[:8]!r}, expected an ISO 3166 code such as LU"})
    return code.upper()


def checked_locale(name: str) -> str:
    try:
        return str(Locale.parse(name, sep="-")).replace("_", "-")
    except (UnknownLocaleError, ValueError):
        raise Invalid(
            {"locale": f"got {name[:20]!r}, expected a language such as en-GB or fr"}
        ) from None


_CHECKS: dict[str, Callable[[str], str]] = {
    "slug": text.slug,
    "name": text.name,
    "currency": checked_currency,
    "timezone": checked_timezone,
    "country": checked_country,
    "locale": checked_locale,
}


@lru_cache(maxsize=4096)
def _id_of(slug: str, engine_id: int) -> int:
    """A slug never changes hands, so the answer is kept; it needs a transaction of its own."""
    with tenancy.crossing(), db.sessionmaker() as session:
        found = session.scalar(select(Company.id).where(Company.slug == slug))
    if found is None:
        raise NotFound()
    return found


def id_of(slug: str) -> int:
    """The id behind a page's slug; raises `NotFound`."""
    return _id_of(slug, id(db.engine))


def acting() -> Company:
    """The company on whose behalf this request runs; raises `NotFound` when it is closed."""
    return open_one(tenancy.company_id())


def open_one(company_id: int) -> Company:
    """An open company, whoever acts; raises `NotFound`."""
    company = db.session.get(Company, company_id)
    if company is None or company.status != OPEN:
        raise NotFound()
    return company


def by_slug(slug: str) -> Company | None:
    return db.session.scalar(select(Company).where(Company.slug == slug))
