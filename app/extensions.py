"""The Flask extensions, made once and bound to each application in `create_app`."""

from inspect import iscoroutinefunction

from flask import request
from flask.sansio.app import App
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_sqlalchemy_lite import SQLAlchemy
from flask_wtf.csrf import CSRFProtect

from .tenancy import CompanySession


class Database(SQLAlchemy):
    """SQLAlchemy without asynchronous sessions: closing them, although there are none, would
    start an event loop after every request."""

    def init_app(self, app: App) -> None:
        super().init_app(app)
        endings = app.teardown_appcontext_funcs
        endings[:] = [ending for ending in endings if not iscoroutinefunction(ending)]


class Limits(Limiter):
    """Flask-Limiter, except that it does not look for limits before every call of the API, which
    has none by default: the search costs more than reading the request."""

    def _check_request_limit(
        self, callable_name: str | None = None, in_middleware: bool = True
    ) -> None:
        if not (in_middleware and request.blueprint == "api"):
            super()._check_request_limit(callable_name, in_middleware)


# expire_on_commit: rendering an answer after the commit must not open a second transaction.
db = Database(session_options={"expire_on_commit": False, "class_": CompanySession})
migrate = Migrate(render_as_batch=True, compare_type=True, compare_server_default=True)
csrf = CSRFProtect()
babel = Babel()
limiter = Limits(key_func=get_remote_address, headers_enabled=True)
