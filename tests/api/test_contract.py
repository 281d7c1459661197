"""CONTRACT.md section 5, call by call."""

from typing import Any

import pytest

from app import clock
from app.modules.loyalty import merging
from app.modules.loyalty.api.answers import Card, Line, Member, Shop
from app.modules.loyalty.api.program import Program
from tests.api.asking import problem
from tests.cast import Chain

DEFAULTS = {
    "active": True,
    "redeemable_until": None,
    "stamps_target": 10,
    "stamps_reward_name": "Free item",
    "points_per_unit": 1,
    "unit_minor": 100,
    "minimum_redemption_points": 100,
    "minimum_purchase_minor": 0,
    "welcome_bonus_points": 0,
    "expiry": {"policy": "never"},
    "cooldown_minutes": 15,
    "max_daily_stamps": 5,
    "require_staff_pin": True,
    "card_color": "#4F46E5",
}


def stamp(chain: Chain, card: str, **more: Any) -> Any:
    return chain.api.post("/stamps/add", {"card": card, "vendor": "old-town", **more})


def test_C5_the_programme_of_a_new_company_has_the_defaults(chain: Chain) -> None:
    program = chain.api.get("/program").json
    Program.model_validate(program)
    assert {name: program[name] for name in DEFAULTS} == DEFAULTS
    assert [tier["min_lifetime_points"] for tier in program["tiers"]] == [0, 5_000, 15_000, 50_000]


def test_a_change_publishes_the_next_revision_and_names_it(chain: Chain) -> None:
    before = chain.api.get("/program").json["revision"]
    changed = chain.api.patch("/program", {"stamps_target": 8, "max_daily_stamps": None}, key="")
    assert changed.status_code == 200
    assert changed.json["revision"] == before + 1
    assert (changed.json["stamps_target"], changed.json["max_daily_stamps"]) == (8, None)
    assert chain.api.get("/program").json == changed.json


def test_C14_a_programme_that_is_off_redeems_until_the_stated_day(chain: Chain) -> None:
    card = chain.card()
    off = chain.api.patch("/program", {"active": False, "redeemable_until": "2999-12-31"})
    assert (off.json["active"], off.json["redeemable_until"]) == (False, "2999-12-31")
    problem(stamp(chain, card), 409, "program-inactive")
    redeem = chain.api.post("/stamps/redeem", {"card": card, "vendor": "station"})
    problem(redeem, 409, "insufficient-stamps")
    on = chain.api.patch("/program", {"active": True})
    assert (on.json["active"], on.json["redeemable_until"]) == (True, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"stamps_target": 101}, "stamps_target"),
        ({"stamps_target": None}, "stamps_target"),
        ({"redeemable_until": "2999-12-31"}, "redeemable_until"),
        ({"expiry": {"policy": "age"}}, "expiry"),
        ({"expiry": {"policy": "never", "days": 3}}, "expiry"),
        ({"expiry": {"policy": "yearly", "month_day": "02-32"}}, "expiry.month_day"),
        ({"card_color": "red"}, "card_color"),
        ({"stamp_target": 8}, "stamp_target"),
        ({"category_rates": {"bread": 1.5}}, "category_rates.bread"),
    ],
)
def test_a_bad_rule_is_named_and_changes_nothing(
    chain: Chain, change: dict[str, Any], field: str
) -> None:
    before = chain.api.get("/program").json
    told = problem(chain.api.patch("/program", change), 422, "validation")
    assert list(told["errors"]) == [field]
    assert chain.api.get("/program").json == before


def test_enrolling_answers_201_with_the_card_and_200_for_the_same_person(chain: Chain) -> None:
    person = {
        "email": "Camille@Example.org",
        "phone": "621 123 456",
        "first_name": "Camille",
        "birthday": "1990-02-28",
        "locale": "fr",
        "vendor": "old-town",
        "terms_accepted": True,
    }
    first = chain.api.post("/cards", person)
    assert first.status_code == 201
    Card.model_validate(first.json)
    again = chain.api.post("/cards", {"email": "camille@example.org", "terms_accepted": True})
    assert (again.status_code, again.json) == (200, first.json)


