"""Whatever an upload takes to be looked at, no till waits for it: SQLite has one writer."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.modules.loyalty.branding import uploads as pictures
from app.modules.loyalty.wallet.credentials import uploads as credentials
from tests.branding.easel import drawn
from tests.branding.test_editor import post
from tests.cast import Chain
from tests.pages.test_admin_wallet import give

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
PATIENCE = 2  # seconds; a stamp takes some milliseconds


def _stamping_meanwhile(chain: Chain, work: Callable[..., Any], stamped: list[bool]) -> Any:
    """The same work, and a stamp at another till before it is done."""
    card = chain.card()

    def slowly(*given: Any, **named: Any) -> Any:
        till = threading.Thread(target=chain.stamp, args=(card,))
        till.start()
        till.join(PATIENCE)
        stamped.append(not till.is_alive())
        return work(*given, **named)

    return slowly


def test_a_stamp_does_not_wait_for_a_picture(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    stamped: list[bool] = []
    monkeypatch.setattr(pictures, "_drawn", _stamping_meanwhile(chain, pictures._drawn, stamped))
    assert post(chain, logo=drawn((200, 200), "#c00000")).status_code == 303
    assert stamped == [True]


def test_a_stamp_does_not_wait_for_credentials(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamped: list[bool] = []
    slowly = _stamping_meanwhile(chain, credentials.trio, stamped)
    monkeypatch.setattr(credentials, "trio", slowly)
    give(chain)
    assert stamped == [True]
