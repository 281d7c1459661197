"""An Apple pass is one: OpenSSL and a checker that knows none of our code say so, and say no to
every pass that one thing is wrong with."""

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.modules.loyalty import branding, cards, enrolment, programs, rewards
from tests.cast import Chain
from tests.wallet import checker, pki, takes
from tests.wallet.forge import Files, forged

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def good(signing_app: Flask) -> bytes:
    """A pass with a stamp on it."""
    chain = Chain.open(signing_app)
    number = chain.card(first_name="Anouk", email=f"anouk@{chain.slug}.example")
    chain.stamp(number)
    return takes.package(chain, number)


# -- what it is -----------------------------------------------------------------------------------


def test_openssl_verifies_the_signature_and_notices_another_manifest(
    good: bytes, tmp_path: Path
) -> None:
    for name, raw in checker.files_of(good).items():
        (tmp_path / Path(name).name).write_bytes(raw)
    (tmp_path / "root.pem").write_bytes(pki.authority().root.pem)
    words = "smime -verify -binary -inform DER -in signature -content manifest.json"
    command = ["openssl", *words.split(), "-CAfile", "root.pem", "-purpose", "any"]

    def verifies() -> bool:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        return done.returncode == 0 and b"Verification successful" in done.stderr

    assert verifies()
    (tmp_path / "manifest.json").write_bytes(checker.files_of(good)["manifest.json"] + b"\n")
    assert not verifies()


def test_the_checker_takes_a_pass_and_what_it_says_is_the_cards(good: bytes) -> None:
    said = takes.checked(good)
    assert said["webServiceURL"] == "https://regulars.example/wallet/apple"
    assert said["teamIdentifier"] == pki.TEAM
    shown = takes.values(said)
    assert (shown["stamps"], shown["row"], shown["holder"]) == ("1/10", "●○○○○○○○○○", "Anouk")
    assert shown["back_number"] == said["barcodes"][0]["altText"]
    assert shown["back_page"].startswith("https://regulars.example/s/")
    assert said["barcodes"][0]["message"] == said["barcodes"][0]["altText"].replace("-", "")


def test_a_forgery_without_a_fault_is_taken(good: bytes) -> None:
    """The control: what is refused below is refused for its fault."""
    assert takes.checked(forged(good)) == takes.checked(good)


def test_points_stand_on_the_strip_and_stamps_in_the_header(signing: Chain) -> None:
    signing.publish(loyalty_type="hybrid", welcome_bonus_points=1_250)
    with signing.acting() as session:
        for name, points in (("Breakfast", 1_000), ("Coffee", 100), ("Dinner", 9_000)):
            rewards.catalogue.create({"name": name, "points": points}, by=signing.actor)
        session.commit()
    said = takes.told(signing, signing.card())
    assert [each["key"] for each in said["storeCard"]["headerFields"]] == ["stamps"]
    shown = takes.values(said)
    assert shown["points"] == "1,250"
    assert shown["ready"] == "Coffee + 1"
    assert shown["rewards_ready"] == "Coffee\nBreakfast"
    ready = next(each for each in checker.fields(said) if each["key"] == "rewards_ready")
    assert ready["changeMessage"] == "Ready for you: %@"


def test_a_card_of_points_alone_says_what_they_are_for(signing: Chain) -> None:
    signing.publish(loyalty_type="points")
    with signing.acting() as session:
        rewards.catalogue.create({"name": "Breakfast", "points": 1_000}, by=signing.actor)
        session.commit()
    said = takes.told(signing, signing.card())
    assert said["storeCard"]["headerFields"][0]["key"] == "points"
    assert said["storeCard"]["primaryFields"][0]["value"] == "Breakfast"


