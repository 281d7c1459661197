"""`/platform/audit`: what stands in the companies' chains, the latest first. Its filters live in
the URL."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, url_for
from flask_babel import gettext as _

from ..... import database, ids, tenancy
from .....accounts import companies, operators
from .....extensions import db
from .....guards import guarded
from ... import reports
from ...reports import Act
from ...reports.trail import DESK_ACTS, Sought
from ..admin import tables
from ..admin.filters import Typed, day
from ..admin.paging import number_asked
from .blueprint import pages
from .trail_words import named, told

A_PAGE = 50
_AT_ONCE = 1_000
_NOBODY = 0  # no row has it
_HEAD = (
    "entry",
    "occurred_at",
    "company",
    "sequence",
    "act",
    "subject",
    "user",
    "operator",
    "figures",
)


@dataclass(frozen=True, slots=True)
class Filter(Typed):
    """What is asked in the URL, as typed; what cannot be read is in `wrong` and finds nothing."""

    company: str = ""
    act: str = ""
    who: str = ""
    from_: str = ""
    to: str = ""
    whose: str = ""

    @property
    def wrong(self) -> dict[str, str]:
        """By field, what cannot be looked for."""
        unread = _("Type a day such as 2026-11-22.")
        days = {"from_": self.from_, "to": self.to}
        return {name: unread for name, typed in days.items() if typed and day(typed) is None}

    def sought(self) -> Sought:
        """What to look for; one statement where a company is named."""
        company = companies.by_slug(self.company.lower()) if self.company else None
        return Sought(
            company_id=(company.id if company else _NOBODY) if self.company else None,
            act=self.act or None,
            user_id=(ids.told(self.who) or _NOBODY) if self.who else None,
            first=day(self.from_) if self.from_ else None,
            last=day(self.to) if self.to else None,
            everybody=self.whose == "all",
        )


@pages.get("/audit")
@guarded("platform", "platform")
def audit_trail() -> str:
    """A page of it; `?before=` an entry's id."""
    asked, before = Filter.asked(), number_asked("before")
    same: dict[str, Any] = asked.url
    found: list[Act] = []
    if not asked.wrong:
        found = reports.acts(limit=A_PAGE + 1, before=before, sought=asked.sought())
    shown = found[:A_PAGE]
    older = shown[-1].entry.id if len(found) > A_PAGE else None
    return render_template(
        "loyalty/operators/audit.html",
        asked=asked,
        acts=told(shown),
        older=url_for(".audit_trail", before=older, **same) if older else None,
        newest=url_for(".audit_trail", **same) if before is not None else None,
        kinds=[("", _("Every act")), *((act, named(act)) for act in DESK_ACTS)],
        people=[("", _("Everybody")), *((one.id, one.name) for one in operators.every())],
    )


@pages.get("/audit.csv")
@guarded("platform", "platform")
def audit_csv() -> Response:
    """Everything that the filter finds, the latest first, streamed."""
    asked = Filter.asked()
    sought = None if asked.wrong else asked.sought()
    return tables.answer("audit", _HEAD, _pieces(sought) if sought else ())


def _pieces(sought: Sought) -> Iterator[list[tables.Cells]]:
    """The request is over by then: each piece is read by an operator's crossing of its own, and
    nobody's slow download holds a transaction open."""
    before: int | None = None
    while True:
        db.session.rollback()
        with tenancy.crossing(), database.read_only():
            found = reports.acts(limit=_AT_ONCE, before=before, sought=sought)
            rows = [_cells(act) for act in found]
            before = found[-1].entry.id if found else None
            db.session.rollback()
        if rows:
            yield rows
        if len(rows) < _AT_ONCE:
            return


def _cells(act: Act) -> tables.Cells:
    """Names of operators alone: people of the offices are told by their number."""
    entry = act.entry
    return (
        entry.id,
        tables.moment(entry.occurred_at),
        tables.safe(act.company),
        entry.sequence,
        tables.safe(entry.act),
        entry.subject_id,
        entry.user_id or "",
        tables.safe(act.user) if act.by_operator else "",
        tables.safe("; ".join(f"{name}={value}" for name, value in sorted(entry.figures.items()))),
    )
