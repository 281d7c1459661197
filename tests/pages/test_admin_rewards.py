"""The rewards' page: a price that nobody could pay is said while it is typed (C9)."""

from typing import Any

import pytest
from sqlalchemy import select

from app.modules.loyalty import accrual, programs, returns, rewards
from app.modules.loyalty.rewards import Reward, catalogue
from tests.cast import Chain


def made(chain: Chain, **values: Any) -> int:
    with chain.acting() as session:
        reward = catalogue.create({"name": "Cake", "points": 350} | values, by=chain.actor)
        session.commit()
        return reward.id


def values_of(chain: Chain, reward_id: int) -> dict[str, Any]:
    with chain.acting():
        return catalogue.values_of(catalogue.find(reward_id))


def names(chain: Chain) -> list[str]:
    with chain.acting() as session:
        return sorted(session.scalars(select(Reward.name)))


def test_the_first_reward_is_taught(chain: Chain) -> None:
    page = chain.office().get("/admin/rewards").text
    assert "No reward yet" in page
    assert 'href="/admin/rewards/new"' in page


def test_a_reward_is_added_with_all_it_has(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid")
    office = chain.office()
    answer = office.post(
        "/admin/rewards/new",
        data={
            "name": " Breakfast  for two ",
            "description": "With eggs.",
            "points": "350",
            "stamps": "2",
            "value_minor": "19,5",
            "valid_from": "2031-01-01",
            "valid_until": "2031-12-31",
            "stock": "40",
            "per_card_limit": "2",
            "vendors": ["station"],
        },
    )
    assert (answer.status_code, answer.location) == (303, "/admin/rewards")
    with chain.acting() as session:
        reward_id = session.scalars(select(Reward.id)).one()
    values = values_of(chain, reward_id)
    told = {"points": 350, "stamps": 2, "value_minor": 1_950, "stock": 40, "per_card_limit": 2}
    assert values | told == values
    assert (values["name"], values["vendors"]) == ("Breakfast for two", ["station"])
    page = office.get("/admin/rewards").text
    for said in (
        "350 points",
        "2 stamps",
        "€19.50",
        "1 Jan 2031 – 31 Dec 2031",
        "Station",
        "2 a card",
    ):
        assert said in page, said
    form = office.get(f"/admin/rewards/{reward_id}").text
    for shown in ('value="350"', 'value="19.50"', 'value="2031-12-31"', 'value="station" checked'):
        assert shown in form, shown


def test_C9_a_price_below_the_minimum_is_warned_of_while_editing(chain: Chain) -> None:
    chain.publish(loyalty_type="points")
    office, typed = chain.office(), {"name": "Espresso", "points": "50"}
    said = "Nobody could take Espresso: it costs 50, and the least anyone may redeem is 100."
    live = office.post("/admin/rewards/preview", data=typed).json["text"]
    assert said in live["warning"]
    assert office.post("/admin/rewards/preview", data=typed | {"points": "100"}).json == {
        "text": {"warning": ""}
    }
    answer = office.post("/admin/rewards/new", data=typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Make it 100" in answer.text
    assert 'value="50"' in answer.text
    assert names(chain) == []
    assert office.post("/admin/rewards/new", data=typed | {"raise": "1"}).status_code == 303
    typed["name"] = "Cookie"
    assert office.post("/admin/rewards/new", data=typed | {"anyway": "1"}).status_code == 303
    assert names(chain) == ["Cookie", "Espresso"]
    page = office.get("/admin/rewards").text
    assert page.count("below 100 points") == 1
    assert "Nobody could take one reward" in page


def test_C9_a_minimum_above_existing_rewards_is_warned_of_in_the_programme(chain: Chain) -> None:
    chain.publish(loyalty_type="points")
    made(chain)
    office = chain.office()
    said = "Nobody could take Cake: it costs 350, and the least anyone may redeem is 400."
    assert said not in office.get("/admin/program").text
    answer = office.post("/admin/program/preview", data={"minimum_redemption_points": "400"})
    assert said in answer.json["text"]["warnings"]
    chain.publish(minimum_redemption_points=400)
    assert said in office.get("/admin/program").text


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "x" * 81}, "name"),
    ({"points": "", "stamps": ""}, "points"),
    ({"points": "-1"}, "points"),
    ({"points": "1.5"}, "points"),
    ({"points": "²"}, "points"),
    ({"points": "9999999999"}, "points"),
    ({"stamps": "1001"}, "stamps"),
    ({"value_minor": "1e3"}, "value_minor"),
    ({"value_minor": "0.001"}, "value_minor"),
    ({"valid_from": "soon"}, "valid_from"),
    ({"valid_from": "2031-02-02", "valid_until": "2031-02-01"}, "valid_until"),
    ({"stock": "-1"}, "stock"),
    ({"per_card_limit": "0"}, "per_card_limit"),
    ({"vendors": ["somebody-elses"]}, "vendors"),
]