@pytest.mark.parametrize(
    ("person", "field"),
    [
        ({"terms_accepted": True}, "email"),
        ({"email": "a@b.example"}, "terms_accepted"),
        ({"email": "a@b.example", "terms_accepted": False}, "terms_accepted"),
        ({"email": "nobody", "terms_accepted": True}, "email"),
        ({"phone": "12", "terms_accepted": True}, "phone"),
        ({"email": "a@b.example", "birthday": "1990-02-30", "terms_accepted": True}, "birthday"),
        ({"email": "a@b.example", "vendor": "nowhere", "terms_accepted": True}, "vendor"),
    ],
)
def test_a_person_that_cannot_be_enrolled_hears_which_field(
    chain: Chain, person: dict[str, Any], field: str
) -> None:
    assert list(problem(chain.api.post("/cards", person), 422, "validation")["errors"]) == [field]


def test_a_stamp_answers_the_line_and_the_explanation(chain: Chain) -> None:
    card = chain.card()
    answer = stamp(chain, card, quantity=2, reference="till-3/4711")
    assert answer.status_code == 201
    line = answer.json
    Line.model_validate(line)
    assert (line["card"], line["sequence"], line["type"]) == (card, 1, "stamps_added")
    assert (line["stamps"], line["stamps_balance"], line["vendor"]) == (2, 2, "old-town")
    assert line["reference"] == "till-3/4711"
    assert [step["code"] for step in line["explanation"]][:2] == ["stamps-given", "stamps-counted"]


def test_C6_the_second_stamp_at_once_meets_the_cooldown_with_its_seconds(chain: Chain) -> None:
    card = chain.card()
    stamp(chain, card)
    told = problem(stamp(chain, card), 409, "cooldown")
    assert 0 < told["retry_after_seconds"] <= 900


def test_redeeming_takes_the_target_and_keeps_the_rest(chain: Chain) -> None:
    chain.publish(stamps_target=2)
    card = chain.card()
    missing = chain.api.post("/stamps/redeem", {"card": card, "vendor": "station"})
    told = problem(missing, 409, "insufficient-stamps")
    assert (told["needed"], told["available"]) == (2, 0)
    stamp(chain, card, quantity=3)
    shown = chain.api.get(f"/cards/{card}").json
    assert (shown["stamps_balance"], shown["rewards_ready"]) == (3, 1)
    taken = chain.api.post("/stamps/redeem", {"card": card, "vendor": "station"})
    assert taken.status_code == 201
    assert (taken.json["stamps"], taken.json["stamps_balance"]) == (-2, 1)
    assert taken.json["vendor"] == "station"


def test_refusals_come_in_the_contracts_order(chain: Chain) -> None:
    nobody = "0" * 11 + "1"
    both = chain.api.post("/stamps/add", {"card": nobody, "vendor": "nowhere"})
    problem(both, 422, "validation")
    problem(stamp(chain, nobody), 404, "not-found")
    card = chain.card()
    chain.api.post(f"/cards/{card}/block")
    problem(stamp(chain, card), 409, "card-blocked")
    chain.switch(active=False)
    problem(stamp(chain, card), 409, "program-inactive")


def test_a_blocked_card_is_used_again_after_unblocking(chain: Chain) -> None:
    card = chain.card()
    assert chain.api.post(f"/cards/{card}/block").json["status"] == "blocked"
    assert chain.api.post(f"/cards/{card}/unblock").json["status"] == "active"
    assert stamp(chain, card).status_code == 201


@pytest.mark.parametrize("number", ["7KQ2M9XP4TDB", "x", "\u00e9" * 12, "0" * 12, "%00", "7KQ2"])
def test_a_number_with_a_wrong_check_character_is_like_an_unknown_one(
    chain: Chain, number: str
) -> None:
    problem(chain.api.get(f"/cards/{number}"), 404, "not-found")


def test_C3_another_companys_card_is_like_an_unknown_one(chain: Chain, other_chain: Chain) -> None:
    foreign, unknown = other_chain.card(), "00000000000" + "0"
    for ask in (
        lambda card: chain.api.get(f"/cards/{card}"),
        lambda card: chain.api.get(f"/cards/{card}/transactions"),
        lambda card: chain.api.get("/transactions", card=card),
        lambda card: chain.api.post(f"/cards/{card}/block"),
        lambda card: stamp(chain, card),
    ):
        theirs = ask(foreign)
        problem(theirs, 404, "not-found")
        assert theirs.text == ask(unknown[:-1] + "1").text


