"""Own credentials lie sealed: the database opens nothing by itself, nor for another company."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from sqlalchemy import select

from app import clock, sealed
from app.audit import AuditEntry
from app.errors import Invalid
from app.modules.loyalty.wallet import (
    APPLE,
    GOOGLE,
    PLATFORMS,
    WalletChannel,
    WalletDevice,
    WalletPass,
    channels,
    keeping,
    standing,
)
from app.modules.loyalty.wallet.credentials.uploads import Given
from app.outbox import OutboxEvent
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import SQLITE, Databases
from tests.wallet import pki
from tests.wallet.test_credentials import pem

ISSUER = "3388000000022123456"


def files(leaf: pki.Issued | None = None) -> Given:
    leaf = leaf or pki.usual()
    return Given(leaf.pem, leaf.key_pem, pki.authority().wwdr.pem)


def account(**changes: object) -> bytes:
    """A service account's file, with more in it than anybody needs."""
    told = {
        "type": "service_account",
        "client_email": "passes@project.iam.gserviceaccount.com",
        "private_key": pki.key_named("google") and pem(pki.key_named("google")).decode(),
        "private_key_id": "a1b2",
        "token_uri": "https://elsewhere.example/token",
    }
    return json.dumps(told | changes).encode()


def give(chain: Chain, *, leaf: pki.Issued | None = None, another: bool = False) -> None:
    with chain.acting() as session:
        keeping.give_apple(files(leaf), another=another, by=chain.admin.user_id or 0)
        session.commit()


def give_google(chain: Chain, content: bytes | None = None, issuer: str = ISSUER) -> None:
    with chain.acting() as session:
        by = chain.admin.user_id or 0
        keeping.give_google(content or account(), issuer, another=False, by=by)
        session.commit()


def channel(chain: Chain, platform: str = APPLE) -> WalletChannel | None:
    with chain.acting():
        return channels.row_of(platform)


def test_given_it_is_offered_taken_away_it_is_not(chain: Chain) -> None:
    with chain.acting():
        assert [channels.offers(platform) for platform in PLATFORMS] == [False, False]
    give(chain)
    give_google(chain)
    with chain.acting() as session:
        assert [channels.offers(platform) for platform in PLATFORMS] == [True, True]
        stands = {one.platform: one for one in standing.of_company()}
        assert stands[APPLE].identifier == pki.PASS_TYPE
        assert stands[GOOGLE].identifier == ISSUER
        assert all(one.whose == standing.OWN and one.works for one in stands.values())
        google = channels.google()
        assert google
        assert "token_uri" not in google.account
        for platform in PLATFORMS:
            assert keeping.take_away(platform, by=1)
            assert not keeping.take_away(platform, by=1)
        session.commit()
        assert [channels.offers(platform) for platform in PLATFORMS] == [False, False]


def test_what_was_done_is_audited_and_every_pass_looked_at_anew(chain: Chain) -> None:
    give(chain)
    with chain.acting() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.act.startswith("wallet."))
        ).one()
        assert (entry.act, entry.user_id) == ("wallet.credentials-set", chain.admin.user_id)
        assert set(entry.figures) == {"platform", "identifier", "ends"}
        marked = select(OutboxEvent).where(OutboxEvent.kind == "programme.changed")
        assert session.scalars(marked).all()


@pytest.mark.parametrize(
    ("changes", "issuer", "field", "says"),
    [
        ({"type": "authorized_user"}, ISSUER, "account", "“authorized_user”"),
        ({"client_email": "nobody"}, ISSUER, "account", "“nobody”"),
        ({"private_key": "secret-5512"}, ISSUER, "account", "“private_key” cannot be read"),
        ({"private_key": None}, ISSUER, "account", "“private_key” cannot be read"),
        ({}, "12a", "issuer", "“12a”, expected its number"),
        ({}, "", "issuer", "expected its number"),
        ({"private_key": "short"}, ISSUER, "account", "1024 bits"),
    ],
)
@pytest.mark.parametrize("kind", [SQLITE], indirect=True)
def test_every_fault_of_a_service_account_is_named_and_nothing_is_kept(
    chain: Chain, changes: dict[str, object], issuer: str, field: str, says: str
) -> None:
    if changes == {"private_key": "short"}:
        changes = {"private_key": pem(rsa.generate_private_key(65_537, 1_024)).decode()}
    with pytest.raises(Invalid) as refusal:
        give_google(chain, account(**changes), issuer)
    assert says in refusal.value.errors[field]
    assert "secret-5512" not in str(refusal.value)
    assert channel(chain, GOOGLE) is None


