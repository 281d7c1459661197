"""The programme's editor: nothing typed is lost, nothing counts unseen, nobody is overtaken."""

import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from app import clock
from app.errors import TooLarge
from app.extensions import db
from app.modules.loyalty import accrual, programs, rewards
from app.modules.loyalty.programs import Bonus, Rules, Tier, drafts
from tests.cast import Browser, Chain

LADDER = (Tier("Bronze", 0, 10_000), Tier("Silver", 500, 12_500), Tier("Gold", 1_500, 15_000))


def mark_in(page: str) -> str:
    """The mark of the draft that a page was made from."""
    found = re.search(r'name="mark" value="([0-9a-f]*)"', page)
    assert found
    return found[1]


def based_on(page: str) -> str:
    found = re.search(r'name="based_on" value="([0-9]+)"', page)
    assert found
    return found[1]


def form(office: Browser, **typed: Any) -> dict[str, Any]:
    """What a browser sends after these blanks were typed over; the rest stays as shown."""
    page = office.get("/admin/program").text
    return {"based_on": based_on(page), "mark": mark_in(page)} | typed


def review(office: Browser, **typed: Any) -> TestResponse:
    """The answer to *See what changes*, as a browser follows it."""
    return office.post("/admin/program/review", data=form(office, **typed), follow_redirects=True)


def publish(office: Browser, **typed: Any) -> TestResponse:
    """Compared and published."""
    page = review(office, **typed).text
    seen = {"based_on": based_on(page), "mark": mark_in(page)}
    return office.post("/admin/program/publish", data=seen)


def rules_of(chain: Chain) -> Rules:
    with chain.acting():
        return programs.current()


def value_of(page: str, blank: str) -> str:
    """What stands in a blank of the page."""
    found = re.search(rf'name="{blank}"[^>]* value="([^"]*)"', page)
    return found[1] if found else ""


def wrong_in(page: str) -> set[str]:
    """The blanks that have something said beside them."""
    return set(re.findall(r'id="f-([\w-]+)-wrong"', page))


def test_C5_the_defaults_stand_in_the_editor(app: Flask) -> None:
    chain = Chain.open(app, loyalty_type="points")
    page = chain.office().get("/admin/program").text
    shown = {
        "points_per_unit": "1",
        "unit_minor": "1.00",
        "minimum_purchase_minor": "0.00",
        "minimum_redemption_points": "100",
        "value_points": "",
        "value_amount": "",
        "welcome_bonus_points": "0",
        "stamps_target": "10",
        "stamps_reward_name": "Free item",
        "cooldown_minutes": "15",
        "max_daily_stamps": "5",
        "max_points_per_order": "",
        "expiry_notice_days": "30, 7",
        "card_color": "#4F46E5",
        "void_alone_minutes": "10",
        "void_days": "30",
        "adjustment_alone_points": "1000",
    }
    assert {blank: value_of(page, blank) for blank in shown} == shown
    assert 'value="1" selected>prove with a PIN' in page
    assert 'value="never" id="f-expiry_policy-never" checked' in page
    assert "points are kept but pay nothing" in page
    for name, least in (("Bronze", 0), ("Silver", 5000), ("Gold", 15000), ("Platinum", 50000)):
        assert f'value="{name}"' in page
        assert f'value="{least}"' in page


def test_a_form_that_changes_nothing_keeps_and_publishes_nothing(chain: Chain) -> None:
    office, before = chain.office(), rules_of(chain).number
    assert "Nothing is different yet" in review(office).text
    assert "1 draft" not in office.get("/admin/").text
    office.post("/admin/program/publish", data=form(office))
    assert rules_of(chain).number == before


