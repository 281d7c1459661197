"""The draft between the form and the database: read, kept, judged against the rules in force."""

from dataclasses import dataclass
from typing import Any

from flask import g, request

from ...... import clock
from ......accounts import vendors
from .... import programs, reports
from ....programs import Rules, drafts
from ....programs.drafts import Kept
from ....reports import Week
from . import form
from .form import Draft
from .parts import Typed
from .warnings import Facts


@dataclass(frozen=True, slots=True)
class Standing:
    """The rules in force and the draft over them, as both stand now."""

    now: Rules
    kept: Kept | None

    @property
    def mark(self) -> str:
        return self.kept.mark if self.kept else ""

    @property
    def over(self) -> Typed:
        return self.kept.typed if self.kept else {}

    @property
    def outdated(self) -> bool:
        """Whether somebody published since the draft was kept."""
        return self.kept is not None and self.kept.based_on != self.now.number

    def draft(self, over: Typed | None = None) -> Draft:
        """What the draft (or what was just typed) makes of the rules."""
        return form.judged(self.over if over is None else over, self.now, currency())


def standing() -> Standing:
    """The acting company's, in two statements."""
    return Standing(programs.current(), drafts.kept())


def typed_over(there: Standing) -> tuple[Typed, int]:
    """What the submitted form changes, and the number of the revision that it changes."""
    number = based_on()
    began = there.now if number == there.now.number else drafts.rules_numbered(number)
    began = began or there.now
    before = form.shown(began, currency())
    return form.typed_in(request.form, before, there.over), began.number


def keep(over: Typed, *, based_on: int) -> None:
    """Keep it as the company's draft; raises `DraftOvertaken` where that is another by now."""
    drafts.keep(over, based_on=based_on, by=g.user.user.id, seen=seen())


def seen() -> str:
    """The mark of the draft that the submitted form was read from."""
    return request.form.get("mark", "")[:40]


def based_on() -> int:
    """The revision that the form was read from; 0, which is never in force, for nonsense."""
    number = request.form.get("based_on", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0


def currency() -> str:
    name: str = g.company.currency
    return name


def last_week() -> Week:
    """The seven days of the last full week, where the company is."""
    today = clock.business_day(clock.now(), g.company.timezone)
    running = reports.week_of(today, g.company.timezone)
    return reports.week_of(running.before.monday, g.company.timezone)


def facts(now: Rules, shops: dict[str, Any]) -> Facts:
    """What warnings are held against, in two statements; `shops` from `shop_names`."""
    return Facts(
        today=clock.business_day(clock.now(), g.company.timezone),
        sales=reports.sales_in(last_week(), before=now, after=now),
        rewards=reports.priced_rewards(),
        shops={slug: shop.name for slug, shop in shops.items() if shop.status == "open"},
    )


def shops_by_slug() -> dict[str, vendors.Vendor]:
    """The company's shops, the closed ones too."""
    return {shop.slug: shop for shop in vendors.every()}
