"""Rotating codes: which one works, when, and once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app import cleaning, clock
from app.accounts.actors import Actor
from app.accounts.terminals import Terminal
from app.database import on_postgresql
from app.errors import NotFound, Refusal
from app.modules.loyalty import cards, merging
from app.modules.loyalty.wallet import UsedCode, codes
from app.modules.loyalty.wallet.codes import CodeExpired, CodeUsed
from config import Keyring
from tests.cast import Chain

NOON = datetime(2026, 11, 22, 12, 0, 7, tzinfo=UTC)  # seven seconds into a step


def seconds(count: int) -> timedelta:
    return timedelta(seconds=count)


def shown(chain: Chain, number: str, at: datetime) -> str:
    """The code on the card at that moment."""
    with clock.at(at), chain.acting():
        return codes.code_now(cards.find(number)).text


def use(chain: Chain, code: str, at: datetime) -> str:
    """The number of the card that the code opened."""
    with clock.at(at), chain.acting() as session:
        number = codes.use(code).number
        session.commit()
    return number


def refusal(chain: Chain, code: str, at: datetime) -> Refusal:
    with pytest.raises(Refusal) as refused:
        use(chain, code, at)
    return refused.value


@pytest.mark.parametrize(
    ("moment", "digits"),
    [(59, "94287082"), (1_111_111_109, "07081804"), (20_000_000_000, "65353130")],
)
def test_the_digits_are_those_of_rfc_6238(moment: int, digits: str) -> None:
    assert codes.totp(b"12345678901234567890", moment // 30) == digits


def test_a_code_is_twenty_seven_digits_and_not_the_cards_number(chain: Chain) -> None:
    number = chain.card()
    code = shown(chain, number, NOON)
    assert code.isdigit()
    assert len(code) == 27
    assert codes.is_code(code)
    assert not codes.is_code(number)
    with clock.at(NOON), chain.acting():
        assert codes.code_now(cards.find(number)).seconds_left == 23


@pytest.mark.parametrize(
    ("later", "works"),
    [(-53, False), (-38, False), (-37, True), (0, True), (52, True), (53, False)],
)
def test_a_code_works_within_its_step_the_next_one_and_a_fast_phones_one_before(
    chain: Chain, later: int, works: bool
) -> None:
    """Its step began seven seconds before; a code is never older than a minute."""
    number = chain.card()
    code = shown(chain, number, NOON)
    if works:
        assert use(chain, code, NOON + seconds(later)) == number
    else:
        no = refusal(chain, code, NOON + seconds(later))
        assert isinstance(no, CodeExpired)
        assert no.sentence.startswith("This code is older than a minute")


def test_a_code_never_works_twice_and_says_when_the_next_one_comes(chain: Chain) -> None:
    number = chain.card()
    code = shown(chain, number, NOON)
    use(chain, code, NOON)
    no = refusal(chain, code, NOON + seconds(11))
    assert isinstance(no, CodeUsed)
    assert no.sentence == "This code was used already. The next one comes in 12 s."
    assert no.figures == {"retry_after_seconds": 12}
    late = refusal(chain, code, NOON + seconds(30))
    assert late.sentence == "This code was used already. The card shows the next one."
    assert use(chain, shown(chain, number, NOON + seconds(23)), NOON + seconds(23)) == number


def test_a_clock_that_was_set_back_makes_no_used_code_work_again(chain: Chain) -> None:
    number = chain.card()
    for later in (0, 30, 90):
        use(chain, shown(chain, number, NOON + seconds(later)), NOON + seconds(later))
    no = refusal(chain, shown(chain, number, NOON), NOON)
    assert isinstance(no, CodeUsed)
    assert no.figures == {"retry_after_seconds": 53}, "the next but one is the first unused"
    assert use(chain, shown(chain, number, NOON + seconds(60)), NOON + seconds(60)) == number
    assert use(chain, shown(chain, number, NOON - seconds(600)), NOON - seconds(600)) == number


def test_one_cards_code_opens_no_other_card(chain: Chain) -> None:
    ours, theirs = shown(chain, chain.card(), NOON), shown(chain, chain.card(), NOON)
    assert isinstance(refusal(chain, ours[:19] + theirs[19:], NOON), CodeExpired)


def test_another_companys_code_and_one_of_no_card_are_not_found(
    chain: Chain, other_chain: Chain
) -> None:
    foreign = shown(other_chain, other_chain.card(), NOON)
    for code in (foreign, "9" * 27, "0" * 27, f"{2**63 - 1}00000000"):
        assert isinstance(refusal(chain, code, NOON), NotFound)


def test_a_replaced_cards_code_of_before_is_too_old(chain: Chain) -> None:
    number = chain.card()
    before = shown(chain, number, NOON)
    with chain.acting() as session:
        card = cards.find(number)
        cards.replace(card, by=chain.actor)
        session.commit()
        number = card.number
    assert isinstance(refusal(chain, before, NOON), CodeExpired)
    assert use(chain, shown(chain, number, NOON), NOON) == number


def test_a_closed_cards_code_opens_nothing(chain: Chain) -> None:
    number = chain.card()
    code = shown(chain, number, NOON)
    with chain.acting() as session:
        cards.find(number).status = cards.CLOSED
        session.commit()
    assert isinstance(refusal(chain, code, NOON), NotFound)


def test_a_merged_cards_code_opens_the_card_that_has_everything_now(chain: Chain) -> None:
    """A pass in a phone counts on with its own card's key."""
    source, target = chain.card(), chain.card()
    code = shown(chain, source, NOON)
    with chain.acting() as session:
        merging.merge(source, target, by=Actor("user:1", user_id=1), reason="One person")
        session.commit()
    assert use(chain, code, NOON) == target
    assert isinstance(refusal(chain, code, NOON), CodeUsed)


