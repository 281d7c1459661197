"""The programme's editor: nothing typed is lost, nothing counts unseen, nobody is overtaken."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app import clock
from app.modules.loyalty import programs
from app.modules.loyalty.pages.admin import program_words
from app.modules.loyalty.programs import Rules
from tests.cast import Chain


def form(chain: Chain, **changed: Any) -> dict[str, Any]:
    """The whole form as the editor shows it, with these fields typed over."""
    with chain.acting():
        rules = programs.current()
    typed = {
        "based_on": rules.number,
        "loyalty_type": rules.loyalty_type,
        "stamps_target": rules.stamps_target,
        "stamps_reward_name": rules.stamps_reward_name,
        "stamps_reward_value_minor": "",
        "cooldown_minutes": rules.cooldown_minutes,
        "max_daily_stamps": rules.max_daily_stamps or "",
        "welcome_bonus_points": rules.welcome_bonus_points,
        "card_name": rules.card_name,
        "card_color": rules.card_color.lower(),
        "terms_text": rules.terms_text,
        "privacy_url": "",
    }
    return typed | ({"require_staff_pin": "1"} if rules.require_staff_pin else {}) | changed


def rules_of(chain: Chain) -> Rules:
    with chain.acting():
        return programs.current()


def test_C5_the_defaults_stand_in_the_editor(chain: Chain) -> None:
    page = chain.office().get("/admin/program").text
    for name, value in (
        ("stamps_target", "10"),
        ("stamps_reward_name", "Free item"),
        ("cooldown_minutes", "15"),
        ("max_daily_stamps", "5"),
        ("welcome_bonus_points", "0"),
        ("card_color", "#4F46E5"),
    ):
        assert f'value="{value}"' in page.split(f'name="{name}"')[1].split(">")[0]
    assert "checked" in page.split('name="require_staff_pin"')[1].split(">")[0]
    for said in ("1 point for every €1.00", "<dd>100</dd>", "<dd>€0.00</dd>", "<dd>never</dd>"):
        assert said in page


def test_a_form_that_changes_nothing_publishes_nothing(chain: Chain) -> None:
    before = rules_of(chain).number
    page = chain.office().post("/admin/program/review", data=form(chain))
    assert "Nothing is different yet" in page.text
    chain.office().post("/admin/program/publish", data=form(chain))
    assert rules_of(chain).number == before


def test_a_colour_in_other_letters_is_no_change(chain: Chain) -> None:
    chain.publish(card_color="#1d5b79")
    page = chain.office().post("/admin/program/review", data=form(chain, card_color="#1D5B79"))
    assert "Nothing is different yet" in page.text


def test_old_and_new_are_shown_before_they_count(chain: Chain) -> None:
    for stamps in (4, 6, 11):
        chain.publish(cooldown_minutes=0, max_daily_stamps=None)
        chain.stamp(chain.card(), stamps)
    before = rules_of(chain)
    page = chain.office().post("/admin/program/review", data=form(chain, stamps_target=5)).text
    assert "<del>10</del> <ins>5</ins>" in page
    assert "One card has its reward ready at once." in page
    assert "Publish to 3 cards" in page
    assert rules_of(chain) == before


def test_a_higher_target_says_who_has_to_collect_on(chain: Chain) -> None:
    chain.publish(cooldown_minutes=0, max_daily_stamps=None)
    chain.stamp(chain.card(), 10)
    chain.stamp(chain.card(), 10)
    page = chain.office().post("/admin/program/review", data=form(chain, stamps_target=12)).text
    assert "2 cards that could take their reward have to collect on." in page


def test_publishing_makes_the_next_revision_and_says_who(chain: Chain) -> None:
    before = rules_of(chain)
    answer = chain.office().post(
        "/admin/program/publish",
        data=form(
            chain,
            stamps_target=8,
            stamps_reward_value_minor="3,50",
            max_daily_stamps="",
            terms_text="Be\r\nkind",
        ),
    )
    assert (answer.status_code, answer.location) == (303, "/admin/program")
    rules = rules_of(chain)
    assert rules.number == before.number + 1
    assert (rules.stamps_target, rules.stamps_reward_value_minor) == (8, 350)
    assert rules.max_daily_stamps is None
    assert rules.terms_text == "Be\nkind"
    assert rules.card_color == before.card_color
    page = chain.office().get("/admin/program").text
    assert f"Revision {rules.number}</b>: Stamps for the reward <del>10</del> → 8" in page
    assert ", Ada Adams</time>" in page


@pytest.mark.parametrize("path", ["review", "publish"])
def test_a_wrong_blank_is_named_beside_it_and_nothing_typed_is_lost(
    chain: Chain, path: str
) -> None:
    before = rules_of(chain)
    hostile = '"><script>alert(1)</script>'
    typed = form(
        chain,
        stamps_target="many",
        cooldown_minutes="999999",
        stamps_reward_value_minor="3.505",
        stamps_reward_name=hostile,
        card_name="",
        privacy_url="javascript:alert(1)",
        max_daily_stamps="²",
    )
    answer = chain.office().post(f"/admin/program/{path}", data=typed)
    assert answer.status_code == 422
    for name in (
        "stamps_target",
        "cooldown_minutes",
        "stamps_reward_value_minor",
        "card_name",
        "privacy_url",
        "max_daily_stamps",
    ):
        assert f'id="f-{name}-wrong"' in answer.text, name
        assert f'aria-describedby="f-{name}-wrong"' in answer.text, name
    for kept in ('value="many"', 'value="999999"', 'value="3.505"', 'value="javascript:alert(1)"'):
        assert kept in answer.text
    assert hostile not in answer.text
    assert rules_of(chain) == before


def test_the_way_back_from_the_comparison_keeps_everything(chain: Chain) -> None:
    typed = form(chain, stamps_reward_name="Soup & bread", terms_text="One\n\nTwo")
    page = chain.office().post("/admin/program/edit", data=typed).text
    assert 'value="Soup &amp; bread"' in page
    assert "One\n\nTwo</textarea>" in page


@pytest.mark.parametrize("path", ["review", "publish"])
def test_whoever_was_overtaken_is_told_and_keeps_what_was_typed(chain: Chain, path: str) -> None:
    typed = form(chain, stamps_reward_name="Soup")
    theirs = chain.publish(stamps_target=9)
    answer = chain.office().post(f"/admin/program/{path}", data=typed)
    assert answer.status_code == 409
    assert f"Revision {theirs.number} was published while you were writing" in answer.text
    assert 'value="Soup"' in answer.text
    assert f'name="based_on" value="{theirs.number}"' in answer.text
    assert rules_of(chain) == theirs


def test_the_words_beside_the_form_follow_what_is_typed(chain: Chain) -> None:
    answer = chain.office().post(
        "/admin/program/preview",
        data=form(chain, stamps_target=6, stamps_reward_name="Soup", cooldown_minutes=0),
    )
    text = answer.json["text"]
    assert text["promise"] == "Collect 6 stamps, get: Soup."
    assert text["pace"] == "5 a day at most."
    assert text["say"] == "2 more stamps: Soup."


def test_C9_what_is_allowed_and_unwise_is_warned_of(chain: Chain) -> None:
    rules = rules_of(chain).changed(terms_text="Be kind.")
    with chain.app.test_request_context():
        assert program_words.warnings(rules) == []
        unwise = {
            "cooldown_minutes": rules.changed(cooldown_minutes=0, max_daily_stamps=None),
            "cap": rules.changed(max_daily_stamps=10),
            "pin": rules.changed(require_staff_pin=False),
            "welcome": rules.changed(welcome_bonus_points=50),
            "terms": rules.changed(terms_text=""),
        }
        for name, changed in unwise.items():
            assert len(program_words.warnings(changed)) == 1, name


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


def test_yen_have_no_decimals_and_dinars_three() -> None:
    from app.modules.loyalty.pages.admin.program_form import _minor

    assert [_minor("350", "JPY"), _minor("3.5", "EUR"), _minor("3.505", "KWD")] == [350, 350, 3505]