def test_showing_a_rule_and_reading_it_back_changes_none_of_them(chain: Chain) -> None:
    """Every blank as the page shows it, sent as it stands: no difference, in any rule."""
    chain.publish(
        loyalty_type="hybrid",
        card_color="#1d5b79",
        point_value_bp=123_457,
        terms_text="  One\n\nTwo \n",
        expiry={"policy": "yearly", "month_day": "12-31"},
        category_rates={"Gifts & more": 0, "coffee": 2},
        tiers=LADDER,
        bonuses=(Bonus("Mondays", percent_bp=1_000, weekdays=(1,)),),
        max_points_per_order=500,
        stamps_reward_value_minor=350,
        privacy_url="https://example.org/p",
    )
    office = chain.office()
    page = office.get("/admin/program").text
    pairs = re.findall(r'<input[^>]* name="([\w-]+)"[^>]* value="([^"]*)"', page)
    sent: dict[str, Any] = {}
    for name, value in pairs:
        if name != "expiry_policy":
            sent.setdefault(name, []).append(unescape(value))
    sent["terms_text"] = "  One\r\n\r\nTwo \r\n"
    answer = office.post("/admin/program/review", data=sent, follow_redirects=True)
    assert "Nothing is different yet" in answer.text


def test_old_and_new_are_shown_before_they_count(chain: Chain) -> None:
    for stamps in (4, 6, 11):
        chain.publish(cooldown_minutes=0, max_daily_stamps=None)
        chain.stamp(chain.card(), stamps)
    before = rules_of(chain)
    page = review(chain.office(), stamps_target="5").text
    assert "<del>10</del> <ins>5</ins>" in page
    assert "One card has its reward ready at once." in page
    assert "Publish to 3 cards" in page
    assert "No card loses anything" in page
    assert rules_of(chain) == before


def test_a_higher_target_says_who_has_to_collect_on(chain: Chain) -> None:
    chain.publish(cooldown_minutes=0, max_daily_stamps=None)
    chain.stamp(chain.card(), 10)
    chain.stamp(chain.card(), 10)
    page = review(chain.office(), stamps_target="12").text
    assert "2 cards that could take their reward have to collect on." in page
    assert "No card loses anything" not in page


def test_publishing_makes_the_next_revision_and_says_who(chain: Chain) -> None:
    before, office = rules_of(chain), chain.office()
    answer = publish(
        office,
        stamps_target="8",
        stamps_reward_value_minor="3,50",
        max_daily_stamps="",
        terms_text="Be\r\nkind",
    )
    assert (answer.status_code, answer.location) == (303, "/admin/program")
    rules = rules_of(chain)
    assert rules.number == before.number + 1
    assert (rules.stamps_target, rules.stamps_reward_value_minor) == (8, 350)
    assert rules.max_daily_stamps is None
    assert rules.terms_text == "Be\nkind"
    assert rules.card_color == before.card_color
    page = office.get("/admin/program").text
    assert f"Revision {rules.number}</b>: Stamps for the reward <del>10</del> → 8" in page
    assert ", Ada Adams</time>" in page
    assert "1 draft" not in page


