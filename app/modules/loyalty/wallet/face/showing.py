"""What a card shows, as values: the page, its live state and the passes are made of the same.

The caller has put the company into `g.company`.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from ..... import clock
from .....accounts.customers import Customer
from ... import programs
from ...cards import BLOCKED, LoyaltyCard
from ...enrolment import person_of
from ...ledger.explain import words as said
from ...programs import LoyaltyProgram, Rules


@dataclass(frozen=True, slots=True)
class Shown:
    """A card with its person, the programme, and the rules in force."""

    card: LoyaltyCard
    person: Customer
    program: LoyaltyProgram
    rules: Rules

    @property
    def name(self) -> str:
        """`Anouk’s card`"""
        first = self.person.first_name
        return _("%(name)s’s card", name=first) if first else _("Your card")

    @property
    def stamps(self) -> int:
        """What the row of stamps shows: a debt shows none, and is told in words."""
        return max(0, self.card.stamps_balance)

    @property
    def target(self) -> int:
        return self.rules.stamps_target

    @property
    def ready(self) -> int:
        """How many rewards wait."""
        return self.stamps // self.target if self.rules.stamps else 0

    @property
    def blocked(self) -> bool:
        return self.card.status == BLOCKED

    @property
    def day(self) -> date:
        """Today, at the company."""
        return clock.business_day(clock.now(), g.company.timezone)

    @property
    def last_day(self) -> date | None:
        """After the programme was stopped: the last day to take a reward, if there is one."""
        return None if self.program.active else self.program.redeemable_until

    @property
    def redeemable(self) -> bool:
        last = self.last_day
        return not self.blocked and (self.program.active or bool(last and self.day <= last))

    @property
    def points(self) -> str | None:
        return said.number(self.card.points_balance) if self.rules.points else None

    @property
    def tier(self) -> str | None:
        tier = self.rules.tier_at(self.card.tier_points) if self.rules.points else None
        return tier.name if tier else None

    @property
    def say(self) -> str:
        """The one sentence below the stamps; a card without any says what its points are for."""
        if not self.rules.stamps:
            return ""
        if self.card.stamps_balance < 0:
            return ngettext(
                "The next stamp goes to one that was taken back.",
                "The next %(num)s stamps go to those that were taken back.",
                -self.card.stamps_balance,
            )
        if self.ready and not self.redeemable:
            return _("%(reward)s stays on your card.", reward=self.rules.stamps_reward_name)
        if self.ready:
            return _("%(reward)s is waiting for you.", reward=self.rules.stamps_reward_name)
        return ngettext(
            "One more stamp: %(reward)s.",
            "%(num)s more stamps: %(reward)s.",
            self.target - self.stamps,
            reward=self.rules.stamps_reward_name,
        )

    @property
    def stamps_text(self) -> str:
        return _("%(balance)s of %(target)s stamps", balance=self.stamps, target=self.target)

    @property
    def lost(self) -> str:
        """What erasing takes away."""
        had = [said.stamps(self.stamps)] if self.rules.stamps else []
        had += [said.points(max(0, self.card.points_balance))] if self.rules.points else []
        return _("What is lost: %(had)s.", had=_(" and ").join(had))

    @property
    def next(self) -> list[tuple[str, str]]:
        """`(what, how far)`: the next stamp reward."""
        if not self.rules.stamps:
            return []
        missing = self.target - self.card.stamps_balance % self.target
        return [(self.rules.stamps_reward_name, said.stamps(missing))]

    @property
    def shape(self) -> str:
        """Changes with every line, rule and state: then the open page is made anew."""
        state = (self.rules.id, self.program.active, self.card.status, self.card.sequence)
        return hashlib.sha256(repr(state).encode()).hexdigest()[:12]

    def state(self) -> dict[str, object]:
        """What `live-card.js` puts into an open page."""
        texts = {"stamps_text": self.stamps_text, "points": self.points or ""}
        if not self.rules.stamps:
            told = said.points(self.card.points_balance)
            return {"shape": self.shape, "text": texts, "stamps": None, "announce": told}
        stamps = {"balance": self.stamps, "target": self.target}
        texts |= {"say": self.say}
        return {"shape": self.shape, "text": texts, "stamps": stamps, "announce": self.stamps_text}


def shown(card: LoyaltyCard) -> Shown:
    """The card as it stands now."""
    program = programs.of_company()
    return Shown(card, person_of(card), program, programs.rules_of(program.revision_id))
