"""Letters are wholly in their company's language: German and French so far; its pages are not."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from flask import Flask, g
from flask_babel import get_domain, get_locale

from app import clock, letters, mail
from app.accounts import companies
from app.accounts.companies import Company
from app.modules.loyalty import enrolment
from config import ROOT
from tests.cast import Chain
from tests.test_jobs import drained
from tests.test_letters import NOON, RULES, TO_CUSTOMERS, TO_THE_OFFICE, moved


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, events and companies are in the way."""
    return quiet_app


TRANSLATIONS = ROOT / "app" / "translations"
# Words are the same on both databases.
ON_ONE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
LOCALES = ["de-DE", "fr-FR"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
# GSM 03.38 as far as our languages reach: what a text may hold in one message of 160.
PLAIN = set("@£$¥èéùìòÇØøÅåÄÖÑÜäöñüàßÆæÉ\n !\"#%&'()*+,-./:;<=>?_") | set(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
# What each letter says in its subject or text, of a reward, a tier, a day and 1,250 points.
SAID = {
    "de-DE": {
        "card.enrolled": "Willkommen: Ihre Karte ist da",
        "reward.ready": "Frühstück wartet auf Sie",
        "points.expiring": "1.250 Punkte verfallen am 9. März 2027",
        "transaction.voided": "Auf Ihrer Karte wurde etwas zurückgenommen",
        "tier.changed": "Ihr Status ist jetzt Silver",
        "card.link": "Ihre Karte",
        "card.sign-in": "ist Ihr Code",
        "card.confirm": "und Sie bekommen 50 Punkte",
        "office.alarm": "Eine PIN wurde nach zehn Fehlversuchen gesperrt",
        "member.invited": "Sie sind in die Verwaltung von",
        "password.forgotten": "Ein neues Passwort für",
    },
    "fr-FR": {
        "card.enrolled": "Bienvenue : voici votre carte",
        "reward.ready": "Frühstück vous attend",
        "points.expiring": "1 250 points expirent le 9 mars 2027",
        "transaction.voided": "Une opération sur votre carte a été annulée",
        "tier.changed": "Votre statut est maintenant Silver",
        "card.link": "otre carte",
        "card.sign-in": "est votre code",
        "card.confirm": "et recevez 50 points",
        "office.alarm": "Un code PIN a été bloqué après dix essais manqués",
        "member.invited": "Invitation à rejoindre l'administration de",
        "password.forgotten": "Un nouveau mot de passe pour",
    },
}
ENGLISH = re.compile(r"\b(the|your|you|is|are|and|of|open|card|it|this|not|here)\b", re.IGNORECASE)


# -- the catalogues ---------------------------------------------------------------------------


def messages(path: Path, locale: str | None = None) -> dict[str, Message]:
    with path.open("rb") as file:
        return {_key(each): each for each in read_po(file, locale=locale) if each.id}


def _key(message: Message) -> str:
    return _forms(message.id)[0]


def _forms(said: str | tuple[str, ...] | list[str]) -> list[str]:
    return [said] if isinstance(said, str) else list(said)


@pytest.mark.parametrize("language", ["de", "fr"])
def test_every_message_of_the_letters_is_translated(language: str) -> None:
    wanted = messages(TRANSLATIONS / "letters.pot")
    found = messages(TRANSLATIONS / language / "LC_MESSAGES" / "letters.po", language)
    assert set(found) == set(wanted)
    for key, message in found.items():
        said = _forms(message.string)
        assert not message.fuzzy, key
        assert len(said) == (2 if message.pluralizable else 1), key
        for each, form in zip(said, _forms(message.id), strict=True):
            assert each.strip(), key
            assert set(PLACEHOLDER.findall(each)) == set(PLACEHOLDER.findall(form)), key
            assert not ENGLISH.search(PLACEHOLDER.sub("", each)), each


def test_every_word_of_the_letters_is_in_the_template() -> None:
    """Every file that has a letter registered is one the script extracts from."""
    script = (ROOT / "scripts" / "translations.sh").read_text()
    for path in (ROOT / "app").rglob("*.py"):
        if "@letters.written(" in path.read_text():
            assert str(path.relative_to(ROOT)) in script


# -- every kind of letter ---------------------------------------------------------------------


def speaks(chain: Chain, locale: str) -> None:
    with chain.acting() as session:
        session.get_one(Company, chain.company_id).locale = locale
        session.commit()
    chain.publish(**RULES, stamps_reward_name="Frühstück")


def arrived(chain: Chain) -> set[Path]:
    with chain.app.app_context():
        return set(mail.folder().glob("*"))


def the_letter(chain: Chain, kind: str, **contact: str) -> Path:
    """Cause it, and read what was written."""
    with clock.at(NOON) if kind == "points.expiring" else clock.at(clock.now()):
        number = chain.card(**contact)
        first = arrived(chain)
        drained(chain.app)
    if kind == "card.enrolled":
        return (arrived(chain) - first).pop()
    before = arrived(chain)
    at = (TO_CUSTOMERS | TO_THE_OFFICE)[kind](chain, number)
    with moved(at):
        drained(chain.app)
    fresh = sorted(arrived(chain) - before, key=lambda path: int(path.stem))
    return fresh[-1]  # what led there may have had a letter of its own


def read(path: Path) -> tuple[str, str, str]:
    """Subject, text, and HTML without its style."""
    letter = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
    plain, html = (str(part.get_content()) for part in letter.iter_parts())
    return str(letter["Subject"]), plain, re.sub(r"<style>.*?</style>", "", html, flags=re.S)


def spoken(text: str) -> str:
    """The words alone, without tags, addresses and the company's own name."""
    bare = re.sub(r"<[^>]*>|https?://\S+|Corner Bakery\S*|meta\S*", " ", text)
    return bare.translate(str.maketrans({"\u00a0": " ", "\u202f": " ", "’": "'"}))


@ON_ONE
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("event", ["card.enrolled", *TO_CUSTOMERS, *TO_THE_OFFICE])
def test_a_mail_is_wholly_in_its_companys_language(chain: Chain, event: str, locale: str) -> None:
    speaks(chain, locale)
    subject, plain, html = read(the_letter(chain, event, email=f"anouk@{chain.slug}.example"))
    assert SAID[locale][event] in spoken(subject)
    assert f'<html lang="{locale}">' in html
    for part in (subject, plain, html):
        assert ENGLISH.findall(spoken(part)) == []


@ON_ONE
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("event", ["card.enrolled", *TO_CUSTOMERS])
def test_a_text_is_too_and_fits_one_message(chain: Chain, event: str, locale: str) -> None:
    speaks(chain, locale)
    phone = f"+35262{chain.company_id % 10**7:07}"
    said = the_letter(chain, event, phone=phone).read_text().partition("\n\n")[2].strip()
    words = {"card.confirm": "50 " + ("Punkte" if locale == "de-DE" else "points")}
    assert words.get(event, SAID[locale][event]) in said
    assert ENGLISH.findall(spoken(said)) == []
    assert len(said) <= 160
    assert set(said) <= PLAIN, "the wide alphabet would make it several messages"


def test_signs_outside_the_plain_alphabet_are_written_within_it(chain: Chain) -> None:
    assert "„août“ – Crêpe à l’œuf, 1\u202f250…".translate(letters._PLAIN) == (
        '"aout" - Crepe à l\'oeuf, 1 250...'
    )


# -- what stays English -----------------------------------------------------------------------


def test_a_language_without_letters_gets_english_ones_that_say_so(chain: Chain) -> None:
    speaks(chain, "nl-NL")
    subject, plain, html = read(the_letter(chain, "card.link", email=f"a@{chain.slug}.example"))
    assert subject.startswith("Your card at ")
    assert "keep it to yourself" in plain
    assert '<html lang="en">' in html


@pytest.fixture
def german(chain: Chain) -> Chain:
    speaks(chain, "de-DE")
    return chain


def test_the_pages_of_a_german_company_stay_english(german: Chain) -> None:
    number = german.card(email=f"a@{german.slug}.example")
    with german.acting():
        path = enrolment.card_path(german.slug, german.card_row(number))
    page = german.browser().get(path)
    assert page.status_code == 200
    assert "stamps" in page.text
    assert "Stempel" not in page.text


def test_only_what_is_said_inside_comes_from_the_letters(german: Chain) -> None:
    with german.acting():
        g.company = companies.acting()
        before = get_domain()
        with letters.speaking():
            assert get_domain().gettext("Open my card") == "Meine Karte öffnen"
        assert get_domain() is before
        with pytest.raises(ZeroDivisionError):
            letters.speaking()(lambda: 1 // 0)()
        assert get_domain() is before
        assert get_domain().gettext("Open my card") == "Open my card"
        assert str(get_locale()) == "de_DE"


def test_every_letter_is_in_these_tables() -> None:
    for said in SAID.values():
        assert set(said) == letters.WRITTEN
