"""A cashier who cheats: one person who plays two, and the office's own lines."""

from datetime import timedelta
from typing import Any

import pytest

from app import clock, verify
from app.accounts.actors import Actor
from app.modules.loyalty import accrual, adjustments
from tests.cast import Browser, Chain, Person
from tests.pages.test_terminal_returns import page_of, take_back


@pytest.fixture
def shop(chain: Chain) -> Any:
    chain.publish(loyalty_type="points", minimum_redemption_points=0)
    yield chain
    with chain.app.app_context():
        assert list(verify.breaches(chain.company_id)) == []


def sold(shop: Chain, amount_minor: int = 1_000) -> tuple[str, int]:
    number = shop.card()
    with shop.acting() as session:
        posted = accrual.earn(number, amount_minor, by=shop.actor, attempt=None)
        session.commit()
    return number, posted.transaction_id or 0


def stands_without_pin(shop: Chain, who: Person) -> Browser:
    """The terminal where names are chosen and no PIN is asked, with this name chosen."""
    browser = shop.terminal(unlocked=False)
    answer = browser.post("/terminal/unlock", data={"staff_id": str(who.staff_id)})
    assert answer.status_code == 303
    return browser


def test_a_managers_name_without_their_pin_is_no_manager(shop: Chain) -> None:
    shop.publish(require_staff_pin=False)
    number, sale = sold(shop)
    with clock.at(clock.now() + timedelta(minutes=15)):
        browser = stands_without_pin(shop, shop.manager)
        me = {"approver": str(shop.staff.staff_id), "approver_pin": shop.staff.pin}
        assert take_back(browser, sale, **me).status_code == 403
        assert len(shop.lines(number)) == 1
        browser = stands_without_pin(shop, shop.staff)
        manager = {"approver": str(shop.manager.staff_id), "approver_pin": shop.manager.pin}
        assert take_back(browser, sale, **manager).status_code == 303


def test_what_the_office_set_right_is_not_taken_back_at_a_counter(shop: Chain) -> None:
    number, _sale = sold(shop)
    with shop.acting() as session:
        by = Actor("user:1", user_id=shop.admin.user_id)
        line = adjustments.adjust(number, -10, "Stolen", by=by, attempt=None).transaction_id or 0
        session.commit()
    browser = shop.terminal(shop.manager)
    agreed = {"approver": str(shop.staff.staff_id), "approver_pin": shop.staff.pin}
    page = page_of(browser, line)
    answer = take_back(browser, line, seen="", **agreed)
    assert (page.status_code, answer.status_code) == (403, 403)
    assert shop.card_row(number).points_balance == 0
    assert line not in [each.id for each in shop.lines(number) if each.reverses_id]
