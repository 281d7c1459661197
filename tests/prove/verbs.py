"""What a client may ask for: every verb that changes something, on cards and lines it knows of."""

import random
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

COLLECTS = frozenset({"card-blocked", "not-found"})
POINTS, STAMPS = frozenset({"insufficient-points"}), frozenset({"insufficient-stamps"})
GONE = frozenset({"not-found"})  # the card has another number by now
TAKEN_BACK = frozenset({"already-voided", "void-exceeds-original"})


@dataclass
class Card:
    """A card as the clients know it; its number may change."""

    number: str
    blocked: bool = False
    made: bool = False  # by one of them, and so with a welcome


@dataclass(frozen=True)
class Line:
    """Something that can be taken back; a sale of `minor` in parts, a stamp `by_hand` by hand."""

    id: int
    card: Card
    stamps: int
    minor: int = 0


@dataclass(frozen=True)
class Ask:
    """One effect, and the key that it is asked for with until it is settled. `fair` are the
    refusals that are an answer too; `stamps` is what a form's answer does not tell."""

    verb: str
    path: str
    body: dict[str, Any]
    card: Card | None = None
    fair: frozenset[str] = frozenset()
    stamps: int = 0
    by_hand: bool = False
    key: str = field(default_factory=lambda: secrets.token_hex(8))


@dataclass(frozen=True)
class Told:
    """The answer that settled it: what was done, or (`refused`) the code of why not."""

    ask: Ask
    answer: dict[str, Any]
    refused: str | None = None


class Shelf:
    """What the clients know between them; any thread may ask it and tell it."""

    def __init__(self, numbers: list[str], vendor: str, reward: str) -> None:
        self.cards = [Card(number) for number in numbers]
        self._vendor, self._reward = vendor, reward
        self._lines: list[Line] = []
        self._by_hand: list[Line] = []
        self._turn, self._chance = threading.Lock(), random.Random()

    def next(self) -> Ask:
        """Something to ask for; where there is nothing to take back yet, a stamp."""
        with self._turn:
            (verb,) = self._chance.choices(VERBS, SHARES)
            return verb(self) or self.add()

    def learn(self, told: Told) -> None:
        """What an answer lets them ask for next."""
        ask, answer = told.ask, told.answer
        if told.refused:
            return
        with self._turn:
            if ask.verb == "create":
                self.cards.append(Card(answer["number"], made=True))
            elif ask.card and ask.verb == "replace":
                ask.card.number = answer["number"]
            elif ask.card and ask.verb in ("block", "unblock"):
                ask.card.blocked = ask.verb == "block"
            elif ask.card and ask.verb == "stamp by hand":
                line = Line(answer["transaction_id"], ask.card, ask.stamps)
                self._by_hand.append(line)
            elif ask.card and ask.verb not in ("void", "undo by hand"):
                minor = answer["amount_minor"] or 0
                self._lines.append(Line(int(answer["transaction_id"]), ask.card, 0, minor))

    # -- each verb --------------------------------------------------------------------------------

    def add(self) -> Ask:
        return self._about("add", "/stamps/add", COLLECTS, quantity=self._chance.randint(1, 4))

    def redeem_stamps(self) -> Ask:
        return self._about("redeem stamps", "/stamps/redeem", COLLECTS | STAMPS)

    def earn(self) -> Ask:
        minor, receipt = self._chance.randint(0, 100_000), f"till/{secrets.token_hex(4)}"
        return self._about("earn", "/points/earn", COLLECTS, amount_minor=minor, reference=receipt)

    def adjust(self) -> Ask:
        points = self._chance.choice((-300, -40, -1, 1, 25, 400))
        body = {"card": (card := self._card()).number, "points": points, "reason": "As agreed"}
        return Ask("adjust", "/points/adjust", body, card, COLLECTS | POINTS)

    def redeem(self) -> Ask:
        fair = COLLECTS | POINTS | STAMPS
        return self._about("redeem", "/rewards/redeem", fair, reward=self._reward)

    def void(self) -> Ask | None:
        if not self._lines:
            return None
        line = self._chance.choice(self._lines)
        body: dict[str, Any] = {"reason": "The wrong till"}
        if line.minor > 1 and self._chance.random() < 0.7:
            body["amount_minor"] = self._chance.randint(1, line.minor)
        return Ask("void", f"/transactions/{line.id}/void", body, line.card, TAKEN_BACK)

    def create(self) -> Ask:
        body = {
            "email": f"new-{secrets.token_hex(8)}@example.org",
            "vendor": self._vendor,
            "terms_accepted": True,
        }
        return Ask("create", "/cards", body)

    def block(self) -> Ask:
        return self._of_card("block", self._card())

    def unblock(self) -> Ask:
        blocked = [card for card in self.cards if card.blocked]
        return self._of_card("unblock", self._chance.choice(blocked or self.cards))

    def replace(self) -> Ask:
        return self._of_card("replace", self._card())

    def stamp_by_hand(self) -> Ask:
        card, stamps = self._card(), self._chance.randint(1, 3)
        path = f"/terminal/cards/{card.number}/stamps"
        body = {"quantity": stamps}
        return Ask("stamp by hand", path, body, card, COLLECTS, stamps=stamps, by_hand=True)

    def undo_by_hand(self) -> Ask | None:
        if not self._by_hand:
            return None
        line = self._chance.choice(self._by_hand[-50:])  # while it is fresh
        path, fair = f"/terminal/transactions/{line.id}/undo", TAKEN_BACK
        return Ask("undo by hand", path, {}, line.card, fair, stamps=-line.stamps, by_hand=True)

    def _about(self, verb: str, path: str, fair: frozenset[str], **more: Any) -> Ask:
        card = self._card()
        return Ask(verb, path, {"card": card.number, "vendor": self._vendor} | more, card, fair)

    def _of_card(self, verb: str, card: Card) -> Ask:
        return Ask(verb, f"/cards/{card.number}/{verb}", {}, card, GONE)

    def _card(self) -> Card:
        return self._chance.choice(self.cards)


VERBS: tuple[Callable[[Shelf], Ask | None], ...] = (
    Shelf.add,
    Shelf.redeem_stamps,
    Shelf.earn,
    Shelf.adjust,
    Shelf.redeem,
    Shelf.void,
    Shelf.create,
    Shelf.block,
    Shelf.unblock,
    Shelf.replace,
    Shelf.stamp_by_hand,
    Shelf.undo_by_hand,
)
SHARES = (20, 6, 22, 8, 10, 12, 6, 2, 2, 3, 6, 3)
