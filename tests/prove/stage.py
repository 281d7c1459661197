"""A database of its own with one company that stamps without waiting: what load plays on."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask
from sqlalchemy import insert, text

from app import create_app, tenancy
from app.accounts.customers import Customer
from app.extensions import db
from app.ids import new_id
from app.modules.loyalty.cards import LoyaltyCard, new_number
from config import Settings
from tests.cast import Chain
from tests.servers import environment

_BATCH = 10_000
_customer: Any = Customer.__table__
_card: Any = LoyaltyCard.__table__
WELCOME = 25
WITHOUT_WAITING: dict[str, Any] = {
    "loyalty_type": "stamps",
    "cooldown_minutes": 0,
    "max_daily_stamps": None,
}
EVERY_VERB: dict[str, Any] = {
    "loyalty_type": "hybrid",
    "minimum_redemption_points": 0,
    "welcome_bonus_points": WELCOME,
}


@dataclass(frozen=True)
class Stage:
    """A migrated database, its company, and what a client needs to stamp there."""

    database_url: str
    folder: Path
    company_id: int
    vendor: str
    api_key: str
    cards: list[str]
    terminal_cookies: dict[str, str]
    csrf_token: str

    @property
    def environ(self) -> dict[str, str]:
        """The environment of a server, or of settings, that play here."""
        return environment(self.database_url, self.folder)

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}

    def stamp_body(self, card: str = "{card}") -> str:
        """The body of `POST /api/v1/stamps/add`; `{card}` stays where no card is named."""
        return json.dumps({"card": card, "vendor": self.vendor, "quantity": 1})

    @contextmanager
    def opened(self) -> Iterator[Flask]:
        """An application of this process on the stage."""
        with opened(self.database_url, self.folder) as app:
            yield app

    @contextmanager
    def acting(self) -> Iterator[None]:
        """The company acts, in an application of this process."""
        with self.opened(), tenancy.acting_as(self.company_id):
            try:
                yield
            finally:
                db.session.rollback()


@contextmanager
def opened(database_url: str, folder: Path, *, migrate: bool = False) -> Iterator[Flask]:
    """An application of this process on that database, its connections closed afterwards."""
    app = create_app(Settings.read(environment(database_url, folder)))
    with app.app_context():
        try:
            if migrate:
                flask_migrate.upgrade()
            yield app
        finally:
            db.session.close()
            db.engine.dispose()


def build(database_url: str, folder: Path, *, cards: int = 200, **rules: Any) -> Stage:
    """Migrate and people the database; `rules` change `WITHOUT_WAITING`."""
    with opened(database_url, folder, migrate=True) as app:
        chain = Chain.open(app, **WITHOUT_WAITING | rules)
        with tenancy.acting_as(chain.company_id):
            numbers = _issue(chain.company_id, cards)
            db.session.commit()
        terminal = chain.terminal()
        token = terminal.csrf_token()
        names = ("terminal", "staff", "session")
        cookies = {n: cookie.value for n in names if (cookie := terminal.get_cookie(n))}
        with tenancy.crossing(tenancy.OWNER), db.engine.begin() as connection:
            connection.execute(text("ANALYZE"))  # the planner knows before anybody is timed
    return Stage(
        database_url,
        folder,
        chain.company_id,
        chain.vendor.slug,
        chain.token,
        numbers,
        cookies,
        token,
    )


def _issue(company_id: int, count: int) -> list[str]:
    """Cards and their customers, in batches."""
    numbers: list[str] = []
    own = {"company_id": company_id}
    for start in range(0, count, _BATCH):
        batch = range(start, min(start + _BATCH, count))
        people = [own | {"id": new_id(), "email": f"guest{n}@example.org"} for n in batch]
        cards = [
            own | {"id": new_id(), "customer_id": person["id"], "number": new_number()}
            for person in people
        ]
        db.session.execute(insert(_customer), people)
        db.session.execute(insert(_card), cards)
        numbers.extend(str(card["number"]) for card in cards)
    return numbers
