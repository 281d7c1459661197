"""The books held against what the clients were told: a tally made from answers alone."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app import verify
from app.accounts.customers import Customer
from app.audit import AuditEntry
from app.extensions import db
from app.idempotency import IdempotencyRecord
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.ledger import LoyaltyTransaction
from app.modules.loyalty.rewards import Reward
from app.outbox import OutboxEvent

from .stage import WELCOME, Stage
from .verbs import Card, Told

STOCK = 100_000
BESIDE = {"reward.ready", "tier.changed"}  # told of a line beside its own event


@dataclass(frozen=True)
class Books:
    """The database as it stands afterwards."""

    lines: dict[int, Any]
    cards: dict[str, Any]  # by number
    records: list[tuple[str, int | None]]
    events: Sequence[OutboxEvent]
    acts: list[tuple[str, int]]
    people: int
    stock: int

    @property
    def empty(self) -> set[int]:
        """Events of lines that change nothing: a letter has nothing to say about them."""
        nothing = {str(id_) for id_, row in self.lines.items() if not (row.points or row.stamps)}
        return {event.id for event in self.events if event.body.get("transaction") in nothing}

    @classmethod
    def read(cls, stage: Stage) -> "Books":
        line, record = LoyaltyTransaction, IdempotencyRecord
        with stage.acting():
            shown = (line.id, line.card_id, line.sequence, line.type, line.points, line.stamps)
            lines = db.session.execute(select(*shown, line.points_after, line.stamps_after))
            records = db.session.execute(select(record.key, record.transaction_id))
            acts = select(AuditEntry.act, AuditEntry.subject_id).order_by(AuditEntry.sequence)
            books = cls(
                lines={row.id: row for row in lines},
                cards={card.number: card for card in db.session.scalars(select(LoyaltyCard))},
                records=[(key, line_id) for key, line_id in records],
                events=db.session.scalars(select(OutboxEvent)).all(),
                acts=[(act, subject) for act, subject in db.session.execute(acts)],
                people=db.session.scalar(select(func.count(Customer.id))) or 0,
                stock=db.session.scalar(select(Reward.stock)) or 0,
            )
            db.session.expunge_all()
            return books


def differences(stage: Stage, books: Books, told: list[Told], cards: list[Card]) -> list[str]:
    """Every way in which the books differ from what was told, and what breaks by itself."""
    done = [each for each in told if not each.refused]
    found = [
        *_keys(books, told),
        *_lines(books, done, cards),
        *_balances(books, done, cards),
        *_events(books, cards),
        *_acts(books, done, cards),
    ]
    if books.people != len(cards):
        found.append(f"{books.people} people for {len(cards)} cards")
    taken = sum(each.ask.verb == "redeem" for each in done)
    back = sum(each.ask.verb == "void" and bool(each.answer["reward"]) for each in done)
    if books.stock != STOCK - taken + back:
        found.append(f"{books.stock} in stock, after {taken} were taken and {back} came back")
    with stage.opened():
        found += [str(breach) for breach in verify.breaches()]
    return found


def _line_of(told: Told) -> int | None:
    line = told.answer.get("transaction_id")
    return int(line) if line else None


def _keys(books: Books, told: list[Told]) -> Iterator[str]:
    """One effect a key: that which was told, and none where a refusal was."""
    kept = dict(books.records)
    if len(kept) != len(books.records):
        yield f"{len(books.records) - len(kept)} keys are kept twice"
    for each in told:
        key, what = each.ask.key, f"{each.ask.verb} {each.ask.key}"
        if each.refused and key in kept:
            yield f"{what}: refused as {each.refused}, and done"
        elif not each.refused and key not in kept:
            yield f"{what}: acknowledged, and not kept"
        elif not each.refused and kept[key] != _line_of(each):
            yield f"{what}: acknowledged as {_line_of(each)}, kept as {kept[key]}"
    if strange := kept.keys() - {each.ask.key for each in told}:
        yield f"{len(strange)} keys that nobody was answered"


def _lines(books: Books, done: list[Told], cards: list[Card]) -> Iterator[str]:
    """Each line that was told is there as it was told, and no other but the welcomes."""
    known = Counter(line for each in done if (line := _line_of(each)))
    if doubled := [line for line, times in known.items() if times > 1]:
        yield f"{len(doubled)} lines were told for two keys each"
    yield from (f"line {line}: told, and not there" for line in known.keys() - books.lines.keys())
    welcomes = [row for row in books.lines.values() if row.type == "welcome_bonus"]
    owed = {
        books.cards[card.number].id for card in cards if card.made and card.number in books.cards
    }
    if Counter(row.card_id for row in welcomes) != Counter(owed):
        yield f"{len(welcomes)} welcomes for {len(owed)} new cards"
    if more := books.lines.keys() - known.keys() - {row.id for row in welcomes}:
        yield f"{len(more)} lines that nobody was told of"
    for each in done:
        row = books.lines.get(_line_of(each) or 0)
        if row is None or each.ask.by_hand:
            continue
        as_told = [each.answer[name] for name in ("sequence", "points", "stamps")]
        as_told += [each.answer["points_balance"], each.answer["stamps_balance"]]
        kept = [row.sequence, row.points, row.stamps, row.points_after, row.stamps_after]
        if as_told != kept:
            yield f"line {row.id}: told {as_told}, kept {kept}"


def _balances(books: Books, done: list[Told], cards: list[Card]) -> Iterator[str]:
    """Each card's balances are the sum of what was told about it, its lines without a gap."""
    points, stamps, lines = Counter[int](), Counter[int](), Counter[int]()
    for each in done:
        if _line_of(each) and each.ask.card:
            place = id(each.ask.card)
            points[place] += each.answer.get("points", 0)
            stamps[place] += each.answer.get("stamps", each.ask.stamps)
            lines[place] += 1
    sequences: dict[int, list[int]] = defaultdict(list)
    for row in books.lines.values():
        sequences[row.card_id].append(row.sequence)
    for card in cards:
        kept, place = books.cards.get(card.number), id(card)
        if kept is None:
            yield f"{card.number}: no card has this number"
            continue
        told = (points[place] + WELCOME * card.made, stamps[place], lines[place] + card.made)
        found = (kept.points_balance, kept.stamps_balance, kept.sequence)
        if told != found:
            yield f"{card.number}: told {told}, kept {found}"
        if sorted(sequences[kept.id]) != list(range(1, kept.sequence + 1)):
            yield f"{card.number}: its lines have gaps"
    if len(books.cards) != len(cards):
        yield f"{len(books.cards)} cards, {len(cards)} known"