def test_everything_of_a_points_programme_is_typed_and_published(chain: Chain) -> None:
    answer = publish(
        chain.office(),
        loyalty_type="hybrid",
        points_per_unit="3",
        unit_minor="2,50",
        minimum_purchase_minor="5",
        value_points="100",
        value_amount="5.00",
        minimum_redemption_points="50",
        max_points_per_order="400",
        max_points_per_checkout="1000",
        welcome_bonus_points="25",
        welcome_bonus_when="verified",
        birthday_bonus_bp="12.5",
        stamps_per_sale="1",
        bonus_stacking="best",
        void_policy="forgive",
        void_alone_minutes="5",
        void_days="",
        redemption_alone_points="500",
        adjustment_alone_points="",
        tier_review_on="02-29",
        require_staff_pin="0",
        expiry_policy="yearly",
        expiry_day="31",
        expiry_month="12",
        expiry_notice_days="60, 14,3",
        **{
            "rates-name": ["coffee", "", "gifts"],
            "rates-points": ["5", "", "0"],
            "tiers-name": ["Gold", "Bronze", ""],
            "tiers-least": ["1000", "0", ""],
            "tiers-times": ["1,25", "1", ""],
        },
    )
    assert answer.status_code == 303
    rules = rules_of(chain)
    told = {
        "loyalty_type": "hybrid",
        "points_per_unit": 3,
        "unit_minor": 250,
        "minimum_purchase_minor": 500,
        "point_value_bp": 50_000,
        "minimum_redemption_points": 50,
        "max_points_per_order": 400,
        "max_points_per_checkout": 1_000,
        "welcome_bonus_points": 25,
        "welcome_bonus_when": "verified",
        "birthday_bonus_bp": 1_250,
        "stamps_per_sale": 1,
        "bonus_stacking": "best",
        "void_policy": "forgive",
        "void_alone_minutes": 5,
        "void_days": None,
        "redemption_alone_points": 500,
        "adjustment_alone_points": None,
        "tier_review_on": "02-29",
        "require_staff_pin": False,
        "expiry": {"policy": "yearly", "month_day": "12-31"},
        "expiry_notice_days": [60, 14, 3],
        "category_rates": {"coffee": 5, "gifts": 0},
        "tiers": (Tier("Bronze", 0, 10_000), Tier("Gold", 1_000, 12_500)),
    }
    assert {name: getattr(rules, name) for name in told} == told


HOSTILE = '"><script>alert(1)</script>'


@pytest.mark.parametrize("path", ["review", "draft"])
def test_a_wrong_blank_is_named_beside_it_and_nothing_typed_is_lost(
    chain: Chain, path: str
) -> None:
    """Which values are wrong stands in test_program_blanks.py."""
    before, office = rules_of(chain), chain.office()
    typed = {
        "stamps_target": "many",
        "stamps_reward_value_minor": "3.505",
        "stamps_reward_name": HOSTILE * 4,
        "value_points": "3",
        "value_amount": "0.10",
        "privacy_url": "javascript:alert(1)",
        "tiers-name": ["A", HOSTILE],
        "tiers-least": ["0", "x"],
        "tiers-times": ["1", "2"],
    }
    wrong = {name for name in typed if not name.startswith("tiers")} - {"value_points"}
    answer = office.post(f"/admin/program/{path}", data=form(office, **typed))
    assert answer.status_code == (422 if path == "review" else 303)
    again = office.get("/admin/program").text
    for page in [again, answer.text] if path == "review" else [again]:
        assert wrong_in(page) == wrong | {"tiers-1-least"}
        assert HOSTILE not in page
        for name in wrong:
            assert unescape(value_of(page, name)) == typed[name], name
            assert f'aria-describedby="f-{name}-wrong"' in page, name
    seen = {"based_on": based_on(again), "mark": mark_in(again)}
    assert office.post("/admin/program/publish", data=seen).status_code == 422
    assert rules_of(chain) == before


def test_a_hundred_rows_too_many_are_refused_and_not_kept_for_ever(chain: Chain) -> None:
    office = chain.office()
    many = [str(n) for n in range(500)]
    typed = {"tiers-name": many, "tiers-least": many, "tiers-times": ["1"] * 500}
    answer = office.post("/admin/program/review", data=form(office, **typed))
    assert answer.status_code == 422
    assert "tiers" in wrong_in(answer.text)
    assert answer.text.count('name="tiers-name"') == 40


def test_the_longest_terms_in_any_script_are_kept(chain: Chain) -> None:
    office = chain.office()
    assert publish(office, terms_text="ä" * 20_000).status_code == 303
    assert rules_of(chain).terms_text == "ä" * 20_000
    assert office.post(
        "/admin/program/draft", data=form(office, terms_text="\U0001f950" * 20_000)
    ).status_code in (303, 413)


# -- the draft -----------------------------------------------------------------------------------


