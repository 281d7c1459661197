"""What is answered to a link from a letter that is good no more."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import render_template

from ...errors import NotFound
from ...extensions import db

View = TypeVar("View", bound=Callable[..., Any])


def while_good(view: View) -> View:
    """The same page for a link that was used, withdrawn, sent anew, is too old, or never was one:
    it says what to do, and nobody learns which."""

    @wraps(view)
    def answer(*args: Any, **values: Any) -> Any:
        try:
            return view(*args, **values)
        except NotFound:
            db.session.rollback()
            return render_template("accounts/link_gone.html"), 404

    return answer  # type: ignore[return-value]
