"""Merging two cards in the office: which, what it makes, and taking them apart again."""

import secrets

from app.extensions import db
from app.modules.loyalty import adjustments
from tests.cast import Chain


def with_points(chain: Chain, points: int) -> str:
    card = chain.card()
    with chain.acting():
        adjustments.adjust(card, points, "set", by=chain.actor, attempt=None)
        db.session.commit()
    return card


def once(other: str, reason: str) -> dict[str, str]:
    return {"other": other, "reason": reason, "key": secrets.token_hex(8)}


def test_the_office_sees_what_merging_makes_then_merges_and_takes_apart(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid")
    one, other = with_points(chain, 70), with_points(chain, 30)
    office = chain.office()
    page = office.open(f"/admin/cards/{one}/merge?other={other}")
    assert page.status_code == 200
    assert "70 → 100" in page.text
    merged = office.post(f"/admin/cards/{one}/merge", data=once(other, "One person"))
    assert merged.status_code == 303
    assert (chain.card_row(one).points_balance, chain.card_row(other).status) == (100, "closed")
    told = office.open(f"/admin/cards/{one}").text
    assert "One person" in told
    assert told.count("Everything came from card") == 3, "in the history, and in both voices"
    apart = once(other, "Two people after all")
    assert office.post(f"/admin/cards/{one}/merge/undo", data=apart).status_code == 303
    assert (chain.card_row(one).points_balance, chain.card_row(other).points_balance) == (70, 30)


def test_what_cannot_be_merged_is_said_on_the_page(chain: Chain) -> None:
    card, office = chain.card(), chain.office()
    for other, words in ((card, "the card itself"), ("0000-0000-0001", "no card")):
        page = office.open(f"/admin/cards/{card}/merge?other={other}")
        assert page.status_code in (404, 422)
        assert words in page.text
    nameless = office.post(f"/admin/cards/{card}/merge", data=once(chain.card(), " "))
    assert nameless.status_code == 422


def test_only_who_may_adjust_may_merge(chain: Chain) -> None:
    assert chain.office(chain.manager).open(f"/admin/cards/{chain.card()}/merge").status_code == 403


def test_pressed_twice_two_cards_are_merged_once_and_taken_apart_once(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid")
    one, other = with_points(chain, 70), with_points(chain, 30)
    office = chain.office()
    for act, line in (("merge", 2), ("merge/undo", 3)):
        pressed = once(other, "One person")
        for _ in range(2):
            answer = office.post(f"/admin/cards/{one}/{act}", data=pressed)
            assert answer.status_code == 303, act
        assert len(chain.lines(one)) == len(chain.lines(other)) == line
    assert office.post(f"/admin/cards/{one}/merge", data={"other": other}).status_code == 400
