"""A new user, and a password that may be one."""

from flask import current_app

from config import Keyring

from ... import text
from ...errors import Invalid
from ...extensions import db
from ...ids import new_id
from .. import passwords
from .models import User

SHORTEST_PASSWORD = 10


def create(*, email: str, name: str, password: str, operator: bool = False) -> User:
    """A new user; raises `Invalid`. Hashes a password: call it before the first statement."""
    address, called = text.email(email), text.name(name)
    kept, version = hashed(password)
    user = User(
        id=new_id(),
        email=address,
        name=called,
        password_hash=kept,
        pepper_version=version,
        is_operator=operator,
    )
    db.session.add(user)
    return user


def hashed(password: str) -> tuple[str, int]:
    """`(hash, pepper version)` of a new password; raises `Invalid`. Slow: in no transaction."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid({"password": f"expected at least {SHORTEST_PASSWORD} characters"})
    return passwords.hashed(
        password, purpose="password", keyring=pepper(), cost=passwords.PASSWORD_COST
    )


def pepper() -> Keyring:
    keyring: Keyring = current_app.config["SETTINGS"].pin_pepper
    return keyring
