"""`flask routes-guards`: who may call what, as data."""

import json
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext


@click.command("routes-guards")
@with_appcontext
def routes_guards() -> None:
    """Print every route's guard, one JSON object a line: rule, methods, audience, permission."""
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view: Any = current_app.view_functions[rule.endpoint]
        line = {
            "rule": rule.rule,
            "methods": sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}),
            "audience": view.guard.audience,
            "permission": view.guard.permission,
        }
        click.echo(json.dumps(line))