def _events(books: Books, cards: list[Card]) -> Iterator[str]:
    """One event of its own for every line, one for every new card, and all of them worked off."""
    own = Counter(
        (event.body["transaction"], event.kind)
        for event in books.events
        if "transaction" in event.body
    )
    if doubled := [pair for pair, times in own.items() if times > 1]:
        yield f"{len(doubled)} events stand there twice"
    told = Counter(int(line) for line, kind in own if kind not in BESIDE)
    if told != Counter(books.lines.keys()):
        yield f"{len(told)} lines have events of {len(books.lines)}"
    enrolled = Counter(
        event.body["card"] for event in books.events if event.kind == "card.enrolled"
    )
    made = Counter(
        str(books.cards[c.number].id) for c in cards if c.made and c.number in books.cards
    )
    if enrolled != made:
        yield f"{enrolled.total()} enrolments told for {made.total()} new cards"
    left = Counter(f"{event.state} {event.kind}" for event in books.events if event.state != "done")
    yield from (f"{count} events are {what}" for what, count in left.items())


def _acts(books: Books, done: list[Told], cards: list[Card]) -> Iterator[str]:
    """Each replacement happened once; blocking and unblocking took turns on every card."""
    replaced = sum(each.ask.verb == "replace" for each in done)
    kept = Counter(act for act, _ in books.acts)
    if kept["card.replaced"] != replaced:
        yield f"{kept['card.replaced']} numbers were replaced, {replaced} told"
    turns: dict[int, list[str]] = defaultdict(list)
    for act, subject in books.acts:
        if act in ("card.blocked", "card.unblocked"):
            turns[subject].append(act)
    for card in books.cards.values():
        acts = turns[card.id]
        fair = [("card.blocked", "card.unblocked")[n % 2] for n in range(len(acts))]
        blocked = bool(len(acts) % 2)
        if acts != fair or (card.status == "blocked") != blocked:
            yield f"{card.number}: {card.status} after {acts}"
