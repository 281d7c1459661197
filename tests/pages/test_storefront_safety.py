"""What the address of a card opens, and to whom."""

from app.modules.loyalty import cards, enrolment
from tests.cast import Chain


def path_of(chain: Chain, number: str) -> str:
    with chain.acting():
        return enrolment.card_path(chain.slug, cards.find(number))


def test_a_blocked_card_cannot_unblock_itself_by_leaving_and_coming_back(chain: Chain) -> None:
    number = chain.card(first_name="Anouk", email="anouk@example.org")
    path, browser = path_of(chain, number), chain.browser()
    assert chain.api.post(f"/cards/{number}/block").status_code == 200
    assert browser.post(f"{path}/leave").status_code == 409
    browser.post(f"{path}/come-back")
    assert chain.api.get(f"/cards/{number}").json["status"] == "blocked"
    assert browser.post(f"{path}/erase").status_code == 303  # to be forgotten is always possible
    assert chain.api.post(f"/cards/{number}/unblock").status_code == 404


def test_every_answer_at_a_secret_address_keeps_it_secret(chain: Chain) -> None:
    path, browser = path_of(chain, chain.card()), chain.browser()
    parts = ("", "/details", "/history", "/state.json", "/code.svg", "/manifest.webmanifest")
    left = [browser.post(f"{path}/leave")]
    closed = [browser.get(path + part) for part in parts]
    back = [browser.post(f"{path}/come-back")]
    opened = [browser.get(path + part) for part in parts]
    for answer in left + closed + back + opened:
        assert answer.headers["Referrer-Policy"] == "no-referrer", answer.request.path
        assert "noindex" in answer.headers["X-Robots-Tag"], answer.request.path