def test_a_draft_is_kept_for_everybody_and_shown_in_the_menu(chain: Chain) -> None:
    office = chain.office()
    with clock.at(datetime(2031, 5, 7, 9, tzinfo=UTC)):
        fresh = chain.office()
        fresh.post("/admin/program/draft", data=form(fresh, stamps_target="many", do="keep"))
        page = fresh.get("/admin/program").text
        number = rules_of(chain).number
        assert f"This is your draft of revision {number + 1}, kept since Wednesday, 7 May" in page
    page = office.get("/admin/program").text
    assert value_of(page, "stamps_target") == "many"
    assert "1 draft" in office.get("/admin/").text


def test_only_what_was_changed_is_kept_so_what_others_publish_stays(chain: Chain) -> None:
    office = chain.office()
    office.post("/admin/program/draft", data=form(office, stamps_reward_name="Soup"))
    theirs = chain.publish(stamps_target=9)
    page = office.get("/admin/program").text
    assert f"Revision {theirs.number} was published while you were writing" in page
    assert (value_of(page, "stamps_target"), value_of(page, "stamps_reward_name")) == ("9", "Soup")
    assert publish(office).status_code == 303
    rules = rules_of(chain)
    assert (rules.stamps_target, rules.stamps_reward_name) == (9, "Soup")


def test_a_draft_can_be_thrown_away(chain: Chain) -> None:
    office, before = chain.office(), rules_of(chain)
    office.post("/admin/program/draft", data=form(office, stamps_target="7"))
    office.post("/admin/program/draft/discard", data=form(office))
    page = office.get("/admin/program").text
    assert value_of(page, "stamps_target") == "10"
    assert "1 draft" not in page
    assert rules_of(chain) == before


def test_whoever_was_overtaken_is_told_and_keeps_what_was_typed(chain: Chain) -> None:
    office = chain.office()
    typed = form(office, stamps_reward_name="Soup")
    theirs = chain.publish(stamps_target=9)
    answer = office.post("/admin/program/review", data=typed)
    assert answer.status_code == 409
    assert f"Revision {theirs.number} was published while you were writing" in answer.text
    assert value_of(answer.text, "stamps_reward_name") == "Soup"
    assert value_of(answer.text, "stamps_target") == "9"
    assert based_on(answer.text) == str(theirs.number)
    assert rules_of(chain) == theirs


def test_a_revision_published_after_the_comparison_stops_the_publishing(chain: Chain) -> None:
    office = chain.office()
    page = review(office, stamps_reward_name="Soup").text
    theirs = chain.publish(stamps_target=9)
    seen = {"based_on": based_on(page), "mark": mark_in(page)}
    assert office.post("/admin/program/publish", data=seen).status_code == 409
    assert rules_of(chain) == theirs
    assert value_of(office.get("/admin/program").text, "stamps_reward_name") == "Soup"


@pytest.mark.parametrize("path", ["draft", "review"])
def test_two_editors_at_once_do_not_overwrite_each_other_unseen(chain: Chain, path: str) -> None:
    one, other = chain.office(), chain.office()
    mine = form(one, stamps_reward_name="Soup")
    other.post("/admin/program/draft", data=form(other, stamps_target="7"))
    answer = one.post(f"/admin/program/{path}", data=mine)
    assert answer.status_code == 409
    assert "changed by somebody else meanwhile" in answer.text
    assert value_of(answer.text, "stamps_reward_name") == "Soup"
    assert value_of(other.get("/admin/program").text, "stamps_target") == "7"
    again = {"based_on": based_on(answer.text), "mark": mark_in(answer.text)}
    one.post("/admin/program/draft", data=again | {"stamps_reward_name": "Soup"})
    assert value_of(other.get("/admin/program").text, "stamps_reward_name") == "Soup"


def test_what_is_published_is_what_was_compared(chain: Chain) -> None:
    one, other = chain.office(), chain.office()
    page = review(one, stamps_reward_name="Soup").text
    other.post("/admin/program/draft", data=form(other, stamps_target="7"))
    before = rules_of(chain)
    seen = {"based_on": based_on(page), "mark": mark_in(page)}
    assert one.post("/admin/program/publish", data=seen).status_code == 409
    assert rules_of(chain) == before
    assert one.post("/admin/program/draft/discard", data=seen).status_code == 409
    assert value_of(one.get("/admin/program").text, "stamps_target") == "7"


