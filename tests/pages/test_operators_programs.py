"""The operator's dashboard of programmes: every company's figures, side by side."""

import csv
import html
import io
import re
from typing import Any

import pytest
from flask import Flask

from app import tenancy
from app.extensions import db
from app.modules.loyalty.programs.rules import POINTS
from app.modules.loyalty.reports import programmes
from app.modules.loyalty.reports.programmes import Programme
from tests.cast import Browser, Chain
from tests.pages.test_operators import desk
from tests.pages.test_storefront_points import back, earn, open_chain, take


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, events and companies are in the way."""
    return quiet_app


def reading(chain: Chain) -> Programme:
    with chain.app.app_context(), tenancy.crossing():
        (mine,) = (one for one in programmes.programmes() if one.company.id == chain.company_id)
        db.session.expunge_all()
        db.session.rollback()
    return mine


def sell(chain: Chain, number: str, amount_minor: int) -> None:
    sale: dict[str, Any] = {"card": number, "vendor": "old-town", "amount_minor": amount_minor}
    assert chain.api.post("/points/earn", sale).status_code == 201


def row(page: str, chain: Chain) -> str:
    """The company's line of the table, its tags taken out."""
    line = page.split(f"/platform/companies/{chain.company_id}", 1)[1].split("</tr>", maxsplit=1)[0]
    return html.unescape(re.sub(r"<[^>]*>", " ", line))


def table(browser: Browser, query: str = "") -> list[dict[str, str]]:
    answer = browser.get(f"/platform/programs.csv{query}")
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_open_points_leave_debts_out_on_every_page_of_the_desk(app: Flask) -> None:
    chain = open_chain(app, loyalty_type="points")
    sell(chain, chain.card(), 25_000)
    owing = chain.card()
    sale = earn(chain, owing, 12_000)
    take(chain, owing, "Coffee")
    back(chain, sale.transaction_id)
    browser = desk(app)
    for page in ("/platform/programs", "/platform/"):
        assert " 250 " in row(browser.get(f"{page}?q={chain.slug}").text, chain), page


def test_C17_a_programme_stands_there_with_its_figures(app: Flask) -> None:
    chain = Chain.open(app, loyalty_type="hybrid", stamps_target=2, point_value_bp=50_000)
    number = chain.card()
    chain.card()  # joined, and has not come by since
    sell(chain, number, 25_000)
    chain.stamp(number, 4)
    mine = reading(chain)
    assert (mine.held.members, mine.held.active) == (2, 1)
    assert (mine.moved.issued, mine.held.open_points) == (250, 250)
    assert mine.worth_minor == 1_250
    assert mine.held.rewards_waiting == 2
    assert (mine.state, mine.type) == ("running", "hybrid")
    shown = row(desk(app).get(f"/platform/programs?q={chain.slug}").text, chain)
    assert "€12.50" in shown
    assert "revision 2" in shown


def test_what_moved_is_what_the_ledger_says_before_and_after_it_is_folded(app: Flask) -> None:
    from app.modules.loyalty.reports import rollups

    chain = Chain.open(app, loyalty_type=POINTS, minimum_redemption_points=0)
    sell(chain, chain.card(), 5_000)
    before = reading(chain).moved
    with app.app_context():
        while rollups.fold():
            pass
    assert reading(chain).moved == before
    assert before.issued == 50


def test_currencies_are_never_added_to_each_other(app: Flask) -> None:
    rules = {"loyalty_type": POINTS, "point_value_bp": 10_000}
    euros = [Chain.open(app, **rules) for _ in range(2)]
    yen = Chain.open(app, currency="JPY", **rules)
    for chain in euros:
        sell(chain, chain.card(), 700)
    sell(yen, yen.card(), 900)
    found = [reading(chain) for chain in (*euros, yen)]
    assert programmes.worth_by_currency(found) == {"EUR": 14, "JPY": 900}


def test_no_value_set_on_a_point_is_said_and_not_guessed(app: Flask) -> None:
    chain = Chain.open(app, loyalty_type=POINTS)
    sell(chain, chain.card(), 700)
    assert reading(chain).worth_minor is None
    shown = row(desk(app).get(f"/platform/programs?q={chain.slug}").text, chain)
    assert "no value set" in shown
    (line,) = table(desk(app), f"?q={chain.slug}")
    assert (line["open_points"], line["worth"]) == ("7", "")


def test_the_order_lives_in_the_url_and_turns_round(app: Flask) -> None:
    small, large = Chain.open(app), Chain.open(app)
    small.card()
    for _ in range(3):
        large.card()
    browser = desk(app)
    for sort, first, second in (("members", large, small), ("-members", small, large)):
        slugs = [line["company"] for line in table(browser, f"?sort={sort}")]
        assert slugs.index(first.slug) < slugs.index(second.slug), sort
    page = browser.get("/platform/programs?sort=members").text
    assert re.search(r'aria-sort="descending"><a href="[^"]*sort=-members"', page)
    assert browser.get("/platform/programs?sort=nonsense").status_code == 200


def test_hundreds_of_companies_come_page_by_page(app: Flask, monkeypatch: Any) -> None:
    from app.modules.loyalty.pages.operators import turning

    monkeypatch.setattr(turning, "A_PAGE", 2)
    made = {Chain.open(app).slug for _ in range(3)}
    browser, seen, path = desk(app), [], "/platform/programs?q=chain-"
    every = [line["company"] for line in table(browser, "?q=chain-")]
    for _ in range(len(every)):
        page = browser.get(path).text
        ids = re.findall(r'<th role="rowheader".*?/platform/companies/(\d+)', page)
        assert len(ids) <= 2
        seen += ids
        link = re.search(r'rel="next" href="([^"]+)"', page)
        if not link:
            break
        path = html.unescape(link[1])
    assert len(seen) == len(set(seen)) == len(every)
    assert made <= set(every)
    back = re.search(r'rel="prev" href="([^"]+)"', page)
    assert back
    assert browser.get(html.unescape(back[1])).status_code == 200


def test_names_are_safe_in_a_spreadsheet(app: Flask, chain: Chain) -> None:
    with app.app_context(), tenancy.crossing():
        from app.accounts.companies import Company

        db.session.get_one(Company, chain.company_id).name = "=HYPERLINK(1)"
        db.session.commit()
    (line,) = table(desk(app), f"?q={chain.slug}")
    assert line["name"] == "'=HYPERLINK(1)"


def test_what_nobody_is_called_finds_nothing_and_says_so(app: Flask, chain: Chain) -> None:
    page = desk(app).get("/platform/programs?q=no-such-company-anywhere").text
    assert "No company has that in its name" in page
    assert chain.slug not in page
