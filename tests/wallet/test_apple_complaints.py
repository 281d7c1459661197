"""What phones complain of is kept, for a while, for whom it concerns."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app import tenancy
from app.extensions import db, limiter
from app.modules.loyalty.wallet import DeviceLog
from app.modules.loyalty.wallet.apple import complaints
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.wallet.phone import ROOT, InHand, in_hand


def _complaints(chain: Chain) -> list[DeviceLog]:
    with chain.app.app_context(), tenancy.crossing():
        rows = db.session.scalars(select(DeviceLog).order_by(DeviceLog.id)).all()
        db.session.expunge_all()
        return list(rows)


def test_a_complaint_is_kept_for_the_company_whose_serial_it_names(signing: Chain) -> None:
    phone, held = in_hand(signing)
    company, _card, link = held.serial.split("-")
    said = [
        f"[2031] Get pass task (pass type x, serial number {held.serial}): 500",
        f"a serial that is no card's: {company}-1-{link}",
        "line one\nline two\7" + "x" * 900,
        "",
        7,
        {"not": "a line"},
    ]
    before = len(_complaints(signing))
    assert phone.client.post(f"{ROOT}/log", json={"logs": said}).status_code == 200
    kept = _complaints(signing)[before:]
    assert [each.of_company for each in kept] == [signing.company_id, None, None]
    assert kept[2].message.startswith("line one line two x")
    assert len(kept[2].message) == complaints.LONGEST


@pytest.mark.parametrize(
    ("body", "status"),
    [({"logs": "x"}, 200), ({}, 200), ([], 400), ({"logs": ["x" * 20_000]}, 413)],
)
def test_a_complaint_that_is_none_does_no_harm(any_phone: InHand, body: Any, status: int) -> None:
    assert any_phone.phone.client.post(f"{ROOT}/log", json=body).status_code == status


def test_only_the_newest_complaints_are_kept_and_a_few_at_a_time(
    signing: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complaints, "KEPT", 5)
    client = signing.app.test_client()
    client.post(f"{ROOT}/log", json={"logs": ["old"] * 3})
    client.post(f"{ROOT}/log", json={"logs": [f"new {n}" for n in range(40)]})
    kept = [each.message for each in _complaints(signing)]
    assert kept == [f"new {n}" for n in range(complaints.MOST_AT_ONCE - 5, complaints.MOST_AT_ONCE)]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_flood_of_complaints_is_stopped(
    database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", limiter.enabled)  # put back afterwards: it is one
    limited = make_app(database_url, folder / "limited", RATE_LIMITS="on")
    limiter.reset()
    client = limited.test_client()
    answers = [client.post(f"{ROOT}/log", json={}).status_code for _ in range(122)]
    dispose(limited)
    assert answers == [200] * 120 + [429] * 2
