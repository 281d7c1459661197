"""The company's ledger in the office: filtered, paged by keys, and streamed as a table."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app import clock
from app.accounts.actors import Actor
from app.extensions import db
from app.modules.loyalty import accrual, adjustments, expiry, returns, rewards
from app.modules.loyalty.pages.admin import line_filter, tables
from app.modules.loyalty.pages.admin.tables import safe
from app.modules.loyalty.pages.admin.transactions import A_PAGE
from tests.cast import Browser, Chain

HOSTILE = "=HYPERLINK(<script>)"
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def chain(app: Flask) -> Chain:
    """A chain of points and stamps."""
    return Chain.open(app, loyalty_type="hybrid", cooldown_minutes=0, max_daily_stamps=None)


def there(chain: Chain) -> Actor:
    """The same person, at the other shop."""
    return Actor(
        caller=chain.actor.caller, vendor_id=chain.second_vendor.id, staff_id=chain.staff.staff_id
    )


def earn(chain: Chain, number: str, amount_minor: int, **more: Any) -> int:
    by = more.pop("by", None) or chain.actor
    with chain.acting() as session:
        posted = accrual.earn(number, amount_minor, by=by, attempt=None, **more)
        session.commit()
    assert posted.transaction_id
    return posted.transaction_id


def found(office: Browser, **filters: str) -> list[int]:
    page = office.get("/admin/transactions", query_string=filters).text
    return [int(line) for line in re.findall(r'<li id="line-(\d+)"', page)]


def table(office: Browser, **filters: str) -> list[dict[str, str]]:
    answer = office.get("/admin/transactions.csv", query_string=filters)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def test_every_filter_finds_its_lines_and_the_table_has_the_same(chain: Chain) -> None:
    one, two = chain.card(), chain.card()
    with clock.at(MONDAY):
        sale = earn(chain, one, 5_00, reference="R-1")
    with clock.at(MONDAY + timedelta(days=1)):
        away = earn(chain, two, 7_00, by=there(chain))
        stamp = int(chain.stamp(two)["transaction_id"])
    with clock.at(MONDAY + timedelta(days=2)), chain.acting() as session:
        by = Actor(caller="user:1", user_id=chain.admin.user_id, vendor_id=chain.vendor.id)
        back = returns.void(sale, by=by, attempt=None).transaction_id
        session.commit()
    office = chain.office()
    every = [back, stamp, away, sale]
    for filters, wanted in (
        ({}, every),
        ({"type": "points_earned"}, [away, sale]),
        ({"shop": "station"}, [away]),
        ({"from": "2026-03-03"}, [back, stamp, away]),
        ({"to": "2026-03-03"}, [stamp, away, sale]),
        ({"from": "2026-03-03", "to": "2026-03-03"}, [stamp, away]),
        ({"card": two.lower()}, [stamp, away]),
        ({"staff": str(chain.staff.staff_id)}, [stamp, away, sale]),
        ({"reference": "R-1"}, [sale]),
        ({"reference": "R-1", "type": "voided"}, []),
        ({"shop": "nowhere"}, []),
        ({"from": "yesterday"}, []),
        ({"to": "9999-99-99"}, []),
        ({"card": "nonsense"}, []),
        ({"staff": "' OR 1=1"}, []),
        ({"reference": HOSTILE}, []),
    ):
        assert found(office, **filters) == wanted, filters
        assert [int(row["transaction"]) for row in table(office, **filters)] == wanted, filters


def test_filters_stay_in_the_address_and_hostile_ones_show_as_text(chain: Chain) -> None:
    earn(chain, chain.card(), 5_00, reference=HOSTILE)
    page = chain.office().get("/admin/transactions", query_string={"reference": HOSTILE}).text
    assert "<script>" not in page
    assert "=HYPERLINK(&lt;script&gt;)" in page
    assert "transactions.csv?reference=%3DHYPERLINK" in page


def test_pages_miss_none_and_repeat_none_both_ways(chain: Chain) -> None:
    number = chain.card()
    made = [int(chain.stamp(number)["transaction_id"]) for _ in range(A_PAGE + 4)][::-1]
    office = chain.office()
    first = office.get("/admin/transactions?type=stamps_added").text
    older = re.findall(r'href="([^"]+)" rel="next"', first)[0].replace("&amp;", "&")
    assert "type=stamps_added" in older
    second = office.get(older).text
    seen = re.findall(r'<li id="line-(\d+)"', first) + re.findall(r'<li id="line-(\d+)"', second)
    assert [int(line) for line in seen] == made
    newer = re.findall(r'href="([^"]+)" rel="prev"', second)[0].replace("&amp;", "&")
    again = office.get(newer).text
    assert re.findall(r'<li id="line-(\d+)"', again) == [str(line) for line in made[:A_PAGE]]


def test_a_manager_sees_and_saves_the_lines_of_their_own_shop(chain: Chain) -> None:
    number = chain.card()
    ours, theirs = earn(chain, number, 5_00), earn(chain, number, 7_00, by=there(chain))
    office = chain.office(chain.manager)
    assert found(office) == [ours]
    assert found(office, shop="station") == []
    assert [int(row["transaction"]) for row in table(office)] == [ours]
    assert found(chain.office()) == [theirs, ours]


def test_the_saved_amounts_add_up_to_the_sales_of_the_page(chain: Chain) -> None:
    number = chain.card()
    sale = earn(chain, number, 12_50)
    earn(chain, number, 7_00)
    with chain.acting() as session:
        returns.void(sale, by=chain.actor, attempt=None)
        session.commit()
    office = chain.office()
    assert [row["amount"] for row in table(office)] == ["-12.50", "7.00", "12.50"]
    assert "€7.00" in office.get("/admin/transactions").text.split("less what was given back")[0]
    assert "−€12.50" in office.get("/admin/transactions?type=voided").text


def test_A9_a_cards_earned_used_expired_and_manual_lines_are_found_by_kind_with_their_order(
    chain: Chain,
) -> None:
    chain.publish(
        expiry={"policy": "yearly", "month_day": "12-31"},
        expiry_notice_days=[],
        minimum_redemption_points=1,
    )
    number, other = chain.card(), chain.card()
    with clock.at(MONDAY):
        earned = earn(chain, number, 50_00, reference="ORDER-7")
        earn(chain, other, 5_00, reference="ORDER-8")
        with chain.acting() as session:
            tea = rewards.catalogue.create({"name": "Tea", "points": 30}, by=chain.actor)
            session.commit()
            used = rewards.redeem(number, tea.id, by=chain.actor, attempt=None).transaction_id
            by = Actor(caller="user:1", user_id=chain.admin.user_id)
            manual = adjustments.adjust(number, -5, "a mistake", by=by, attempt=None)
            session.commit()
    with clock.at(MONDAY + timedelta(days=365)), chain.acting():
        assert expiry.expire().points == 20
    expired = chain.lines(number)[-1].id
    office = chain.office()
    wanted = {
        "points_earned": (earned, "50", "ORDER-7"),
        "points_redeemed": (used, "-30", ""),
        "points_adjusted": (manual.transaction_id, "-5", ""),
        "points_expired": (expired, "-15", ""),
    }
    for kind, told in wanted.items():
        assert found(office, card=number, type=kind) == [told[0]], kind
        (row,) = table(office, card=number, type=kind)
        assert (int(row["transaction"]), row["points"], row["reference"]) == told, kind
    assert found(office, reference="ORDER-7") == [earned]
    assert "ORDER-7" in office.get(f"/admin/transactions/{earned}").text


def test_what_the_found_lines_come_to_stands_beside_them(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = chain.card()
    sale = earn(chain, number, 12_50)
    chain.stamp(number, 2)
    with chain.acting() as session:
        by = Actor(caller="user:1", user_id=chain.admin.user_id, vendor_id=chain.vendor.id)
        returns.void(sale, by=by, attempt=None, amount_minor=5_00)
        session.commit()
    office = chain.office()

    def sums(**filters: str) -> list[str]:
        page = office.get("/admin/transactions", query_string=filters).text
        return re.findall(r"<dd>(?:<b[^>]*>)?([^<]*)", page.split('class="figures"')[1])[:8]

    some = ["3", "that is all of them", "+12", "−4 taken", "+2", "0 taken", "€7.50"]
    assert sums()[:7] == some
    sales = ["1", "that is all of them", "+12", "0 taken", "€12.50"]
    assert sums(type="points_earned")[:5] == sales
    monkeypatch.setattr(line_filter, "SUMMED_AT_MOST", 2)
    newest = ["2", "the newest of more, summed here", "+0", "−4 taken", "+2"]
    assert sums()[:5] == newest


def test_C3_no_line_of_the_company_next_door(chain: Chain, other_chain: Chain) -> None:
    theirs = other_chain.card()
    line = int(other_chain.stamp(theirs)["transaction_id"])
    office = chain.office()
    assert found(office) == found(office, card=theirs) == []
    assert found(office, staff=str(other_chain.staff.staff_id)) == []
    assert table(office) == []
    assert office.get(f"/admin/transactions/{line}").status_code == 404


def test_the_table_has_numbers_as_numbers_and_words_that_are_no_formula(chain: Chain) -> None:
    number = chain.card()
    sale = earn(chain, number, 12_50, reference="=1+1")
    with chain.acting() as session:
        by = Actor(caller="user:1", user_id=chain.admin.user_id)
        returns.void(sale, by=by, attempt=None, amount_minor=5_00, reason="@home")
        session.commit()
    back, row = table(chain.office())
    assert (row["amount"], row["currency"], row["points"]) == ("12.50", "EUR", "12")
    assert (row["card"], row["shop"], row["who"]) == (number, "Old Town", "Stella Stein")
    assert row["reference"] == "'=1+1"
    assert (back["points"], back["reason"], back["reverses"]) == ("-4", "'@home", str(sale))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_cell_never_begins_like_a_formula(start: str) -> None:
    assert safe(f"{start}cmd") == f"'{start}cmd"
    assert safe("plain") == "plain"
    assert safe(None) == ""


def test_the_stream_reads_on_until_every_line_is_out(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 3)
    number = chain.card()
    made = [int(chain.stamp(number)["transaction_id"]) for _ in range(7)]
    assert [int(row["transaction"]) for row in table(chain.office())] == made[::-1]


def test_a_page_asks_as_much_of_many_lines_as_of_few(chain: Chain) -> None:
    number = chain.card()
    earn(chain, number, 5_00)
    few = statements(chain)
    for _ in range(A_PAGE + 5):
        chain.stamp(number)
    assert statements(chain) == few <= 10


def statements(chain: Chain) -> int:
    office, seen = chain.office(), []
    office.get("/admin/transactions")
    with chain.app.app_context():
        engine = db.engine
    listen = lambda *details: seen.append(details[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", listen)
    try:
        assert office.get("/admin/transactions").status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    return len(seen)


def test_empty_and_nothing_found_say_what_to_do(chain: Chain) -> None:
    office = chain.office()
    assert "Nothing has happened yet" in office.get("/admin/transactions").text
    assert "No line is found by that" in office.get("/admin/transactions?type=voided").text
    wrong = office.get("/admin/transactions?from=yesterday&card=x").text
    assert "Type a day such as" in wrong
    assert "A card has twelve characters" in wrong