def test_another_companys_draft_is_nobodys_here(chain: Chain, other_chain: Chain) -> None:
    theirs = other_chain.office()
    theirs.post("/admin/program/draft", data=form(theirs, stamps_target="7"))
    mark = mark_in(theirs.get("/admin/program").text)
    mine = chain.office()
    assert "1 draft" not in mine.get("/admin/program").text
    answer = mine.post("/admin/program/draft/discard", data={"mark": mark})
    assert answer.status_code == 409
    assert value_of(theirs.get("/admin/program").text, "stamps_target") == "7"


def test_a_manager_opens_neither_editor_nor_rewards(chain: Chain) -> None:
    office = chain.office(chain.manager)
    for path in ("program", "program/review", "program/bonuses/new", "rewards", "rewards/new"):
        assert office.get(f"/admin/{path}").status_code == 403
    assert office.post("/admin/program/publish", data={"mark": ""}).status_code == 403


# -- rows and bonuses ----------------------------------------------------------------------------


def test_a_row_is_removed_without_javascript_and_the_rest_stays(chain: Chain) -> None:
    chain.publish(loyalty_type="points", tiers=LADDER)
    office = chain.office()
    typed = form(office, do="remove-tiers:1", points_per_unit="2")
    answer = office.post("/admin/program/draft", data=typed)
    assert answer.location == "/admin/program#tiers"
    page = office.get("/admin/program").text
    assert "Silver" not in page.split('id="tiers"')[1].split("</fieldset>")[0]
    assert value_of(page, "points_per_unit") == "2"
    for nonsense in ("remove-tiers:99", "remove-tiers:x", "remove-bonuses:7", "change-bonus:", ":"):
        again = office.post("/admin/program/draft", data=form(office, do=nonsense))
        assert again.status_code == 303
    publish(office)
    assert rules_of(chain).tiers == (LADDER[0], LADDER[2])


def bonus(**typed: Any) -> dict[str, Any]:
    return {"name": "Quiet hours", "gives": "percent", "much": "20"} | typed


def test_a_bonus_is_written_changed_and_removed_in_the_draft(chain: Chain) -> None:
    chain.publish(loyalty_type="points")
    office = chain.office()
    answer = office.post("/admin/program/draft", data=form(office, points_per_unit="2", do="bonus"))
    assert answer.location == "/admin/program/bonuses/new"
    page = office.get(answer.location).text
    office.post(
        "/admin/program/bonuses/new",
        data=bonus(
            mark=mark_in(page),
            weekdays=["1", "2"],
            from_time="8:00",
            until_time="11:00",
            vendors=["station"],
        ),
    )
    page = office.get("/admin/program").text
    assert "On Monday and Tuesday 08:00–11:00, at Station: +20" in page
    page = office.get("/admin/program/bonuses/1").text
    assert 'value="2" checked' in page
    office.post(
        "/admin/program/bonuses/1", data=bonus(mark=mark_in(page), gives="points", much="30")
    )
    assert rules_of(chain).bonuses == ()
    publish(office)
    rules = rules_of(chain)
    assert rules.bonuses == (Bonus("Quiet hours", points=30),)
    assert rules.points_per_unit == 2
    office.post("/admin/program/draft", data=form(office, do="remove-bonuses:0"))
    publish(office)
    assert rules_of(chain).bonuses == ()


def test_a_wrong_bonus_is_named_beside_it_and_not_kept(chain: Chain) -> None:
    chain.publish(loyalty_type="points")
    office = chain.office()
    typed = bonus(name=HOSTILE, much="-5", every="x", vendors=["somebody-elses"])
    answer = office.post("/admin/program/bonuses/new", data=typed | {"mark": ""})
    assert answer.status_code == 422
    assert wrong_in(answer.text) == {"much", "every", "vendors"}
    assert HOSTILE not in answer.text
    assert unescape(value_of(answer.text, "name")) == HOSTILE
    assert "1 draft" not in office.get("/admin/").text