def test_C9_a_reward_that_nobody_can_take_waits_for_a_decision_until_it_is_mended(
    chain: Chain,
) -> None:
    chain.publish(loyalty_type="points", minimum_redemption_points=100)
    made(chain, name="Cake", points=350)
    office = chain.office()
    assert "can be taken by nobody" not in office.get("/admin/").text
    lost = made(chain, name="Espresso", points=50)
    told = office.get("/admin/").text
    assert "<b>Espresso</b> can be taken by nobody: it costs less than the 100 points" in told
    assert 'href="/admin/rewards"' in told
    with chain.acting() as session:
        catalogue.change(lost, {"points": 100}, by=chain.actor)
        session.commit()
    assert "can be taken by nobody" not in office.get("/admin/").text


def test_a_wrong_field_is_named_beside_it_and_nothing_is_saved(chain: Chain) -> None:
    hostile, office = '<script>alert("1")</script>', chain.office()
    for typed, wrong in WRONG:
        sent = {"name": "Cake", "points": "350", "description": hostile} | typed
        answer = office.post("/admin/rewards/new", data=sent)
        assert answer.status_code == 422, typed
        assert f'id="f-{wrong}-wrong"' in answer.text, typed
        assert hostile not in answer.text
        assert "&lt;script&gt;" in answer.text
    assert names(chain) == []


def test_a_change_keeps_what_the_form_does_not_say(chain: Chain) -> None:
    reward_id = made(chain, active=False)
    answer = chain.office().post(
        f"/admin/rewards/{reward_id}", data={"name": "Tart", "points": "400", "active": "1"}
    )
    assert answer.status_code == 303
    values = values_of(chain, reward_id)
    assert (values["name"], values["points"], values["active"]) == ("Tart", 400, False)


def test_a_reward_is_withdrawn_and_offered_again_never_deleted(chain: Chain) -> None:
    reward_id = made(chain)
    office = chain.office()
    office.post(f"/admin/rewards/{reward_id}/withdraw", data={"active": "0"})
    assert values_of(chain, reward_id)["active"] is False
    assert "withdrawn" in office.get("/admin/rewards").text
    office.post(f"/admin/rewards/{reward_id}/withdraw", data={"active": "1"})
    assert values_of(chain, reward_id)["active"] is True


def test_what_it_has_cost_is_counted_less_what_was_cancelled(chain: Chain) -> None:
    chain.publish(loyalty_type="points", max_points_per_order=None)
    reward_id = made(chain, value_minor=500)
    number = chain.card()
    with chain.acting() as session:
        accrual.earn(number, 200_000, by=chain.actor, attempt=None)
        for _ in range(3):
            rewards.redeem(number, reward_id, by=chain.actor, attempt=None)
        session.commit()
    last = chain.lines(number)[-1].id
    with chain.acting() as session:
        returns.void(last, by=chain.actor, attempt=None)
        session.commit()
    page = chain.office().get("/admin/rewards").text
    assert "2 times" in page
    assert "€10.00 in all" in page


@pytest.mark.parametrize("path", ["", "/withdraw"])
def test_another_companys_reward_is_not_found(chain: Chain, other_chain: Chain, path: str) -> None:
    theirs = made(other_chain)
    office = chain.office()
    assert office.get(f"/admin/rewards/{theirs}").status_code == 404
    sent = {"name": "Mine", "points": "100", "active": "0"}
    assert office.post(f"/admin/rewards/{theirs}{path}", data=sent).status_code == 404
    assert values_of(other_chain, theirs)["name"] == "Cake"
    assert "Cake" not in office.get("/admin/rewards").text


def test_a_reward_changes_nothing_of_the_rules_in_force(chain: Chain) -> None:
    with chain.acting():
        before = programs.current()
    made(chain)
    with chain.acting():
        assert programs.current() == before


def test_a_stock_that_was_left_as_shown_keeps_what_was_taken_meanwhile(chain: Chain) -> None:
    chain.publish(loyalty_type="points", minimum_redemption_points=0)
    reward_id, number = made(chain, points=1, stock=10), chain.card()
    office, path = chain.office(), f"/admin/rewards/{reward_id}"
    shown = {"stock": "10", "stock_shown": "10"}
    assert 'name="stock_shown" value="10"' in office.get(path).text
    with chain.acting() as session:
        accrual.earn(number, 1_000, by=chain.actor, attempt=None)
        rewards.redeem(number, reward_id, by=chain.actor, attempt=None)
        session.commit()
    renamed = {"name": "Tart", "points": "1"}
    assert office.post(path, data=renamed | shown | {"anyway": "1"}).status_code == 303
    assert (values_of(chain, reward_id)["name"], values_of(chain, reward_id)["stock"]) == (
        "Tart",
        9,
    )
    # A form that comes back with a fault still knows what it had shown.
    assert 'name="stock_shown" value="10"' in office.post(path, data=shown).text
    for typed, left in (("50", 50), ("", None), ("10", 10)):
        posted = renamed | {"stock": typed, "stock_shown": "12"}
        assert office.post(path, data=posted).status_code == 303
        assert values_of(chain, reward_id)["stock"] == left
