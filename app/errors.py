"""The expected "no".

A `Refusal` is an answer, not a fault: it has a stable code, an HTTP status, the figures
that explain it and one sentence. Every surface renders the same object in its own way;
anything that is not a `Refusal` is a bug and crashes loudly.
"""

from typing import Any, ClassVar


class Refusal(Exception):
    """An expected "no".

    Figures are integers, strings or lists of them and travel to the caller as they are.
    `remedy` tells a programmer what would make it a yes, in terms of the figures.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "Not possible"
    remedy: ClassVar[str] = ""

    def __init__(self, sentence: str, **figures: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.figures = figures


class NotFound(Refusal):
    """Unknown here, or somebody else's: both answer alike."""

    code = "not-found"
    status = 404
    title = "Not found"

    def __init__(self, sentence: str = "There is nothing here under that name.", **figures: Any):
        super().__init__(sentence, **figures)


class Forbidden(Refusal):
    code = "forbidden"
    status = 403
    title = "Not allowed"


class Unauthenticated(Refusal):
    code = "unauthenticated"
    status = 401
    title = "Sign in first"


class Malformed(Refusal):
    code = "malformed"
    status = 400
    title = "Unreadable request"


class TooLarge(Refusal):
    code = "too-large"
    status = 413
    title = "Too large"


class RateLimited(Refusal):
    code = "rate-limited"
    status = 429
    title = "Too many requests"


class Busy(Refusal):
    """The one writer (SQLite) or a lock was not free in time; nothing was changed."""

    code = "busy"
    status = 503
    title = "Busy, please retry"


class Unavailable(Refusal):
    """The database does not answer. What was asked may have been done or not."""

    code = "unavailable"
    status = 503
    title = "Back in a moment"


class Invalid(Refusal):
    """Input that breaks a rule, field by field: `errors` maps a field to what was expected."""

    code = "validation"
    status = 422
    title = "Some values are not usable"

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(
            "; ".join(f"{field}: {expected}" for field, expected in errors.items()), errors=errors
        )
        self.errors = errors
