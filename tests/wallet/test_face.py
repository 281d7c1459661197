"""The one model of a card: what web card and passes are made of."""

import pytest

from app.accounts import companies
from app.modules.loyalty import cards, wallet
from app.modules.loyalty.wallet.face import Face, State, face, spoken
from tests.cast import Chain

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True, scope="session")

RULES = {"loyalty_type": "hybrid", "stamps_target": 4, "cooldown_minutes": 0}


def face_of(chain: Chain, number: str, locale: str | None = None, **how: bool) -> Face:
    with chain.acting(), spoken(companies.acting(), locale):
        return face(cards.find(number), **how)


def test_it_shows_what_the_web_card_shows(chain: Chain) -> None:
    chain.publish(**RULES, stamps_reward_name="A free <b>cup</b>")
    number = chain.card(first_name="Anouk", email=f"anouk@{chain.slug}.example")
    chain.stamp(number, 3)
    shown = face_of(chain, number)
    assert (shown.state, shown.number, shown.holder) == (State.LIVE, number, "Anouk")
    assert shown.stamps
    assert (shown.stamps.balance, shown.stamps.target) == (3, 4)
    page = chain.browser().get(shown.page_url.removeprefix("http://127.0.0.1:8000")).text
    assert shown.stamps.text in page
    assert "One more stamp: A free &lt;b&gt;cup&lt;/b&gt;." in page
    assert shown.say == "One more stamp: A free <b>cup</b>."


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("de-DE", "Noch 2 Stempel: Kaffee."),
        ("fr-FR", "Encore 2 tampons : Kaffee."),
        ("pt-PT", "2 more stamps: Kaffee."),
    ],
)
def test_it_speaks_the_holders_language_where_there_is_one(
    chain: Chain, locale: str, said: str
) -> None:
    chain.publish(**RULES, stamps_reward_name="Kaffee")
    number = chain.card()
    chain.stamp(number, 2)
    assert face_of(chain, number, locale).say == said


def test_a_blocked_card_is_shown_as_blocked_and_comes_back(chain: Chain) -> None:
    number = chain.card()
    chain.api.post(f"/cards/{number}/block", {})
    assert face_of(chain, number).state is State.BLOCKED
    chain.api.post(f"/cards/{number}/unblock", {})
    assert face_of(chain, number).state is State.LIVE


def test_an_ended_pass_holds_nothing_of_the_person(chain: Chain) -> None:
    number = chain.card(first_name="Anouk", email=f"anouk@{chain.slug}.example")
    empty = face_of(chain, number, ended=True)
    assert empty.state is State.ENDED
    assert not any((empty.holder, empty.number, empty.page_url, empty.points, empty.ready))


def test_equal_cards_have_equal_faces_and_a_stamp_makes_another(chain: Chain) -> None:
    chain.publish(**RULES)
    number = chain.card()
    before = face_of(chain, number)
    assert face_of(chain, number) == before
    chain.stamp(number)
    assert face_of(chain, number) != before


def test_a_serial_names_company_card_and_link(chain: Chain) -> None:
    number = chain.card()
    with chain.acting():
        card = cards.find(number)
        serial = wallet.passes.serial_of(card)
        assert wallet.passes.read_serial(str(serial)) == serial
        assert wallet.passes.card_of(serial) is card
        assert wallet.passes.proves(serial, wallet.passes.token(serial)) == 1
        other = wallet.passes.Serial(serial.company_id, serial.card_id, serial.link_version + 1)
        assert wallet.passes.proves(other, wallet.passes.token(serial)) is None
    for wrong in (
        "",
        "1-2",
        "1-2-3-4",
        "x-1-1",
        "1-1-11111",
        "f" * 17 + "-1-1",
        "ffffffffffffffff-1-1",
    ):
        assert wallet.passes.read_serial(wrong) is None, wrong
