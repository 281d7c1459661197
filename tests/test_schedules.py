"""What happens by the clock: due once, in its company's night, by whoever leases it."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, schedules, tenancy
from app.accounts import companies
from app.schedules import Kind, Schedule
from tests.cast import Chain

NOON = datetime(2030, 3, 30, 12, 0, tzinfo=UTC)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Only one kind of job, which notes the company it ran in."""
    seen: list[int] = []

    def run() -> str:
        seen.append(tenancy.company_id())
        return "done"

    monkeypatch.setattr(schedules, "KINDS", {"probe": Kind("probe", time(3, 0), run)})
    return seen


def tick(app: Flask, at: datetime) -> int:
    with clock.at(at), app.app_context():
        total = 0
        while found := schedules.tick(500):
            total += found
        return total


def row(chain: Chain) -> Schedule:
    with chain.acting() as session:
        return session.scalars(select(Schedule).where(Schedule.kind == "probe")).one()


def test_a_company_runs_in_its_own_night_and_once(app: Flask, chain: Chain, ran: list[int]) -> None:
    tick(app, NOON)
    first = row(chain).next_at
    assert first.astimezone(clock.zone("Europe/Luxembourg")).hour in (3, 4)
    tick(app, first)
    assert ran.count(chain.company_id) == 1
    tick(app, first + timedelta(hours=1))
    assert ran.count(chain.company_id) == 1
    tick(app, first + timedelta(days=1))
    assert ran.count(chain.company_id) == 2
    assert row(chain).outcome == "done"


def test_a_closed_company_rests_and_does_once_what_it_missed(
    app: Flask, chain: Chain, ran: list[int]
) -> None:
    def become(status: str) -> None:
        with chain.acting() as session:
            companies.set_status(chain.company_id, status)
            session.commit()

    tick(app, NOON)
    become(companies.CLOSED)
    tick(app, NOON + timedelta(days=5))
    assert ran.count(chain.company_id) == 0
    become(companies.OPEN)
    tick(app, NOON + timedelta(days=5))
    assert ran.count(chain.company_id) == 1


def test_nights_that_were_missed_are_done_once(app: Flask, chain: Chain, ran: list[int]) -> None:
    tick(app, NOON)
    tick(app, NOON + timedelta(days=5))
    assert ran.count(chain.company_id) == 1
    assert row(chain).next_at > NOON + timedelta(days=5)
