"""What Google answered, in the few kinds that we act upon differently."""

from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import httpx2

from ..... import clock

LONGEST_WAIT_SECONDS = 3_600
# A 403 that says "too much" and not "never".
_TOO_MUCH = {
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
    "dailyLimitExceeded",
    "RESOURCE_EXHAUSTED",
}


class Kind(StrEnum):
    DONE = "done"
    CONFLICT = "conflict"  # it is there already
    GONE = "gone"  # it is not there
    REFUSED = "refused"  # what we sent is wrong, and would be wrong again
    DEAD = "dead"  # this account may not, until somebody mends it
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Answer:
    """`fault` holds codes and names of fields, never a value that was sent; `after` are seconds,
    where Google says how long to wait; `known` is False where it may have been done all the same.
    """

    kind: Kind
    fault: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    after: float | None = None
    known: bool = True

    @property
    def done(self) -> bool:
        return self.kind is Kind.DONE


def of_response(response: httpx2.Response) -> Answer:
    """An answer of the REST interface."""
    status, body = response.status_code, read(response)
    if 200 <= status < 300:
        return Answer(Kind.DONE, body=body)
    reasons = _reasons(body)
    told = " ".join([str(status), *sorted(reasons), *_fields(body)])[:160]
    if status == 409:
        return Answer(Kind.CONFLICT, told)
    if status in (404, 410):
        return Answer(Kind.GONE, told)
    if status in (408, 429) or status >= 500 or (status == 403 and reasons & _TOO_MUCH):
        return Answer(Kind.LATER, told, after=_wait(response), known=status < 500)
    return Answer(Kind.DEAD if status in (401, 403) else Kind.REFUSED, told)


def unreached(fault: httpx2.HTTPError) -> Answer:
    """No answer: a time-out, a reset, nobody there."""
    before = isinstance(fault, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
    return Answer(Kind.LATER, type(fault).__name__, known=before)


def read(response: httpx2.Response) -> dict[str, Any]:
    """The answer's JSON object; an empty one where it holds none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _reasons(body: dict[str, Any]) -> set[str]:
    error = body.get("error")
    if not isinstance(error, dict):  # as the token endpoint says it
        return {str(error)[:40]} if error else set()
    listed = [each for each in error.get("errors") or [] if isinstance(each, dict)]
    found = {error.get("status"), *(each.get("reason") for each in listed)}
    return {str(reason)[:40] for reason in found if reason}


def _fields(body: dict[str, Any]) -> list[str]:
    """The names of the fields that were wrong; Google's sentences may repeat their values."""
    error = body.get("error")
    details = error.get("details") if isinstance(error, dict) else None
    violations = [
        violation.get("field")
        for detail in details or []
        if isinstance(detail, dict)
        for violation in detail.get("fieldViolations") or []
        if isinstance(violation, dict)
    ]
    return [str(name)[:60] for name in violations if name][:3]


def _wait(response: httpx2.Response) -> float | None:
    """`Retry-After` in seconds, said as a number or as a date; an hour at most."""
    said = response.headers.get("Retry-After", "").strip()
    if said.isdecimal():
        return float(min(int(said[:9]), LONGEST_WAIT_SECONDS))
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0.0, (until - clock.now()).total_seconds()), LONGEST_WAIT_SECONDS)
