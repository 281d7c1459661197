"""What always holds of cards and their lines, looked at rather than believed.

The set-based checks compare sums where the database can; one walk over the lines in the
order of their cards checks what depends on the lines before: sequence, balances, chain,
returns. All of it reads only, for the acting company.
"""

from collections.abc import Callable, Iterator

from sqlalchemy import func, select

from ..... import tenancy
from .....extensions import db
from ..models import LoyaltyTransaction
from . import keys, lots, sums, traces
from .walk import walk

Found = tuple[str, str]  # the invariant's name, and the sentence that says where it broke


def size() -> int:
    """How many lines the acting company has."""
    of_company = LoyaltyTransaction.company_id == tenancy.company_id()
    count = select(func.count()).select_from(LoyaltyTransaction).where(of_company)
    return db.session.scalar(count) or 0


def check(advance: Callable[[int], None]) -> Iterator[Found]:
    """Every breach of the acting company; `advance` hears how many lines were walked."""
    company = tenancy.company_id()
    for part in (sums, lots, keys, traces):
        for name, sentence, statement in part.statements(company):
            for row in db.session.execute(statement):
                yield name, sentence.format(*row)
    yield from walk(advance)
