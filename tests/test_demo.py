"""The demo chain and synthetic companies: true, whole, and made once."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock, demo, tenancy, verify
from app.accounts import api_keys, companies, staff, terminals
from app.accounts.customers import Customer
from app.accounts.staff import StaffMember
from app.accounts.terminals import Terminal
from app.demo import keepsake, seeding, story
from app.demo.cast import CHAINS
from app.extensions import db
from app.modules.loyalty import adjustments, programs
from app.modules.loyalty.cards import BLOCKED, LoyaltyCard
from app.modules.loyalty.ledger import LoyaltyTransaction
from app.outbox import PENDING, OutboxEvent
from tests.cast import Browser
from tests.conftest import dispose, make_app
from tests.servers import Databases

SMALL = [replace(chain, customers=min(chain.customers, 60)) for chain in CHAINS]
NAMES = [shown.first_name for shown in SMALL[0].shown]
AUBIER = SMALL[0].slug


@pytest.fixture(scope="module")
def seeded(
    kind: str, databases: Databases, templates: Callable[[str], str], folder: Path
) -> Iterator[Flask]:
    """An application with the demo chains, of fewer customers."""
    application = make_app(databases.create(kind, like=templates(kind)), folder)
    with application.app_context():
        assert demo.seed(lambda sentence: None, SMALL)
    yield application
    dispose(application)


def count(model: type, *where: object) -> int:
    query = select(func.count()).select_from(model).where(*where)  # type: ignore[arg-type]
    return db.session.scalar(query) or 0


def test_every_line_of_the_demo_is_as_the_services_write_it(seeded: Flask) -> None:
    with seeded.app_context():
        assert list(verify.breaches()) == []


def test_seeding_again_touches_nothing(seeded: Flask) -> None:
    with seeded.app_context():
        with tenancy.crossing():
            before = count(LoyaltyTransaction), count(LoyaltyCard), count(OutboxEvent)
            db.session.rollback()
        assert not demo.seed(lambda sentence: None, SMALL)
        with tenancy.crossing():
            assert (count(LoyaltyTransaction), count(LoyaltyCard), count(OutboxEvent)) == before


def test_a_seed_that_stopped_half_way_is_begun_again(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        seeding._company(SMALL[1])
        assert demo.seed(lambda sentence: None, SMALL[1:])
        assert list(verify.breaches()) == []


def test_the_shown_cards_show_what_the_sheet_says(seeded: Flask) -> None:
    with seeded.app_context(), tenancy.acting_as(companies.id_of(AUBIER)):
        cards = db.session.execute(
            select(Customer.first_name, LoyaltyCard)
            .join(LoyaltyCard, LoyaltyCard.customer_id == Customer.id)
            .where(Customer.last_name.in_([shown.last_name for shown in SMALL[0].shown]))
            .order_by(LoyaltyCard.id)
        )
        shown = {first: card for first, card in cards if first in NAMES}
        assert {first: card.stamps_balance for first, card in shown.items()} == {
            "Camille": 9,
            "Jonas": 12,
            "Anouk": 7,
            "Léa": 0,
            "Tom": 5,
        }
        rules = programs.current()
        assert rules.tier_at(shown["Camille"].lifetime_points) == rules.tiers[-1]
        birthday = db.session.get_one(
            Customer, (shown["Camille"].company_id, shown["Camille"].customer_id)
        ).birthday
        assert birthday
        assert birthday.strftime("%m-%d") == f"{clock.now() + timedelta(days=2):%m-%d}"
        assert rules.tiers[-1].min_lifetime_points - shown["Anouk"].lifetime_points == 21
        assert shown["Léa"].points_balance == -50
        assert shown["Tom"].status == BLOCKED
        assert [asked.points for asked in adjustments.waiting()] == [1_200]


def test_the_first_till_was_busy_until_just_now_or_until_it_closed(seeded: Flask) -> None:
    until = story.open_until(SMALL[0].shops[0], clock.now())
    with seeded.app_context(), tenancy.acting_as(companies.id_of(AUBIER)):
        till = db.session.scalars(select(Terminal).order_by(Terminal.id)).first()
        assert till
        lately = LoyaltyTransaction.occurred_at > until - timedelta(hours=1)
        assert count(LoyaltyTransaction, lately, LoyaltyTransaction.terminal_id == till.id) >= 5
        assert count(LoyaltyTransaction, LoyaltyTransaction.occurred_at > clock.now()) == 0


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-20T13:00:00+01:00", "2026-11-20T13:00:00+01:00"),  # on a Friday, open
        ("2026-11-20T23:00:00+01:00", "2026-11-20T19:00:00+01:00"),
        ("2026-11-20T07:40:00+01:00", "2026-11-19T19:00:00+01:00"),  # not yet an hour
        ("2026-11-23T03:00:00+01:00", "2026-11-21T19:00:00+01:00"),  # Sunday it was closed
    ],
)
def test_nothing_happens_while_a_shop_is_closed(now: str, expected: str) -> None:
    kirchberg = SMALL[0].shops[0]
    found = story.open_until(kirchberg, datetime.fromisoformat(now))
    assert found == datetime.fromisoformat(expected)


def test_the_chain_has_lived_with_points_for_months(seeded: Flask) -> None:
    """Every kind of line that a counter writes is there to be looked at."""
    with seeded.app_context(), tenancy.acting_as(companies.id_of(AUBIER)):
        kinds = set(db.session.scalars(select(LoyaltyTransaction.type).distinct()))
        assert kinds == {
            "welcome_bonus",
            "stamps_added",
            "stamps_redeemed",
            "points_earned",
            "points_redeemed",
            "points_adjusted",
            "voided",
        }


def test_nobody_is_written_to_about_the_past(seeded: Flask) -> None:
    with seeded.app_context(), tenancy.crossing():
        assert count(OutboxEvent, OutboxEvent.state == PENDING) == 0


def test_what_is_printed_opens_the_doors(seeded: Flask) -> None:
    with seeded.app_context():
        company = companies.id_of(AUBIER)
        key = keepsake.api_key(company)
        codes = demo.pairing_codes(SMALL)
        sheet = demo.sheet("http://127.0.0.1:8000", codes, SMALL)
        assert key
        assert key in sheet
        assert codes[AUBIER] in sheet
        with tenancy.crossing():
            cookie, paired_company = terminals.pair(codes[AUBIER])
            db.session.commit()
        assert paired_company == company
        worker = SMALL[0].staff[1]
        assert f"{worker.name} {worker.pin}" in sheet
        with tenancy.acting_as(company):
            terminal = terminals.paired(cookie)
            member = db.session.scalar(select(StaffMember).where(StaffMember.name == worker.name))
            assert terminal
            assert member
            assert staff.unlock(terminal, member, worker.pin)
    assert api_keys.parse(key)
    answer = seeded.test_client().get("/api/v1/vendors", headers={"Authorization": f"Bearer {key}"})
    assert len(answer.json["items"]) == 4  # type: ignore[index]


def test_the_sheet_names_an_operator_who_gets_in(seeded: Flask) -> None:
    with seeded.app_context():
        line = next(
            line
            for line in demo.sheet("http://x", {}, SMALL).splitlines()
            if line.strip().startswith("operator")
        )
        demo.seed(lambda sentence: None, SMALL)  # once more: there is still one of them
    email, password = line.split()[-2:]
    browser = Browser(seeded, use_cookies=True)
    answer = browser.post("/sign-in", data={"email": email, "password": password})
    assert answer.location == "/platform/"
    assert "Maison Aubier" in browser.get("/platform/").text


def test_the_second_start_shows_the_same_sheet_with_a_fresh_code(seeded: Flask) -> None:
    with seeded.app_context():
        first, second = ({AUBIER: "CODE", **demo.pairing_codes(SMALL[:1])} for _ in range(2))
        assert first != second
        sheets = [
            demo.sheet("http://x", codes, SMALL[:1]).replace(codes[AUBIER], "")
            for codes in (first, second)
        ]
        assert sheets[0] == sheets[1]


@pytest.mark.parametrize("command", ["seed", "up", "load"])
def test_the_demo_and_its_passwords_stay_out_of_production(
    command: str, database_url: str, folder: Path
) -> None:
    app = make_app(
        database_url, folder, APP_ENV="production", PUBLIC_URL="https://loyalty.example.com"
    )
    refused = app.test_cli_runner().invoke(args=["demo", command])
    dispose(app)
    assert refused.exit_code == 1
    assert "production" in refused.stderr


def test_a_synthetic_company_is_as_true_as_a_real_one(fresh_app: Flask) -> None:
    run = fresh_app.test_cli_runner()
    words = ["demo", "load", "--companies=2", "--cards=7", "--transactions=141"]
    assert run.invoke(args=words).exit_code == 0
    assert run.invoke(args=words).stderr.endswith("already there\n")
    refused = run.invoke(args=[*words[:-1], "--transactions=142"])
    assert refused.exit_code == 1
    assert "load-2 exists with 3 cards, 70 lines" in refused.stderr
    with fresh_app.app_context():
        assert list(verify.breaches()) == []
        with tenancy.crossing():
            assert (count(LoyaltyCard), count(LoyaltyTransaction)) == (7, 141)
            number = db.session.scalar(select(LoyaltyCard.number).limit(1))
            company = companies.by_slug("load-1")
            assert company
            company_id = company.id
            db.session.rollback()
        with tenancy.acting_as(company_id):
            key = api_keys.create(scopes="write")
            db.session.commit()
    stamped = fresh_app.test_client().post(
        "/api/v1/stamps/add",
        json={"card": number, "vendor": "shop-1"},
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "one"},
    )
    assert stamped.status_code == 201
