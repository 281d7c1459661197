"""What the address of a card opens, and to whom."""

from sqlalchemy import select

from app.accounts.customers import Customer
from app.audit import AuditEntry
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


def test_who_has_left_can_still_be_forgotten_even_while_the_programme_is_paused(
    chain: Chain,
) -> None:
    number = chain.card(first_name="Anouk", email="anouk@example.org")
    path, browser, row = path_of(chain, number), chain.browser(), chain.card_row(number)
    browser.post(f"{path}/leave")
    chain.switch(active=False)
    assert "Erase me for good" in browser.get(path).text
    assert [browser.post(f"{path}/erase").status_code for _ in range(2)] == [303, 303]
    assert "Erase me for good" not in browser.get(path).text
    with chain.acting() as session:
        person = session.get_one(Customer, (chain.company_id, row.customer_id))
        assert (person.first_name, person.email) == (None, None)
        acts = select(AuditEntry.act).where(AuditEntry.subject_id == row.id)
        assert sorted(session.scalars(acts)) == ["card.erased", "card.left"]
