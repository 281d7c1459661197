"""Secrets in links: what was sent before is still good, and nothing else is."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app import links, tenancy
from app.errors import NotFound
from app.modules.loyalty import cards, enrolment, notices
from tests.conftest import make_app

OLD, NEW = "tests-only-111111111111111111-old", "tests-only-000000000000000000-new"
CARD: Any = SimpleNamespace(id=123456789, company_id=7, link_version=3)
CUSTOMER: Any = SimpleNamespace(id=987654321)


def in_company(folder: Path, keys: str, work: Callable[[], Any]) -> Any:
    app = make_app("sqlite:///never-opened.db", folder, SECRET_KEY=keys)
    with app.app_context(), tenancy.acting_as(7):
        return work()


@pytest.mark.parametrize(
    ("sent", "made"),
    [
        ("AgAAAAAHW80VNtJFzGxloZMsMnnFTDNyUQ", lambda: cards.link_secret(CARD)),
        (
            "AgAAAAAHW80VLvDhhfyzjISZt6szfPJaUA",
            lambda: enrolment.confirm_secret(CARD, "anouk@example.org"),
        ),
        ("AgAAAAA63mixQlytmeOeP2OOefaMEj_DWA", lambda: notices.token_of(CUSTOMER)),
    ],
    ids=["card", "confirmation", "no more letters"],
)
def test_links_that_were_sent_long_ago_still_open(
    folder: Path, sent: str, made: Callable[[], str]
) -> None:
    """As the first releases made them, letter by letter."""
    assert in_company(folder, f"2:{NEW},1:{OLD}", made) == sent


def test_a_link_proves_its_own_purpose_and_claim_under_any_key_that_is_kept(folder: Path) -> None:
    sent = in_company(folder, f"1:{OLD}", lambda: links.secret("open", 5, "7.5"))

    def proved() -> list[bool]:
        link = links.read(sent)
        assert link.row_id == 5
        tries = (("open", "7.5"), ("stop", "7.5"), ("open", "7.6"))
        return [link.proves(purpose, claim) for purpose, claim in tries]

    assert in_company(folder, f"2:{NEW},1:{OLD}", proved) == [True, False, False]
    assert in_company(folder, f"2:{NEW}", proved) == [False, False, False]


@pytest.mark.parametrize("typed", ["", "x", "é", "²" * 34, "A" * 33, "A" * 35, "A" * 400])
def test_what_can_be_no_link_is_not_found(folder: Path, typed: str) -> None:
    with pytest.raises(NotFound):
        in_company(folder, f"1:{OLD}", lambda: links.read(typed))
