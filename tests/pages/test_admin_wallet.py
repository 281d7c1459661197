"""The office's wallet: what works and what does not in findings, credentials given, replaced and
taken away, a channel that goes on, and a card's passes."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.audit import AuditEntry
from app.ids import new_id
from app.modules.loyalty.wallet import (
    APPLE,
    GOOGLE,
    DeviceLog,
    WalletDevice,
    WalletPass,
    channels,
    passes,
)
from app.tenancy import crossing
from tests.cast import Chain
from tests.servers import SQLITE
from tests.wallet import pki
from tests.wallet.test_credentials import PASSPHRASE, chest
from tests.wallet.test_keeping import ISSUER, account, give, give_google

pytestmark = pytest.mark.parametrize("kind", [SQLITE], indirect=True)
PAGE = "/admin/wallet"


def sent(**files: bytes | str) -> dict[str, Any]:
    return {
        name: (io.BytesIO(content), f"{name}.bin") if isinstance(content, bytes) else content
        for name, content in files.items()
    }


def upload(chain: Chain, platform: str = APPLE, **files: bytes | str) -> Any:
    office = chain.office()
    path = f"{PAGE}/{platform}/credentials"
    return office.post(path, data=sent(**files), content_type="multipart/form-data")


def hold(chain: Chain, number: str, platform: str = APPLE, **columns: Any) -> int:
    """A pass of this card, as far as these columns say; the phone of Apple's."""
    with chain.acting() as session:
        row = passes.take(passes.serial_of(chain.card_row(number)), platform)
        for name, value in columns.items():
            setattr(row, name, value)
        if platform == APPLE:
            phone = WalletDevice(
                pass_id=row.id,
                library_id=f"phone-{row.id}",
                pass_type=pki.PASS_TYPE,
                push_token="token",
                registered_at=clock.now(),
            )
            session.add(phone)
        found = row.id
        session.commit()
    return found


def test_without_credentials_it_says_what_it_takes_and_what_works_meanwhile(chain: Chain) -> None:
    shown = chain.office().get(PAGE).text
    assert "The card’s own page does it all" in shown
    assert "Apple Wallet waits for credentials" in shown
    assert "No phone complained" in shown
    for platform in (APPLE, GOOGLE):
        assert "Check and keep" in chain.office().get(f"{PAGE}/{platform}").text
    assert chain.office().get(f"{PAGE}/samsung").status_code == 404


def test_given_it_works_and_says_until_when(chain: Chain) -> None:
    answer = upload(chain, certificate=chest(pki.usual()), passphrase=PASSPHRASE)
    assert answer.status_code == 303, answer.text
    shown = chain.office().get(PAGE).text
    assert f"Apple Wallet works: pass type {pki.PASS_TYPE}, until" in shown
    assert upload(chain, GOOGLE, account=account(), issuer=ISSUER).status_code == 303
    shown = chain.office().get(PAGE).text
    assert "Passes work in both wallets" in shown
    assert f"Google Wallet works: issuer {ISSUER}" in shown
    for platform in (APPLE, GOOGLE):
        shown = chain.office().get(f"{PAGE}/{platform}").text
        assert "PRIVATE KEY" not in shown
        assert PASSPHRASE not in shown


def test_a_fault_stands_beside_its_field_and_nothing_is_kept(chain: Chain) -> None:
    leaf = pki.authority().issue(lasts=timedelta(days=-2))
    stray = pki.authority("Other").wwdr.pem
    answer = upload(chain, certificate=leaf.pem, key=leaf.key_pem, intermediate=stray)
    assert answer.status_code == 422
    assert "ended on" in answer.text
    assert "2 fields cannot stay so" in answer.text
    assert "Nothing was changed. Choose all the files anew" in answer.text
    assert 'id="f-intermediate-wrong"' in answer.text
    assert leaf.key_pem.decode().splitlines()[2] not in answer.text
    with chain.acting():
        assert channels.row_of(APPLE) is None
    answer = upload(chain, GOOGLE, account=b"{}", issuer="<b>")
    assert answer.status_code == 422
    assert "“&lt;b&gt;”, expected its number" in answer.text


@pytest.mark.parametrize("content", [b"", b"\0" * 9_000, b"\x30" * 100_000])
def test_hostile_uploads_are_refused_with_a_sentence(chain: Chain, content: bytes) -> None:
    for platform, files in ((APPLE, {"certificate": content}), (GOOGLE, {"account": content})):
        answer = upload(chain, platform, passphrase="\0", issuer="1\0", **files)
        assert answer.status_code == 422, answer.text
    with chain.acting():
        assert [channels.row_of(platform) for platform in (APPLE, GOOGLE)] == [None, None]


def test_a_body_of_any_size_is_not_even_read(chain: Chain) -> None:
    assert upload(chain, certificate=b"0" * 400_000).status_code == 413


def test_a_manager_has_no_hand_in_it(chain: Chain) -> None:
    office = chain.office(chain.manager)
    assert office.get(PAGE).status_code == 403
    assert office.post(f"{PAGE}/apple/remove").status_code == 403
    assert PAGE not in office.get("/admin/cards").text


