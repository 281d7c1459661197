"""The platform-neutral card: values and finished words, and nothing of any platform.

What a pass shows is made of this alone. Equal faces make equal passes, so that a pass whose face
did not change is sent to nobody.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from flask import g
from flask_babel import force_locale, get_locale

from ..... import clock, letters
from .....accounts.companies import Company
from ... import branding, cards, enrolment, programs
from ...cards import CLOSED, LoyaltyCard
from ...programs import Rules
from ...programs.brand import Brand, brand
from .coming import Ahead, Pairs, ahead
from .showing import Shown, shown


class State(StrEnum):
    """What a pass may still be used for."""

    LIVE = "live"
    BLOCKED = "blocked"  # shown, marked as void; may come back
    ENDED = "ended"  # replaced, left or erased: void for good, and empty


@dataclass(frozen=True, slots=True)
class Stamps:
    """`balance` is what the row shows, 0 where stamps are owed; `say` tells what is next."""

    balance: int
    target: int
    text: str
    say: str


@dataclass(frozen=True, slots=True)
class Face:
    """One card at one moment, in one language. `points` is written as people read it, and None
    where the programme has none, as `stamps` is; pairs are `(what, how far)`.

    Of an ended card everything that was on it is empty.
    """

    state: State
    company: str
    card_name: str
    locale: str
    brand: Brand
    logo: str | None  # the images' digests; see `branding.images`
    strip: str | None
    number: str  # as stored, twelve characters: what a code carries
    number_shown: str
    holder: str
    page_url: str
    stamps: Stamps | None
    points: str | None
    points_balance: int
    say: str
    tier: str | None
    tier_say: str
    ready: tuple[str, ...]
    next: tuple[tuple[str, str], ...]
    expiring: tuple[str, ...]
    owed: str
    terms: str
    privacy_url: str | None
    ends_at: datetime | None = None  # of a programme that was stopped: from then on it is expired


def face(card: LoyaltyCard, *, ended: bool = False) -> Face:
    """The card as it stands now; `ended` where the pass that asks is of an earlier link.

    Needs `spoken`, or a request whose company is known.
    """
    if ended or card.status == CLOSED:
        return empty()
    now = shown(card)
    return living(now, ahead(now))


@contextmanager
def spoken(company: Company, locale: str | None = None) -> Iterator[None]:
    """Within, faces are this company's, in this language or else in the company's own."""
    g.company = company
    with letters.speaking(), force_locale((locale or company.locale).replace("-", "_")):
        yield


def living(now: Shown, coming: Ahead) -> Face:
    """The face of a card that stands."""
    card, rules = now.card, now.rules
    stamps = Stamps(now.stamps, now.target, now.stamps_text, now.say) if rules.stamps else None
    return Face(
        **_of_the_company(rules),
        state=State.BLOCKED if now.blocked else State.LIVE,
        number=card.number,
        number_shown=cards.shown(card.number),
        holder=now.person.first_name or "",
        page_url=letters.address(enrolment.card_path(g.company.slug, card)),
        stamps=stamps,
        points=now.points,
        points_balance=card.points_balance if rules.points else 0,
        say=stamps.say if stamps else coming.say,
        tier=now.tier,
        tier_say=coming.tier,
        ready=_ready(now, coming),
        next=tuple(coming.next),
        expiring=tuple(coming.expiring),
        owed=coming.owed,
        terms=rules.terms_text,
        privacy_url=rules.privacy_url,
        ends_at=_ends_at(now),
    )


def _ends_at(now: Shown) -> datetime | None:
    """The midnight after the last day to take a reward, at the company."""
    if now.last_day is None:
        return None
    first = datetime.combine(now.last_day + timedelta(days=1), time())
    return first.replace(tzinfo=clock.zone(g.company.timezone)).astimezone(UTC)


def _ready(now: Shown, coming: Ahead) -> tuple[str, ...]:
    """The names of what can be taken now."""
    if not now.redeemable:
        return ()
    own: Pairs = [(now.rules.stamps_reward_name, "")] if now.ready else []
    return tuple(name for name, _price in (*own, *coming.yours))


def empty() -> Face:
    """What a card leaves behind: the company's own look, and nothing of a person."""
    return Face(
        **_of_the_company(programs.current()),
        state=State.ENDED,
        number="",
        number_shown="",
        holder="",
        page_url="",
        stamps=None,
        points=None,
        points_balance=0,
        say="",
        tier=None,
        tier_say="",
        ready=(),
        next=(),
        expiring=(),
        owed="",
        terms="",
        privacy_url=None,
    )


def _of_the_company(rules: Rules) -> dict[str, Any]:
    pictures = branding.images.digests()
    return {
        "company": g.company.name,
        "card_name": rules.card_name,
        "locale": str(get_locale()).replace("_", "-"),
        "brand": brand(rules.card_color),
        "logo": pictures.get(branding.LOGO),
        "strip": pictures.get(branding.STRIP),
    }
