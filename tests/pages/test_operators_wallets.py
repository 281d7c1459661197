"""The operator's wallets: stopped channels, certificates that end, all boards together, what phones
say; and a company's own page says the same of it."""

from datetime import timedelta

import pytest
from flask import Flask

from app import clock
from app.extensions import db
from app.ids import new_id
from app.modules.loyalty.wallet import APPLE, GOOGLE, DeviceLog, channels
from app.tenancy import crossing
from tests.cast import Browser, Chain, operator_cookie
from tests.pages.test_admin_wallet import hold
from tests.servers import SQLITE
from tests.wallet import pki
from tests.wallet.test_keeping import give, give_google

pytestmark = pytest.mark.parametrize("kind", [SQLITE], indirect=True)
PAGE = "/platform/wallet"


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Companies of this module alone."""
    return quiet_app


@pytest.fixture
def desk(chain: Chain) -> Browser:
    browser = chain.browser()
    browser.set_cookie("user", operator_cookie(chain.app))
    return browser


def test_nothing_there_yet_says_so(desk: Browser) -> None:
    shown = desk.get(PAGE).text
    assert "Nobody has a pass yet" in shown
    assert "This installation has no credentials of its own" in shown
    assert "No phone complained" in shown


def test_what_is_in_trouble_stands_there_and_goes_on_at_a_press(
    desk: Browser, chain: Chain
) -> None:
    give(chain, leaf=pki.authority().issue(lasts=timedelta(days=20)))
    give_google(chain)
    hold(chain, chain.card(), due_at=clock.now() - timedelta(minutes=5))
    with chain.acting() as session:
        channels.stop(GOOGLE, "403 PERMISSION_DENIED")
        session.commit()
    with chain.app.app_context(), crossing():
        words = "Get pass task: 503"
        row = DeviceLog(
            id=new_id(), of_company=chain.company_id, message=words, said_at=clock.now()
        )
        db.session.add(row)
        db.session.commit()
    shown = desk.get(PAGE).text
    for said in (
        "One channel has stopped",
        "403 PERMISSION_DENIED",
        "One certificate ends soon",
        "One company has passes",
        "in the coming night",
        words,
    ):
        assert said in shown, said
    company = f"/platform/companies/{chain.company_id}"
    shown = desk.get(company).text
    assert "403 PERMISSION_DENIED" in shown
    assert "One wallet stopped" in shown
    answer = desk.post(f"{company}/wallet/google/go-on", follow_redirects=True)
    assert "Google Wallet of Corner Bakery goes on." in answer.text
    assert "One pass is late" in answer.text
    with chain.acting():
        assert channels.offers(GOOGLE)
        assert channels.offers(APPLE)
    assert "let a wallet of Corner Bakery go on: Google Wallet" in desk.get("/platform/audit").text
    assert desk.post(f"{company}/wallet/samsung/go-on").status_code == 404
