"""The branding editor: what it keeps, what it says no to, and previews that are the cards."""

import io
import json
import re
import threading
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.audit import AuditEntry
from app.extensions import db
from app.modules.loyalty import branding, programs
from app.modules.loyalty.branding import BrandImage, pictures
from app.modules.loyalty.wallet import face as faces
from app.modules.loyalty.wallet.apple import package
from app.modules.loyalty.wallet.face.sample import NUMBER, sample
from app.outbox import OutboxEvent
from tests.branding import hostile
from tests.branding.easel import drawn
from tests.cast import Browser, Chain

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
EDITOR, PREVIEW = "/admin/branding", "/admin/branding/preview"
RED, WIDE = drawn((600, 400), "#c00000"), drawn((1200, 480), "#301008", on="#301008")
SCRIPT = "<script>alert(1)</script>"


def typed(chain: Chain, **fields: Any) -> dict[str, Any]:
    """The form as it stands, with these fields in it; bytes are chosen files."""
    with chain.acting():
        rules = programs.current()
    form = {"card_name": rules.card_name, "card_color": rules.card_color, "based_on": rules.number}
    files = {
        name: (io.BytesIO(value), f"{name}.png")
        for name, value in fields.items()
        if isinstance(value, bytes)
    }
    return {name: str(value) for name, value in (form | fields).items()} | files


def post(chain: Chain, path: str = EDITOR, office: Browser | None = None, **f: Any) -> TestResponse:
    answer = (office or chain.office()).post(path, data=typed(chain, **f))
    assert isinstance(answer, TestResponse)
    return answer


def sent(chain: Chain, logo: bytes, path: str = EDITOR) -> TestResponse:
    """A large file, as one body: the test client would leave a file of its own open."""
    head = 'Content-Disposition: form-data; name="logo"; filename="a.png"'
    body = b"--x\r\n" + head.encode() + b"\r\n\r\n" + logo + b"\r\n--x--\r\n"
    return chain.office().post(path, data=body, content_type="multipart/form-data; boundary=x")


def preview(chain: Chain, **fields: Any) -> dict[str, Any]:
    answer = post(chain, PREVIEW, **fields)
    assert answer.status_code == 200
    return dict(answer.get_json())


def kept(chain: Chain) -> dict[str, tuple[int, int]]:
    with chain.acting():
        return {kind: (each.width, each.height) for kind, each in branding.images.kept().items()}


def acts(chain: Chain) -> list[dict[str, Any]]:
    with chain.acting() as session:
        query = select(AuditEntry).where(AuditEntry.act == "brand.changed")
        return [entry.figures for entry in session.scalars(query.order_by(AuditEntry.sequence))]


def events(chain: Chain) -> int:
    with chain.acting() as session:
        query = select(func.count()).select_from(OutboxEvent)
        return session.scalar(query.where(OutboxEvent.kind == "programme.changed")) or 0


def errors(answer: TestResponse) -> dict[str, str]:
    found = re.findall(r'id="f-(\w+)-wrong">.*?<span>(.*?)</span>', answer.text, re.DOTALL)
    return dict(found)


# -- publishing -----------------------------------------------------------------------------------


def test_name_colour_and_pictures_are_published_at_once_and_passes_follow(chain: Chain) -> None:
    before = events(chain)
    answer = post(chain, card_name="Bread club", card_color="#0a7f5a", logo=RED, strip=WIDE)
    assert (answer.status_code, answer.location) == (303, EDITOR)
    assert chain.api.get("/program").json["card_name"] == "Bread club"
    assert kept(chain) == {"logo": (600, 400), "strip": (1200, 480)}
    assert [act["picture"] for act in acts(chain)] == ["logo", "strip"]
    assert all(len(act["digest"]) == 64 for act in acts(chain))
    assert events(chain) > before
    page = chain.office().get(EDITOR)
    assert "Published" not in page.text
    assert "Take the logo away" in page.text


def test_a_picture_is_replaced_and_taken_away(chain: Chain) -> None:
    post(chain, logo=RED)
    post(chain, logo=WIDE)
    assert kept(chain) == {"logo": (1200, 480)}
    post(chain, remove_logo="1")
    assert kept(chain) == {}
    digests = [act["digest"] for act in acts(chain)]
    assert len(set(digests)) == 3
    assert digests[-1] == ""


def test_the_same_picture_again_changes_nothing(chain: Chain) -> None:
    post(chain, logo=RED)
    before = len(acts(chain)), events(chain)
    assert post(chain, logo=RED).status_code == 303
    assert (len(acts(chain)), events(chain)) == before


