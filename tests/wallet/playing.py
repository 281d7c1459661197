"""A phone beside a counter: random changes of a card, and after each the pass in the phone is the
pass that the card has.

The phone does nothing by itself: it lists and fetches when the push service was told to wake it.
Some changes come two within one second, each synced by itself.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import update

from app import clock
from app.modules.loyalty.wallet import WalletPass
from tests.cast import Chain
from tests.wallet import takes
from tests.wallet.fakes.apns import Apns
from tests.wallet.phone import Held, Phone
from tests.wallet.phones import fold, settle

RULES: dict[str, Any] = {
    "loyalty_type": "hybrid",
    "cooldown_minutes": 0,
    "max_daily_stamps": None,
    "minimum_redemption_points": 0,
    "stamps_target": 5,
    "welcome_bonus_points": 0,
}
_SOON, _LATER = timedelta(milliseconds=300), timedelta(seconds=6)
COLOURS = ("#761a3a", "#0f5132", "#1d3557", "#f4c430")


@dataclass
class Play:
    """One card, its phone, and the push service between them. `now` only goes on."""

    chain: Chain
    apns: Apns
    random: Random
    now: datetime = field(default_factory=clock.now)
    counts: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    blocked: bool = False
    colour: str = ""

    def begin(self) -> None:
        """Publish rules without waiting, and put the card into a phone."""
        self.chain.publish(**RULES)
        self.number = self.chain.card(first_name="Anouk", email=f"a@{self.chain.slug}.example")
        self.address = f"{takes.link(self.chain, self.number)}/pass.pkpass"
        self.phone = Phone(self.chain.app.test_client())
        self.held: Held = self.phone.add(takes.package(self.chain, self.number))
        with clock.at(self.now):
            self._follow()

    def run(self, changes: int) -> None:
        """So many changes; after each the phone shows what the card has."""
        for number in range(changes):
            twice = self.random.random() < 0.2
            self.now += _SOON if twice else _LATER * self.random.uniform(1, 3)
            with clock.at(self.now):
                change = self._something()
                if twice:
                    self._forget_the_window()
                self._follow()
                self._compare(f"change {number}, {change}")
            self.counts["two within a second"] += twice
            self.counts[change] += 1

    def end(self) -> int:
        """The pass is deleted in the phone; how many pushes a stamp causes then."""
        if self.blocked:
            self._block()
        self.phone.remove(self.held)
        self.apns.forget()
        self.now += timedelta(seconds=10)
        with clock.at(self.now):
            self._stamp()
            settle(self.chain)
        return len(self.apns.pushes)

    # -- what changes -----------------------------------------------------------------------------

    def _something(self) -> str:
        """One change, whatever is possible; its name. A blocked card is opened again."""
        if self.blocked:
            return self._block()
        while True:
            change = self.random.choice([*[self._stamp] * 5, *[self._earn] * 3, *self._seldom])
            if done := change():
                return done

    @property
    def _seldom(self) -> list[Callable[[], str]]:
        return [self._redeem, self._adjust, self._block, self._publish]

    def _stamp(self) -> str:
        return self._post("/stamps/add", quantity=self.random.choice((1, 1, 2)))

    def _earn(self) -> str:
        return self._post("/points/earn", amount_minor=self.random.randrange(100, 5_000))

    def _redeem(self) -> str:
        return self._post("/stamps/redeem")

    def _adjust(self) -> str:
        points = self.random.randrange(1, 50)
        return self._post("/points/adjust", vendor=None, points=points, reason="counted again")

    def _block(self) -> str:
        verb = "unblock" if self.blocked else "block"
        self.blocked = not self.blocked
        return self._post(f"/cards/{self.number}/{verb}", card=None, vendor=None)

    def _publish(self) -> str:
        """Another colour, and another number of stamps."""
        left = [colour for colour in COLOURS if colour != self.colour]
        self.colour = self.random.choice(left)
        self.chain.publish(card_color=self.colour, stamps_target=self.random.choice((5, 8, 10)))
        return "publish"

    def _post(self, path: str, **body: Any) -> str:
        """The verb; nothing where it was refused."""
        whole = {"card": self.number, "vendor": self.chain.vendor.slug} | body
        told = {name: value for name, value in whole.items() if value is not None}
        answer = self.chain.api.post(path, told)
        assert answer.status_code in (200, 201, 409), f"{path}: {answer.text}"
        return "" if answer.status_code == 409 else path.rpartition("/")[2]

    # -- what follows -----------------------------------------------------------------------------

    def _forget_the_window(self) -> None:
        """Two syncs then fall into one second."""
        fold(self.chain)
        with self.chain.acting() as session:
            waiting = update(WalletPass).where(WalletPass.due_at.is_not(None))
            session.execute(waiting.values(rest_until=None, due_at=clock.now()))
            session.commit()

    def _follow(self) -> None:
        self.apns.forget()
        settle(self.chain)
        pushes = self.apns.tokens().count(self.phone.push_token)
        self.counts["pushes"] += pushes
        if pushes:
            self.phone.wake()
            self.counts["fetched"] = self.held.fetched

    def _compare(self, after: str) -> None:
        due = takes.checked(self.phone.client.get(self.address).data)
        if self.held.said != due:
            self.lost.append(f"{after}: {takes.values(due)} is {self.held.shown}")