def test_a_company_s_pictures_are_in_its_passes_and_its_name_where_it_has_no_logo(
    signing: Chain,
) -> None:
    number = signing.card()
    bare = takes.package(signing, number)
    assert takes.checked(bare)["logoText"] == "Corner Bakery"
    with signing.acting() as session:
        for kind in (branding.LOGO, branding.STRIP):
            session.add(_picture(kind))
        session.commit()
    pictured = takes.package(signing, number)
    assert "logoText" not in takes.checked(pictured)
    there = set(checker.files_of(pictured)) - set(checker.files_of(bare))
    assert there == {f"{k}{s}.png" for k in ("logo", "strip") for s in ("", "@2x", "@3x")}


def _picture(kind: str) -> branding.BrandImage:
    import hashlib
    import io

    from PIL import Image

    drawn, size = io.BytesIO(), (1_200, 480)
    Image.new("RGB", size, "#c04020").save(drawn, "PNG")
    raw = drawn.getvalue()
    digest = hashlib.sha256(raw).hexdigest()
    return branding.BrandImage(kind=kind, digest=digest, png=raw, width=size[0], height=size[1])


def test_a_blocked_card_s_pass_is_void_and_goes_on_asking(signing: Chain) -> None:
    number = signing.card()
    with signing.acting() as session:
        cards.block(cards.find(number), True, by=signing.actor)
        session.commit()
    said = takes.told(signing, number)
    assert said["voided"] is True
    assert "webServiceURL" in said


def test_the_pass_of_a_programme_with_a_last_day_expires_after_it(signing: Chain) -> None:
    number = signing.card()
    with signing.acting():
        day = programs.of_company().redeemable_until
    assert day is None
    assert "expirationDate" not in takes.told(signing, number)
    from datetime import date

    signing.switch(active=False, redeemable_until=date(2031, 7, 31))
    assert takes.told(signing, number)["expirationDate"] == "2031-07-31T22:00:00+00:00"


def test_a_card_that_was_left_has_no_pass(signing: Chain) -> None:
    number = signing.card()
    page = takes.link(signing, number)
    with signing.acting() as session:
        enrolment.leave(cards.find(number))
        session.commit()
    assert signing.browser().get(f"{page}/pass.pkpass").status_code == 404


def test_where_nobody_can_sign_there_is_no_pass(chain: Chain) -> None:
    assert chain.browser().get(f"{takes.link(chain, chain.card())}/pass.pkpass").status_code == 404


def test_a_stranger_s_link_has_no_pass(signing: Chain) -> None:
    page = takes.link(signing, signing.card())
    assert signing.browser().get(f"{page[:-4]}AAAA/pass.pkpass").status_code == 404


def test_the_download_is_kept_by_nobody_and_named_for_what_it_is(signing: Chain) -> None:
    answer = signing.browser().get(f"{takes.link(signing, signing.card())}/pass.pkpass")
    assert answer.headers["Content-Type"] == "application/vnd.apple.pkpass"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "attachment" in answer.headers["Content-Disposition"]


# -- its languages --------------------------------------------------------------------------------


def test_the_values_are_in_the_customer_s_language_and_the_labels_in_the_phone_s(
    signing: Chain,
) -> None:
    number = signing.card(email=f"a@{signing.slug}.example", locale="de-LU")
    package = takes.package(signing, number)
    said = takes.checked(package)
    assert "10 Stempel" in takes.values(said)["back_rewards"]
    label = said["storeCard"]["headerFields"][0]["label"]
    assert label == "Stempel"
    french = checker.strings(checker.files_of(package)["fr.lproj/pass.strings"])
    assert french[label] == "Tampons"
    labels = {each["label"] for each in checker.fields(said)} - {
        said["storeCard"]["primaryFields"][0]["label"]
    }
    for name, raw in checker.files_of(package).items():
        if name.endswith(".strings"):
            assert labels <= set(checker.strings(raw)), name


# -- what it must not be --------------------------------------------------------------------------

Fault = Callable[[bytes], bytes]


def _another_stamp(files: Files) -> None:
    files["pass.json"] = files["pass.json"].replace(b'"1/10"', b'"9/10"')


