"""A forgotten password: a link to the user's own address, good once and for an hour.

Operators get none: the desk opens every company, and a mailbox shall not open the desk. Theirs is
set on the command line.
"""

import secrets
from datetime import timedelta

from flask import g
from flask_babel import gettext as _
from sqlalchemy import select

from ... import audit, clock, jobs, letters, links, outbox, tenancy, text
from ...errors import Invalid, NotFound
from ...extensions import db
from .. import companies
from .models import User
from .signing_in import companies_of, end_sessions

GOOD_FOR = timedelta(hours=1)
NOT_SOONER = timedelta(minutes=5)  # another letter to the same mailbox


def ask(email: str) -> None:
    """Let the link be sent, if this is somebody's address. Nobody learns whether it is: the
    answer is nothing either way. Ends the open transaction, and commits one of its own."""
    found = _whom_to_write_to(email)
    db.session.rollback()
    if found is None:
        return
    user_id, company_id = found
    with tenancy.acting_as(company_id):
        user = _locked(user_id)
        user.reset_salt, user.reset_ends_at = secrets.token_bytes(16), clock.now() + GOOD_FOR
        outbox.put("password.forgotten", user=str(user_id))
        db.session.commit()


def _whom_to_write_to(email: str) -> tuple[int, int] | None:
    """`(user, company)`; the letter goes out in the look of the company they joined first."""
    try:
        user = db.session.scalar(select(User).where(User.email == text.email(email)))
    except Invalid:
        return None
    if user is None or user.is_operator:
        return None
    asked_just_now = user.reset_ends_at and user.reset_ends_at > clock.now() + GOOD_FOR - NOT_SOONER
    mine = companies_of(user)
    return (user.id, mine[0].id) if mine and not asked_just_now else None


@letters.written("password.forgotten")
def send_link(task: jobs.Task) -> jobs.Effect | None:
    """The letter, unless the link was used or ran out meanwhile."""
    g.company = companies.acting()
    user = db.session.get(User, int(task.body["user"]))
    if user is None or not _is_open(user):
        return None
    sentences = [
        _("The link is good once, and for an hour."),
        _("If you did not ask for it, do nothing: your password stays as it is."),
    ]
    return letters.by_mail(
        task,
        user.email,
        "office",
        subject=_("A new password for %(company)s", company=g.company.name),
        sentences=sentences,
        press=_("Choose a new password"),
        link=letters.address(f"/sign-in/password/{token_of(user)}"),
    )


def token_of(user: User) -> str:
    """What follows `/sign-in/password/` in the letter."""
    return links.secret("password", user.id, _claim(user))


def by_token(token: str) -> User:
    """Whose link this is; raises `NotFound` for one that was used or is too old."""
    link = links.read(token)
    user = db.session.get(User, link.row_id)
    if user is None or not _is_open(user) or not link.proves("password", _claim(user)):
        raise NotFound()
    return user


def change(token: str, kept: tuple[str, int]) -> None:
    """Put the new password's hash (`users.hashed`) in place of the old one: once. Whoever was
    signed in is not any more, and a locked account is open. Raises `NotFound`. Ends the open
    transaction, and commits one of its own."""
    user = by_token(token)
    user_id = user.id
    mine = [company.id for company in companies_of(user)]
    db.session.rollback()
    if not mine:
        raise NotFound()
    with tenancy.acting_as(mine[0]):
        _locked(user_id)
        user = by_token(token)  # as it stands now: of two who press, one changes it
        user.password_hash, user.pepper_version = kept
        user.failures, user.locked_until = 0, None
        user.reset_salt = user.reset_ends_at = None
        end_sessions(user_id)
        audit.record("user.password-reset", subject_id=user_id, by=user_id)
        db.session.commit()


def _locked(user_id: int) -> User:
    query = select(User).where(User.id == user_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _is_open(user: User) -> bool:
    """Whoever became an operator since they asked has no link any more either."""
    if user.is_operator or user.reset_ends_at is None:
        return False
    return user.reset_ends_at > clock.now()


def _claim(user: User) -> str:
    return f"{user.id}.{(user.reset_salt or b'').hex()}"