def test_taken_away_it_is_gone_and_audited(chain: Chain, other_chain: Chain) -> None:
    give(chain)
    give(other_chain)
    answer = chain.office().post(f"{PAGE}/apple/remove", follow_redirects=True)
    assert "They are gone." in answer.text
    with chain.acting() as session:
        assert not channels.offers(APPLE)
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.sequence)).all()
    assert acts[-2:] == ["wallet.credentials-set", "wallet.credentials-removed"]
    with other_chain.acting():
        assert channels.offers(APPLE)


def test_a_stopped_channel_says_why_and_goes_on_at_a_press(chain: Chain) -> None:
    give_google(chain)
    hold(chain, chain.card(), GOOGLE)
    with chain.acting() as session:
        channels.stop(GOOGLE, "403 PERMISSION_DENIED")
        session.commit()
    shown = chain.office().get(PAGE).text
    assert "Google Wallet has stopped" in shown
    assert ": 403 PERMISSION_DENIED. Nothing is sent" in shown
    assert "within seconds" not in shown
    answer = chain.office().post(f"{PAGE}/google/go-on", follow_redirects=True)
    assert "Google Wallet works" in answer.text
    with chain.acting() as session:
        assert channels.offers(GOOGLE)
        acts = session.scalars(select(AuditEntry.act)).all()
    assert "wallet.went-on" in acts


def test_the_board_counts_what_each_platform_knows(chain: Chain) -> None:
    give(chain)
    ago = clock.now() - timedelta(hours=1)
    sound = {"due_at": None, "tag": 7, "sent_tag": 7, "sent_at": ago}
    hold(chain, chain.card(), **sound, listed_at=clock.now(), fetched_tag=7)
    hold(chain, chain.card(), **sound, fetched_tag=6)  # told, and did not come
    hold(chain, chain.card(), tag=7, sent_tag=7, fetched_tag=7)  # queued: maybe something new
    failed = chain.card()
    hold(chain, failed, attempts=3, fault="410 Unregistered", due_at=ago)
    hold(chain, chain.card(), GOOGLE, ended_at=ago, due_at=None)
    from app.modules.loyalty.wallet import board

    with chain.acting():
        apple, google = board.of_company(chain.company_id)
    told = {name: getattr(apple, name) for name in board.Tally.__slots__[2:]}
    assert told == {
        "passes": 4,
        "queued": 1,
        "failing": 1,
        "sent": 2,
        "listed": 1,
        "fetched": 1,
        "stale": 1,
        "late": 1,
        "phones": 4,
    }
    assert google.passes == 0
    shown = chain.office().get(PAGE).text
    assert "One pass could not be sent" in shown
    assert "410 Unregistered" in shown
    assert f"/admin/cards/{failed}#passes" in shown


def test_a_pass_that_is_refused_for_good_is_said_to_have_failed(chain: Chain) -> None:
    """Nothing is due of it until its card changes; it is not true for that."""
    give_google(chain)
    number = chain.card()
    hold(chain, number, GOOGLE, due_at=None, attempts=1, fault="400 INVALID_ARGUMENT", tag=3)
    from app.modules.loyalty.wallet import board

    with chain.acting():
        google = board.of_company(chain.company_id)[1]
    assert (google.queued, google.failing, google.sent) == (0, 1, 0)
    shown = chain.office().get(PAGE).text
    assert "One pass could not be sent" in shown
    assert "when the card changes" in shown
    card = chain.office().get(f"/admin/cards/{number}").text
    assert "shows what is true" not in card
    assert "refused until the card changes" in card


def test_what_phones_complained_of_stands_there_if_it_names_us(
    chain: Chain, other_chain: Chain
) -> None:
    with chain.app.app_context(), crossing():
        from app.extensions import db

        for company, words in (
            (chain.company_id, "<i>ours</i>"),
            (other_chain.company_id, "theirs"),
            (None, "nobodys"),
        ):
            row = DeviceLog(id=new_id(), of_company=company, message=words, said_at=clock.now())
            db.session.add(row)
        db.session.commit()
    shown = chain.office().get(PAGE).text
    assert "&lt;i&gt;ours" in shown
    assert "theirs" not in shown
    assert "nobodys" not in shown


def test_a_cards_passes_stand_on_its_page_and_are_sent_again_at_a_press(
    chain: Chain, other_chain: Chain
) -> None:
    give(chain)
    number = chain.card()
    assert "In wallets" not in chain.office().get(f"/admin/cards/{number}").text
    ago = clock.now() - timedelta(hours=1)
    row_id = hold(chain, number, due_at=None, tag=7, sent_tag=7, sent_at=ago, fetched_tag=7)
    shown = chain.office().get(f"/admin/cards/{number}").text
    assert "Apple Wallet: in one phone, up to date" in shown
    path = f"/admin/cards/{number}/passes/{row_id}/send"
    answer = chain.office(chain.manager).post(path, follow_redirects=True)
    assert "a change waits to be sent" in answer.text
    with chain.acting() as session:
        row = session.scalars(select(WalletPass)).one()
        assert (row.sent_tag, row.wanted) == (None, 2)
        assert row.due_at
        row.ended_at = clock.now()
        session.commit()
    assert chain.office().post(path).status_code == 404  # void for good
    theirs = hold(other_chain, other_chain.card())
    path = f"/admin/cards/{number}/passes/{theirs}/send"
    assert chain.office().post(path).status_code == 404