def _another_signature(files: Files) -> None:
    files["signature"] = files["signature"][:-1] + bytes([files["signature"][-1] ^ 1])


def _twice(told: dict[str, Any]) -> None:
    told["storeCard"]["backFields"].append(dict(told["storeCard"]["backFields"][0]))


def _silent(told: dict[str, Any]) -> None:
    told["storeCard"]["headerFields"][0]["changeMessage"] = "Something changed."


def _crowded(told: dict[str, Any]) -> None:
    told["storeCard"]["auxiliaryFields"] = [{"key": f"k{n}", "value": "x"} for n in range(5)]


BROKEN: dict[str, tuple[str, Fault]] = {
    "a file that was changed": (
        "pass.json is another",
        lambda p: forged(p, afterwards=_another_stamp),
    ),
    "no icon": ("icon.png is missing", lambda p: forged(p, files=lambda f: f.pop("icon.png"))),
    "another team": ("the team", lambda p: forged(p, leaf=pki.authority().issue(team="OTHER"))),
    "no intermediate": ("not embedded", lambda p: forged(p, embedded=[])),
    "another's intermediate": (
        "intermediate is not embedded",
        lambda p: forged(p, embedded=[pki.authority("Other").wwdr]),
    ),
    "an impostor of the intermediate": (
        "not signed by the one above",
        lambda p: forged(p, embedded=[pki.authority(keys="impostor").wwdr]),
    ),
    "an intermediate that is not for passes": (
        "not the one for passes",
        lambda p: forged(p, leaf=pki.unmarked().issue(), embedded=[pki.unmarked().wwdr]),
    ),
    "an authority that nobody trusts": (
        "another root",
        lambda p: forged(
            p, leaf=pki.authority("Other").issue(), embedded=[pki.authority("Other").wwdr]
        ),
    ),
    "an expired certificate": (
        "has expired",
        lambda p: forged(p, leaf=pki.authority().issue(lasts=timedelta(days=-1))),
    ),
    "another pass type": (
        "the pass type",
        lambda p: forged(p, leaf=pki.authority().issue(pass_type="pass.other")),
    ),
    "a certificate that names no pass type": (
        "names no pass type",
        lambda p: forged(p, leaf=pki.authority().issue(marked=False)),
    ),
    "a certificate that is not for passes": (
        "not for passes",
        lambda p: forged(p, leaf=pki.authority().issue(purposed=False)),
    ),
    "a file that is not listed": (
        "not listed",
        lambda p: forged(p, afterwards=lambda f: f.update({"more.txt": b"more"})),
    ),
    "a file that is not there": (
        "not there",
        lambda p: forged(p, manifest=lambda m: m.update({"logo.png": "0" * 40})),
    ),
    "a wrong hash in the manifest": (
        "icon.png is another",
        lambda p: forged(p, manifest=lambda m: m.update({"icon.png": "0" * 40})),
    ),
    "a signature with the manifest in it": (
        "attached",
        lambda p: forged(p, options=("Binary", "NoCapabilities")),
    ),
    "a manifest hashed with CRLF": (
        "another manifest",
        lambda p: forged(p, options=("DetachedSignature", "NoCapabilities")),
    ),
    "another's signature": (
        "the signature is wrong",
        lambda p: forged(p, afterwards=_another_signature),
    ),
    "a notice without its value": ("without %@", lambda p: forged(p, said=_silent)),
    "a key that is there twice": ("keys twice", lambda p: forged(p, said=_twice)),
    "too many fields above the code": ("more than four", lambda p: forged(p, said=_crowded)),
    "updates without https": (
        "without https",
        lambda p: forged(p, said=lambda t: t.update(webServiceURL="http://regulars.example")),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_pass_is_rejected(good: bytes, name: str) -> None:
    complaint, broken = BROKEN[name]
    with pytest.raises(checker.Rejected, match=complaint):
        takes.checked(broken(good))
