"""What the overview shows of points and stamps: both in a hybrid programme, else one of them."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from ...ledger.explain import words
from ...programs import Rules
from ...reports import Figures, Overview, Standing
from . import dates


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars by day with their words; `empty` where there is nothing to draw."""

    id: str
    title: str
    summary: str
    none: str
    days: list[dict[str, object]]

    @property
    def empty(self) -> bool:
        names = ("issued", "redeemed", "before")
        return not any(day[name] for day in self.days for name in names)


@dataclass(frozen=True, slots=True)
class Owed:
    """What the company owes: in money, or None where the programme does not say what it is worth,
    and what that is for."""

    value: str | None
    note: str


# The columns of the shops' table: a figure's name, and its words.
Columns = list[tuple[str, str]]


def columns(rules: Rules) -> Columns:
    """The last one is what shops are compared by."""
    found = [("came_by", _("Came by")), ("joined", _("Joined")), ("taken", _("Rewards taken"))]
    if rules.stamps:
        found.append(("given", _("Stamps given")))
    if rules.points:
        found += [("redeemed", _("Points redeemed")), ("issued", _("Points issued"))]
    return found


def charts(seen: Overview, rules: Rules) -> list[Chart]:
    """Points by day, stamps by day."""
    found = []
    if rules.points:
        summary = _(
            "%(issued)s points issued and %(redeemed)s redeemed;"
            " %(before)s issued in the same days of the week before.",
            issued=dates.number(seen.now.issued),
            redeemed=dates.number(seen.now.redeemed),
            before=dates.number(seen.before.issued),
        )
        none = _("No point in these days, nor in the week before.")
        bars = _bars(seen, "issued", "redeemed")
        found.append(Chart("points", _("Points by day"), summary, none, bars))
    if rules.stamps:
        summary = _(
            "%(given)s stamps given and %(used)s used for rewards;"
            " %(before)s given in the same days of the week before.",
            given=dates.number(seen.now.given),
            used=dates.number(seen.now.used),
            before=dates.number(seen.before.given),
        )
        none = _("No stamp in these days, nor in the week before.")
        bars = _bars(seen, "given", "used")
        found.append(Chart("stamps", _("Stamps by day"), summary, none, bars))
    return found


def owed(standing: Standing, rules: Rules) -> Owed:
    """What it would cost if all points and all rewards that wait were taken now."""
    ready, open_points = standing.ready_rewards, standing.open_points
    total, unknown = 0, []
    if rules.points and open_points:
        if rules.point_value_bp is None:
            unknown.append(_("what a point is worth is not set"))
        else:
            total += open_points * rules.point_value_bp // 10_000
    if rules.stamps and ready:
        if rules.stamps_reward_value_minor is None:
            unknown.append(_("what the reward is worth is not set"))
        else:
            total += ready * rules.stamps_reward_value_minor
    if unknown:
        return Owed(None, "; ".join(unknown))
    return Owed(words.money(total), _("if all were taken now"))


def _bars(seen: Overview, issued: str, redeemed: str) -> list[dict[str, object]]:
    return [_bar(day, now, before, (issued, redeemed)) for day, now, before in seen.days]


def _bar(day: date, now: Figures, before: Figures, names: tuple[str, str]) -> dict[str, object]:
    issued, redeemed = names
    return {
        "label": dates.day(day, "EEE"),
        "sub": dates.day(day, "d"),
        "issued": getattr(now, issued),
        "redeemed": getattr(now, redeemed),
        "before": getattr(before, issued),
    }
