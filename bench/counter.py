"""P5: a stamp at the counter with a proven person and without, and what a wrong PIN costs."""

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select, update

from app import clock, create_app, tenancy
from app.accounts import staff, terminals
from app.accounts.staff import StaffMember, StaffPin
from app.accounts.terminals import Terminal
from app.extensions import db
from config import Settings
from tests.cast import PIN, Browser
from tests.prove.cluster import private_cluster
from tests.prove.stage import Stage, build

from . import house
from .figures import Rounds, Sample, figure, goal, say
from .house import KINDS, House
from .load import Plan

CARDS = 2_000
FEW, MANY = 2, 200  # people who may stand at the counter
_MISSES = 5  # in each round
_WRONG = "0000"


@dataclass(frozen=True)
class Counters:
    """Companies of one database: one asks no PIN, two do, of which one has many people."""

    trusting: Stage
    asking: Stage
    crowded: Stage


def _made(url: str, folder: Path) -> Counters:
    trusting = build(url, folder, cards=CARDS, require_staff_pin=False)
    asking, crowded = (build(url, folder, cards=CARDS, require_staff_pin=True) for _ in range(2))
    with crowded.acting():
        kept = staff.hash_pin(PIN)
        for number in range(MANY - FEW):
            member = staff.create(name=f"Person {number}", vendor_id=None)
            db.session.flush()
            staff.assign(member, *kept)
        db.session.commit()
    return Counters(trusting, asking, crowded)


class Counter:
    """Rounds of stamps at both kinds of counter, and of wrong PINs."""

    def __init__(self, arena: House, counters: dict[str, Counters], *, seconds: float) -> None:
        self.house, self.counters = arena, counters
        self.seconds, self.rounds = seconds, Rounds()

    def round(self) -> None:
        for kind in KINDS:
            here = self.counters[kind]
            for name, stage in (("without", here.trusting), ("with", here.asking)):
                plan = self._plan(kind, stage, proven=name == "with")
                sample, _ = self.house.drive(kind, plan, status=303)
                self.rounds.add(f"stamp {name} a PIN, {kind}", sample)
            few, many = _missed(here.asking, here.crowded)
            self.rounds.add(f"wrong PIN of {FEW}, {kind}", few)
            self.rounds.add(f"wrong PIN of {MANY}, {kind}", many)

    def _plan(self, kind: str, stage: Stage, *, proven: bool) -> Plan:
        with stage.opened() as app:
            browser = _at_the_counter(app, stage, proven=proven)
            form = {"quantity": 1, "csrf_token": browser.csrf_token()}
            cookies = (browser.get_cookie(name) for name in ("terminal", "staff", "session"))
            cookie = "; ".join(f"{c.key}={c.value}" for c in cookies if c)
        return Plan(
            port=self.house.port(kind),
            path="/terminal/cards/{card}/stamps",
            body=f"{urlencode(form)}&key={{key}}",
            headers={"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"},
            cards=stage.cards,
            keyed=False,
            seconds=self.seconds,
        )

    def tell(self) -> None:
        for name in self.rounds.samples:
            if name.startswith("stamp"):
                figure(name, self.rounds.values(name, lambda s: s.rate), "a second")
                figure(f"{name}, CPU", self.rounds.values(name, lambda s: s.cpu_ms), "ms", digits=3)
            else:
                figure(name, self.rounds.values(name, lambda s: s.p50_ms), "ms", digits=1)
        say("")
        for kind in KINDS:
            names = f"stamp with a PIN, {kind}", f"stamp without a PIN, {kind}"
            ratios = [100 * ratio for ratio in self.rounds.ratios(*names, lambda s: s.rate)]
            goal("P5", f"stamp of a proven person to without, {kind}", ratios, at_least=95)
        for kind in KINDS:
            names = f"wrong PIN of {MANY}, {kind}", f"wrong PIN of {FEW}, {kind}"
            ratios = self.rounds.ratios(*names, lambda s: s.p50_ms)
            told = f"wrong PIN among {MANY} to among {FEW}, {kind}"
            goal("P5", told, ratios, at_most=1.1, unit="×", digits=2)


def _at_the_counter(app: Flask, stage: Stage, *, proven: bool | None) -> Browser:
    """The browser of the stage's terminal, somebody at it, with a PIN or without; None: nobody."""
    browser = Browser(app, use_cookies=True)
    browser.set_cookie("terminal", stage.terminal_cookies["terminal"])
    if proven is not None:
        with stage.acting():
            terminal = terminals.paired(stage.terminal_cookies["terminal"])
            member = db.session.scalars(select(StaffMember).limit(1)).one()
            assert terminal
            browser.set_cookie("staff", staff.open_session(terminal, member, proven=proven))
            db.session.commit()
    with browser.session_transaction() as session:
        session["staff_seen"] = int(clock.now().timestamp())
    return browser


def _missed(*stages: Stage) -> list[Sample]:
    """A wrong PIN at each stage of a database in turn, several times: the quickest of each."""
    app = create_app(Settings.read(stages[0].environ))
    spent: list[list[float]] = [[] for _ in stages]
    for _ in range(_MISSES):
        for stage, times in zip(stages, spent, strict=True):
            times.append(_miss(app, stage))
    with app.app_context():
        db.engine.dispose()
    return [Sample(0, p50_ms=1e3 * min(times)) for times in spent]


def _miss(app: Flask, stage: Stage) -> float:
    """Seconds of one wrong PIN through the page, which is then forgotten."""
    with app.app_context(), tenancy.acting_as(stage.company_id):
        member = db.session.scalars(select(StaffMember.id).limit(1)).one()
        db.session.rollback()
    browser = _at_the_counter(app, stage, proven=None)
    browser.get("/terminal/unlock")
    began = time.perf_counter()
    answer = browser.post("/terminal/unlock", data={"staff_id": str(member), "pin": _WRONG})
    seconds = time.perf_counter() - began
    if answer.status_code != 401:
        raise RuntimeError(f"a wrong PIN was answered {answer.status}")
    with app.app_context(), tenancy.acting_as(stage.company_id):
        db.session.execute(update(StaffPin).values(failures=0, locked_until=None))
        db.session.execute(update(Terminal).values(pin_failures=0))
        db.session.commit()
    return seconds


def run(*, rounds: int, seconds: float) -> None:
    """The whole of P5, on databases of its own."""
    say(f"\nP5: {rounds} rounds at counters that ask for a PIN and that do not")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        cluster = stack.enter_context(private_cluster())
        counters = {
            kind: _made(url, own) for kind, url, own in house.databases(cluster, folder, "bench")
        }
        stages = {kind: counters[kind].asking for kind in KINDS}
        arena = House(folder, cluster, stages, {}, {}, {})
        for kind in KINDS:
            arena.serve(stack, kind)
        bench = Counter(arena, counters, seconds=seconds)
        for number in range(rounds):
            bench.round()
            say(f"round {number + 1} of {rounds}")
    say("")
    bench.tell()
