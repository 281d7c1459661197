"""Google's class and object, made of the card's face alone and held against its discovery
document."""

import dataclasses
from typing import Any

import pytest
from flask import Flask

from app import clock
from app.accounts import companies
from app.modules.loyalty import cards, wallet
from app.modules.loyalty.wallet import codes
from app.modules.loyalty.wallet.face import Face, State, face, spoken
from app.modules.loyalty.wallet.google import objects
from app.modules.loyalty.wallet.google.objects import Addresses, Named
from tests.cast import Chain
from tests.wallet.fakes import discovery
from tests.wallet.fakes.google import merged


@pytest.fixture(scope="module")
def app(quiet_app: Flask) -> Flask:
    """Nobody else's letters, passes and companies are in the way."""
    return quiet_app


pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True, scope="session")

LOOK = Addresses("https://x.example/s/a/media/1/logo.png", None, "https://x.example/callback")
NAMED = Named("1-2-3", company_id=255, card_id=2, key=b"12345678901234567890")
RULES = {"loyalty_type": "hybrid", "stamps_target": 4, "cooldown_minutes": 0}


@pytest.fixture(scope="module")
def shop(app: Flask) -> Chain:
    """One company for all of these: nobody changes anything of it."""
    return Chain.open(app, **RULES, terms_text="Be kind.", stamps_reward_name="A cup")


@pytest.fixture(scope="module")
def faced(shop: Chain) -> Face:
    """A live card of stamps and points, with a bit of everything."""
    number = shop.card(first_name="Anouk", email=f"anouk@{shop.slug}.example")
    shop.stamp(number, 3)
    with shop.acting(), spoken(companies.acting()):
        return face(cards.find(number))


def object_of(shop: Chain, shown: Face) -> dict[str, Any]:
    with shop.acting(), spoken(companies.acting()):
        return objects.loyalty_object(shown, NAMED)


def with_issuer(body: dict[str, Any]) -> dict[str, Any]:
    """As it is inserted."""
    ids = {name: objects.named("3388", body[name]) for name in ("id", "classId") if name in body}
    return objects.without_nulls(body) | ids


VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "blocked": {"state": State.BLOCKED},
    "stamps alone": {"points": None, "points_balance": 0},
    "points alone": {"stamps": None},
    "ready": {"ready": ("A cup", "A cake"), "expiring": ("30 points expire on Friday.",)},
    "long": {"company": "W" * 200, "holder": "É" * 200, "terms": "x" * 5_000, "tier": "G" * 99},
    "owed": {"owed": "30 points are owed.", "privacy_url": "https://x.example/privacy"},
}


@pytest.mark.parametrize("changed", VARIANTS.values(), ids=VARIANTS)
def test_every_face_is_an_object_that_google_takes(
    shop: Chain, faced: Face, changed: dict[str, Any]
) -> None:
    body = with_issuer(object_of(shop, dataclasses.replace(faced, **changed)))
    assert discovery.faults("LoyaltyObject", body) == []


@pytest.mark.parametrize("locale", ["de-DE", "fr-FR", "en-GB", "pt-PT"])
def test_class_and_labels_are_taken_in_every_language(
    shop: Chain, faced: Face, locale: str
) -> None:
    with shop.acting(), spoken(companies.acting(), locale):
        blank = wallet.face.empty()
        body = objects.loyalty_class(blank, shop.company_id, LOOK)
        points = objects.loyalty_object(faced, NAMED)["loyaltyPoints"]
    assert discovery.faults("LoyaltyClass", with_issuer(body)) == []
    told = [points["localizedLabel"]["defaultValue"], *points["localizedLabel"]["translatedValues"]]
    assert {each["language"].partition("-")[0] for each in told} >= {"de", "en", "fr"}
    assert all(len(each["value"]) <= 9 for each in told)


