"""One press, one effect: the key that a form carries, made when it is drawn."""

import secrets
from typing import Any

from flask import request
from flask_babel import gettext as _

from .... import idempotency, text
from ....idempotency import Attempt


def new_key() -> str:
    """An idempotency key for a form."""
    return secrets.token_urlsafe(16)


def attempt(*asked: Any) -> Attempt:
    """The try that this form's key makes at this address; raises `IdempotencyKeyRequired`."""
    key = request.form.get("key", "")
    if not 1 <= len(key) <= idempotency.LONGEST_KEY or text.has_controls(key):
        raise idempotency.IdempotencyKeyRequired(_("This page is too old. Open it again."))
    return idempotency.attempt(key, request.method, request.path, *asked)
