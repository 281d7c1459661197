"""A card's lines in the customer's words, newest first."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from babel.dates import format_date, format_datetime, format_time
from flask import g
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import select

from ..... import clock
from .....accounts.vendors import Vendor
from .....extensions import db
from ... import programs
from ...ledger import LoyaltyTransaction
from ...ledger.explain import CUSTOMER, say, summary, words

_DAYS_BY_NAME = 6
_OF_TIERS = ("tier-reached", "tier-lost")
_SOMEWHERE = ("sale", "sale-returned", "redemption-cancelled")  # told with the shop


@dataclass(frozen=True, slots=True)
class Told:
    """One line: what happened, what it changed, and when, at the shop's clock.

    `changes` are of points and of stamps, `news` is a change of tier; `why` are the steps of the
    decision, a sentence each.
    """

    sequence: int
    text: str
    changes: list[str]
    when: str
    datetime: str
    news: str
    why: list[str]


def of_card(
    card_id: int,
    *,
    before: int | None = None,
    limit: int,
    types: Collection[str] | None = None,
) -> list[Told]:
    """At most `limit` lines below the sequence `before`, of these types where any are named."""
    query = (
        select(LoyaltyTransaction, Vendor.name, Vendor.timezone)
        .outerjoin(Vendor, Vendor.id == LoyaltyTransaction.vendor_id)
        .where(LoyaltyTransaction.card_id == card_id)
        .order_by(LoyaltyTransaction.sequence.desc())
        .limit(limit)
    )
    if types is not None:
        query = query.where(LoyaltyTransaction.type.in_(types))
    if before is not None:
        query = query.where(LoyaltyTransaction.sequence < before)
    return [tell(line, shop, zone) for line, shop, zone in db.session.execute(query)]


def tell(line: LoyaltyTransaction, shop: str | None, zone: str | None) -> Told:
    """The line as its customer reads it."""
    return Told(
        sequence=line.sequence,
        text=_what(line, shop),
        changes=_changes(line),
        when=_when(line.occurred_at, zone or g.company.timezone),
        datetime=line.occurred_at.astimezone(UTC).isoformat(timespec="seconds"),
        news=next((say(s, CUSTOMER) for s in line.steps if s["code"] in _OF_TIERS), ""),
        why=_why(line),
    )


def _why(line: LoyaltyTransaction) -> list[str]:
    """The steps of the decision, and the till's own name for the sale, to find the receipt by."""
    why = [say(step, CUSTOMER) for step in line.steps]
    if line.reference and line.type == "points_earned":
        why.append(_("Receipt %(reference)s.", reference=line.reference))
    return why


def _what(line: LoyaltyTransaction, shop: str | None) -> str:
    rules = programs.rules_of(line.revision_id)
    if line.type == "stamps_added" and line.stamps == 1 and line.stamps_after > 0:
        # As the row of stamps shows it: past the target it begins anew.
        place = (line.stamps_after - 1) % rules.stamps_target + 1
        figures = {"place": place, "target": rules.stamps_target, "shop": shop}
        if shop:
            return _("Stamp %(place)s of %(target)s at %(shop)s", **figures)
        return _("Stamp %(place)s of %(target)s", **figures)
    if line.type in ("points_redeemed", "stamps_redeemed"):
        reward = line.steps[0].get("reward", rules.stamps_reward_name)
        return _("%(reward)s at %(shop)s", reward=reward, shop=shop) if shop else str(reward)
    told = summary(line.steps, CUSTOMER)
    if shop and line.steps[0]["code"] in _SOMEWHERE:
        return _("%(what)s, at %(shop)s", what=told, shop=shop)
    return told


def _changes(line: LoyaltyTransaction) -> list[str]:
    """`+1 stamp`, `−100 points`, with a true minus."""
    changes = []
    if line.points or not line.stamps:
        signed = _signed(line.points)
        changes.append(
            ngettext("%(signed)s point", "%(signed)s points", abs(line.points), signed=signed)
        )
    if line.stamps:
        signed = _signed(line.stamps)
        changes.append(
            ngettext("%(signed)s stamp", "%(signed)s stamps", abs(line.stamps), signed=signed)
        )
    return changes


def _signed(value: int) -> str:
    return f"+{words.number(value)}" if value > 0 else words.number(value)


def _when(moment: datetime, zone: str) -> str:
    """`Today, 14:31`, `Tuesday, 8:05`, `11 November`: as near as one remembers it."""
    here, now = moment.astimezone(clock.zone(zone)), clock.now().astimezone(clock.zone(zone))
    locale, day = get_locale(), here.date()
    time = format_time(here, "short", locale=locale)
    if day == now.date():
        return _("Today, %(time)s", time=time)
    if day == now.date() - timedelta(days=1):
        return _("Yesterday, %(time)s", time=time)
    if now.date() - timedelta(days=_DAYS_BY_NAME) <= day < now.date():
        return f"{format_datetime(here, 'EEEE', locale=locale)}, {time}"
    return str(format_date(day, "long", locale=locale))
