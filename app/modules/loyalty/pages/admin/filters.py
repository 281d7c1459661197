"""What is typed into a list's filters: it lives in the URL, so that a list can be kept and sent."""

from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Self

from flask import current_app, g, request

from ..... import clock

_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Typed:
    """The filters of a list, as typed. A name ends in `_` where Python has the word itself."""

    @classmethod
    def asked(cls) -> Self:
        """What the URL says; a field that it does not name is empty."""
        typed = {f.name: request.args.get(_in_url(f.name), "").strip() for f in fields(cls)}
        return cls(**{name: value[:_LONGEST] for name, value in typed.items()})

    @property
    def url(self) -> dict[str, str]:
        """The parameters that say it again."""
        return {_in_url(f.name): value for f in fields(self) if (value := getattr(self, f.name))}


def _in_url(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def day(typed: str) -> date | None:
    """`2026-11-22` as a day; None for what is none."""
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def midnight(of: date, days: int = 0) -> datetime:
    """The first moment of a day, so many days later, where the company is."""
    return datetime.combine(of + timedelta(days=days), time(), clock.zone(g.company.timezone))


def keys_tell_time() -> bool:
    """In production nobody moves the clock: a key says how old its row is at most."""
    return bool(current_app.config["SETTINGS"].production)
