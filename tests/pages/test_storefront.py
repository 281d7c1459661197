"""What a customer meets: enrolment, the card, its history, and the ways to go."""

import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import clock, jobs, mail, tenancy
from app.accounts import companies
from app.accounts.customers import Customer
from app.accounts.users import User
from app.extensions import db, limiter
from app.modules.loyalty import cards, enrolment
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.programs import settings
from app.outbox import OutboxEvent
from tests.cast import Browser, Chain
from tests.conftest import dispose, make_app


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, events and companies are in the way."""
    return quiet_app


HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


def address() -> str:
    return f"c-{secrets.token_hex(6)}@example.org"


def enrol(chain: Chain, browser: Browser | None = None, **form: str) -> TestResponse:
    """Post the poster's form: complete, but for what is given."""
    sent = {"first_name": "Anouk", "reach": address(), "terms": "1"} | form
    return (browser or chain.browser()).post(f"/s/{chain.slug}/", data=sent)


def path_of(chain: Chain, number: str) -> str:
    with chain.acting():
        return enrolment.card_path(chain.slug, cards.find(number))


def number_on(chain: Chain, path: str) -> str:
    page = chain.browser().get(path).text
    shown = re.search(r'class="mine-number"[^>]*>([0-9A-Z-]{14})<', page)
    assert shown
    return shown[1].replace("-", "")


def links_asked(chain: Chain, kind: str = "card.link") -> int:
    with chain.acting() as session:
        query = select(func.count()).where(OutboxEvent.kind == kind)
        return int(session.scalar(query.select_from(OutboxEvent)) or 0)


# -- enrolment ---------------------------------------------------------------------------------


def test_the_poster_page_says_what_is_collected_and_where(chain: Chain) -> None:
    chain.publish(stamps_target=8, stamps_reward_name="Free loaf")
    page = chain.browser().get(f"/s/{chain.slug}/?at=station").text
    assert "Free loaf for every 8 stamps." in page
    assert page.count('class="stamp') >= 8
    assert "Station" in page
    assert 'name="at" value="station"' in page


def test_a_new_person_gets_their_card_at_once(chain: Chain) -> None:
    browser = chain.browser()
    answer = enrol(chain, browser, at="station")
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "Keep this page: it is your card." in page
    assert "Anouk’s card" in page
    row = chain.card_row(number_on(chain, answer.location))
    assert row.enrolled_vendor_id == chain.second_vendor.id


def test_an_unknown_shop_on_the_poster_turns_nobody_away(chain: Chain) -> None:
    answer = enrol(chain, at="no-such-shop")
    assert answer.status_code == 303
    assert chain.card_row(number_on(chain, answer.location)).enrolled_vendor_id is None


def test_T29_typing_somebodys_address_opens_nothing(chain: Chain) -> None:
    theirs = address()
    card = enrol(chain, reach=theirs).location
    stranger = chain.browser()
    answer = enrol(chain, stranger, reach=f" {theirs.upper()} ", first_name="Mallory")
    page = stranger.get(answer.location)
    assert answer.location == f"/s/{chain.slug}/on-its-way"
    for seen in (answer, page):
        assert card.rsplit("/", 1)[1] not in seen.text + str(seen.headers)
        assert "Anouk" not in seen.text
    with chain.acting() as session:
        person = session.scalars(select(Customer).where(Customer.email == theirs)).one()
        assert person.first_name == "Anouk", "a stranger changes nothing either"


def test_T29_not_even_a_card_that_was_left(chain: Chain) -> None:
    theirs = address()
    card = enrol(chain, reach=theirs).location
    chain.browser().post(f"{card}/leave")
    assert enrol(chain, reach=theirs).location == f"/s/{chain.slug}/on-its-way"
    assert "This card is closed." in chain.browser().get(card).text


def test_a_known_person_gets_the_link_by_mail(app: Flask, chain: Chain) -> None:
    theirs = address()
    card = enrol(chain, reach=theirs).location
    enrol(chain, reach=theirs)
    with app.app_context():
        while jobs.drain():
            pass
        sent = [file.read_text() for file in mail.folder().glob("*.eml")]
    mine = [letter for letter in sent if f"To: {theirs}" in letter]
    assert len(mine) == 2, "the welcome of the first time, and the link"
    assert all(card.rsplit("/", 1)[1] in letter.replace("=\n", "") for letter in mine)
    assert sum("Open it on your phone" in letter for letter in mine) == 1


def test_a_known_phone_gets_the_link_by_text(app: Flask, chain: Chain) -> None:
    theirs = f"+352 621 {secrets.randbelow(900_000) + 100_000}"
    card = enrol(chain, reach=theirs).location
    enrol(chain, reach=theirs)
    with app.app_context():
        while jobs.drain():
            pass
        sent = [file.read_text() for file in mail.folder().glob("*.txt")]
    mine = [text for text in sent if f"To: {theirs.replace(' ', '')}\n" in text]
    assert len(mine) == 2, "the welcome of the first time, and the link"
    assert all(card in text for text in mine)