def test_one_wrong_field_keeps_everything_as_it_was_and_what_was_typed(chain: Chain) -> None:
    answer = post(chain, card_name="New name", strip=WIDE, logo=b"<svg></svg>")
    assert answer.status_code == 422
    assert set(errors(answer)) == {"logo"}
    assert "SVG" in errors(answer)["logo"]
    assert 'value="New name"' in answer.text
    assert "Choose the pictures again" in answer.text
    assert kept(chain) == {}
    assert chain.api.get("/program").json["card_name"] != "New name"


def test_a_name_and_a_colour_that_cannot_stay_say_so_beside_the_field(chain: Chain) -> None:
    answer = post(chain, card_name=" ", card_color="red")
    assert answer.status_code == 422
    assert set(errors(answer)) == {"card_name", "card_color"}
    assert "expected a colour like" in errors(answer)["card_color"]


def test_a_photograph_of_five_megabytes_is_told_beside_its_field(chain: Chain) -> None:
    answer = sent(chain, RED + bytes(5_000_000))
    assert answer.status_code == 422
    assert "expected at most 2 MB" in errors(answer)["logo"]


def test_what_is_larger_than_any_picture_is_not_read(chain: Chain) -> None:
    assert sent(chain, bytes(13_000_000)).status_code == 413
    assert sent(chain, bytes(300_000), "/admin/program/preview").status_code == 413


def test_who_publishes_over_another_s_revision_is_told_and_keeps_what_was_typed(
    chain: Chain,
) -> None:
    form = typed(chain, card_name="Mine", logo=RED)
    chain.publish(card_name="Theirs")
    answer = chain.office().post(EDITOR, data=form)
    assert answer.status_code == 409
    assert 'value="Mine"' in answer.text
    assert kept(chain) == {}
    assert chain.api.get("/program").json["card_name"] == "Theirs"