def test_a_code_made_under_a_kept_key_works_and_under_a_lost_one_does_not(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = chain.card()
    settings = chain.app.config["SETTINGS"]
    _, secret = settings.field_key.versions[0]
    before = shown(chain, number, NOON)

    def now_holding(*versions: tuple[int, bytes]) -> None:
        changed = settings.__class__(**(vars(settings) | {"field_key": Keyring(versions)}))
        monkeypatch.setitem(chain.app.config, "SETTINGS", changed)

    now_holding((2, b"a newer key"))
    assert isinstance(refusal(chain, before, NOON), CodeExpired)
    now_holding((2, b"a newer key"), (1, secret))
    assert shown(chain, number, NOON) != before
    assert use(chain, before, NOON) == number


def test_a_use_that_is_not_committed_uses_nothing_up(chain: Chain) -> None:
    number = chain.card()
    code = shown(chain, number, NOON)
    with clock.at(NOON), chain.acting():
        codes.use(code)
    assert use(chain, code, NOON) == number


def test_used_codes_go_after_a_month(chain: Chain) -> None:
    number = chain.card()
    for days in (29, 31):
        then = clock.now() - timedelta(days=days)
        use(chain, shown(chain, number, then), then)
    with chain.acting():
        assert cleaning.clean()["used codes"] == 1
    with chain.acting() as session:
        left: Any = session.scalar(select(func.count()).select_from(UsedCode))
        assert left == 1, on_postgresql()


# -- at the counter --------------------------------------------------------------------------------


def scan(chain: Chain, browser: Any, typed: str, at: datetime) -> Any:
    with clock.at(at):
        with browser.session_transaction() as session:
            session["staff_seen"] = int(at.timestamp())
        return browser.post("/terminal/find", data={"card": typed})


def full_card(chain: Chain) -> str:
    """A card with a reward to take."""
    chain.publish(stamps_target=2, cooldown_minutes=0, max_daily_stamps=None)
    number = chain.card()
    chain.stamp(number, 4)
    return number


def take(chain: Chain, browser: Any, number: str, at: datetime) -> int:
    with clock.at(at):
        path = f"/terminal/cards/{number}/redemptions"
        status: int = browser.post(path, data={"key": f"take-{at.timestamp()}"}).status_code
    return status


def test_a_scanned_code_opens_its_card_and_may_redeem(chain: Chain) -> None:
    number, till, now = full_card(chain), chain.terminal(), clock.now()
    answer = scan(chain, till, shown(chain, number, now), now)
    assert (answer.status_code, answer.location) == (303, f"/terminal/cards/{number}")
    assert take(chain, till, number, now) == 303


def test_C16_a_screenshot_older_than_a_minute_opens_nothing_and_redeems_nothing(
    chain: Chain,
) -> None:
    number, till, now = full_card(chain), chain.terminal(), clock.now()
    picture = shown(chain, number, now - seconds(61))
    answer = scan(chain, till, picture, now)
    assert answer.status_code == 409
    assert "This code is older than a minute. Let the customer open the card anew." in answer.text
    assert picture not in answer.text, "the field is empty, for the next scan"
    assert "autofocus" in answer.text
    assert take(chain, till, number, now) == 403


def test_C16_a_code_never_works_twice_at_any_terminal(chain: Chain) -> None:
    number, step = full_card(chain), int(clock.now().timestamp()) // 30
    now = datetime.fromtimestamp((step + 1) * 30 + 7, UTC)  # seven seconds into a step to come
    code, till = shown(chain, number, now), chain.terminal()
    assert scan(chain, till, code, now).location == f"/terminal/cards/{number}"
    for who in (chain.staff, chain.manager):
        answer = scan(chain, chain.terminal(who), code, now)
        assert answer.status_code == 409, answer.location
        assert "This code was used already. The next one comes in 23 s." in answer.text


def test_old_and_used_codes_are_no_misses_and_made_up_ones_are(chain: Chain) -> None:
    number, till, now = chain.card(), chain.terminal(), clock.now()
    code = shown(chain, number, now)
    scan(chain, till, code, now)
    scan(chain, till, code, now)
    scan(chain, till, shown(chain, number, now - seconds(300)), now)
    assert misses(chain) == 0
    answer = scan(chain, till, "1" * 27, now)
    assert answer.status_code == 404
    assert "No card here shows that code." in answer.text
    assert misses(chain) == 1
    made_up = code[:19] + f"{(int(code[19:]) + 1) % 10**8:08}"
    assert scan(chain, till, made_up, now).status_code == 409
    assert misses(chain) == 2, "who knows a card's name may not try all digits"


def misses(chain: Chain) -> int:
    with chain.acting() as session:
        return int(session.get_one(Terminal, (chain.company_id, chain.terminal_id)).misses)


def test_the_cards_link_finds_it_and_redeems_nothing_for_it_does_not_age(chain: Chain) -> None:
    number, till, now = full_card(chain), chain.terminal(), clock.now()
    with chain.acting():
        link = f"http://x.example/s/{chain.slug}/cards/{cards.link_secret(cards.find(number))}"
    assert scan(chain, till, link, now).location == f"/terminal/cards/{number}"
    assert take(chain, till, number, now) == 403
    assert scan(chain, till, number, now).status_code == 303
    assert take(chain, till, number, now) == 303, "a number that is typed does"
