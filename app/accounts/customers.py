"""Customers: a person as one company knows them. Two companies, two customers."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Date,
    Index,
    String,
    UniqueConstraint,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from .. import clock, tenancy, text
from ..database import Model, UtcDateTime, company_table, server_now
from ..errors import Invalid
from ..extensions import db
from ..ids import new_id


class Customer(tenancy.Tenant, Model):
    """A person. Their data stands in this row alone, so that erasing empties one row."""

    __tablename__ = "customers"
    __table_args__ = (
        company_table(),
        UniqueConstraint("company_id", "email"),
        UniqueConstraint("company_id", "phone"),
        Index(
            "ix_customers_company_id_search_name",
            "company_id",
            "search_name",
            postgresql_ops={"search_name": "text_pattern_ops"},  # searched by its beginning
        ),
        CheckConstraint("length(first_name) <= 80", name="first_name_length"),
        CheckConstraint("length(last_name) <= 80", name="last_name_length"),
    )

    first_name: Mapped[str | None] = mapped_column(String(80))
    last_name: Mapped[str | None] = mapped_column(String(80))
    search_name: Mapped[str] = mapped_column(String(170), server_default="", default="")
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    birthday: Mapped[date | None] = mapped_column(Date)
    locale: Mapped[str | None] = mapped_column(String(16))
    terms_accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when they want no letters; what stands on the card is then their notice.
    notices_off_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )

    @property
    def masked(self) -> str:
        """What a counter may show: `Camille R.`"""
        return text.masked_name(self.first_name, self.last_name) or "—"

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part) or "—"


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody says of themselves, checked and normalised."""

    email: str | None
    phone: str | None
    first_name: str | None = None
    last_name: str | None = None
    birthday: date | None = None
    locale: str | None = None

    @classmethod
    def checked(
        cls,
        *,
        country: str,
        email: str | None = None,
        phone: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        birthday: date | None = None,
        locale: str | None = None,
    ) -> "Person":
        """Raises `Invalid` naming each unusable field; needs an e-mail or a phone number."""
        errors: dict[str, str] = {}

        def each(field: str, value: str | None, check):  # type: ignore[no-untyped-def]
            try:
                return check(value) if value and value.strip() else None
            except Invalid as fault:
                errors.update(fault.errors)

        person = cls(
            email=each("email", email, text.email),
            phone=each("phone", phone, lambda v: text.phone(v, country)),
            first_name=each("first_name", first_name, lambda v: text.name(v, "first_name")),
            last_name=each("last_name", last_name, lambda v: text.name(v, "last_name")),
            birthday=birthday,
            locale=each("locale", locale, lambda v: text.name(v, "locale", longest=16)),
        )
        if birthday and not date(1900, 1, 1) <= birthday <= clock.now().date():
            errors["birthday"] = f"got {birthday}, expected a day between 1900 and today"
        if not errors and not (person.email or person.phone):
            errors["email"] = "expected an e-mail address or a phone number"
        if errors:
            raise Invalid(errors)
        return person


def create(person: Person) -> Customer:
    """A new customer of the acting company; the unique keys judge a race."""
    customer = Customer(
        id=new_id(),
        first_name=person.first_name,
        last_name=person.last_name,
        search_name=search_name(person.first_name, person.last_name),
        email=person.email,
        phone=person.phone,
        birthday=person.birthday,
        locale=person.locale,
        terms_accepted_at=clock.now(),
    )
    db.session.add(customer)
    return customer


def search_name(first: str | None, last: str | None) -> str:
    """The folded name as it is searched: `camille reuter`."""
    return text.folded(f"{first or ''} {last or ''}")


def named(words: str) -> ColumnElement[bool]:
    """People whose name, or a later word of it, begins with these words: `reut` finds `Camille
    Reuter`, and so does `camille r`.

    It looks at every name of the company, 0.1 s for a million: the wall around a company's rows
    keeps PostgreSQL from using an index for LIKE.
    """
    folded = text.folded(words)
    first = Customer.search_name.startswith(folded, autoescape=True)
    return or_(first, Customer.search_name.contains(f" {folded}", autoescape=True))


def known(person: Person) -> list[Customer]:
    """The customers who have this e-mail or this phone number: none, one, or two people."""
    same = []
    if person.email:
        same.append(Customer.email == person.email)
    if person.phone:
        same.append(Customer.phone == person.phone)
    return list(db.session.scalars(select(Customer).where(or_(*same)).order_by(Customer.id)))


def erase(customer: Customer) -> None:
    """Empty the person; whatever refers to them stays under a pseudonym."""
    customer.first_name = customer.last_name = customer.email = customer.phone = None
    customer.birthday = customer.locale = None
    customer.search_name = ""
    customer.erased_at = clock.now()
