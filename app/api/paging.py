"""Lists: `{"items", "next"}`, walked by key, so that the deepest page costs what the first does."""

import base64
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Select

from ..errors import Invalid
from ..extensions import db
from .fields import Query, Whole

MOST_ITEMS = 200
Page = dict[str, Any]  # {"items": [...], "next": cursor or None}


class Paging(Query):
    """Where a page begins, and how long it is at most."""

    cursor: Annotated[str | None, Field(max_length=40)] = None
    limit: Annotated[Whole, Field(ge=1, le=MOST_ITEMS)] = 50


def page(
    query: Select[*tuple[Any, ...]],
    key: Any,
    asked: Paging,
    show: Callable[[Any], dict[str, Any]],
    *,
    newest_first: bool = False,
) -> Page:
    """One page of `query`, ordered by the column `key`, which each row has under its own name.

    One more row than asked for tells whether there is a next page.
    """
    if asked.cursor is not None:
        after = opened(asked.cursor)
        query = query.where(key < after if newest_first else key > after)
    order = key.desc() if newest_first else key
    rows = db.session.execute(
        query.add_columns(key.label("page_key")).order_by(order).limit(asked.limit + 1)
    ).all()
    shown = rows[: asked.limit]
    more = len(rows) > asked.limit
    return {
        "items": [show(row) for row in shown],
        "next": sealed(shown[-1].page_key) if more else None,
    }


def sealed(key: int) -> str:
    """A cursor: opaque, so that nobody computes one."""
    return base64.urlsafe_b64encode(f"~{key}".encode()).decode().rstrip("=")


def opened(cursor: str) -> int:
    """The key in a cursor; raises `Invalid`."""
    try:
        mark, key = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("~")
        if not mark and key.isascii() and key.isdigit() and int(key) < 2**63:
            return int(key)
    except ValueError:
        pass
    raise Invalid({"cursor": f"got {cursor[:40]!r}, expected the next of an earlier page"})
