"""Lists as tables for other programs: streamed, numbers as numbers, words as safe cells."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Response, g, stream_with_context
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from ..... import clock, database, tenancy
from .....extensions import db

ROWS_AT_ONCE = 1_000  # read between two pieces of the stream
Cells = tuple[Any, ...]
# Those of East Asia's keyboards too: there a spreadsheet takes them for the same.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# With it spreadsheets read accents as they are.
_MARK = "\ufeff"


def safe(text: str | None) -> str:
    """Words that no spreadsheet takes for a formula."""
    text = text or ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def moment(value: Any) -> str:
    """A moment as programs read it: `2026-11-22T14:03:12Z`; nothing for none."""
    return value.isoformat(timespec="seconds").replace("+00:00", "Z") if value else ""


def streamed(
    what: str,
    head: Cells,
    query: Select[*tuple[Any, ...]] | None,
    key: InstrumentedAttribute[int],
    cells: Callable[[Any], Cells],
) -> Response:
    """Everything that `query` finds (None: nothing), the newest `key` first. Its rows have that
    key as `id`; `cells` may ask neither the request nor the database."""
    rows = () if query is None else _in_turn(query.order_by(key.desc()), key, g.company.id)
    return answer(what, head, ([cells(row) for row in piece] for piece in rows))


def answer(what: str, head: Cells, pieces: Iterable[list[Cells]]) -> Response:
    """A table, piece by piece, as a file named after the company and the day; after the day alone
    at the operator's desk, where no company acts."""

    def written() -> Iterator[str]:
        yield _MARK + _as_csv([head])
        for piece in pieces:
            yield _as_csv(piece)

    response = Response(stream_with_context(written()), mimetype="text/csv")
    whose = g.get("company")
    day = clock.business_day(clock.now(), whose.timezone if whose else "UTC").isoformat()
    name = "-".join((what, whose.slug, day) if whose else (what, day))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _in_turn(
    query: Select[*tuple[Any, ...]], key: InstrumentedAttribute[int], company_id: int
) -> Iterator[list[Any]]:
    """The rows, so many at once. The request is over by then: each reading names its company."""
    rows: list[Any] = []
    while not rows or len(rows) == ROWS_AT_ONCE:
        asked = query.where(key < rows[-1].id) if rows else query
        db.session.rollback()  # no transaction is open across the edges of whose company it is
        with tenancy.acting_as(company_id), database.read_only():
            rows = list(db.session.execute(asked.limit(ROWS_AT_ONCE)))
            # Nobody's slow download holds a transaction, or a connection, open.
            db.session.rollback()
        if not rows:
            return
        yield rows


def _as_csv(rows: list[Cells]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()
