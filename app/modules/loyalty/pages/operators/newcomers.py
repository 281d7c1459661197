"""Somebody who is let in: known by their address, or made with a first password that is shown
once, to be told by another way."""

import secrets
from dataclasses import dataclass

from flask import render_template

from .....accounts import operators, users
from .....accounts.users import User
from .....errors import Invalid
from .....extensions import db
from .company import close

_PASSWORD_BYTES = 12  # 16 characters, 96 bits


@dataclass(frozen=True, slots=True)
class Newcomer:
    """`user` is None for who signs in already; then there is no password to tell either."""

    id: int
    email: str
    user: User | None = None
    password: str = ""

    def join(self, field: str) -> None:
        """Put them into the present transaction; raises `Invalid` where somebody was quicker."""
        if self.user is None:
            return
        if operators.known(self.email):
            raise Invalid({field: "signs in since a moment ago; send the form once more"})
        db.session.add(self.user)
        db.session.flush()


def of(email: str, name: str, *, field: str = "email") -> Newcomer:
    """Who that is. Raises `Invalid`, with `field` for the address and `name` before it for the
    name. Ends the open transaction: a password is hashed in none."""
    try:
        known = operators.known(email)
        close()
        if known:
            return Newcomer(known.id, known.email)
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        user = users.create(email=email, name=name, password=password)
    except Invalid as wrong:
        prefix = field.removesuffix("email")
        raise Invalid({f"{prefix}{key}": say for key, say in wrong.errors.items()}) from None
    db.session.expunge(user)  # it joins later, in whoever's transaction
    return Newcomer(user.id, user.email, user, password)


def shown(newcomer: Newcomer, *, on: str) -> str:
    """The page that tells the first password, and leads `on`."""
    return render_template("loyalty/operators/password.html", newcomer=newcomer, on=on)
