"""`/healthz`, `/readyz`, `/metrics`: for whatever watches the installation."""

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis import Redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from config import ROOT

from . import tenancy
from .database.engine import COMPANY_ROLE
from .errors import NotFound
from .extensions import db, limiter
from .guards import guarded

pages = Blueprint("health", __name__)
limiter.exempt(pages)


@pages.get("/healthz")
@guarded("anyone", "health")
def healthz() -> Response:
    """200 while the process lives."""
    return jsonify(status="alive")


@pages.get("/readyz")
@guarded("anyone", "health")
def readyz() -> tuple[Response, int]:
    """503 until database, migrations and (if set) Redis are usable."""
    faults = {
        name: fault
        for name, check in (("database", _database_fault), ("redis", _redis_fault))
        if (fault := check())
    }
    return jsonify(status="not ready" if faults else "ready", **faults), 503 if faults else 200


@pages.get("/metrics")
@guarded("anyone", "health")
def metrics() -> Response:
    """Prometheus text; off unless METRICS=on."""
    if not current_app.config["SETTINGS"].metrics:
        raise NotFound()
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _database_fault() -> str | None:
    try:
        with tenancy.crossing(tenancy.OWNER), db.engine.begin() as connection:
            applied = set(MigrationContext.configure(connection).get_current_heads())
            if applied != set(ScriptDirectory(str(ROOT / "migrations")).get_heads()):
                return "the migrations are not applied: flask db upgrade"
            if connection.dialect.name == "postgresql":
                role = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = :name")
                if connection.execute(role, {"name": COMPANY_ROLE}).scalar() is not False:
                    return f"the role {COMPANY_ROLE} is missing or passes row-level security by"
    except SQLAlchemyError:
        return "the database does not answer"
    return None


def applied_migrations() -> set[str]:
    """The migrations that the database has: one, unless somebody branched."""
    with tenancy.crossing(tenancy.OWNER), db.engine.begin() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


def _redis_fault() -> str | None:
    url = current_app.config["SETTINGS"].redis_url
    if not url:
        return None
    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as redis:
            redis.ping()
    except Exception:
        return "Redis does not answer"
    return None
