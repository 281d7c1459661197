"""The surfaces: parent blueprints, and the one place where a view's guard is enforced.

Each audience proves itself in its own way and decides which company acts. Children are
attached at import, so that `create_app` can run any number of times.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask, g, redirect, request, session, url_for
from sqlalchemy import and_, bindparam, select
from werkzeug.wrappers import Response

from . import database, tenancy
from .accounts import api_keys, companies, staff, terminals, users
from .accounts.actors import Actor
from .accounts.api_keys import ApiKey
from .accounts.companies import Company
from .errors import Forbidden, NotFound, Unauthenticated
from .extensions import csrf, db
from .guards import Guard

admin = Blueprint("admin", __name__, url_prefix="/admin")
platform = Blueprint("platform", __name__, url_prefix="/platform")
terminal = Blueprint("terminal", __name__, url_prefix="/terminal")
storefront = Blueprint("storefront", __name__, url_prefix="/s/<string:slug>")
api_v1 = Blueprint("api", __name__, url_prefix="/api/v1")

USER_COOKIE, TERMINAL_COOKIE, STAFF_COOKIE = "user", "terminal", "staff"
