"""P7: the office's figures and its list of lines, behind ten million lines."""

import secrets
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock, create_app, tenancy
from app.accounts import users
from app.accounts.actors import Actor
from app.accounts.users import Membership
from app.database import read_only
from app.extensions import db
from app.modules.loyalty import accrual, reports
from app.modules.loyalty.ledger import LoyaltyTransaction
from app.modules.loyalty.reports import rollups
from app.modules.loyalty.reports.sums import SUMMED, Figures, named
from config import Settings
from tests.prove.stage import Stage
from tests.servers import environment

from .figures import figure, goal, say

DAYS = 366  # of figures: the whole history
TAIL = 300  # lines that no drain has counted yet
_OFTEN = 5  # requests in a round
_line = LoyaltyTransaction


class Reading:
    """What reading costs on one stage; nobody else is at work there meanwhile."""

    def __init__(self, kind: str, stage: Stage) -> None:
        self.kind, self.stage = kind, stage
        self.spent: dict[str, list[float]] = {}  # ms, round by round
        self.agree = True

    def measure(self, rounds: int) -> None:
        app = _production(self.stage)
        with app.app_context(), tenancy.acting_as(self.stage.company_id):
            last = clock.now().date()
            first = last - timedelta(days=DAYS)
            for number in range(rounds):
                self._stamp(TAIL // rounds, number)
                self._figures(first, last)
            self._week(last)
            deepest = self._deepest()
        office = _office(app, self.stage.company_id)
        for _ in range(rounds):
            for name, query in (("first", ""), ("deepest", f"?before={deepest}")):
                self._note(f"{_OFTEN} × the {name} page of lines", partial(_page, office, query))
        with app.app_context():
            db.engine.dispose()

    def _stamp(self, lines: int, number: int) -> None:
        """Lines that the daily figures do not count yet: the tail."""
        by = Actor(caller=f"bench-{number}", vendor_slug=self.stage.vendor)
        for card in self.stage.cards[number * lines : (number + 1) * lines]:
            accrual.add_stamps(card, 1, by=by, attempt=None)
            db.session.commit()

    def _figures(self, first: date, last: date) -> None:
        """The daily figures with their tail, and the same from the lines themselves."""
        with read_only():
            kept = self._note("figures of a year", lambda: rollups.by_day(first, last))
            raw = self._note("  the raw aggregate", lambda: _raw(first, last))
            db.session.rollback()
        self.agree &= kept == raw

    def _week(self, last: date) -> None:
        week = reports.week_of(last, "UTC")
        with read_only():
            for _ in range(_OFTEN):
                self._note(
                    "the overview's figures", lambda: reports.overview(week, stamps_target=10)
                )
            db.session.rollback()

    def _deepest(self) -> int:
        """The key behind which the last page of the list begins."""
        oldest = db.session.scalars(select(_line.id).order_by(_line.id).limit(31)).all()
        db.session.rollback()
        return oldest[-1]

    def _note(self, name: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        answer = work()
        self.spent.setdefault(name, []).append(1e3 * (time.perf_counter() - began))
        return answer

    def tell(self) -> None:
        say(f"{self.kind}:")
        for name, values in self.spent.items():
            figure(name, values, "ms", digits=2)
        goal(
            "P7",
            f"daily figures of the raw aggregate's time, {self.kind}",
            self._ratios("figures of a year", "  the raw aggregate", 100),
            at_most=5,
        )
        say(f"     the figures {'are identical' if self.agree else 'DIFFER'}")
        goal(
            "P7",
            f"the deepest page to the first, {self.kind}",
            self._ratios(
                f"{_OFTEN} × the deepest page of lines", f"{_OFTEN} × the first page of lines", 1
            ),
            at_most=1.5,
            unit="×",
            digits=2,
        )

    def _ratios(self, name: str, to: str, scale: int) -> list[float]:
        pairs = zip(self.spent[name], self.spent[to], strict=True)
        return [scale * mine / theirs for mine, theirs in pairs]


def _raw(first: date, last: date) -> dict[date, Figures]:
    """The acting company's figures by the day, from its lines alone."""
    lines = rollups.grouped().where(_line.business_day.between(first, last)).subquery()
    found: dict[date, dict[str, int]] = {}
    for row in db.session.execute(select(lines.c.business_day, *(lines.c[n] for n in SUMMED))):
        day = found.setdefault(row[0], dict.fromkeys(SUMMED, 0))
        for name, value in named(row[1:]).items():
            day[name] += value
    return {day: Figures(**sums) for day, sums in found.items()}


def _production(stage: Stage) -> Flask:
    """The application as it is in production, where keys tell the time."""
    more = {"APP_ENV": "production", "PUBLIC_URL": "http://localhost"}
    return create_app(Settings.read(environment(stage.database_url, stage.folder, **more)))


def _office(app: Flask, company_id: int) -> FlaskClient:
    """An administrator's browser."""
    with app.app_context(), tenancy.crossing():
        name = f"bench-{secrets.token_hex(4)}@example.com"
        user = users.create(email=name, name="Bench", password=secrets.token_urlsafe(16))
        user_id = user.id
        db.session.commit()
    with app.app_context(), tenancy.acting_as(company_id):
        db.session.add(Membership(user_id=user_id, role="admin"))
        db.session.commit()
    with app.app_context(), tenancy.crossing():
        cookie = users.open_session(user_id, company_id)
        db.session.commit()
    browser = app.test_client()
    browser.set_cookie("user", cookie)
    return browser


def _page(office: FlaskClient, query: str) -> None:
    for _ in range(_OFTEN):
        answer = office.get(f"/admin/transactions{query}")
        if answer.status_code != 200:
            raise RuntimeError(f"the list answered {answer.status}")


def measured(stages: dict[str, Stage], rounds: int) -> list[Reading]:
    found = [Reading(kind, stage) for kind, stage in stages.items()]
    for one in found:
        one.measure(rounds)
    return found