@pytest.mark.parametrize("content", [b"", b"[1]", b"\0", b"[" * 9_000, b"{" + b" " * 20_000, b"1"])
@pytest.mark.parametrize("kind", [SQLITE], indirect=True)
def test_what_is_no_json_of_a_bearable_size_is_refused(chain: Chain, content: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        give_google(chain, content or b" ")
    assert list(refusal.value.errors) == ["account"]


def test_a_bad_renewal_leaves_the_good_one_where_it_is(chain: Chain) -> None:
    give(chain)
    before = channel(chain)
    assert before
    with pytest.raises(Invalid):
        give(chain, leaf=pki.authority().issue(lasts=timedelta(days=-3)))
    after = channel(chain)
    assert after
    assert after.sealed == before.sealed


def test_another_pass_type_is_asked_about_while_phones_hold_passes_of_the_old(
    chain: Chain,
) -> None:
    give(chain)
    number = chain.card()
    with chain.acting() as session:
        from app.modules.loyalty.wallet import passes

        serial = passes.serial_of(chain.card_row(number))
        held = passes.take(serial, APPLE)
        session.add(
            WalletDevice(
                pass_id=held.id,
                library_id="phone",
                pass_type=pki.PASS_TYPE,
                push_token="token",
                registered_at=clock.now(),
            )
        )
        session.commit()
    other = pki.authority().issue(pass_type="pass.example.other")
    with pytest.raises(Invalid) as refusal:
        give(chain, leaf=other)
    assert list(refusal.value.errors) == ["another"]
    give(chain, leaf=other, another=True)
    with chain.acting() as session:
        assert keeping.orphans(APPLE, "pass.example.other") == 1
        assert session.scalars(select(WalletPass)).one().ended_at is None


# -- at rest ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [SQLITE], indirect=True, scope="session")
def test_the_database_file_holds_no_key_that_anybody_could_use(
    kind: str, databases: Databases, templates: Callable[[str], str], tmp_path: Path
) -> None:
    application = make_app(databases.create(kind, like=templates(kind)), tmp_path)
    chain = Chain.open(application)
    give(chain)
    give_google(chain)
    path = application.config["SETTINGS"].database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = b"".join(file.read_bytes() for file in Path(path).parent.glob(f"{Path(path).name}*"))
    key = pki.usual().key_pem.splitlines()[5]
    secrets = [b"PRIVATE KEY", b"private_key", b"BEGIN CERTIFICATE", b"service_account", key]
    assert [secret for secret in secrets if secret in whole] == []
    assert pki.PASS_TYPE.encode() in whole  # the control: the channel is in there
    dispose(application)


def test_what_is_sealed_for_one_company_opens_for_no_other(
    chain: Chain, other_chain: Chain
) -> None:
    give(chain)
    stolen = channel(chain)
    assert stolen
    with other_chain.acting() as session:
        row = channels.hold(APPLE)
        row.sealed = stolen.sealed
        session.commit()
        assert channels.apple() is None
        assert not channels.offers(APPLE)
        assert "FIELD_KEY" in standing.of_company()[0].faults[0].sentence
    with chain.acting(), pytest.raises(sealed.Unsealable):
        sealed.unseal("wallet-google", chain.company_id, stolen.sealed or b"")


@pytest.mark.parametrize("kind", [SQLITE], indirect=True, scope="session")
def test_a_rotated_field_key_opens_what_the_old_one_sealed(
    kind: str, databases: Databases, templates: Callable[[str], str], tmp_path: Path
) -> None:
    url = databases.create(kind, like=templates(kind))
    old, new = "tests-only-7f20e6b94d1c8a35-field-key", "tests-only-2b4d6f80a1c3e597-field-key"
    chain = Chain.open(make_app(url, tmp_path, FIELD_KEY=old))
    give(chain)
    both = replace(chain, app=make_app(url, tmp_path, FIELD_KEY=f"2:{new},1:{old}"))
    with both.acting():
        assert channels.offers(APPLE)
    give(both)
    gone = replace(chain, app=make_app(url, tmp_path, FIELD_KEY=f"2:{new}"))
    with gone.acting():
        assert channels.offers(APPLE)  # sealed anew when it was given anew
    never = replace(chain, app=make_app(url, tmp_path, FIELD_KEY=f"3:{old}x"))
    with never.acting():
        assert not channels.offers(APPLE)
    for each in (chain, both, gone, never):
        dispose(each.app)


def test_a_bad_certificate_of_the_installation_is_told_at_the_start_and_stops_nothing(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ended = pki.authority().issue(lasts=timedelta(days=-2))
    application: Flask = make_app(database_url, tmp_path, **pki.written(tmp_path / "a", ended))
    assert any("ended on" in record.getMessage() for record in caplog.records)
    assert "PRIVATE KEY" not in caplog.text
    chain = Chain.open(application)
    chain.stamp(chain.card())
    with chain.acting():
        assert not channels.offers(APPLE)
    (tmp_path / "a" / "certificate.pem").write_bytes(b"\0\xff")
    (tmp_path / "a" / "key.pem").unlink()
    with chain.acting():
        assert not channels.offers(APPLE)
        assert standing.of_company()[0].faults
    answer = application.test_client().get("/readyz")
    assert answer.status_code == 200
    dispose(application)
