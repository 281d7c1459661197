"""A shop's own pages: its settings, its figures, and what its manager finds there and not."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app import clock
from app.accounts.actors import Actor
from app.accounts.customers import Person
from app.modules.loyalty import accrual, adjustments, enrolment, reports, returns, rewards
from app.modules.loyalty.pages.admin import reach
from tests.cast import Browser, Chain

SATURDAY = datetime(2026, 3, 7, 9, 30, tzinfo=UTC)  # 10:30 in Luxembourg
STATS = "/admin/vendors/old-town/stats"


@pytest.fixture
def chain(app: Flask) -> Chain:
    """A chain of points and stamps, where nobody has to wait."""
    return Chain.open(app, loyalty_type="hybrid", cooldown_minutes=0, max_daily_stamps=None)


def at(chain: Chain, vendor_id: int) -> Actor:
    return Actor(caller=chain.actor.caller, vendor_id=vendor_id, staff_id=chain.staff.staff_id)


def join_there(chain: Chain, **contact: Any) -> str:
    """A card made at the second shop."""
    with chain.acting() as session:
        person = Person.checked(country="LU", **contact)
        there = at(chain, chain.second_vendor.id)
        number = enrolment.join(person, vendor_id=chain.second_vendor.id, by=there).card.number
        session.commit()
    return number


def earn(chain: Chain, number: str, amount_minor: int, vendor_id: int, staff: int = 0) -> int:
    by = at(chain, vendor_id)
    if staff:
        by = Actor(caller=by.caller, vendor_id=vendor_id, staff_id=staff)
    with chain.acting() as session:
        posted = accrual.earn(number, amount_minor, by=by, attempt=None)
        session.commit()
    assert posted.transaction_id
    return posted.transaction_id


def take_back(chain: Chain, line: int, staff: int | None, **more: Any) -> None:
    by = Actor(caller=chain.actor.caller, vendor_id=chain.vendor.id, staff_id=staff)
    with chain.acting() as session:
        returns.void(line, by=by, attempt=None, **more)
        session.commit()


# -- what a manager finds -------------------------------------------------------------------------


@pytest.mark.parametrize("many", [10_000, 1], ids=["a quiet shop", "a busy shop"])
def test_C17_a_manager_finds_the_cards_that_were_made_or_seen_at_their_shop_alone(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(reach, "MANY_LINES", many)
    ours = chain.card(first_name="Ours", email="ours@example.org")
    visited = join_there(chain, first_name="Visited", email="visited@example.org")
    theirs = join_there(chain, first_name="Theirs", email="theirs@example.org")
    earn(chain, visited, 5_00, chain.vendor.id)
    earn(chain, theirs, 5_00, chain.second_vendor.id)
    office = chain.office(chain.manager)
    listed = office.get("/admin/cards").text
    assert ("Ours" in listed, "Visited" in listed, "Theirs" in listed) == (True, True, False)
    table = office.get("/admin/cards.csv").get_data(as_text=True)
    assert (ours in table, visited in table, theirs in table) == (True, True, False)
    for words in ("theirs", "theirs@example.org", theirs):
        assert "Nobody is found by that" in office.get(f"/admin/cards?q={words}").text, words
    assert office.get(f"/admin/cards/{visited}").status_code == 200
    assert office.get(f"/admin/cards/{theirs}").status_code == 404
    for act in ("block", "unblock", "replace"):
        assert office.post(f"/admin/cards/{theirs}/{act}").status_code == 404, act
    assert chain.card_row(theirs).status == "active"
    assert "Theirs" in chain.office().get("/admin/cards").text


def test_C17_a_card_tells_a_manager_nothing_of_other_shops(chain: Chain) -> None:
    number = join_there(chain, email="both@example.org")
    here = earn(chain, number, 5_00, chain.vendor.id)
    there = earn(chain, number, 7_00, chain.second_vendor.id)
    with chain.acting() as session:
        adjustments.adjust(number, 3, "goodwill", by=Actor(caller="user:1"), attempt=None)
        session.commit()
    nowhere = chain.lines(number)[-1].id
    office = chain.office(chain.manager)
    page = office.get(f"/admin/cards/{number}").text
    assert "Station" not in page
    assert "€7.00" not in page
    assert "€5.00" in page
    assert "goodwill" in page
    found = [
        office.get(f"/admin/transactions/{line}").status_code for line in (here, there, nowhere)
    ]
    assert found == [200, 404, 200]
    assert "Station" not in office.get("/admin/transactions").text
    assert "Station" in chain.office().get(f"/admin/cards/{number}").text


def test_C17_a_manager_reaches_every_page_of_their_shop_and_none_of_another(chain: Chain) -> None:
    office = chain.office(chain.manager)
    home = office.get("/admin/").text
    assert 'href="/admin/vendors/old-town"' in home
    shop = office.get("/admin/vendors/old-town").text
    for way in (STATS, "/admin/vendors/old-town/edit", "/admin/posters/old-town/a4"):
        assert f'href="{way}"' in shop, way
        assert office.get(way).status_code == 200, way
    assert f"/s/{chain.slug}/?at=old-town" in shop
    for path in ("", "/edit", "/stats", "/stats.csv"):
        assert office.get(f"/admin/vendors/station{path}").status_code == 404, path
    assert office.post("/admin/vendors/station/edit", data={"name": "X"}).status_code == 404
    assert chain.office().get("/admin/vendors/station").status_code == 200


def test_a_manager_corrects_the_name_and_place_but_not_the_clock_nor_whether_it_is_open(
    chain: Chain,
) -> None:
    office = chain.office(chain.manager)
    typed = {"name": "Old Town 2", "address": "1, Rue", "timezone": "UTC", "status": "closed"}
    path = "/admin/vendors/old-town/edit"
    assert 'name="timezone"' not in office.get(path).text
    assert office.post(path, data=typed).status_code == 303
    with chain.acting() as session:
        shop = session.merge(chain.vendor)
        session.refresh(shop)
        kept = (shop.name, shop.address, shop.timezone, shop.status)
    assert kept == ("Old Town 2", "1, Rue", "Europe/Luxembourg", "open")
    wrong = office.post(path, data={"name": ""})
    assert (wrong.status_code, 'id="f-name-wrong"' in wrong.text) == (422, True)


# -- its figures ----------------------------------------------------------------------------------


@pytest.fixture
def week(chain: Chain) -> Chain:
    """A Saturday of two sales, a stamp, a reward and a return; a sale a week before; and another
    shop's busy day, which is nobody's business here."""
    with clock.at(SATURDAY - timedelta(days=7)):
        regular = chain.card()
        earn(chain, regular, 40_00, chain.vendor.id)
    with clock.at(SATURDAY):
        other = chain.card()
        earn(chain, regular, 12_50, chain.vendor.id)
        line = earn(chain, other, 8_00, chain.vendor.id, chain.manager.staff_id or 0)
        take_back(chain, line, chain.manager.staff_id, amount_minor=3_00)
        chain.stamp(other, 2)
        earn(chain, join_there(chain, email="x@example.org"), 99_00, chain.second_vendor.id)
    with clock.at(SATURDAY + timedelta(hours=3)):
        chain.stamp(regular, 1)
    return chain


def table(office: Browser, **asked: str) -> list[dict[str, str]]:
    answer = office.get(f"{STATS}.csv", query_string=asked)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def test_a_shops_week_is_counted_by_day_against_the_week_before(week: Chain) -> None:
    for who in (week.admin, week.manager):
        page = week.office(who).get(f"{STATS}?week=2026-03-04").text
        assert "2 cards came by, 1 more than the week before" in page
        assert "Busiest on Saturday, 10:00 – 11:00: 3 visits." in page
        assert "99" not in page.replace("1999", "")
    rows = {row["business_day"]: row for row in table(week.office(), week="2026-03-07")}
    assert len(rows) == 7
    saturday = rows["2026-03-07"]
    wanted = {
        "cards_seen": "2",
        "cards_made": "1",
        "sales": "2",
        "sales_amount": "17.50",
        "stamps_given": "3",
        "points_issued": "20",
        "points_by_returns": "-3",
        "currency": "EUR",
    }
    assert {name: saturday[name] for name in wanted} == wanted
    assert rows["2026-03-06"]["cards_seen"] == "0"


def test_a_single_day_is_compared_with_the_same_weekday(week: Chain) -> None:
    office = week.office(week.manager)
    page = office.get(f"{STATS}?day=2026-03-07").text
    assert "2 cards came by, 1 more than a week before" in page
    assert "Busiest from 10:00" in page
    assert f'href="{STATS}?day=2026-03-06"' in page
    assert [row["business_day"] for row in table(office, day="2026-03-07")] == ["2026-03-07"]
    assert "Nobody came by" in office.get(f"{STATS}?day=2026-03-05").text


def test_who_did_how_much_and_who_takes_back_more_than_everybody_else(week: Chain) -> None:
    with clock.at(SATURDAY + timedelta(hours=4)):
        for _ in range(3):
            given = week.stamp(week.card())
            take_back(week, int(given["transaction_id"]), week.staff.staff_id)
    page = week.office().get(f"{STATS}?week=2026-03-07").text
    assert "Stella Stein took back 3 lines; everybody else together 1." in page
    assert "Max Moor" in page
    assert "3 stamps" in page


def test_in_production_keys_narrow_the_reading_of_a_shop_and_change_no_figure(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        chain.stamp(chain.card(), 2)
    seen = []
    production = replace(chain.app.config["SETTINGS"], app_env="production")
    for settings in (chain.app.config["SETTINGS"], production):
        monkeypatch.setitem(chain.app.config, "SETTINGS", settings)
        with chain.acting():
            zone = chain.vendor.timezone
            week = reports.week_of(clock.business_day(clock.now(), zone), zone)
            seen.append(reports.of_shop(chain.vendor, week))
    assert seen[0] == seen[1]
    assert (seen[1].now.joined, seen[1].now.came_by, seen[1].hands[0].stamps) == (2, 2, 4)


def test_rewards_taken_stand_in_the_shops_figures(week: Chain) -> None:
    with clock.at(SATURDAY + timedelta(hours=5)):
        number = week.card()
        week.stamp(number, 10)
        with week.acting() as session:
            rewards.redeem_stamps(number, by=week.actor, attempt=None)
            session.commit()
    (row,) = table(week.office(), day="2026-03-07")
    assert (row["rewards_taken"], row["stamps_used"], row["stamps_given"]) == ("1", "10", "13")


def test_days_to_come_and_nonsense_are_todays_and_the_empty_shop_says_so(chain: Chain) -> None:
    office = chain.office()
    for asked in ("", "?week=2099-01-01", "?day=2099-01-01", "?day=nonsense", "?week='"):
        page = office.get(STATS + asked)
        assert page.status_code == 200, asked
        assert "Nobody has come by yet" in page.text, asked
        assert "Nobody wrote a line here" in page.text, asked
    assert office.get("/admin/vendors/nowhere/stats").status_code == 404


def test_C3_the_shop_next_door_is_not_found(chain: Chain, other_chain: Chain) -> None:
    with other_chain.acting() as session:
        session.merge(other_chain.vendor).slug = "next-door"
        session.commit()
    office = chain.office()
    for path in ("", "/edit", "/stats", "/stats.csv"):
        assert office.get(f"/admin/vendors/next-door{path}").status_code == 404