def test_lists_show_shops_and_staff(chain: Chain) -> None:
    shops, staff = chain.api.get("/vendors").json, chain.api.get("/staff").json
    assert [Shop.model_validate(shop).slug for shop in shops["items"]] == ["old-town", "station"]
    assert {Member.model_validate(member).name for member in staff["items"]} == {
        "Max Moor",
        "Stella Stein",
    }


def test_a_card_is_found_by_its_e_mail_or_phone(chain: Chain) -> None:
    card = chain.card(email="zoe@example.org", phone="+352 621 999 888")
    chain.card()
    for query in ({"email": "ZOE@example.org"}, {"phone": "621999888"}):
        found = chain.api.get("/cards", **query).json
        assert [item["number"] for item in found["items"]] == [card]
        assert found["next"] is None
    assert chain.api.get("/cards", email="nobody@example.org").json["items"] == []


def test_a_merged_persons_contact_finds_the_card_that_has_everything(chain: Chain) -> None:
    chain.card(email="first@example.org")
    source, target = chain.card(email="old@example.org"), chain.card(email="new@example.org")
    with chain.acting() as session:
        merging.merge(source, target, by=chain.actor, reason="One person")
        session.commit()
    for contact in ("old@example.org", "new@example.org"):
        found = chain.api.get("/cards", email=contact).json["items"]
        assert [card["number"] for card in found] == [target], contact
    assert source not in {card["number"] for card in chain.api.get("/cards").json["items"]}


def test_pages_meet_without_gap_or_repeat_while_others_enrol(chain: Chain) -> None:
    made = [chain.card() for _ in range(7)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = chain.api.get("/cards", limit=3, **cursor).json
        seen += [item["number"] for item in page["items"]]
        if len(seen) == 3:
            made.append(chain.card())  # somebody joins between two pages
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == made


def test_a_cards_lines_come_in_their_sequence_after_any_of_them(chain: Chain) -> None:
    chain.publish(cooldown_minutes=0, max_daily_stamps=None)
    card = chain.card()
    written = [stamp(chain, card).json for _ in range(5)]
    path = f"/cards/{card}/transactions"
    assert chain.api.get(path).json == {"items": written, "next": None}
    page = chain.api.get(path, after=1, limit=2).json
    assert page["items"] == written[1:3]
    assert chain.api.get(path, cursor=page["next"]).json["items"] == written[3:]


def test_the_companys_ledger_is_filtered_by_type_shop_card_and_time(chain: Chain) -> None:
    chain.publish(stamps_target=1, cooldown_minutes=0)
    card, other = chain.card(), chain.card()
    first = stamp(chain, card).json
    second = stamp(chain, other).json
    taken = chain.api.post("/stamps/redeem", {"card": card, "vendor": "station"}).json
    ledger = lambda **query: chain.api.get("/transactions", **query).json["items"]  # noqa: E731
    assert ledger() == [taken, second, first]
    assert ledger(type="stamps_redeemed") == [taken]
    assert ledger(vendor="station") == [taken]
    assert ledger(card=other) == [second]
    assert ledger(**{"from": second["occurred_at"]}) == [taken, second]
    assert ledger(to=second["occurred_at"]) == [first]
    assert ledger(**{"from": clock.now().date().replace(year=2999).isoformat()}) == []
    page = chain.api.get("/transactions", limit=2).json
    rest = chain.api.get("/transactions", limit=2, cursor=page["next"]).json
    assert page["items"] + rest["items"] == ledger()


def test_one_line_is_read_as_it_was_answered_and_listed(chain: Chain) -> None:
    card = chain.card()
    line = stamp(chain, card).json
    assert chain.api.get(f"/transactions/{line['transaction_id']}").json == line
    assert chain.api.get("/transactions").json["items"] == [line]


def test_an_unknown_filter_is_refused_by_name(chain: Chain) -> None:
    told = problem(chain.api.get("/transactions", typ="voided"), 422, "validation")
    assert list(told["errors"]) == ["typ"]
    assert "type" in told["errors"]["typ"]
