"""The monitor: five figures that equal the ledger's sums, for any days and any shop."""

import csv
import io
from datetime import date, timedelta

from sqlalchemy import select

from app import clock
from app.modules.loyalty import reports
from app.modules.loyalty.ledger import LoyaltyTransaction
from tests.cast import Chain
from tests.loyalty.test_rollups import EVER, NOON, history


def lines(chain: Chain) -> list[LoyaltyTransaction]:
    with chain.acting() as session:
        return list(session.scalars(select(LoyaltyTransaction)))


def test_A10_the_five_figures_equal_the_ledgers_sums(chain: Chain) -> None:
    history(chain)
    every = lines(chain)
    first, last = date(2026, 2, 1), date(2026, 2, 3)
    with chain.acting():
        seen = reports.monitor(first, last)
    within = [line for line in every if first <= line.business_day <= last]

    def points(*types: str) -> int:
        return sum(line.points for line in within if line.type in types)

    assert seen.opening == sum(line.points for line in every if line.business_day < first)
    assert seen.closing == sum(line.points for line in every if line.business_day <= last)
    assert seen.total.issued == points("points_earned", "welcome_bonus")
    assert seen.total.redeemed == -points("points_redeemed")
    assert seen.total.lapsed == -points("points_expired", "points_reinstated")
    assert seen.total.adjusted == points("points_adjusted")
    assert seen.opening + seen.total.moved == seen.closing == seen.days[-1].balance
    assert [each.day for each in seen.days] == [first + timedelta(days=n) for n in range(3)]


def test_A10_the_page_and_its_table_say_them(chain: Chain) -> None:
    history(chain)
    office = chain.office()
    with chain.acting():
        whole = reports.in_all(EVER[1])
    with clock.at(NOON + timedelta(days=61)):
        page = office.get("/admin/monitor?from=2026-01-31&to=2026-04-02")
        table = office.get("/admin/monitor.csv?from=2026-01-31&to=2026-04-02").text
    assert page.status_code == 200
    for figure in (whole.issued, whole.redeemed, whole.lapsed, whole.adjusted):
        assert f"{figure:,}" in page.text
    rows = list(csv.DictReader(io.StringIO(table.lstrip("\ufeff"))))
    assert len(rows) == 62
    assert sum(int(row["earned"]) for row in rows) == whole.issued
    assert sum(int(row["expired"]) for row in rows) == whole.lapsed
    assert int(rows[-1]["balance"]) == whole.moved == sum(line.points for line in lines(chain))


def test_days_that_cannot_be_shown_are_told_and_the_usual_ones_are(chain: Chain) -> None:
    office = chain.office()
    for query, told in (
        ("from=soon", "Type a day such as"),
        ("from=2099-01-01&to=2099-01-31", "Days to come have no figures yet."),
        ("from=2026-03-02&to=2026-03-01", "The first day is after the last one."),
        ("from=2020-01-01&to=2026-03-01", "At most 366 days at once."),
    ):
        page = office.get(f"/admin/monitor?{query}")
        assert page.status_code == 200
        assert told in page.text
    assert office.get("/admin/monitor?shop=not-ours").status_code == 404


def test_a_manager_sees_the_lines_of_their_own_shop(chain: Chain) -> None:
    history(chain)
    manager = chain.office(chain.manager)
    asked = "/admin/monitor.csv?from=2026-01-31&to=2026-02-09"
    with clock.at(NOON + timedelta(days=61)):
        tables = [
            list(csv.DictReader(io.StringIO(who.get(url).text.lstrip("\ufeff"))))
            for who, url in (
                (chain.office(), asked),
                (manager, asked),
                (manager, f"{asked}&shop={chain.second_vendor.slug}"),
            )
        ]
    by_hand = [sum(int(row["by_hand"]) for row in table) for table in tables]
    assert by_hand == [7, 0, 0]  # what the office set right belongs to no shop
    assert tables[1] == tables[2]
