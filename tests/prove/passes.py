"""Passes in phones while everything goes wrong: the push service answers as it likes, and whoever
syncs is killed -9 again and again. In the end every phone knows the last change of its pass."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from app import clock, create_app, jobs, tenancy
from app.accounts.actors import Actor
from app.accounts.vendors import Vendor
from app.database import read_only
from app.extensions import db
from app.modules.loyalty import accrual
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.wallet import APPLE, WalletDevice, WalletPass, face, passes, sync
from app.modules.loyalty.wallet.apple import apns as client
from app.modules.loyalty.wallet.sync import drafts, platforms, rounds, settling
from config import Settings
from tests.wallet import pki
from tests.wallet.fakes.apns import GOAWAY, HANG_UP, RESET, Apns, Say, serving

from .mortals import Worker, clock_of
from .stage import Stage

_WRONG = [
    Say(500, "InternalServerError"),
    Say(503, "ServiceUnavailable"),
    Say(429, "TooManyRequests"),
    Say(400, "BadPriority"),
    Say(instead=RESET),
    Say(instead=HANG_UP),
    Say(instead=GOAWAY),
]
_SETTLED_WITHIN_SECONDS = 300


@dataclass
class Pushed:
    """What came of it. `shown` is, by push token, the tag that its phone would have fetched when it
    was told last; `twice` counts pushes of a tag that the phone had been told of."""

    seconds: float = 0.0
    killed: int = 0
    stamps: int = 0
    pushes: int = 0
    broken: int = 0  # connections, with up to eight pushes under way
    answers: Counter[str] = field(default_factory=Counter)
    shown: dict[str, int] = field(default_factory=dict)
    twice: int = 0
    breaches: list[str] = field(default_factory=list)


def siege(stage: Stage, *, stamps: int, kills: int, share_wrong: float = 0.3) -> Pushed:
    """Stamp all over, kill the worker `kills` times, let it settle, and compare."""
    seen = Pushed()
    with serving(stage.folder / "apns") as service, _installation(stage, service) as (app, environ):
        tokens = _in_phones(app, stage)
        service.otherwise = lambda token: _answer(app, stage, seen, token, share_wrong)
        began, worker = time.monotonic(), Worker(environ)
        try:
            for number in range(kills):
                _stamp(app, stage, stamps // kills)
                clock_of(stage).write_text(f"+{120 * (number + 1)}")  # another minute's budget
                _await_pushes(service, (number + 1) * 20)
                time.sleep(random.uniform(0, 0.5))
                worker.kill()
                worker.start()
            seen.killed, seen.stamps = kills, stamps // kills * kills
            service.otherwise = lambda token: _answer(app, stage, seen, token, 0)
            _settle(app, stage, 120 * kills)
        finally:
            worker.stop()
        seen.seconds, seen.pushes = time.monotonic() - began, len(service.pushes)
        seen.breaches = [*service.wrong[:5], *_breaches(app, stage, seen, tokens)]
    client.hang_up()
    return seen


@dataclass
class Minute:
    """What a minute's stamps cost."""

    stamps: int
    windows: int
    most: int  # pushes of one card
    pushes: int


