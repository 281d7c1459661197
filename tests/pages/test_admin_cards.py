"""The office's cards: found, paged by keys, explained line by line, blocked and unblocked."""

import re

import pytest
from sqlalchemy import select

from app.audit import AuditEntry
from app.modules.loyalty import cards, returns
from app.modules.loyalty.pages.admin.card_list import A_PAGE
from tests.cast import Chain

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


@pytest.mark.parametrize("act", ["", "/block", "/unblock"])
def test_C3_the_card_next_door_is_not_found(chain: Chain, other_chain: Chain, act: str) -> None:
    theirs = other_chain.card()
    office = chain.office()
    send = office.post if act else office.get
    assert send(f"/admin/cards/{theirs}{act}").status_code == 404
    assert other_chain.card_row(theirs).status == "active"
    assert "Nobody is found by that" in office.get(f"/admin/cards?q={theirs}").text