def test_a_bonus_that_is_not_there_is_not_found(chain: Chain) -> None:
    office = chain.office()
    for place in ("0", "1", "999999999999999999"):
        assert office.get(f"/admin/program/bonuses/{place}").status_code == 404
        answer = office.post(f"/admin/program/bonuses/{place}", data=bonus(mark=""))
        assert answer.status_code == 404


def test_the_fifty_first_bonus_is_refused(chain: Chain) -> None:
    chain.publish(
        loyalty_type="points", bonuses=tuple(Bonus(f"B{n}", points=n) for n in range(1, 51))
    )
    answer = chain.office().post("/admin/program/bonuses/new", data=bonus(mark=""))
    assert answer.status_code == 422
    assert "at most 50 bonuses" in answer.text


# -- what publishing does ------------------------------------------------------------------------


def earned(chain: Chain, *amounts: int) -> str:
    """A card with these sales."""
    number = chain.card()
    for amount in amounts:
        with chain.acting() as session:
            accrual.earn(number, amount, by=chain.actor, attempt=None)
            session.commit()
    return number


def test_the_effect_counts_tiers_small_sales_and_rewards(app: Flask) -> None:
    chain = Chain.open(app, loyalty_type="points", tiers=LADDER)
    with clock.at(datetime(2031, 5, 7, 9, tzinfo=UTC)):
        earned(chain, 40_000, 30_000)  # 700 points: Silver
        earned(chain, 300, 450, 20_000)  # 207: Bronze
        with chain.acting() as session:
            for name, points in (("Espresso", 50), ("Breakfast", 350)):
                rewards.catalogue.create({"name": name, "points": points}, by=chain.actor)
            session.commit()
    with clock.at(datetime(2031, 5, 14, 9, tzinfo=UTC)):
        office = chain.office()
        page = review(
            office,
            minimum_purchase_minor="5",
            minimum_redemption_points="400",
            **{
                "tiers-name": ["Bronze", "Silver"],
                "tiers-least": ["0", "200"],
                "tiers-times": ["1", "1.25"],
            },
        ).text
    assert "2 sales last week stayed under €5.00; they would earn nothing." in page
    assert "One card comes into another tier." in page
    assert "Nobody could take Breakfast: it costs 350" in page
    assert "Nobody could take Espresso: it costs 50, and the least anyone may redeem is 400" in page
    assert "No card loses anything" not in page
    assert "<dt>Gold</dt><dd><del>from 1,500 points, × 1.5</del> <ins>none</ins></dd>" in page
    assert "<dt>Purchases from</dt><dd><del>€0.00</del> <ins>€5.00</ins></dd>" in page
    assert "Publish to 2 cards" in page


def test_who_falls_into_a_tier_that_earns_less_is_counted(app: Flask) -> None:
    chain = Chain.open(app, loyalty_type="points", tiers=LADDER)
    earned(chain, 70_000)
    page = review(
        chain.office(),
        **{
            "tiers-name": ["Bronze", "Silver"],
            "tiers-least": ["0", "800"],
            "tiers-times": ["1", "1.25"],
        },
    ).text
    assert "One card falls into a tier that earns less." in page
    assert "No card loses anything" not in page


