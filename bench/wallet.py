"""An Apple pass beside the bare signature that it needs; what phones ask, in process."""

import io
import os
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import flask_migrate
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from PIL import Image

from app import clock
from app.accounts import companies
from app.modules.loyalty import branding, cards
from app.modules.loyalty.wallet import channels, face, passes
from app.modules.loyalty.wallet.apple import package, service, signer, template
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.wallet import pki
from tests.wallet.conftest import PUBLIC_URL
from tests.wallet.phone import Phone, in_hand

from .figures import Rounds, Sample, figure, goal, say

BARE, PASS = "bare RSA signature", "pass from the template"
FETCHED, SAME, LISTED = "GET pass, 200", "GET pass, 304", "GET list, 204"
_STRIP = (1_125, 432)


def run(*, rounds: int, seconds: float) -> None:
    """Interleaved rounds on one core; the database is SQLite, and the figures say what of it."""
    with tempfile.TemporaryDirectory(prefix="bench-wallet-") as name:
        folder = Path(name)
        variables = pki.written(folder / "apple")
        app = make_app(f"sqlite:///{folder}/wallet.db", folder, PUBLIC_URL=PUBLIC_URL, **variables)
        try:
            with app.app_context():
                flask_migrate.upgrade()
            _measure(Chain.open(app), rounds=rounds, seconds=seconds)
        finally:
            dispose(app)


def _measure(chain: Chain, *, rounds: int, seconds: float) -> None:
    with chain.acting() as session:
        for kind in (branding.LOGO, branding.STRIP):
            session.add(_photograph(kind))
        session.commit()
    number, measured = chain.card(), Rounds()
    phone, held = in_hand(chain, number)
    _synced(chain, held.serial)
    phone.fetch(held)
    for _ in range(rounds):
        with chain.acting():
            for name, work in _made(number).items():
                measured.add(name, _timed(work, seconds, time.process_time))
        for name, work in _asked(phone).items():
            measured.add(name, _timed(work, seconds, time.perf_counter))
    held.modified = None
    _tell(measured, len(phone.get(held).data))


def _made(number: str) -> dict[str, Callable[[], Any]]:
    """What is made of a face that has been read: so much of a fetch is not the database's."""
    keys = channels.apple()
    assert keys, "there is nothing to sign with"
    card = cards.find(number)
    with face.spoken(companies.acting()):
        shown = face.face(card)
    serial = passes.serial_of(card)
    token, url = passes.token(serial), service.service_url()
    manifest = b"\n".join(
        name.encode() + digest.encode() for name, digest in template.of(shown).manifest.items()
    )
    key = signer.signer(keys).key
    return {
        BARE: lambda: key.sign(manifest, padding.PKCS1v15(), hashes.SHA256()),
        PASS: lambda: package.made(
            shown, serial=str(serial), token=token, keys=keys, service_url=url
        ),
    }


def _asked(phone: Phone) -> dict[str, Callable[[], Any]]:
    held = next(iter(phone.held.values()))
    modified, tag = held.modified, "1"

    def fetch() -> None:
        held.modified = None
        assert phone.get(held).status_code == 200

    def same() -> None:
        held.modified = modified
        assert phone.get(held).status_code == 304

    def listed() -> None:
        phone.tags[held.pass_type] = tag
        assert phone.list(held.pass_type).status_code == 204

    return {FETCHED: fetch, SAME: same, LISTED: listed}


def _synced(chain: Chain, serial: str) -> None:
    """As if the pass had been pushed once."""
    read = passes.read_serial(serial)
    with chain.acting() as session:
        row = passes.of_serial(read, "apple") if read else None
        assert row, "the phone is not registered"
        row.tag, row.modified_at = 1, clock.now().replace(microsecond=0)
        session.commit()


def _timed(work: Callable[[], Any], seconds: float, clock: Callable[[], float]) -> Sample:
    """At a rate a second: of a core's own time where `clock` is the process's, so that neighbours
    do not count."""
    work()
    done, began = 0, clock()
    while (spent := clock() - began) < seconds:
        work()
        done += 1
    return Sample(done / spent)


def _photograph(kind: str) -> branding.BrandImage:
    """Noise: no picture is larger when it is packed."""
    drawn = io.BytesIO()
    Image.frombytes("RGB", _STRIP, os.urandom(3 * _STRIP[0] * _STRIP[1])).save(drawn, "PNG")
    raw = drawn.getvalue()
    size = {"width": _STRIP[0], "height": _STRIP[1]}
    return branding.BrandImage(kind=kind, digest=sha256(raw).hexdigest(), png=raw, **size)


def _tell(measured: Rounds, size: int) -> None:
    for name in measured.samples:
        spent = measured.values(name, lambda sample: 1e3 / sample.rate)
        figure(name, spent, "ms", digits=3)
    say(f"  a pass of {size / 1e6:.2f} MB, its pictures noise\n")
    ratio = [1 / each for each in measured.ratios(PASS, BARE, lambda sample: sample.rate)]
    name = "a pass from the template to the bare RSA signature"
    goal("W1", name, ratio, at_most=2, unit="×", digits=2)
