"""A hundred paired terminals guess one person's PIN at the same moment, hour after hour."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from flask import Flask

from app import clock, tenancy
from app.accounts import staff, terminals
from app.accounts.staff import DISABLED_AT, PinInvalid, PinLocked
from app.accounts.staff.pins import PIN_LENGTH
from app.extensions import db
from tests.cast import PIN, Chain

from .ground import Ground
from .stage import opened

TERMINALS, HOURS = 100, 24


def siege(ground: Ground, kind: str) -> None:
    """No wait helps the guessers: after ten judged guesses the PIN is disabled, even right."""
    url = ground.database(kind, "pins")
    with opened(url, ground.folder / kind, migrate=True) as app:
        chain = Chain.open(app)
        posts = _pair(chain)
        began, judged, locked = clock.now(), 0, 0
        guesses = (f"{number:04d}" for number in range(10_000) if f"{number:04d}" != PIN)
        with ThreadPoolExecutor(16) as pool:
            for hour in range(HOURS):
                moment = began + timedelta(hours=hour)
                tried = [(app, chain, post, next(guesses), moment) for post in posts]
                answers = list(pool.map(_guess, tried))
                judged += answers.count("judged")
                locked += answers.count("locked")
        right = _guess((app, chain, posts[0], PIN, began + timedelta(hours=HOURS)))
    chance = 100 * judged / 10**PIN_LENGTH
    ground.figure(
        f"{kind}: {TERMINALS * HOURS:,} guesses in a day, {judged} judged, {locked} refused"
    )
    ground.figure(f"{kind}: chance to hit a system-assigned PIN {chance:.4f} %, then never again")
    ground.promise(chance <= 0.001, f"{kind}: at most 0.001 % to guess")
    ground.promise(judged <= DISABLED_AT, f"{kind}: disabled at {DISABLED_AT}")
    ground.promise(right == "locked", f"{kind}: then the right PIN does not open either")


def _pair(chain: Chain) -> list[int]:
    with chain.acting() as session:
        made = [
            terminals.prepare(vendor_id=chain.vendor.id, name=f"Till {n}")[0].id
            for n in range(TERMINALS)
        ]
        session.commit()
    return made


def _guess(tried: tuple[Flask, Chain, int, str, object]) -> str:
    app, chain, post, pin, moment = tried
    with app.app_context(), tenancy.acting_as(chain.company_id), clock.at(moment):  # type: ignore[arg-type]
        try:
            staff.unlock(terminals.find(post), staff.find(chain.staff.staff_id or 0), pin)
        except PinInvalid:
            return "judged"
        except PinLocked:
            return "locked"
        finally:
            db.session.rollback()
    return "opened"
