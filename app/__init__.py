"""Regulars: the loyalty platform a store chain runs itself."""

from typing import Any, cast

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config import ROOT, Settings

from . import cli, clock, database, dev, health, logs, metrics, surfaces, tenancy, web
from . import modules as modules  # hangs their pages on the surfaces
from . import nights as nights  # and what happens by the clock
from .extensions import babel, csrf, db, limiter, migrate
from .modules.loyalty.wallet import expiring


def create_app(settings: Settings | None = None) -> Flask:
    """One application; its settings come from the environment unless they are given."""
    settings = settings or Settings.read()
    settings.instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's data
    app = Flask(
        __name__,
        instance_path=str(settings.instance_dir),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.config.update(web.flask_config(settings))
    clock.follow(settings.clock_file)

    db.init_app(app)
    with app.app_context():
        database.install(db.engine)
        metrics.watch(db.engine)
        tenancy.install_guard(db.sessionmaker)
    # Its types know Flask-SQLAlchemy alone; what it uses, the Lite version has too.
    migrate.init_app(app, cast(Any, db), directory=str(ROOT / "migrations"))
    csrf.init_app(app)
    limiter.init_app(app)
    babel.init_app(app, locale_selector=web.locale, timezone_selector=web.timezone)

    logs.install(app)  # a line for each request, whatever becomes of it
    web.install(app)  # headers, errors, what templates know
    surfaces.install(app)  # guards
    for blueprint in (*surfaces.PARENTS, health.pages, dev.pages):
        app.register_blueprint(blueprint)
    cli.install(app)
    expiring.note_at_start(app)  # bad wallet credentials stop nothing else
    if hops := settings.proxy_hops:  # else the address that limits count is the proxy's
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app
