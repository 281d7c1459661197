"""`flask company`, `vendor`, `user` and `api-key`: what a new installation starts with."""

import click
from flask import current_app
from sqlalchemy import select

from .. import audit, tenancy, text
from ..accounts import api_keys, companies, passwords, people, users, vendors
from ..accounts.companies import Company
from ..accounts.users import User
from ..errors import Invalid, NotFound
from ..extensions import db
from ..modules.loyalty import programs
from .console import Commands, must_agree

company = Commands("company", help="Companies: the chains that live here.")
vendor = Commands("vendor", help="Vendors: the shops of a company.")
user = Commands("user", help="People who sign in with e-mail and password.")
api_key = Commands("api-key", help="Keys for the API.")
GROUPS = (company, vendor, user, api_key)


@company.command("create")
@click.option("--slug", required=True, help="Its name in addresses: a-z, 0-9 and hyphens.")
@click.option("--name", required=True, help="Its name on pages and cards.")
@click.option("--currency", required=True, help="ISO 4217, such as EUR.")
@click.option("--timezone", required=True, help="IANA zone, such as Europe/Luxembourg.")
@click.option("--country", default="LU", show_default=True, help="ISO 3166, two letters.")
@click.option("--locale", default="en-GB", show_default=True, help="The language of its pages.")
@click.option("--admin-email", help="Who signs in first, as its admin.")
@click.option("--admin-password", envvar="ADMIN_PASSWORD", help="Also read from ADMIN_PASSWORD.")
def create_company(
    *,
    slug: str,
    name: str,
    currency: str,
    timezone: str,
    country: str,
    locale: str,
    admin_email: str | None,
    admin_password: str | None,
) -> None:
    """Create a company with its programme and, if named, its first admin."""
    if admin_email and not admin_password:
        raise click.UsageError("--admin-email needs --admin-password (or ADMIN_PASSWORD).")
    admin = _user(admin_email, admin_password or "", name) if admin_email else None
    with tenancy.crossing():
        kept = companies.by_slug(text.slug(slug))
        wanted = {
            "name": text.name(name),
            "currency": companies.checked_currency(currency),
            "timezone": companies.checked_timezone(timezone),
        }
        if kept is None:
            kept = companies.create(slug=slug, country=country, locale=locale, **wanted)
        else:
            must_agree(kept, **wanted, country=country.upper(), locale=locale)
        company_id = kept.id
        db.session.commit()
    with tenancy.acting_as(company_id):
        _give_programme()
        if admin:
            _appoint(admin)
        db.session.commit()
    click.echo(f"company {slug}", err=True)


@vendor.command("create")
@click.option("--company", "company_slug", required=True, help="The company's slug.")
@click.option("--slug", required=True, help="Its name in addresses: a-z, 0-9 and hyphens.")
@click.option("--name", required=True, help="Its name on pages.")
@click.option("--timezone", help="IANA zone; without it, the company's.")
@click.option("--address", default="", help="One line.")
def create_vendor(
    *, company_slug: str, slug: str, name: str, timezone: str | None, address: str
) -> None:
    """Create a shop."""
    with tenancy.acting_as(find_company(company_slug)):
        owner = companies.acting()
        kept = vendors.by_slug(text.slug(slug))
        zone = timezone or owner.timezone
        if kept is None:
            vendors.create(slug=slug, name=name, timezone=zone, address=address)
            db.session.commit()
        else:
            must_agree(kept, name=text.name(name), timezone=zone, address=address.strip())
    click.echo(f"vendor {slug}", err=True)


@user.command("create")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--password", envvar="PASSWORD", prompt=True, hide_input=True, help="Or PASSWORD.")
@click.option("--operator", is_flag=True, help="Runs this installation: signs in at /platform.")
@click.option("--company", "company_slug", help="Becomes an admin of this company.")
def create_user(
    *, email: str, name: str, password: str, operator: bool, company_slug: str | None
) -> None:
    """Create a person who signs in: an operator, a company's admin, or both."""
    company_id = find_company(company_slug) if company_slug else None
    user_id = _user(email, password, name, operator=operator)
    if company_id:
        with tenancy.acting_as(company_id):
            _appoint(user_id)
            db.session.commit()
    click.echo(f"user {email}", err=True)


@api_key.command("create")
@click.option("--company", "company_slug", required=True, help="The company's slug.")
@click.option("--scopes", default="read,write", show_default=True, help="Of read, write, admin.")
@click.option("--name", default="", help="Whose it is.")
def create_api_key(*, company_slug: str, scopes: str, name: str) -> None:
    """Make a key and print it, alone and for the only time; each call makes another."""
    with tenancy.acting_as(find_company(company_slug)):
        key = api_keys.create(scopes=scopes, name=name)
        _, key_id, _ = api_keys.parse(key) or (0, 0, "")
        audit.record("api-key.created", subject_id=key_id, scopes=scopes)
        db.session.commit()
    click.echo(key)


def find_company(slug: str) -> int:
    """The company's id; raises `NotFound`.

    Ids pass between the steps of a command, not rows: no transaction may be open, nor be
    opened by a row that reads itself again, when the acting company changes.
    """
    with tenancy.crossing():
        company_id = db.session.scalar(select(Company.id).where(Company.slug == slug))
        db.session.rollback()
    if company_id is None:
        raise NotFound(f"company: got {slug[:60]!r}, expected the slug of a company that exists")
    return company_id


def _give_programme() -> None:
    owner = companies.acting()
    try:
        programs.of_company()
    except NotFound:
        program = programs.create(owner)
        audit.record("company.created", subject_id=owner.id, program=str(program.id))


def _user(email: str, password: str, name: str, *, operator: bool = False) -> int:
    """The id of the user with this address and password, made if unknown; raises `Invalid`."""
    with tenancy.crossing():
        address = text.email(email)
        kept = db.session.scalar(select(User).where(User.email == address))
        db.session.expunge_all()  # passwords are hashed with no transaction open
        db.session.rollback()
        if kept is None:
            kept = users.create(email=email, name=name, password=password, operator=operator)
        elif not _is_theirs(kept, password):
            raise Invalid({"password": f"{address} exists with another password"})
        elif operator and not kept.is_operator:
            raise Invalid({"email": f"{address} exists and is no operator"})
        user_id = kept.id
        db.session.commit()
    return user_id


def _is_theirs(kept: User, password: str) -> bool:
    return passwords.matches(
        password,
        kept.password_hash,
        kept.pepper_version,
        purpose="password",
        keyring=current_app.config["SETTINGS"].pin_pepper,
    )


def _appoint(user_id: int) -> None:
    if people.appoint(user_id, role=people.ADMIN):
        audit.record("member.appointed", subject_id=user_id, role="admin")
