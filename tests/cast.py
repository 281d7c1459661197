"""The people and places of a test: a fresh chain, with everybody in it.

Every test opens its own company, so nothing needs cleaning and no test sees another's rows.
Passwords and PINs are the same for all and hashed once: bcrypt is slow on purpose.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, cached_property
from typing import Any

import httpx2
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import clock, tenancy
from app.accounts import api_keys, companies, passwords, staff, terminals, vendors
from app.accounts.actors import Actor
from app.accounts.customers import Person as Contact
from app.accounts.users import SESSION_HOURS, Membership, User, UserSession
from app.accounts.vendors import Vendor
from app.extensions import db
from app.ids import new_id
from app.modules.loyalty import accrual, enrolment, programs, rewards
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.ledger import LoyaltyTransaction
from config import Keyring

PASSWORD = "correct horse battery"
PIN = "2468"


@cache
def _kept(secret: str, purpose: str, keyring: Keyring, cost: int) -> tuple[str, int]:
    return passwords.hashed(secret, purpose=purpose, keyring=keyring, cost=cost)


@dataclass(frozen=True)
class Person:
    """Somebody of the chain; ids are None where they do not have that side."""

    name: str
    user_id: int | None = None
    email: str = ""
    password: str = PASSWORD
    staff_id: int | None = None
    pin: str = PIN


@dataclass(frozen=True)
class Answer:
    """A response, named as Flask's test client names its parts, over whatever wire it came."""

    status_code: int
    headers: Any
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.data)


Wire = Callable[[str, str, dict[str, str], bytes | None], Answer]


