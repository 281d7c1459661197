"""What is measured, round by round, and the goals that the rounds are held against."""

import json
from dataclasses import replace
from statistics import median

from sqlalchemy import func, select

from app.extensions import db
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.ledger import LoyaltyTransaction

from . import limits, processes
from .figures import Rounds, Sample, figure, goal, say
from .house import BARE, KINDS, POSTGRESQL, SQLITE, House
from .load import Plan


class Bench:
    """One run: the house, what was recorded there, and the samples so far."""

    def __init__(self, house: House, *, seconds: float) -> None:
        self.house, self.seconds, self.rounds = house, seconds, Rounds()
        self.recorded = {kind: limits.record(house.limits[kind]) for kind in KINDS}
        self.hot_accepted = dict.fromkeys(KINDS, 0)

    def round(self) -> None:
        """Every contestant once, one after the other."""
        self._bare()
        for kind in KINDS:
            self._limits(kind)
            self._stamps(kind)
            self._hot_card(kind)
            self._balance(kind)

    def _plan(self, kind: str, **more: object) -> Plan:
        stage = self.house.stages[kind]
        plan = Plan(
            port=self.house.port(kind),
            path="/api/v1/stamps/add",
            body=stage.stamp_body(),
            headers=stage.headers,
            cards=stage.cards[1:],  # the first is the hot one
            seconds=self.seconds,
        )
        return replace(plan, **more)  # type: ignore[arg-type]

    def _bare(self) -> None:
        body = json.dumps({"card": "{card}", "vendor": "old-town", "quantity": 1})
        plan = self._plan(SQLITE, port=self.house.port(BARE), path="/", body=body)
        self.rounds.add(BARE, self.house.drive(BARE, plan, status=201)[0])

    def _limits(self, kind: str) -> None:
        whole = self.recorded[kind]
        for name, recorded, trips in (
            ("one write", whole, False),
            ("no outbox", limits.without_outbox(whole), False),
            ("same trips", whole, True),
        ):
            before = processes.cpu_seconds(self.house.cluster.pid)
            rate = limits.rate(recorded, trips=trips, seconds=self.seconds)
            used = processes.cpu_seconds(self.house.cluster.pid) - before
            each = used * 1e3 / (rate * self.seconds) if kind == POSTGRESQL else 0.0
            self.rounds.add(f"{name} {kind}", Sample(rate, database_cpu_ms=each))

    def _stamps(self, kind: str) -> None:
        sample, _ = self.house.drive(kind, self._plan(kind), status=201)
        self.rounds.add(f"stamp {kind}", sample)

    def _hot_card(self, kind: str) -> None:
        plan = self._plan(kind, cards=self.house.stages[kind].cards[:1])
        sample, tally = self.house.drive(kind, plan, status=201)
        self.hot_accepted[kind] += tally.sent
        self.rounds.add(f"hot {kind}", sample)

    def _balance(self, kind: str) -> None:
        plan = self._plan(kind, method="GET", path="/api/v1/cards/{card}", body="", keyed=False)
        self.rounds.add(f"balance {kind}", self.house.drive(kind, plan, status=200)[0])

    # -- what came of it --------------------------------------------------------------------------

    def tell(self) -> None:
        self._tell_figures()
        say("")
        self._tell_goals()

    def _tell_figures(self) -> None:
        for name in self.rounds.samples:
            figure(name, self.rounds.values(name, lambda s: s.rate), "a second")
        say("")
        for name in self.rounds.samples:
            if any(self.rounds.values(name, lambda s: s.p50_ms)):
                figure(f"{name}, p50", self.rounds.values(name, lambda s: s.p50_ms), "ms", digits=2)
                figure(f"{name}, p99", self.rounds.values(name, lambda s: s.p99_ms), "ms", digits=2)
        say("")
        for name in self.rounds.samples:
            for part, read in (("app", _app_cpu), ("database", _database_cpu)):
                if any(values := self.rounds.values(name, read)):
                    figure(f"{name}, CPU of the {part}", values, "ms each", digits=3)

    def _tell_goals(self) -> None:
        percent = self._percent
        stamp = f"stamp {POSTGRESQL}"
        goal(
            "P1",
            "stamp of the database's one write",
            percent(stamp, f"one write {POSTGRESQL}"),
            at_least=20,
        )
        goal("P1", "stamp of a bare Flask call", percent(stamp, BARE), at_least=18)
        cpu = self.rounds.ratios(stamp, BARE, lambda s: s.cpu_ms)
        goal("P1", "CPU of app and database to a bare call's", cpu, at_most=5, unit="×", digits=2)
        trips = median(percent(stamp, f"same trips {POSTGRESQL}"))
        say(f"     of the same trips on the bare driver: {trips:.1f} %")
        goal(
            "P2",
            "stamp on SQLite of a bare Flask call",
            percent(f"stamp {SQLITE}", BARE),
            at_least=20,
        )
        tail = self.rounds.values(f"stamp {SQLITE}", lambda s: s.p99_ms / s.p50_ms)
        goal("P2", "p99 to p50 on SQLite, 8 clients", tail, at_most=8, unit="×", digits=2)
        for kind in KINDS:
            hot = percent(f"hot {kind}", f"stamp {kind}")
            goal("P3", f"one hot card of random cards, {kind}", hot, at_least=40)
            say(f"     {self._hot_card_agrees(kind)}")
        for kind in KINDS:
            goal("P8", f"what the outbox takes of a stamp, {kind}", self._outbox(kind), at_most=10)
        for kind in KINDS:
            balance = self.rounds.ratios(f"balance {kind}", f"stamp {kind}", lambda s: 1 / s.rate)
            goal("P9", f"balance read to a stamp, {kind}", balance, at_most=0.5, unit="×", digits=2)
        for kind in KINDS:
            goal(
                "P11",
                f"start to /readyz, {kind}",
                [self.house.started_in[kind]],
                at_most=2,
                unit="s",
                digits=2,
            )
            pid = self.house.servers[kind].process.pid
            memory = [processes.resident_megabytes(pid)]
            goal(
                "P11",
                f"a web process after the load, {kind}",
                memory,
                at_most=150,
                unit="MB",
                digits=0,
            )

    def _percent(self, name: str, to: str) -> list[float]:
        return [100 * ratio for ratio in self.rounds.ratios(name, to, lambda s: s.rate)]

    def _outbox(self, kind: str) -> list[float]:
        """The time that the outbox row takes on the bare driver, in percent of a whole stamp."""
        names = (f"one write {kind}", f"no outbox {kind}", f"stamp {kind}")
        each = zip(*(self.rounds.values(name, lambda s: 1 / s.rate) for name in names), strict=True)
        return [100 * (whole - lean) / stamp for whole, lean, stamp in each]

    def _hot_card_agrees(self, kind: str) -> str:
        """Accepted = lines = sequence = balance on the hot card."""
        stage = self.house.stages[kind]
        with stage.acting():
            card = db.session.scalars(
                select(LoyaltyCard).where(LoyaltyCard.number == stage.cards[0])
            ).one()
            count = select(func.count(LoyaltyTransaction.id))
            lines = db.session.scalar(count.where(LoyaltyTransaction.card_id == card.id))
            there = card.sequence, card.stamps_balance
        figures = {self.hot_accepted[kind], lines, *there}
        verdict = "agree" if len(figures) == 1 else "DISAGREE"
        return f"accepted, lines, sequence and balance {verdict}: {sorted(figures, key=str)}"


def _app_cpu(sample: Sample) -> float:
    return sample.app_cpu_ms


def _database_cpu(sample: Sample) -> float:
    return sample.database_cpu_ms