def test_it_says_what_the_face_says(shop: Chain, faced: Face) -> None:
    body = object_of(shop, faced)
    assert (body["accountName"], body["accountId"]) == ("Anouk", faced.number_shown)
    assert body["loyaltyPoints"]["balance"] == {"string": "3/4"}
    assert body["secondaryLoyaltyPoints"]["balance"] == {"string": faced.points}
    assert body["state"] == "ACTIVE"
    texts = {each["id"]: each["body"] for each in body["textModulesData"]}
    assert texts["say"] == faced.say
    assert texts["terms"] == "Be kind."
    assert body["linksModuleData"]["uris"][0]["uri"] == faced.page_url


def test_it_speaks_as_apples_passes_do(shop: Chain, faced: Face) -> None:
    body = object_of(shop, dataclasses.replace(faced, locale="de-LU", ready=("Kaffee",)))
    assert body["loyaltyPoints"]["label"] == "Stempel"
    (ready,) = [each for each in body["textModulesData"] if each["id"] == "ready"]
    assert (ready["header"], ready["body"]) == ("Für Sie bereit", "Kaffee")
    told = {each["value"] for each in ready["localizedHeader"]["translatedValues"]}
    assert told == {"Ready for you", "Prêt pour vous"}


def test_a_balance_changes_its_figure_and_never_its_kind(shop: Chain, faced: Face) -> None:
    before = with_issuer(object_of(shop, faced))
    points = dataclasses.replace(faced, stamps=None, points="1,250", points_balance=1_250)
    after = merged(before, object_of(shop, points) | {"id": before["id"]})
    assert after["loyaltyPoints"]["balance"] == {"string": "1,250"}
    assert "secondaryLoyaltyPoints" not in after


def test_of_an_ended_card_nothing_is_left_at_google(shop: Chain, faced: Face) -> None:
    before = with_issuer(object_of(shop, faced))
    with shop.acting(), spoken(companies.acting()):
        end = objects.loyalty_object(wallet.face.empty(), NAMED)
    ids = {"id": before["id"], "classId": before["classId"]}
    after = merged(before, end | ids)
    assert after == ids | {"state": "EXPIRED", "textModulesData": []}


def test_the_phone_counts_the_codes_that_the_terminal_takes(shop: Chain, faced: Face) -> None:
    with shop.acting() as session:
        card = session.get_one(cards.LoyaltyCard, (shop.company_id, _only(shop)))
        key = codes.totp_key(card.id, card.link_version)
        named = Named("1-2-3", shop.company_id, card.id, key)
        with spoken(companies.acting()):
            barcode = objects.loyalty_object(faced, named)["rotatingBarcode"]
        details = barcode["totpDetails"]
        assert (details["algorithm"], details["periodMillis"]) == ("TOTP_SHA1", "30000")
        (parameter,) = details["parameters"]
        step = int(clock.now().timestamp() * 1000) // int(details["periodMillis"])
        digits = codes.totp(bytes.fromhex(parameter["key"]), step)
        assert len(digits) == parameter["valueLength"] == 8
        shown = barcode["valuePattern"].replace("{totp_value_0}", digits)
        assert codes.use(shown).id == card.id


WRONG: dict[str, dict[str, Any]] = {
    "an unknown field": {"rewardsTier": "Gold"},
    "a wrong type": {"accountId": 12},
    "a word of no enumeration": {"state": "GONE"},
    "a label of ten": {"loyaltyPoints": {"label": "0123456789", "balance": {"string": "1"}}},
    "two balances": {"loyaltyPoints": {"label": "Points", "balance": {"string": "1", "int": 1}}},
    "an id without issuer": {"id": "1-2-3"},
    "no class": {"classId": None},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_the_fake_google_refuses(shop: Chain, faced: Face, wrong: dict[str, Any]) -> None:
    body = with_issuer(object_of(shop, faced)) | wrong
    assert discovery.faults("LoyaltyObject", body)


def _only(shop: Chain) -> int:
    from sqlalchemy import select

    from app.extensions import db

    return int(db.session.scalars(select(cards.LoyaltyCard.id)).one())