class Api:
    """A partner's client of `/api/v1`. Paths are below it; each write gets a key of its own
    unless one is given (`key=""` sends none)."""

    def __init__(self, wire: Wire, token: str) -> None:
        self._wire, self.token = wire, token

    def get(self, path: str, **query: Any) -> Answer:
        words = httpx2.QueryParams(query)
        return self.send("GET", f"{path}?{words}" if query else path)

    def post(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> Answer:
        return self.send("POST", path, body, key=key, **headers)

    def put(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> Answer:
        return self.send("PUT", path, body, key=key, **headers)

    def patch(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> Answer:
        return self.send("PATCH", path, body, key=key, **headers)

    def send(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **headers: str
    ) -> Answer:
        """`body` is sent as JSON, or as it is where it is bytes."""
        sent = {"Authorization": f"Bearer {self.token}"}
        content = None
        if method != "GET":
            sent["Content-Type"] = "application/json"
            content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
            if key != "":
                sent["Idempotency-Key"] = key or secrets.token_hex(8)
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._wire(method, f"/api/v1{path}", sent, content)


class Browser(FlaskClient):
    """Flask's test client; what it posts carries the CSRF token that a page would have
    (`csrf=False`: none)."""

    def open(self, *args: Any, csrf: bool = True, **kwargs: Any) -> TestResponse:
        if csrf and kwargs.get("method", "GET") not in ("GET", "HEAD", "OPTIONS"):
            headers = {"X-CSRFToken": self.csrf_token()} | dict(kwargs.pop("headers", None) or {})
            kwargs["headers"] = headers
        return super().open(*args, **kwargs)

    def csrf_token(self) -> str:
        """The token of this browser's session."""
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", secrets.token_hex(20))
        key = self.application.config["SECRET_KEY"]
        return str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw))


@dataclass
class Chain:
    """A company of two shops, its people, one paired terminal and a partner's key.

    Its programme counts stamps; everything else of it is as a new company's.
    """

    app: Flask
    company_id: int
    slug: str
    vendor: Vendor
    second_vendor: Vendor
    admin: Person
    manager: Person
    staff: Person
    terminal_id: int
    terminal_cookie: str = field(repr=False)
    token: str = field(repr=False)

    @classmethod
    def open(
        cls, app: Flask, *, currency: str = "EUR", timezone: str = "Europe/Luxembourg", **rules: Any
    ) -> "Chain":
        """A new chain; `rules` are published over the defaults (`loyalty_type="stamps"`)."""
        slug = f"chain-{secrets.token_hex(5)}"
        with app.app_context(), tenancy.crossing():
            company = companies.create(
                slug=slug, name="Corner Bakery", currency=currency, timezone=timezone
            )
            db.session.commit()
        with app.app_context(), tenancy.acting_as(company.id):
            programs.create(company)
            programs.publish({"loyalty_type": programs.rules.STAMPS} | rules)
            shop = vendors.create(slug="old-town", name="Old Town", timezone=timezone)
            second = vendors.create(slug="station", name="Station", timezone=timezone)
            db.session.flush()
            admin = _user("Ada Adams", f"admin@{slug}.example", "admin", None)
            manager = _user("Max Moor", f"manager@{slug}.example", "manager", shop.id)
            lead = _member(manager.name, shop.id, "manager")
            member = _member("Stella Stein", None, "staff")
            terminal, code = terminals.prepare(vendor_id=shop.id, name="Till 1")
            token = api_keys.create(scopes="read,write,admin", name="partner")
            terminal_id = terminal.id
            db.session.commit()
        with app.app_context(), tenancy.crossing():
            cookie, _ = terminals.pair(code)
            db.session.commit()
        manager = Person(manager.name, manager.user_id, manager.email, staff_id=lead)
        person = Person("Stella Stein", staff_id=member)
        return cls(
            app, company.id, slug, shop, second, admin, manager, person, terminal_id, cookie, token
        )

    # -- acting -----------------------------------------------------------------------------------

    @contextmanager
    def acting(self) -> Iterator[Session]:
        """The chain acts inside this block; what is not committed is rolled back, and what was
        read stays readable. No request may be made inside: it would share the session."""
        with self.app.app_context(), tenancy.acting_as(self.company_id):
            try:
                yield db.session
                db.session.expunge_all()
            finally:
                db.session.rollback()

    @property
    def actor(self) -> Actor:
        """The staff member at the first shop's terminal."""
        return Actor(
            caller=f"terminal:{self.terminal_id}",
            vendor_id=self.vendor.id,
            staff_id=self.staff.staff_id,
            terminal_id=self.terminal_id,
        )

    def publish(self, **changes: Any) -> programs.Rules:
        """Publish these rules."""
        with self.acting() as session:
            rules = programs.publish(changes)
            session.commit()
        return rules

    def switch(self, **state: Any) -> None:
        """Stop or start the programme, as `programs.switch`."""
        with self.acting() as session:
            programs.switch(**state)
            session.commit()

    def card(self, **contact: Any) -> str:
        """Enrol a customer nobody knows yet (or the one described); the card's number."""
        contact = contact or {"email": f"c-{secrets.token_hex(6)}@example.org"}
        with self.acting() as session:
            person = Contact.checked(country="LU", **contact)
            number = enrolment.join(person, vendor_id=self.vendor.id, by=self.actor).card.number
            session.commit()
        return number

    def stamp(self, number: str, quantity: int = 1, *, by: Actor | None = None) -> Any:
        """Stamp a card by the service, at the terminal; the answer's fields."""
        with self.acting() as session:
            posted = accrual.add_stamps(number, quantity, by=by or self.actor, attempt=None)
            session.commit()
        return json.loads(posted.body)

    def redeem(self, number: str, *, by: Actor | None = None) -> Any:
        """Take the stamp reward by the service; the answer's fields."""
        with self.acting() as session:
            posted = rewards.redeem_stamps(number, by=by or self.actor, attempt=None)
            session.commit()
        return json.loads(posted.body)

    def lines(self, number: str) -> list[LoyaltyTransaction]:
        """The card's ledger, in order."""
        with self.acting() as session:
            query = select(LoyaltyTransaction).order_by(LoyaltyTransaction.sequence)
            card = select(LoyaltyCard.id).where(LoyaltyCard.number == number).scalar_subquery()
            return list(session.scalars(query.where(LoyaltyTransaction.card_id == card)))

    def card_row(self, number: str) -> LoyaltyCard:
        """The card as it stands in the database now."""
        with self.acting() as session:
            return session.scalars(select(LoyaltyCard).where(LoyaltyCard.number == number)).one()

    # -- clients ----------------------------------------------------------------------------------

    @cached_property
    def api(self) -> Api:
        """The partner's client, in this process."""
        client = self.app.test_client()

        def wire(method: str, path: str, headers: dict[str, str], content: bytes | None) -> Answer:
            answer = client.open(path, method=method, headers=headers, data=content)
            return Answer(answer.status_code, answer.headers, answer.get_data())

        return Api(wire, self.token)

    def api_at(self, client: httpx2.Client) -> Api:
        """The partner's client over a real connection; threads may share it."""

        def wire(method: str, path: str, headers: dict[str, str], content: bytes | None) -> Answer:
            answer = client.request(method, path, headers=headers, content=content)
            return Answer(answer.status_code, answer.headers, answer.content)

        return Api(wire, self.token)

    def browser(self) -> Browser:
        """Somebody's browser, nobody signed in."""
        return Browser(self.app, use_cookies=True)

    def office(self, who: Person | None = None) -> Browser:
        """A browser signed in to the admin: the admin's, or the shop manager's."""
        browser = self.browser()
        browser.set_cookie("user", self.user_cookie(who or self.admin))
        return browser

    def user_cookie(self, who: Person) -> str:
        """The cookie that `/sign-in` would give, without the slow hash."""
        assert who.user_id, f"{who.name} is no user"
        secret = secrets.token_urlsafe(32)
        with self.app.app_context(), tenancy.crossing():
            ends_at = clock.now() + timedelta(hours=SESSION_HOURS)
            digest = api_keys.digest(secret)
            row = UserSession(id=new_id(), user_id=who.user_id, secret_hash=digest, ends_at=ends_at)
            db.session.add(row)
            db.session.commit()
            return f"{self.company_id}.{row.id}.{secret}"

    def terminal(self, who: Person | None = None, *, unlocked: bool = True) -> Browser:
        """The browser of the paired terminal, with this person at it (the staff member)."""
        browser = self.browser()
        browser.set_cookie("terminal", self.terminal_cookie)
        if unlocked:
            browser.set_cookie("staff", self.staff_cookie(who or self.staff))
            with browser.session_transaction() as session:
                session["staff_seen"] = int(clock.now().timestamp())
        return browser

    def staff_cookie(self, who: Person) -> str:
        """The cookie that unlocking would give, without the slow hash."""
        assert who.staff_id, f"{who.name} does not stand at counters"
        with self.acting() as session:
            cookie = staff.open_session(
                terminals.find(self.terminal_id), staff.find(who.staff_id), proven=True
            )
            session.commit()
        return cookie


def operator_cookie(app: Flask) -> str:
    """The user cookie of a fresh operator of the installation."""
    secret = secrets.token_urlsafe(32)
    with app.app_context(), tenancy.crossing():
        user = _user_row("Opal Orr", f"operator-{secrets.token_hex(5)}@example.org")
        user.is_operator = True
        db.session.flush()
        ends_at = clock.now() + timedelta(hours=SESSION_HOURS)
        digest = api_keys.digest(secret)
        row = UserSession(id=new_id(), user_id=user.id, secret_hash=digest, ends_at=ends_at)
        db.session.add(row)
        db.session.commit()
        return f"0.{row.id}.{secret}"


def _user(name: str, email: str, role: str, vendor_id: int | None) -> Person:
    user = _user_row(name, email)
    db.session.flush()
    db.session.add(Membership(user_id=user.id, role=role, vendor_id=vendor_id))
    return Person(name, user.id, email)


def _user_row(name: str, email: str) -> User:
    kept, version = _kept(PASSWORD, "password", _pepper(), passwords.PASSWORD_COST)
    user = User(id=new_id(), email=email, name=name, password_hash=kept, pepper_version=version)
    db.session.add(user)
    return user


def _member(name: str, vendor_id: int | None, role: str) -> int:
    member = staff.create(name=name, vendor_id=vendor_id, role=role)
    db.session.flush()
    staff.assign(member, *_kept(PIN, "pin", _pepper(), passwords.PIN_COST))
    return member.id


def _pepper() -> Keyring:
    from flask import current_app

    ring: Keyring = current_app.config["SETTINGS"].pin_pepper
    return ring
