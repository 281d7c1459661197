"""P9: earning, redeeming and reading a balance beside a stamp, with 100,000 cards and lines."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import event, select

from app.demo import lives
from app.extensions import db
from app.modules.loyalty.rewards import Reward
from tests.prove.stage import Stage

from . import house
from .figures import Rounds, figure, goal, say
from .house import KINDS, House
from .load import Plan
from .loaded import LOTS, stage_of

CARDS = LINES = 100_000
FEW = 10
_SPENDERS = 3_000  # cards that redeem; a reward draws on two of their lots
_CALLS = {
    "stamp": ("POST", "/api/v1/stamps/add", {"quantity": 1}, 201),
    "earn": ("POST", "/api/v1/points/earn", {"amount_minor": 5_000}, 201),
    "redeem": ("POST", "/api/v1/rewards/redeem", {}, 201),
    "balance": ("GET", "/api/v1/cards/{card}", None, 200),
}


class PointsBench:
    """Rounds of the four calls on both databases."""

    def __init__(self, arena: House, *, seconds: float) -> None:
        self.house, self.seconds, self.rounds = arena, seconds, Rounds()
        self.spent = dict.fromkeys(KINDS, 0)
        self.statements = {kind: self._statements(kind) for kind in KINDS}

    def round(self) -> None:
        """Every call once on each database, one after the other."""
        for kind in KINDS:
            for name, (method, path, body, status) in _CALLS.items():
                plan = self._plan(kind, method, path, body, spends=name == "redeem")
                sample, tally = self.house.drive(kind, plan, status=status)
                self.rounds.add(f"{name} {kind}", sample)
                if name == "redeem":
                    self.spent[kind] += tally.sent

    def _plan(
        self, kind: str, method: str, path: str, body: dict[str, Any] | None, *, spends: bool
    ) -> Plan:
        stage = self.house.stages[kind]
        plan = Plan(
            port=self.house.port(kind),
            method=method,
            path=path,
            body=_body(stage, "{card}", body),
            headers=stage.headers,
            cards=stage.cards[_SPENDERS:][:20_000],
            keyed=body is not None,
            seconds=self.seconds,
        )
        if not spends:
            return plan
        spenders = stage.cards[:_SPENDERS]
        begin = self.spent[kind] % _SPENDERS
        return replace(plan, cards=spenders[begin:] + spenders[:begin], in_turn=True)

    def _statements(self, kind: str) -> dict[str, tuple[int, int]]:
        """How many statements each call sends with ten cards and lines, and with all of them."""
        stage = self.house.stages[kind]
        url = stage.database_url
        few = url.replace("bench.db", "few.db") if stage.sqlite else self.house.cluster.url("few")
        ten = stage_of(few, stage.folder, cards=FEW, lines=FEW, spenders=FEW)
        counts = [_counted(each) for each in (ten, stage)]
        return {name: (counts[0][name], counts[1][name]) for name in _CALLS}

    def tell(self) -> None:
        for name in self.rounds.samples:
            figure(name, self.rounds.values(name, lambda s: s.rate), "a second")
            figure(f"{name}, CPU", self.rounds.values(name, lambda s: s.cpu_ms), "ms", digits=3)
        say("")
        for kind in KINDS:
            for name, most in (("earn", 1.3), ("redeem", 1.3), ("balance", 0.5)):
                ratios = self.rounds.ratios(f"{name} {kind}", f"stamp {kind}", lambda s: 1 / s.rate)
                goal("P9", f"{name} to a stamp, {kind}", ratios, at_most=most, unit="×", digits=2)
                cpu = self.rounds.ratios(f"{name} {kind}", f"stamp {kind}", lambda s: s.cpu_ms)
                figure(f"{name} to a stamp, CPU, {kind}", cpu, "×", digits=2)
            told = ", ".join(
                f"{name} {a} and {b}" for name, (a, b) in self.statements[kind].items()
            )
            say(f"     statements with {FEW} and with {CARDS:,} cards and lines, {kind}: {told}")


def _body(stage: Stage, card: str, body: dict[str, Any] | None) -> str:
    if body is None:
        return ""
    asked = {"card": card, "vendor": stage.vendor} | body
    if not body:
        with stage.acting():
            asked["reward"] = str(db.session.scalars(select(Reward.id)).one())
    return json.dumps(asked)


def _counted(stage: Stage) -> dict[str, int]:
    """The statements of each call, the second time round."""
    found: dict[str, int] = {}
    sent: list[str] = []
    bodies = {name: _body(stage, stage.cards[0], call[2]) for name, call in _CALLS.items()}
    with stage.opened() as app:
        for name, (method, path, _, status) in _CALLS.items():
            for turn in ("first", "second"):
                with _noting(sent):
                    answer = app.test_client().open(
                        path.replace("{card}", stage.cards[0]),
                        method=method,
                        data=bodies[name],
                        headers=stage.headers | {"Idempotency-Key": f"{name} {turn}"},
                    )
                assert answer.status_code == status, answer.text
            found[name] = len(sent)
    return found


@contextmanager
def _noting(sent: list[str]) -> Iterator[None]:
    def note(_1: Any, _2: Any, sql: str, *_: Any) -> None:
        sent.append(sql)

    sent.clear()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def run(*, rounds: int, seconds: float) -> None:
    """The whole of P9."""
    say(f"\nP9: {CARDS:,} cards and {LINES:,} lines on each database; an earning makes a lot,")
    say(f"a redemption of {lives.PRICE} points draws on two of {LOTS} lots")
    made = partial(stage_of, cards=CARDS, lines=LINES, spenders=_SPENDERS)
    with house.opened(made, limits=False) as arena:
        bench = PointsBench(arena, seconds=seconds)
        for number in range(rounds):
            bench.round()
            say(f"round {number + 1} of {rounds}")
        say("")
        bench.tell()
