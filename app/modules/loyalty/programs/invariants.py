"""What always holds of programmes: one each, pointing at the last of its revisions, which are
as they were published."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from .... import tenancy
from ....audit import AuditEntry
from ....extensions import db
from .models import LoyaltyProgram, ProgramRevision
from .service import digest, read

_program: Any = LoyaltyProgram.__table__
_revision: Any = ProgramRevision.__table__


def check() -> Iterator[tuple[str, str]]:
    """`(invariant, sentence)` for every breach of the acting company."""
    company = tenancy.company_id()
    programs = db.session.execute(
        select(_program.c.id, _program.c.revision_id).where(_program.c.company_id == company)
    ).all()
    if len(programs) > 1:
        yield "programme", f"{len(programs)} programmes, expected one"
    for program in programs:
        revisions = select(_revision.c.id, _revision.c.number).where(
            _revision.c.company_id == company, _revision.c.program_id == program.id
        )
        numbers: dict[int, int] = dict(db.session.execute(revisions).all())
        if program.revision_id not in numbers:
            yield "programme", f"programme {program.id}: its revision does not exist"
        elif sorted(numbers.values()) != list(range(1, len(numbers) + 1)):
            yield "programme", f"programme {program.id}: its revisions are not 1 to {len(numbers)}"
        elif numbers[program.revision_id] != len(numbers):
            yield "programme", f"programme {program.id}: the last revision is not in force"
    yield from _changed()


def _changed() -> Iterator[tuple[str, str]]:
    """Each revision against what the audit remembers of it."""
    published = select(AuditEntry).where(AuditEntry.act == "program.published")
    remembered = {
        entry.subject_id: entry.figures.get("rules") for entry in db.session.scalars(published)
    }
    for revision_id in db.session.scalars(select(ProgramRevision.id)).all():
        if remembered.get(revision_id) != digest(read(revision_id)):
            yield "programme", f"revision {revision_id}: it is not as it was published"