def test_the_lost_card_page_answers_alike_for_known_and_unknown(chain: Chain) -> None:
    theirs = address()
    enrol(chain, reach=theirs)
    path = f"/s/{chain.slug}/sign-in"
    known = chain.browser().post(path, data={"reach": theirs})
    unknown = chain.browser().post(path, data={"reach": address()})
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert links_asked(chain, "card.sign-in") == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Needed"),
        ("anouk.thill@", "Something is missing after the @."),
        ("@example.org", "Something is missing before the @."),
        ("anouk.thill@example", "Something is missing after the @."),
        ("anouk", "an e-mail address has an @"),
        ("12", "This is no phone number."),
        ("a b@example.org", "No mail could be sent"),
    ],
)
def test_a_wrong_address_is_kept_and_explained_beside_the_field(
    chain: Chain, typed: str, said: str
) -> None:
    answer = enrol(chain, reach=typed, first_name="Zoë")
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed}"' in answer.text or not typed
    assert 'value="Zoë"' in answer.text
    assert 'aria-describedby="f-reach-wrong"' in answer.text


def test_the_card_needs_an_agreement_and_a_name(chain: Chain) -> None:
    answer = enrol(chain, terms="", first_name=" ")
    assert answer.status_code == 422
    assert "The card needs your agreement." in answer.text
    assert "Needed, so that the counter can greet you." in answer.text


def test_what_fills_the_hidden_field_gets_no_card_and_the_usual_answer(chain: Chain) -> None:
    reach = address()
    assert enrol(chain, reach=reach, website="x").location == f"/s/{chain.slug}/on-its-way"
    with chain.acting() as session:
        assert not session.scalar(select(Customer).where(Customer.email == reach))


def test_enrolment_from_elsewhere_is_refused_without_the_pages_token(chain: Chain) -> None:
    form = {"first_name": "A", "reach": address(), "terms": "1"}
    answer = chain.browser().post(f"/s/{chain.slug}/", data=form, csrf=False)
    assert answer.status_code == 400


@pytest.fixture
def limited(database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chain]:
    """A chain in an application that limits traffic, as an installation does."""
    monkeypatch.setattr(limiter, "enabled", limiter.enabled)  # put back afterwards: it is one
    application = make_app(database_url, folder, RATE_LIMITS="on")
    limiter.reset()
    yield Chain.open(application)
    dispose(application)


def test_a_device_enrols_only_so_often(limited: Chain) -> None:
    browser = limited.browser()
    tries = [enrol(limited, browser).status_code for _try in range(7)]
    assert tries == [303] * 6 + [429]
    assert enrol(limited).status_code == 303, "another device is not kept waiting"


def test_one_address_is_written_to_only_so_often(limited: Chain) -> None:
    theirs = address()
    enrol(limited, reach=theirs)
    answers = {enrol(limited, reach=theirs).location for _try in range(8)}
    assert answers == {f"/s/{limited.slug}/on-its-way"}, "the answer never tells"
    assert links_asked(limited) == 4, "the enrolment itself counted too"


def test_a_paused_programme_says_so_and_takes_nobody(chain: Chain) -> None:
    chain.switch(active=False)
    assert "No new cards at the moment." in chain.browser().get(f"/s/{chain.slug}/").text
    assert enrol(chain).status_code == 409


def test_C19_where_the_operator_lets_nobody_enrol_themselves_the_page_says_where_to_go(
    chain: Chain,
) -> None:
    with chain.acting() as session:
        operator = session.scalars(select(User.id).limit(1)).one()
        settings.say(by=operator, self_enrolment=False)
        session.commit()
    page = chain.browser().get(f"/s/{chain.slug}/")
    assert page.status_code == 200
    assert "Cards are made at the counter here." in page.text
    assert "Get my card" not in page.text
    assert enrol(chain).status_code == 409


def test_what_to_do_next_is_said_once_to_who_has_just_enrolled(chain: Chain) -> None:
    theirs, browser = address(), chain.browser()
    card = enrol(chain, browser, reach=theirs).location
    first = browser.get(card).text
    assert "Your card is made." in first
    assert f"Its link is on its way to {theirs} too" in first
    for later in (browser.get(card).text, chain.browser().get(card).text):
        assert "Your card is made." not in later
        assert theirs not in later