def test_a_page_of_the_editor_costs_the_same_whatever_there_is(app: Flask) -> None:
    def statements(chain: Chain) -> tuple[int, int]:
        office = chain.office()
        review(office, stamps_reward_name="Soup", points_per_unit="2")
        counts = []
        for path in ("/admin/program", "/admin/program/review", "/admin/rewards"):
            office.get(path)
            with app.app_context():
                engine = db.engine
            seen: list[str] = []

            def note(_c: Any, _k: Any, statement: str, *_rest: Any, into: list[str] = seen) -> None:
                into.append(statement)

            event.listen(engine, "before_cursor_execute", note)
            assert office.get(path).status_code == 200
            event.remove(engine, "before_cursor_execute", note)
            counts.append(len(seen))
        return tuple(counts)  # type: ignore[return-value]

    small = Chain.open(app, loyalty_type="hybrid")
    large = Chain.open(
        app,
        loyalty_type="hybrid",
        bonuses=tuple(Bonus(f"B{n}", points=n, vendors=("station",)) for n in range(1, 51)),
        tiers=tuple(Tier(f"T{n}", n * 100, 10_000 + n) for n in range(20)),
        category_rates={f"category {n}": n for n in range(200)},
    )
    for chain, number in ((small, 1), (large, 300)):
        with chain.acting() as session:
            for n in range(number):
                values = {"name": f"R{n}", "points": n + 1, "vendors": ["station"]}
                rewards.catalogue.create(values, by=chain.actor)
            session.commit()
    assert statements(small) == statements(large)


def test_the_words_beside_the_form_follow_what_is_typed(chain: Chain) -> None:
    office = chain.office()
    answer = office.post(
        "/admin/program/preview",
        data=form(office, stamps_target="6", stamps_reward_name="Soup", cooldown_minutes="0"),
    )
    text = answer.json["text"]
    assert text["promise"] == "Collect 6 stamps, get: Soup."
    assert text["pace"] == "5 stamps a day at most."
    assert text["say"] == "2 more stamps: Soup."
    hybrid = {"loyalty_type": "hybrid", "value_points": "100", "value_amount": "5"}
    text = office.post("/admin/program/preview", data=form(office, **hybrid)).json["text"]
    assert text["promise"] == "Spend €100, get €5 back: 5\N{NO-BREAK SPACE}%."
    assert text["promise_too"] == "Collect 10 stamps, get: Free item."
    wrong = office.post("/admin/program/preview", data=form(office, stamps_target="x"))
    assert wrong.json == {"text": {}}
    assert "1 draft" not in office.get("/admin/").text


# -- running -------------------------------------------------------------------------------------


def test_C14_the_first_start_survives_off_and_on(chain: Chain) -> None:
    first = programs_started(chain)
    office = chain.office()
    with clock.at(datetime(2031, 5, 6, 12, tzinfo=UTC)):
        switched = {"active": "", "redeemable_until": "2031-06-30"}
        fresh = chain.office()
        assert fresh.post("/admin/program/switch", data=switched).status_code == 303
        page = fresh.get("/admin/program").text
        assert "The programme is paused" in page
        assert "Rewards can be taken until 30 June 2031." in page
        assert "no stamps, no new members" in fresh.get("/admin/").text
        assert fresh.post("/admin/program/switch", data={"active": "1"}).status_code == 303
    assert programs_started(chain) == first
    assert "The programme runs" in office.get("/admin/program").text
    assert f"First started on {first:%-d %B %Y}" in office.get("/admin/program").text


def programs_started(chain: Chain) -> date:
    with chain.acting():
        program = programs.of_company()
        assert program.activated_at
        return program.activated_at.astimezone(clock.zone("Europe/Luxembourg")).date()


def test_a_day_that_is_none_pauses_nothing(chain: Chain) -> None:
    answer = chain.office().post(
        "/admin/program/switch", data={"active": "", "redeemable_until": "soon"}
    )
    assert answer.status_code == 422
    assert 'id="f-redeemable_until-wrong"' in answer.text
    with chain.acting():
        assert programs.of_company().active


def test_a_draft_longer_than_its_row_can_hold_is_refused_not_a_fault(chain: Chain) -> None:
    with chain.acting() as session:
        with pytest.raises(TooLarge):
            drafts.keep({"terms_text": "x" * 200_001}, based_on=1, by=1, seen="")
        session.rollback()
