"""Every kind of letter: in text and HTML, in the company's look and figures, ended by its reader
where it is news, and the same letter when its worker was killed after sending it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, jobs, letters, mail, outbox, tenancy
from app.accounts import invitations, users
from app.accounts.companies import Company
from app.accounts.customers import Customer, Person
from app.accounts.users import Membership
from app.modules.loyalty import accrual, enrolment, expiry, returns
from app.modules.loyalty.programs.rules import Tier
from tests.cast import Chain
from tests.test_jobs import drained


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, events and companies are in the way."""
    return quiet_app


COLOUR = "#0b5d3b"
NOON = datetime(2027, 1, 31, 11, 0, tzinfo=UTC)
RULES = {
    "loyalty_type": "hybrid",
    "card_color": COLOUR,
    "stamps_target": 2,
    "cooldown_minutes": 0,
    "expiry": {"policy": "inactivity", "days": 37},
}
Cause = Callable[[Chain, str], datetime | None]


# -- what causes each: the chain, a card's number; when its letter is due, if that is not now -----


def person(chain: Chain, number: str) -> Person:
    with chain.acting():
        row = enrolment.person_of(chain.card_row(number))
        return Person(row.email, row.phone)


def within(chain: Chain, work: Callable[[], Any]) -> Any:
    with chain.acting() as session:
        done = work()
        session.commit()
        return done


def earned(chain: Chain, number: str, amount: int = 5_000) -> int:
    earn = accrual.earn
    posted = within(chain, lambda: earn(number, amount, by=chain.actor, attempt=None))
    return int(posted.transaction_id)


def links(chain: Chain, number: str) -> None:
    who = person(chain, number)
    within(chain, lambda: enrolment.send_link(who))


def signs_in(chain: Chain, number: str) -> None:
    who = person(chain, number)
    within(chain, lambda: enrolment.ask_to_sign_in(who))


def confirms(chain: Chain, number: str) -> None:
    chain.publish(welcome_bonus_points=50, welcome_bonus_when="verified")
    with chain.acting() as session:
        card = session.merge(chain.card_row(number))
        card.welcome_due = "verified"
        session.flush()
        enrolment.ask_to_confirm(card)
        session.commit()


def is_ready(chain: Chain, number: str) -> None:
    chain.stamp(number, 2)


def is_void(chain: Chain, number: str) -> None:
    line = earned(chain, number)
    drained(chain.app)
    within(chain, lambda: returns.void(line, by=chain.actor, attempt=None))


def rises(chain: Chain, number: str) -> None:
    chain.publish(tiers=(Tier("Bronze", 0, 10_000), Tier("Silver", 10, 11_000)))
    earned(chain, number)


def expires(chain: Chain, number: str) -> datetime:
    with clock.at(NOON):
        earned(chain, number, 125_000)
    night = NOON + timedelta(days=8)
    with clock.at(night), chain.acting():
        assert expiry.expire().told == 1
    return night


def locks(chain: Chain, _number: str) -> None:
    within(chain, lambda: outbox.put("pin.disabled", staff=str(chain.staff.staff_id)))


def invites(chain: Chain, _number: str) -> None:
    to = f"office@{chain.slug}.example"
    within(chain, lambda: invitations.invite(to, role="admin", vendor_id=None, by=1))


def forgets(chain: Chain, _number: str) -> None:
    with chain.app.app_context(), tenancy.crossing():
        users.forgotten.ask(chain.admin.email)


NEWS: dict[str, Cause] = {
    "reward.ready": is_ready,
    "points.expiring": expires,
    "transaction.voided": is_void,
    "tier.changed": rises,
}
TO_CUSTOMERS = NEWS | {
    "card.link": links,
    "card.sign-in": signs_in,
    "card.confirm": confirms,
}
TO_THE_OFFICE: dict[str, Cause] = {
    "office.alarm": locks,
    "member.invited": invites,
    "password.forgotten": forgets,
}


# -- sending, with a kill between sending and marking ----------------------------------------------


def written(app: Flask, slug: str) -> dict[str, str]:
    """What was written for this chain, as `{file: its words}`; a mail's are all of its parts."""
    with app.app_context():
        folder: Path = mail.folder()
    found = {}
    for file in folder.iterdir():
        words = file.read_text() if file.suffix == ".txt" else _words(_read(file))
        if slug in words:
            found[file.name] = words
    return found


def _read(file: Path) -> EmailMessage:
    return message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=policy.default)


def _words(letter: EmailMessage) -> str:
    heads = [f"{name}: {value}" for name, value in letter.items() if name != "Content-Type"]
    return "\n".join(heads + [str(part.get_content()) for part in letter.iter_parts()])


def moved(at: datetime | None, seconds: int = 0) -> AbstractContextManager[None]:
    return clock.at((at or clock.now()) + timedelta(seconds=seconds))


