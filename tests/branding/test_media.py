"""The address of a picture: public, for ever, and of one company alone."""

import shutil

import pytest
from flask import g, render_template
from werkzeug.test import TestResponse

from app.accounts import companies
from app.demo import painting
from app.modules.loyalty import branding, enrolment
from app.modules.loyalty.branding import files, pictures
from tests.branding.easel import drawn, opened
from tests.cast import Chain
from tests.pages.test_storefront import path_of
from tests.pages.test_storefront_look import weights_of

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
RED, BLUE = drawn((400, 200), "#c00000"), drawn((400, 200), "#0000c0")


def upload(chain: Chain, kind: str, content: bytes) -> None:
    with chain.acting() as session, chain.app.test_request_context():
        branding.keep(kind, branding.uploads.read(kind, content), by=chain.admin.user_id)
        session.commit()


def path(chain: Chain, name: str) -> str:
    with chain.acting():
        found = pictures.look().path(chain.slug, name)
    assert found
    return found


def get(chain: Chain, address: str, **headers: str) -> TestResponse:
    return chain.browser().get(address, headers=headers)


def test_every_picture_of_the_look_is_served_for_ever(chain: Chain) -> None:
    upload(chain, "logo", RED)
    upload(chain, "strip", BLUE)
    for name in pictures.NAMES:
        answer = get(chain, path(chain, name))
        assert answer.status_code == 200, name
        assert answer.mimetype == "image/png"
        assert opened(answer.data).size[0] > 0
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
        again = get(chain, path(chain, name), If_None_Match=answer.headers["ETag"])
        assert again.status_code == 304


def test_only_names_of_the_list_and_keys_of_the_look_are_found(chain: Chain) -> None:
    good = path(chain, "app-192")
    key = good.split("/")[4]
    for wrong in (
        f"/s/{chain.slug}/media/{key}/logo.png",
        f"/s/{chain.slug}/media/{key}/app-181.png",
        f"/s/{chain.slug}/media/{'0' * 64}/app-192.png",
        f"/s/{chain.slug}/media/{key.upper()}/app-192.png",
        f"/s/{chain.slug}/media/{key}/..%2F..%2Fsecrets.png",
        f"/s/{chain.slug}/media/%2e%2e/app-192.png",
        f"/s/{chain.slug}/media/{key}/app-192.jpg",
        f"/s/nobody-here/media/{key}/app-192.png",
    ):
        assert get(chain, wrong).status_code == 404, wrong
    assert get(chain, good).status_code == 200


def test_another_company_s_picture_is_not_found_under_this_one_s_name(
    chain: Chain, other_chain: Chain
) -> None:
    upload(other_chain, "logo", RED)
    theirs = path(other_chain, "logo")
    assert get(chain, theirs).status_code == 200
    assert get(chain, theirs.replace(other_chain.slug, chain.slug)).status_code == 404


def test_a_replaced_logo_is_still_there_for_what_is_on_its_way_and_a_new_one_elsewhere(
    chain: Chain,
) -> None:
    upload(chain, "logo", RED)
    old = path(chain, "logo@2x")
    assert get(chain, old).status_code == 200
    upload(chain, "logo", BLUE)
    assert path(chain, "logo@2x") != old
    assert get(chain, old).status_code == 200
    folder = chain.app.config["SETTINGS"].media_dir / str(chain.company_id)
    shutil.rmtree(folder)
    files.in_memory.clear()
    assert get(chain, old).status_code == 404, "made again of another picture"
    assert get(chain, path(chain, "logo@2x")).status_code == 200


def test_a_logo_adds_one_small_picture_to_the_card(chain: Chain) -> None:
    card = path_of(chain, chain.card())
    before = sum(weights_of(chain.browser(), card).values())
    upload(chain, "logo", painting.logo())
    assert sum(weights_of(chain.browser(), card).values()) - before < 300
    assert len(get(chain, path(chain, "logo@2x")).data) < 8_000


def test_a_mail_wears_the_logo_of_its_company(chain: Chain) -> None:
    upload(chain, "logo", RED)
    with chain.app.test_request_context(), chain.acting():
        g.company = companies.acting()
        look = enrolment.letters.look()
        told = {"company": g.company, "link": "", "subject": "", "stop": None, "lang": "en"}
        mail = render_template("emails/card_link.html", home="https://x.example", **look, **told)
    src = f"https://x.example{path(chain, 'logo@2x')}"
    assert f'src="{src}" width="100" height="50" alt="Corner Bakery"' in mail


def test_pages_and_posters_show_the_logo_where_there_is_one(chain: Chain) -> None:
    pages = [f"/s/{chain.slug}/", f"/s/{chain.slug}/sign-in", f"/s/{chain.slug}/terms"]
    poster = f"/admin/posters/{chain.vendor.slug}/a4"
    for page in pages:
        assert "<img" not in get(chain, page).text
    upload(chain, "logo", RED)
    logo = f'<img class="shop-logo" src="{path(chain, "logo@2x")}" width="100" height="50"'
    for page in pages:
        assert f'{logo} alt="Corner Bakery">' in get(chain, page).text, page
    assert path(chain, "logo@3x") in chain.office().get(poster).text
