"""Two people: who agreed to what one alone may not do."""

from dataclasses import dataclass

from ....errors import Refusal


class SecondPersonNeeded(Refusal):
    code = "second-person-needed"
    status = 403
    title = "A second person is needed"
    remedy = "Do it at a counter, with a second person's PIN."


@dataclass(frozen=True, slots=True)
class Approver:
    """A staff member at the counter, whose PIN was proved just now."""

    staff_id: int
    role: str