def test_a_closed_companys_pages_are_not_found(app: Flask, chain: Chain) -> None:
    path, browser = path_of(chain, chain.card()), chain.browser()
    with app.app_context(), tenancy.crossing():
        company = companies.by_slug(chain.slug)
        assert company
        company.status = "closed"
        db.session.commit()
    for page in (f"/s/{chain.slug}/", f"/s/{chain.slug}/sign-in", f"/s/{chain.slug}/me", path):
        assert browser.get(page).status_code == 404, page


def test_what_is_not_there_leads_back_to_a_page_of_the_same_company(chain: Chain) -> None:
    page = chain.browser().get(f"/s/{chain.slug}/cards/nonsense")
    assert page.status_code == 404
    assert f'href="/s/{chain.slug}/sign-in"' in page.text


def test_C10_one_welcome_at_enrolment_and_none_after_coming_back(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid", welcome_bonus_points=50)
    theirs, browser = address(), chain.browser()
    card = enrol(chain, reach=theirs).location
    number = number_on(chain, card)
    browser.post(f"{card}/leave")
    browser.post(f"{card}/come-back")
    assert [line.type for line in chain.lines(number)] == ["welcome_bonus"]


def test_C10_no_second_welcome_after_erasure(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid", welcome_bonus_points=50)
    theirs = address()
    first = enrol(chain, reach=theirs).location
    chain.browser().post(f"{first}/erase")
    second = enrol(chain, reach=theirs).location
    assert second != first
    assert not chain.lines(number_on(chain, second))


# -- the card ----------------------------------------------------------------------------------


def test_the_card_tells_what_is_on_it_what_is_next_and_what_happened(chain: Chain) -> None:
    number = chain.card()
    chain.stamp(number, 3)
    page = chain.browser().get(path_of(chain, number)).text
    assert "3 of 10 stamps" in page
    assert "7 more stamps: Free item." in page
    assert "3 stamps at Old Town" in page
    assert "+3 stamps" in page
    assert cards.shown(number) in page


def test_a_reward_that_waits_stands_on_a_plate(chain: Chain) -> None:
    chain.publish(max_daily_stamps=None)
    number = chain.card()
    chain.stamp(number, 23)
    page = chain.browser().get(path_of(chain, number)).text
    assert "2 × Free item are yours." in page
    assert "each takes 10 stamps" in page
    assert page.count("stamp--in") == 3


def test_no_page_promises_points_that_no_purchase_earns(chain: Chain) -> None:
    chain.publish(loyalty_type="hybrid", welcome_bonus_points=50)
    pages = (f"/s/{chain.slug}/", path_of(chain, chain.card()))
    for page in (chain.browser().get(path).text for path in pages):
        assert "50 points to welcome you" in page
        assert "you spend" not in page
        assert "can be redeemed" not in page


def test_a_waiting_reward_is_not_offered_while_the_card_is_blocked(chain: Chain) -> None:
    number = chain.card()
    chain.publish(stamps_target=1)
    chain.stamp(number)
    path = path_of(chain, number)
    assert "Free item is waiting for you." in chain.browser().get(path).text
    chain.office().post(f"/admin/cards/{number}/block")
    assert "Free item stays on your card." in chain.browser().get(path).text


def test_the_secret_stays_between_the_phone_and_us(chain: Chain) -> None:
    path = path_of(chain, chain.card())
    for page in (path, f"{path}/history", f"{path}/code.svg", f"{path}/state.json"):
        answer = chain.browser().get(page)
        assert answer.headers["Referrer-Policy"] == "no-referrer", page
        assert "noindex" in answer.headers["X-Robots-Tag"], page
    assert 'name="referrer" content="no-referrer"' in chain.browser().get(path).text


@pytest.mark.parametrize("page", ["", "/history", "/details", "/state.json", "/code.svg"])
def test_another_companys_secret_is_not_found(chain: Chain, other_chain: Chain, page: str) -> None:
    foreign = path_of(chain, chain.card()).replace(chain.slug, other_chain.slug)
    assert other_chain.browser().get(foreign + page).status_code == 404


@pytest.mark.parametrize("secret", ["x", "A" * 34, "%00", "é", "A" * 500])
def test_a_made_up_secret_is_not_found(chain: Chain, secret: str) -> None:
    assert chain.browser().get(f"/s/{chain.slug}/cards/{secret}").status_code == 404


def test_the_live_state_is_sent_once_and_then_only_when_it_changed(chain: Chain) -> None:
    number = chain.card()
    path = path_of(chain, number) + "/state.json"
    first = chain.browser().get(path)
    assert first.json["stamps"] == {"balance": 0, "target": 10}
    known = {"If-None-Match": first.headers["ETag"]}
    same = chain.browser().get(path, headers=known)
    assert (same.status_code, same.data) == (304, b"")
    chain.stamp(number)
    changed = chain.browser().get(path, headers=known)
    assert changed.status_code == 200
    assert changed.json["stamps"]["balance"] == 1
    assert changed.json["shape"] != first.json["shape"]


def test_the_page_and_its_live_state_agree(chain: Chain) -> None:
    number = chain.card()
    chain.stamp(number, 4)
    path = path_of(chain, number)
    page, state = chain.browser().get(path).text, chain.browser().get(f"{path}/state.json").json
    assert f'data-shape="{state["shape"]}"' in page
    for words in ("say", "stamps_text"):
        assert state["text"][words] in page


def test_the_card_installs_as_itself(chain: Chain) -> None:
    path = path_of(chain, chain.card())
    manifest = chain.browser().get(f"{path}/manifest.webmanifest")
    assert manifest.mimetype == "application/manifest+json"
    body = manifest.get_json(force=True)
    assert body["start_url"] == body["scope"] == path
    assert body["theme_color"] == "#4f46e5"


def test_a_card_of_a_hundred_lines_is_read_page_by_page(chain: Chain) -> None:
    chain.publish(cooldown_minutes=0, max_daily_stamps=None)
    number = chain.card()
    for _line in range(65):
        chain.stamp(number)
    path, seen, browser = f"{path_of(chain, number)}/history", [], chain.browser()
    while path:
        page = browser.get(path).text
        seen += re.findall(r"Stamp (\d+) of 10", page)
        older = re.search(r'href="([^"]+)" rel="next"', page)
        path = older[1] if older else ""
    assert len(seen) == 65


def test_hostile_names_are_text(chain: Chain) -> None:
    chain.publish(stamps_reward_name=HOSTILE, terms_text=HOSTILE)
    browser = chain.browser()
    card = enrol(chain, browser, first_name=HOSTILE).location
    number = number_on(chain, card)
    chain.stamp(number)
    for path in (card, f"{card}/history", f"{card}/details", f"/s/{chain.slug}/"):
        page = browser.get(path).text
        assert "<script>alert" not in page, path
        assert "49" not in re.findall(r"&#39;&amp;(\d+)", page), path
    assert "<script>alert" not in browser.get(f"/s/{chain.slug}/terms").text


# -- leaving -----------------------------------------------------------------------------------


def test_a_card_that_was_left_says_so_shows_nothing_and_can_be_opened_again(chain: Chain) -> None:
    number = chain.card(first_name="Anouk", email=address())
    chain.stamp(number, 4)
    path, browser = path_of(chain, number), chain.browser()
    browser.post(f"{path}/leave")
    page = browser.get(path).text
    assert "This card is closed." in page
    assert "Anouk" not in page
    assert cards.shown(number) not in page
    for part in ("/state.json", "/code.svg", "/history", "/details"):
        assert browser.get(path + part).status_code == 404, part
    browser.post(f"{path}/come-back")
    assert "4 of 10 stamps" in browser.get(path).text


def test_erasing_empties_the_person_keeps_the_lines_and_is_for_good(chain: Chain) -> None:
    theirs = address()
    number = chain.card(first_name="Anouk", email=theirs)
    chain.stamp(number, 4)
    path, browser = path_of(chain, number), chain.browser()
    browser.post(f"{path}/erase")
    with chain.acting() as session:
        card = session.scalars(select(LoyaltyCard).where(LoyaltyCard.number == number)).one()
        person = session.get_one(Customer, (chain.company_id, card.customer_id))
        assert (person.first_name, person.email, person.phone) == (None, None, None)
        assert person.erased_at
    assert len(chain.lines(number)) == 1
    assert browser.post(f"{path}/come-back").status_code == 404
    assert "This card is closed." in browser.get(path).text


def test_a_stopped_programme_tells_until_when_rewards_can_be_taken(chain: Chain) -> None:
    chain.publish(max_daily_stamps=None)
    number = chain.card()
    chain.stamp(number, 10)
    chain.switch(active=False, redeemable_until=(clock.now() + timedelta(days=40)).date())
    page = chain.browser().get(path_of(chain, number)).text
    assert "Rewards can be taken until" in page
    assert "Free item is yours." in page
    chain.switch(active=False)
    page = chain.browser().get(path_of(chain, number)).text
    assert "The programme is paused" in page
    assert "Free item is yours." not in page


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("header", ["If-Modified-Since", "If-Unmodified-Since", "If-Range"])
@pytest.mark.parametrize("path", ["/static/css/base.css", "/s/{slug}/brand.css"])
def test_a_date_that_no_calendar_holds_is_none(chain: Chain, path: str, header: str) -> None:
    sent = {header: "Sun, 06 Nov 99999999994 08:49:37 GMT", "Range": "bytes=0-1"}
    with chain.browser().get(path.format(slug=chain.slug), headers=sent) as answer:
        assert answer.status_code in (200, 206)