def test_of_two_uploads_at_once_one_stays_whole_and_both_are_told(chain: Chain) -> None:
    forms = [typed(chain, logo=RED), typed(chain, logo=WIDE)]
    offices = [chain.office(), chain.office()]
    answers: list[int] = []

    def send(office: Browser, form: dict[str, Any]) -> None:
        answers.append(office.post(EDITOR, data=form).status_code)

    threads = [
        threading.Thread(target=send, args=pair) for pair in zip(offices, forms, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [303, 303]
    assert kept(chain)["logo"] in ((600, 400), (1200, 480))
    assert len(acts(chain)) == 2
    last = acts(chain)[-1]["digest"]
    with chain.acting() as session:
        assert session.scalars(select(BrandImage)).one().digest == last


def test_a_manager_of_a_shop_does_not_change_the_brand(chain: Chain) -> None:
    office = chain.office(chain.manager)
    assert office.get(EDITOR).status_code == 403
    assert office.post(EDITOR, data=typed(chain, logo=RED)).status_code == 403
    assert kept(chain) == {}


# -- previews -------------------------------------------------------------------------------------


def texts(html: str) -> str:
    """The words of it, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "\n", html)).replace("&#39;", "'")


@pytest.mark.parametrize("loyalty_type", ["stamps", "points", "hybrid"])
def test_C16_previews_say_what_the_passes_of_the_sample_card_say(
    chain: Chain, loyalty_type: str
) -> None:
    chain.publish(loyalty_type=loyalty_type, terms_text="Be kind.", point_value_bp=50_000)
    page = texts(chain.office().get(EDITOR).text)
    with chain.acting(), chain.app.test_request_context(), faces.spoken(_company(chain)):
        face, _coming = sample(programs.current(), "Ada")
        card = package.worth_syncing(face)["storeCard"]
    fields = [field for part in card.values() for field in part]
    assert fields
    for field in fields:
        assert texts(field["value"]).strip() in page, field
        assert texts(field["label"]).strip() in page, field
    for said in (face.company, face.card_name, face.say, face.number_shown, face.terms):
        assert texts(said).strip() in page


def _company(chain: Chain) -> Any:
    from app.accounts import companies

    return companies.acting()


def test_the_sample_card_is_nobody_s_and_gets_nowhere(chain: Chain) -> None:
    before = chain.api.get("/cards?status=active").json
    chain.office().get(EDITOR)
    assert chain.api.get("/cards?status=active").json == before
    assert chain.api.get(f"/cards/{NUMBER}").status_code == 404
    with chain.acting():
        assert not db.session.new


def test_looking_publishes_nothing_and_keeps_nothing(chain: Chain) -> None:
    post(chain, logo=RED)
    number = chain.publish().number
    stood = kept(chain), events(chain), len(acts(chain))
    files = sorted((chain.app.config["SETTINGS"].media_dir / str(chain.company_id)).rglob("*"))
    told = preview(chain, card_name="Tried", card_color="#0a7f5a", logo=WIDE, strip=WIDE)
    assert "Tried" in told["stage"]
    assert told["look"]["company"] == "#0a7f5a"
    assert (kept(chain), events(chain), len(acts(chain))) == stood
    assert chain.publish().number == number
    there = sorted((chain.app.config["SETTINGS"].media_dir / str(chain.company_id)).rglob("*"))
    assert there == files


def test_a_chosen_picture_is_shown_before_it_is_kept_and_a_taken_one_is_not(chain: Chain) -> None:
    assert preview(chain, logo=RED, strip=WIDE)["stage"].count("data:image/png;base64,") == 5
    post(chain, logo=RED, strip=WIDE)
    stage = preview(chain)["stage"]
    assert "data:image" not in stage
    with chain.acting():
        look = pictures.look()
        for name in (pictures.PAGE_LOGO, pictures.PAGE_STRIP, pictures.GOOGLE_HERO):
            assert str(look.path(chain.slug, name)) in stage
    gone = preview(chain, remove_logo="1", remove_strip="1")["stage"]
    assert "/logo@2x.png" not in gone
    assert "/strip@2x.png" not in gone
    assert "Corner Bakery" in gone


def test_a_preview_says_at_once_what_is_wrong_with_a_picture(chain: Chain) -> None:
    told = preview(chain, logo=hostile.bomb(5_000, 5_000), card_name="Still typed")
    assert set(told["errors"]) == {"logo"}
    assert "Still typed" in told["stage"]
    assert set(preview(chain, card_name="")["errors"]) == {"card_name"}


def test_what_will_not_be_read_is_told_with_its_figure(chain: Chain) -> None:
    assert "10.6 to 1" in preview(chain, card_color="#761a3a")["said"]["contrast"]
    assert "Text on it is dark" in preview(chain, card_color="#f2c14e")["said"]["contrast"]
    red_on_red = preview(chain, card_color="#b00000", logo=RED)["stage"]
    assert "The logo hardly shows on this colour: contrast 1." in red_on_red
    assert "hardly shows" not in preview(chain, card_color="#ffffff", logo=RED)["stage"]
    pale = drawn((1200, 480), "#f0f0f0", on="#ffffff")
    on_white = preview(chain, card_color="#761a3a", strip=pale)["stage"]
    assert "White text on the strip is hard to read: contrast 1." in on_white
    small = drawn((500, 200), "#301008", on="#301008")
    assert "The strip is 500 pixels wide" in preview(chain, strip=small)["stage"]
    assert "too wide for a square" in preview(chain, logo=WIDE)["said"]["tile"]
    assert preview(chain, logo=RED)["said"]["tile"] == ""


def test_the_colour_of_the_previews_needs_no_script(chain: Chain) -> None:
    answer = chain.office().get("/admin/branding/look.css?colour=%23f2c14e")
    assert "--company: #f2c14e; --on-company: #12211b" in answer.text
    wrong = chain.office().get("/admin/branding/look.css?colour=red;}body{display:none")
    assert "display" not in wrong.text


# -- C15 ------------------------------------------------------------------------------------------


def test_C15_a_colour_change_shows_on_card_pass_and_pages(chain: Chain) -> None:
    post(chain, card_color="#0A7F5A")
    assert "--company: #0a7f5a" in chain.browser().get(f"/s/{chain.slug}/brand.css").text
    with chain.acting(), chain.app.test_request_context(), faces.spoken(_company(chain)):
        face, _coming = sample(programs.current(), "Ada")
        assert package.worth_syncing(face)["backgroundColor"] == "rgb(10, 127, 90)"
        icon = pictures.for_apple(face.brand, face.company)["icon@3x.png"]
    from tests.branding.easel import opened

    assert opened(icon).convert("RGB").getpixel((1, 1)) == (10, 127, 90)


def test_C15_a_script_in_any_field_shows_as_text(chain: Chain) -> None:
    post(chain, card_name=f"Club {SCRIPT}")
    chain.publish(
        terms_text=SCRIPT, stamps_reward_name=SCRIPT, privacy_url=f"https://x.example/{SCRIPT}"
    )
    number = chain.card(email="a@example.org", first_name=SCRIPT)
    with chain.acting(), chain.app.test_request_context(), faces.spoken(_company(chain)):
        from app.modules.loyalty import cards, enrolment

        path = enrolment.card_path(chain.slug, cards.find(number))
        face, _coming = sample(programs.current(), SCRIPT)
        assert SCRIPT in json.dumps(package.worth_syncing(face))
    pages = [f"/s/{chain.slug}/", f"/s/{chain.slug}/terms", path]
    shown = [chain.browser().get(page).text for page in pages]
    shown += [chain.office().get(EDITOR).text, preview(chain)["stage"]]
    shown += [post(chain, card_name=SCRIPT * 9, logo=b"no").text]
    for text in shown:
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text
