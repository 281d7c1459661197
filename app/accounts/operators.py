"""Operators: who signs in at the desk and crosses companies. One at least, always."""

import logging
from collections.abc import Sequence

from sqlalchemy import select, update

from .. import text
from ..errors import NotFound, Refusal
from ..extensions import db
from .users import User

log = logging.getLogger(__name__)


class LastOperator(Refusal):
    code = "last-operator"
    title = "Somebody has to run it"


def every() -> Sequence[User]:
    """By name."""
    query = select(User).where(User.is_operator).order_by(User.name, User.id)
    return db.session.scalars(query).all()


def known(email: str) -> User | None:
    """Whoever signs in with that address; raises `Invalid` for what is none."""
    return db.session.scalar(select(User).where(User.email == text.email(email)))


def appoint(user_id: int, *, by: int) -> bool:
    """Let somebody in at the desk; whether that was a change. No company's chain is about it, so
    it stands in the log."""
    appointed = update(User).where(User.id == user_id, User.is_operator.is_(False))
    done = db.session.scalar(appointed.values(is_operator=True).returning(User.id))
    if done:
        log.warning("user %s made user %s an operator", by, user_id)
    return bool(done)


def dismiss(user_id: int, *, by: int) -> User:
    """Shut the desk to somebody, from their next step on; raises `NotFound`, and `LastOperator`
    where nobody would be left. All operators are locked first: of two who dismiss each other, one
    stays."""
    locked = {
        one.id: one
        for one in db.session.scalars(
            select(User)
            .where(User.is_operator)
            .order_by(User.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    if user_id not in locked:
        raise NotFound("There is no such operator.")
    if len(locked) == 1:
        raise LastOperator("You are the last operator. Add another one first.")
    locked[user_id].is_operator = False
    db.session.flush()
    log.warning("user %s dismissed operator %s", by, user_id)
    return locked[user_id]