def killed_and_again(
    chain: Chain, kind: str, cause: Cause, number: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    """Cause the letter, kill its worker after it was sent, and let another come: the one file."""
    drained(chain.app)
    before = written(chain.app, chain.slug)
    at = cause(chain, number)
    real = jobs.HANDLERS[kind]

    def sends_and_dies(task: jobs.Task) -> jobs.Effect:
        effect = real(task)
        assert effect, f"{kind}: nothing to send"

        def dying() -> None:
            effect()
            raise SystemExit

        return dying

    with monkeypatch.context() as patch:
        patch.setitem(jobs.HANDLERS, kind, sends_and_dies)
        with moved(at), pytest.raises(SystemExit):
            drained(chain.app)
    first = _new(before, written(chain.app, chain.slug))
    with moved(at, jobs.LEASE_SECONDS + 1):
        drained(chain.app)
    again = _new(before, written(chain.app, chain.slug))
    assert again == first, f"{kind}: another letter, or other words"
    ((name, words),) = again.items()
    return name, words


def _new(before: dict[str, str], now: dict[str, str]) -> dict[str, str]:
    return {name: words for name, words in now.items() if name not in before}


@pytest.mark.parametrize("event", [*TO_CUSTOMERS, *TO_THE_OFFICE])
def test_a_mail_whose_worker_was_killed_is_the_same_mail(
    chain: Chain, event: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.publish(**RULES)
    with clock.at(NOON) if event == "points.expiring" else clock.at(clock.now()):
        number = chain.card(email=f"anouk@{chain.slug}.example")
    cause = (TO_CUSTOMERS | TO_THE_OFFICE)[event]
    name, words = killed_and_again(chain, event, cause, number, monkeypatch)
    assert f"Message-ID: <{name.partition('.')[0]}@" in words
    assert words.count("Corner Bakery") >= 3, "in the sender, the text and the HTML"
    assert f"background: {COLOUR}" in words
    assert ("List-Unsubscribe: <http" in words) == (event in NEWS)
    assert ("List-Unsubscribe-Post: List-Unsubscribe=One-Click" in words) == (event in NEWS)
    assert words.count("http://") >= 2, "a way on, in the text and in the HTML"


@pytest.mark.parametrize("event", TO_CUSTOMERS)
def test_a_text_whose_worker_was_killed_is_the_same_text_and_fits_one_message(
    chain: Chain, event: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.publish(**RULES, stamps_reward_name="Breakfast for two " * 4)
    with clock.at(NOON) if event == "points.expiring" else clock.at(clock.now()):
        number = chain.card(phone=f"+35262{chain.company_id % 10**7:07}")
    name, text = killed_and_again(chain, event, TO_CUSTOMERS[event], number, monkeypatch)
    said = text.partition("\n\n")[2].strip()
    assert name.endswith(".txt")
    assert len(said) <= 160
    assert f"/s/{chain.slug}/" in said
    assert not set("’“”…−–") & set(said), "the wide alphabet would make it two messages"


def test_the_welcome_brings_the_card(chain: Chain) -> None:
    chain.publish(loyalty_type="points", welcome_bonus_points=25, card_color=COLOUR)
    number = chain.card(email=f"new@{chain.slug}.example")
    drained(chain.app)
    (words,) = written(chain.app, chain.slug).values()
    assert "Subject: Welcome: your card is here" in words
    assert "25 points are on it already." in words
    assert number[:4] in words
    assert f"/s/{chain.slug}/cards/" in words


def test_a_german_company_reads_its_own_figures_and_days(chain: Chain) -> None:
    with chain.acting() as session:
        session.get_one(Company, chain.company_id).locale = "de-DE"
        session.commit()
    chain.publish(**RULES)
    with clock.at(NOON):
        number = chain.card(email=f"heike@{chain.slug}.example")
    night = expires(chain, number)
    with clock.at(night):
        drained(chain.app)
    (words,) = (text for text in written(chain.app, chain.slug).values() if "verfallen" in text)
    assert "1.250 Punkte verfallen am 9. März 2027" in words


def test_two_admins_get_a_letter_each(chain: Chain, other_chain: Chain) -> None:
    with chain.acting() as session:
        session.add(Membership(user_id=other_chain.admin.user_id, role="admin"))
        session.commit()
    with chain.acting() as session:
        outbox.put("pin.disabled", staff=str(chain.staff.staff_id))
        outbox.put("pins.besieged")
        session.commit()
    drained(chain.app)
    with chain.app.app_context():
        found = [_read(file) for file in mail.folder().glob("*.eml")]
    mine = sorted((str(one["To"]), str(one["Subject"])) for one in found)
    for admin in (chain.admin, other_chain.admin):
        subjects = [subject for to, subject in mine if to == admin.email]
        assert subjects == ["A PIN was disabled after ten misses", "Somebody is guessing PINs"]


def test_every_kind_of_letter_is_in_these_tables(chain: Chain) -> None:
    """A new one is added above, or fails here."""
    by_itself = {"card.enrolled"}
    assert set(TO_CUSTOMERS) | set(TO_THE_OFFICE) | by_itself == letters.WRITTEN


def test_a_mail_program_ends_the_letters_by_itself(chain: Chain) -> None:
    """RFC 8058: a POST to the header's address, without cookie and CSRF token, and no redirect."""
    chain.card(email=f"enough@{chain.slug}.example")
    drained(chain.app)
    (words,) = written(chain.app, chain.slug).values()
    address = words.partition("List-Unsubscribe: <")[2].partition(">")[0]
    path = address[address.index("/s/") :]
    one_click = {"List-Unsubscribe": "One-Click"}
    answer = chain.browser().post(path, data=one_click, csrf=False)
    assert answer.status_code == 200
    assert "We write to you no more" in answer.text
    with chain.acting() as session:
        assert session.scalar(select(Customer.notices_off_at))
