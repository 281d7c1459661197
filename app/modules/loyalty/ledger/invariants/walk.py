"""Line by line, card after card: nothing missing, nothing that does not follow."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Text, or_, select, type_coerce

from ..... import tenancy
from .....extensions import db
from ...cards.models import LoyaltyCard
from .. import chain
from ..models import LoyaltyTransaction
from .anchored import Anchored
from .history import Found, History

_card: Any = LoyaltyCard.__table__
_line: Any = LoyaltyTransaction.__table__

_AT_A_TIME = 2_000
# As text: the chain covers it as it is kept, and few lines have to be read further.
_STEPS = type_coerce(_line.c.steps, Text).label("steps")


def walk(advance: Callable[[int], None]) -> Iterator[Found]:
    """Every breach in the lines' order; `advance` hears how many were walked."""
    company = tenancy.company_id()
    anchored = Anchored()
    card, head, ended = History(0), None, {}
    for batch in _lines(company):
        for line in batch:
            if line["card_id"] != card.card_id:
                ended[card.card_id] = card.purchases, card.ladder.laid_aside
                card, head = History(line["card_id"]), None
            for name, sentence in card.add(line):
                yield name, f"card {card.card_id}, line {line['sequence']}: {sentence}"
            if not _follows(head, line):
                place = f"card {card.card_id}, line {line['sequence']}"
                yield "chain", f"{place}: the line or the one before it was changed"
            head = line["chain"]
            anchored.add(line)
        yield from _counters(company, ended)
        ended = {}
        advance(len(batch))
    ended[card.card_id] = card.purchases, card.ladder.laid_aside
    yield from _counters(company, ended)
    yield from _blank(company)
    yield from anchored.breaches()


def _lines(company: int) -> Any:
    names = (*chain.COVERED, *chain.LATER, "occurred_at", "business_day")
    covered = [_line.c[name] for name in names if name != "steps"]
    lines = db.session.execute(
        select(*covered, _STEPS, _line.c.key_version, _line.c.chain)
        .where(_line.c.company_id == company)
        .order_by(_line.c.card_id, _line.c.sequence)
        .execution_options(yield_per=_AT_A_TIME)
    )
    return lines.mappings().partitions()


def _follows(before: bytes | None, line: Any) -> bool:
    try:
        return chain.link(before, line, line["key_version"], steps=line["steps"]) == bytes(
            line["chain"]
        )
    except KeyError:  # the key's version is gone from FIELD_KEY: nothing can be shown
        return False


def _counters(company: int, counted: dict[int, tuple[int, int]]) -> Iterator[Found]:
    """These cards remember as many purchases as their lines counted, less those returned, and
    what their lines laid aside."""
    rows = db.session.execute(
        select(_card.c.id, _card.c.purchases, _card.c.purchases_peak, _card.c.laid_aside).where(
            _card.c.company_id == company, _card.c.id.in_(list(counted))
        )
    )
    for card_id, purchases, peak, laid_aside in rows:
        lines, aside = counted[card_id]
        if purchases != lines:
            yield "purchases", f"card {card_id}: {purchases} purchases, its lines make {lines}"
        elif peak < purchases:
            yield "purchases", f"card {card_id}: it never was at purchase {purchases}"
        if laid_aside != aside:
            yield "tiers", f"card {card_id}: {laid_aside} points laid aside, its lines lay {aside}"


def _blank(company: int) -> Iterator[Found]:
    """A card without a line has bought nothing."""
    bought = or_(_card.c.purchases != 0, _card.c.purchases_peak != 0)
    nothing = select(_card.c.id).where(_card.c.company_id == company, _card.c.sequence == 0, bought)
    for (card_id,) in db.session.execute(nothing):
        yield "purchases", f"card {card_id}: purchases without a line"
