"""C19: the operator's word on a company beats the company's own."""

import pytest

from app.errors import Forbidden
from app.modules.loyalty import returns
from app.modules.loyalty.enrolment import EnrolmentClosed
from app.modules.loyalty.programs import settings
from tests.cast import Browser, Chain, operator_cookie


def say(chain: Chain, **words: str) -> None:
    browser = Browser(chain.app, use_cookies=True)
    browser.set_cookie("user", operator_cookie(chain.app))
    at = f"/platform/companies/{chain.company_id}"
    assert browser.post(f"{at}/settings", data=words).status_code == 303
    assert browser.get(at).status_code == 200


def test_C19_self_enrolment_off_closes_the_form_and_the_api(chain: Chain) -> None:
    person = {"email": f"x@{chain.slug}.example", "terms_accepted": True}
    say(chain, self_enrolment="no")
    refused = chain.api.post("/cards", person, key="one")
    assert (refused.status_code, refused.json["code"]) == (409, EnrolmentClosed.code)
    form = chain.browser().post(
        f"/s/{chain.slug}/",
        data={"first_name": "Camille", "reach": person["email"], "terms": "1"},
    )
    assert form.status_code == 409
    assert chain.card(), "the counter still makes cards"
    say(chain, self_enrolment="")
    assert chain.api.post("/cards", person, key="one").status_code == 201


def test_C19_a_pin_is_asked_for_whatever_the_company_says(chain: Chain) -> None:
    chain.publish(require_staff_pin=False)
    with chain.acting():
        assert not settings.allowed().require_staff_pin
    say(chain, require_staff_pin="yes")
    with chain.acting():
        assert settings.allowed().require_staff_pin


def test_C19_rewards_can_be_kept_to_the_cards_own_shop(chain: Chain) -> None:
    chain.publish(stamps_target=1, cooldown_minutes=0)
    number = chain.card()
    chain.stamp(number, 2)
    there = {"card": number, "vendor": chain.second_vendor.slug}
    say(chain, redeem_across_vendors="no")
    refused = chain.api.post("/stamps/redeem", there, key="a")
    assert (refused.status_code, refused.json["code"]) == (403, Forbidden.code)
    assert (
        chain.api.post("/stamps/redeem", there | {"vendor": chain.vendor.slug}, key="b").status_code
        == 201
    )
    say(chain, redeem_across_vendors="yes")
    assert chain.api.post("/stamps/redeem", there, key="a").status_code == 201


def test_C19_counters_can_be_kept_from_taking_back(chain: Chain) -> None:
    number = chain.card()
    line = int(chain.stamp(number)["transaction_id"])
    say(chain, staff_voids="no")
    with chain.acting(), pytest.raises(Forbidden):
        returns.void(line, by=chain.actor, attempt=None)
    assert (
        chain.api.post(f"/transactions/{line}/void", {"reason": "mistake"}, key="v").status_code
        == 201
    )