def minute(stage: Stage, *, cards: int, stamps: int) -> Minute:
    """`stamps` on `cards`, spread over a minute of the clock, synced each second."""
    with serving(stage.folder / "apns") as service, _installation(stage, service) as (app, _):
        _in_phones(app, stage)
        begins = clock.now() + timedelta(minutes=1)
        _round(app, stage)
        service.forget()
        for second in range(60):
            with clock.at(begins + timedelta(seconds=second)):
                for _ in range(second * stamps // 60, (second + 1) * stamps // 60):
                    hot = int(cards * random.random() ** 3)  # a few cards get most of them
                    _stamp_one(app, stage, stage.cards[hot])
                _round(app, stage)
        with clock.at(begins + timedelta(minutes=5)):
            _round(app, stage)
        told = Counter(service.tokens())
    client.hang_up()
    windows = 60 // settling.WINDOW.seconds
    return Minute(stamps, windows, max(told.values()), sum(told.values()))


# -- playing ---------------------------------------------------------------------------------------


@contextmanager
def _installation(stage: Stage, service: Apns) -> Iterator[tuple[Flask, dict[str, str]]]:
    """An application that pushes to this service, and the environment of a worker that does."""
    clock_of(stage).write_text("+0")
    environ = stage.environ | pki.written(stage.folder / "apple")
    environ |= {"APNS_URL": service.url, "APNS_CA": str(stage.folder / "apns" / "root.pem")}
    environ |= {"CLOCK_FILE": str(clock_of(stage)), "PUBLIC_URL": "https://regulars.example"}
    app = create_app(Settings.read(environ))
    try:
        yield app, environ
    finally:
        clock.follow(None)
        with app.app_context():
            db.engine.dispose()


def _in_phones(app: Flask, stage: Stage) -> dict[str, int]:
    """Every card's pass in a phone of its own: by push token, the pass."""
    tokens = {}
    with app.app_context(), tenancy.acting_as(stage.company_id):
        for number, card in enumerate(db.session.scalars(select(LoyaltyCard)).all()):
            row = passes.take(passes.serial_of(card), APPLE)
            token = f"{number:064x}"
            device = {"library_id": f"phone-{number}", "pass_type": pki.PASS_TYPE}
            held = WalletDevice(
                pass_id=row.id, push_token=token, registered_at=clock.now(), **device
            )
            db.session.add(held)
            tokens[token] = row.id
        db.session.commit()
    return tokens


def _answer(app: Flask, stage: Stage, seen: Pushed, token: str, share_wrong: float) -> Say:
    if random.random() < share_wrong:
        answer = random.choice(_WRONG)
        seen.answers[answer.instead or str(answer.status)] += 1
        seen.broken += bool(answer.instead)
        return answer
    with app.app_context(), tenancy.acting_as(stage.company_id), read_only():
        tag = db.session.scalar(
            select(WalletPass.tag)
            .join(WalletDevice, WalletDevice.pass_id == WalletPass.id)
            .where(WalletDevice.push_token == token)
        )
        db.session.rollback()
    seen.twice += seen.shown.get(token) == tag
    seen.shown[token] = tag or 0
    seen.answers["200"] += 1
    return Say()


def _stamp(app: Flask, stage: Stage, number: int) -> None:
    for card in random.choices(stage.cards, k=number):
        _stamp_one(app, stage, card)


def _stamp_one(app: Flask, stage: Stage, card: str) -> None:
    with app.app_context(), tenancy.acting_as(stage.company_id):
        shop = db.session.scalars(select(Vendor).where(Vendor.slug == stage.vendor)).one()
        by = Actor(caller="prove", vendor_id=shop.id)
        accrual.add_stamps(card, 1, by=by, attempt=None)
        db.session.commit()


def _round(app: Flask, stage: Stage) -> None:
    """What the server's threads do, by hand."""
    with app.app_context():
        while jobs.drain():
            pass
        while sync.step(company_id=stage.company_id):
            pass


def _await_pushes(service: Apns, number: int) -> None:
    until = time.monotonic() + 30
    while len(service.pushes) < number and time.monotonic() < until:
        time.sleep(0.02)


def _settle(app: Flask, stage: Stage, seconds: int) -> None:
    """The clock runs ahead of every wait, until nothing is due."""
    until = time.monotonic() + _SETTLED_WITHIN_SECONDS
    while _due(app, stage) and time.monotonic() < until:
        seconds += 120
        clock_of(stage).write_text(f"+{seconds}")
        time.sleep(2)


def _due(app: Flask, stage: Stage) -> int:
    with app.app_context(), tenancy.acting_as(stage.company_id), read_only():
        due = select(func.count()).select_from(WalletPass).where(WalletPass.due_at.is_not(None))
        number = db.session.scalar(due) or 0
        db.session.rollback()
    with app.app_context():
        return number + int(jobs.anything_due())


def _breaches(app: Flask, stage: Stage, seen: Pushed, tokens: dict[str, int]) -> Iterator[str]:
    """Every pass says what its card is now, and its phone was told since it does."""
    with app.app_context(), tenancy.acting_as(stage.company_id), read_only():
        company = rounds._company()
        rows = {row.id: row for row in db.session.scalars(select(WalletPass))}
        with face.spoken(company):
            made = drafts.draft(platforms.of(APPLE), list(rows.values()))
        db.session.expunge_all()
        db.session.rollback()
    for draft in made:
        row = draft.row
        if row.content_hash != draft.digest:
            yield f"pass {row.id} says something else than its card"
        if row.due_at or row.attempts or row.sent_tag != row.tag:
            yield f"pass {row.id} is not settled: {row.fault}"
    for token, pass_id in tokens.items():
        if seen.shown.get(token) != rows[pass_id].tag:
            yield f"the phone of pass {pass_id} was not told of its last change"
