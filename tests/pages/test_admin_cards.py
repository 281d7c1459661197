"""The office's cards: found, paged by keys, explained line by line, blocked and unblocked."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.accounts.actors import Actor
from app.accounts.customers import Person
from app.audit import AuditEntry
from app.modules.loyalty import (
    accrual,
    adjustments,
    cards,
    enrolment,
    merging,
    returns,
    rewards,
)
from app.modules.loyalty.pages.admin.card_list import A_PAGE
from app.modules.loyalty.programs import Bonus, Tier
from tests.cast import Browser, Chain

HOSTILE = "<script>alert(1)</script>"


def test_a_card_is_found_by_number_mail_phone_and_the_beginning_of_a_name(chain: Chain) -> None:
    number = chain.card(
        first_name="Zoë", last_name="Müller", email="zoe@example.org", phone="+352621123456"
    )
    chain.card(first_name="Marco", email="marco@example.org")
    office = chain.office()
    spoken = cards.shown(number).lower().replace("0", "o")
    for words in (spoken, "ZOE@example.org", "621 123 456", "zoe mu", "Zoë"):
        page = office.get("/admin/cards", query_string={"q": words}).text
        assert "Zoë Müller" in page, words
        assert "Marco" not in page, words
    nobody = office.get("/admin/cards", query_string={"q": "%"}).text
    assert "Nobody is found by that" in nobody


def test_a_surname_finds_by_its_beginning_without_accents_and_the_merged_with_the_other(
    chain: Chain,
) -> None:
    number = chain.card(first_name="Zoë", last_name="de Lefèvre", email="zoe@example.org")
    lost = chain.card(first_name="Lefty", email="lefty@example.org")
    office = chain.office()
    assert links(office.get("/admin/cards?q=lef").text) == [lost, number]
    for words in ("LEFE", "de lef", "zoe de"):
        assert links(office.get("/admin/cards", query_string={"q": words}).text) == [number], words
    assert links(office.get("/admin/cards?q=fevre").text) == []
    with chain.acting() as session:
        merging.merge(lost, number, by=chain.actor, reason="One person")
        session.commit()
    assert links(office.get("/admin/cards?q=lefty@example.org").text) == [number]


def test_every_filter_finds_its_cards_and_the_table_has_the_same(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid", stamps_target=2, tiers=GOLD, cooldown_minutes=0)
    march = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    with clock.at(march):
        ready, gold = chain.card(), chain.card()
        chain.stamp(ready, 2)
    with clock.at(march + timedelta(days=1)), chain.acting() as session:
        person = Person.checked(country="LU", email="there@example.org", first_name="Away")
        there = enrolment.join(person, vendor_id=chain.second_vendor.id, by=chain.actor)
        away = there.card.number
        session.commit()
    with clock.at(march + timedelta(days=2)):
        earn(chain, gold, 12_50)
        returned = earn(chain, away, 5_00)
    office = chain.office()
    office.post(f"/admin/cards/{gold}/block")
    with chain.acting() as session:
        by = Actor(caller="user:1", user_id=chain.admin.user_id)
        adjustments.adjust(away, -5, "set right", by=by, attempt=None)
        returns.void(returned, by=by, attempt=None)
        session.commit()
    for filters, wanted in (
        ({}, [away, gold, ready]),
        ({"status": "blocked"}, [gold]),
        ({"status": "active"}, [away, ready]),
        ({"shop": "station"}, [away]),
        ({"tier": "0"}, [away, ready]),
        ({"tier": "10"}, [gold]),
        ({"tier": "11"}, []),
        ({"balance": "ready"}, [ready]),
        ({"balance": "owing"}, [away]),
        ({"seen-since": "2026-03-04"}, [away, gold]),
        ({"not-since": "2026-03-04"}, [ready]),
        ({"joined-from": "2026-03-03"}, [away]),
        ({"joined-to": "2026-03-02"}, [gold, ready]),
        ({"joined-from": "2026-03-02", "joined-to": "2026-03-03", "q": "awa"}, [away]),
        ({"balance": "nonsense"}, []),
        ({"status": "' OR 1=1"}, []),
        ({"seen-since": "yesterday"}, []),
    ):
        page = office.get("/admin/cards", query_string=filters).text
        assert links(page) == wanted, filters
        assert [row["card"] for row in table(office, **filters)] == wanted, filters
    assert "Type a day such as" in office.get("/admin/cards?seen-since=yesterday").text


def test_the_table_of_cards_has_safe_cells(chain: Chain) -> None:
    number = chain.card(first_name="=1+1", last_name="@cmd", phone="+352621123456")
    (row,) = table(chain.office())
    assert (row["card"], row["first_name"], row["last_name"]) == (number, "'=1+1", "'@cmd")
    assert (row["phone"], row["joined_shop"]) == ("'+352621123456", "Old Town")


def table(office: Browser, **filters: str) -> list[dict[str, str]]:
    answer = office.get("/admin/cards.csv", query_string=filters)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def test_filters_of_cards_stay_in_the_address_from_page_to_page(chain: Chain) -> None:
    made = [chain.card() for _ in range(A_PAGE + 1)]
    office = chain.office()
    first = office.get("/admin/cards?shop=old-town").text
    older = re.findall(r'href="([^"]+)" rel="next"', first)[0].replace("&amp;", "&")
    assert "shop=old-town" in older
    assert links(first) + links(office.get(older).text) == made[::-1]
    assert f"{A_PAGE + 1} cards" in first
    assert "The list ends before here" in office.get("/admin/cards?before=1").text


def test_pages_of_cards_miss_none_and_repeat_none_both_ways(chain: Chain) -> None:
    made = [chain.card() for _ in range(A_PAGE + 3)]
    office = chain.office()
    first = office.get("/admin/cards").text
    older = re.search(r'href="(/admin/cards\?before=\d+)" rel="next"', first)
    assert older
    second = office.get(older[1]).text
    assert links(first) + links(second) == made[::-1]
    newer = re.search(r'href="(/admin/cards\?after=\d+)" rel="prev"', second)
    assert newer
    assert links(office.get(newer[1]).text) == links(first)


def links(page: str) -> list[str]:
    return re.findall(r'href="/admin/cards/([0-9A-Z]{12})"', page)


def test_a_card_shows_the_person_the_balance_and_why(chain: Chain) -> None:
    chain.publish(cooldown_minutes=0, stamps_target=3)
    number = chain.card(first_name="Camille", email="camille@example.org")
    chain.stamp(number, 2)
    chain.stamp(number, 2)
    chain.redeem(number)
    page = chain.office().get(f"/admin/cards/{number}").text
    for said in (
        "Camille",
        "camille@example.org",
        "Why −3 stamps?",
        "Free item taken",
        "Stamp 4 of 3",
        "4 → 1",
        "Old Town, Stella Stein",
        "by PIN",
        "3 of this card",
        "Camille reads",
        "The counter said",
        "The API answers",
    ):
        assert said in page, said


def earn(chain: Chain, number: str, amount_minor: int) -> int:
    with chain.acting() as session:
        posted = accrual.earn(number, amount_minor, by=chain.actor, attempt=None)
        session.commit()
    return int(posted.transaction_id or 0)


GOLD = (Tier("Bronze", 0, 10_000), Tier("Gold", 10, 12_500), Tier("Platinum", 100, 15_000))


def test_B6_a_sale_opens_its_receipt_step_by_step_to_the_last_figure(chain: Chain) -> None:
    chain.publish(loyalty_type="points", tiers=GOLD)
    number = chain.card(first_name="Camille", email="camille@example.org")
    earn(chain, number, 10_00)
    earn(chain, number, 12_50)
    page = chain.office().get(f"/admin/cards/{number}").text
    for term, value in (
        ("Sale at Old Town", "€12.50"),
        ("1 point for €1.00", "12.50"),
        ("Gold, × 1.25", "15.625"),
        ("Bonuses", "none"),
        ("Rounded down, once", "15"),
        ("Given", "15 points"),
        ("Balance", "10 → 25"),
        ("Line", "2 of this card"),
        ("Counter", "Till 1"),
        ("Who", "Stella Stein"),
        ("Lifetime points", "25"),
        ("To Platinum", "75 points"),
        ("Visits", "on 1 day"),
    ):
        assert f"<dt>{term}</dt><dd>{value}</dd>" in page, term
    for said in ("Why 15 points?", "Gold × 1.25", "15 points at Old Town, €12.50 × gold 1.25"):
        assert said in page, said


def test_B6_bonuses_are_named_and_the_cap_says_what_it_took(chain: Chain) -> None:
    chain.publish(
        loyalty_type="points",
        max_points_per_order=20,
        bonuses=(Bonus("Rainy days", percent_bp=1_500), Bonus("Hello", points=5)),
    )
    number = chain.card()
    earn(chain, number, 19_99)
    page = chain.office().get(f"/admin/cards/{number}").text
    for term, value in (
        ("Rainy days", "+15%"),
        ("With the bonuses", "22.9885"),
        ("Rounded down, once", "22"),
        ("Hello", "+5"),
        ("At most 20 points a sale", "−7"),
        ("Given", "20 points"),
    ):
        assert f"<dt>{term}</dt><dd>{value}</dd>" in page, term


@pytest.mark.parametrize(
    ("rules", "amount", "said"),
    [
        ({"minimum_purchase_minor": 5_00}, 4_99, ("Points begin at", "€5.00", "€0.01")),
        ({"unit_minor": 10_00}, 9_99, ("One point takes", "€10.00", "Less than one point")),
        ({}, 0, ("Nothing was paid",)),
        ({"points_per_unit": 0}, 10_00, ("At the usual rate no sale gives points",)),
    ],
)
def test_C11_why_a_sale_earned_nothing_is_answered(
    chain: Chain, rules: dict[str, int], amount: int, said: tuple[str, ...]
) -> None:
    chain.publish(loyalty_type="points", **rules)
    number = chain.card()
    earn(chain, number, amount)
    page = chain.office().get(f"/admin/cards/{number}").text
    assert "Why nothing?" in page
    for words in said:
        assert words in page, words


def test_a_return_and_its_sale_lead_to_each_other_and_name_who_approved(chain: Chain) -> None:
    chain.publish(loyalty_type="points")
    number = chain.card()
    line = earn(chain, number, 10_00)
    other = replace(chain.actor, staff_id=chain.manager.staff_id)
    approver = returns.Approver(chain.staff.staff_id or 0, "staff")
    with chain.acting() as session:
        back = returns.void(line, by=other, attempt=None, amount_minor=4_00, approver=approver)
        session.commit()
    page = chain.office().get(f"/admin/cards/{number}").text
    assert "<dt>Approved by</dt><dd>Stella Stein</dd>" in page
    assert "<dt>Who</dt><dd>Max Moor</dd>" in page
    assert f'href="/admin/transactions/{line}"' in page
    assert f'href="/admin/transactions/{back.transaction_id}"' in page
    assert "Return of €4.00 from the sale of" in page


def test_every_reward_within_reach_is_said_and_the_stamps_how_often(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid", stamps_target=2, minimum_redemption_points=1)
    with chain.acting() as session:
        rewards.catalogue.create({"name": "Coffee", "points": 5}, by=chain.actor)
        rewards.catalogue.create({"name": "Dinner", "points": 500}, by=chain.actor)
        session.commit()
    number = chain.card()
    earn(chain, number, 9_00)
    chain.stamp(number, 4)
    page = chain.office().get(f"/admin/cards/{number}").text
    assert "Coffee is ready." in page
    assert "Free item is ready, 2 times." in page
    assert "Dinner" not in page


def test_replacing_says_what_it_does_and_the_history_goes_along(chain: Chain) -> None:
    number, office = chain.card(), chain.office()
    chain.stamp(number)
    page = office.get(f"/admin/cards/{number}/replace").text
    assert "is no longer found" in page
    assert chain.card_row(number).number == number
    done = office.post(f"/admin/cards/{number}/replace")
    new = done.headers["Location"].rsplit("/", 1)[1]
    assert new != number
    assert office.get(f"/admin/cards/{number}").status_code == 404
    assert "Stamp 1 of 10" in office.get(f"/admin/cards/{new}").text
    assert office.post(f"/admin/cards/{number}/replace").status_code == 404


def test_a_stamp_taken_back_says_which(chain: Chain) -> None:
    number = chain.card()
    given = chain.stamp(number, 2)
    with chain.acting() as session:
        returns.void(int(given["transaction_id"]), by=chain.actor, attempt=None)
        session.commit()
    page = chain.office().get(f"/admin/cards/{number}").text
    assert "Line 1 taken back" in page
    assert "−2 stamps" in page


def test_a_long_history_comes_page_by_page(chain: Chain) -> None:
    chain.publish(cooldown_minutes=0, max_daily_stamps=None)
    number = chain.card()
    for _ in range(22):
        chain.stamp(number)
    office = chain.office()
    first = office.get(f"/admin/cards/{number}").text
    second = office.get(f"/admin/cards/{number}?before=3").text
    seen = re.findall(r'id="line-(\d+)"', first) + re.findall(r'id="line-(\d+)"', second)
    assert [int(line) for line in seen] == list(range(22, 0, -1))
    assert "There are no older lines" in office.get(f"/admin/cards/{number}?before=1").text


def test_blocking_is_audited_and_a_blocked_card_says_so(chain: Chain) -> None:
    number = chain.card()
    office = chain.office()
    assert office.post(f"/admin/cards/{number}/block").status_code == 303
    assert chain.card_row(number).status == "blocked"
    assert "Blocked: it can neither collect nor redeem" in office.get(f"/admin/cards/{number}").text
    assert office.post(f"/admin/cards/{number}/unblock").status_code == 303
    assert chain.card_row(number).status == "active"
    with chain.acting() as session:
        acts = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(2))
        told = [(entry.act, entry.user_id) for entry in acts]
    assert told == [(f"card.{act}", chain.admin.user_id) for act in ("unblocked", "blocked")]


def test_hostile_text_shows_as_text(chain: Chain) -> None:
    chain.publish(
        stamps_reward_name=HOSTILE, card_name=HOSTILE, stamps_target=1, terms_text=HOSTILE
    )
    number = chain.card(first_name=HOSTILE, last_name=HOSTILE, email="x@example.org")
    chain.stamp(number)
    office = chain.office()
    office.post("/admin/vendors/new", data={"name": HOSTILE, "slug": "x", "timezone": "UTC"})
    office.post("/admin/staff", data={"name": HOSTILE, "vendor": "all", "role": "staff"})
    shop = str(chain.vendor.id)
    office.post("/admin/terminals", data={"name": HOSTILE, "vendor": shop})
    for path in (
        "",
        "program",
        "cards",
        f"cards?q={HOSTILE}",
        f"cards/{number}",
        f"cards/{number}/adjust",
        f"cards/{number}/replace",
        "transactions",
        "adjustments",
        "vendors",
        "staff",
        "terminals",
        "posters",
        "posters/old-town/a4",
        "vendors/x/edit",
    ):
        page = office.get(f"/admin/{path}").text
        assert HOSTILE not in page, path
    assert "&lt;script&gt;" in office.get("/admin/staff").text


@pytest.mark.parametrize("act", ["", "/block", "/unblock", "/replace"])
def test_C3_the_card_next_door_is_not_found(chain: Chain, other_chain: Chain, act: str) -> None:
    theirs = other_chain.card()
    office = chain.office()
    send = office.post if act else office.get
    assert send(f"/admin/cards/{theirs}{act}").status_code == 404
    assert other_chain.card_row(theirs).status == "active"
    assert "Nobody is found by that" in office.get(f"/admin/cards?q={theirs}").text
