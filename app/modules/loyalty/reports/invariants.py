"""The daily figures against the ledger that they count."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from .... import tenancy
from ....extensions import db
from . import rollups
from .sums import SUMMED

Found = tuple[str, str]


def check() -> Iterator[Found]:
    """Every day and shop of the acting company whose figures differ from its lines."""
    company = tenancy.company_id()
    for day, vendor_id in db.session.execute(_differing(company)):
        shop = vendor_id or "none"
        yield "figures", f"{day}, shop {shop}: the daily figures are not the sums of the lines"


def _differing(company: int) -> Select[Any]:
    counted = rollups.everything_counted()
    keys = (counted.c.business_day, counted.c.vendor_id)
    figures = (
        select(*keys, *(func.sum(counted.c[name]).label(name) for name in SUMMED))
        .where(counted.c.company_id == company)
        .group_by(*keys)
        .subquery()
    )
    lines = rollups.grouped().subquery()
    same_day = and_(
        lines.c.business_day == figures.c.business_day, lines.c.vendor_id == figures.c.vendor_id
    )
    key = (
        func.coalesce(lines.c.business_day, figures.c.business_day),
        func.coalesce(lines.c.vendor_id, figures.c.vendor_id),
    )
    other = (figures.c[name].is_distinct_from(lines.c[name]) for name in SUMMED)
    return select(*key).join_from(figures, lines, same_day, full=True).where(or_(*other))
