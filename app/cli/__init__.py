"""The command line: `flask …`. One file a group; commands find, do and commit, like views."""

from flask import Flask

from . import accounts, backups, demo, jobs, loyalty, routes, wallet


def install(app: Flask) -> None:
    """Attach every command group."""
    for module in (accounts, demo, jobs, loyalty, wallet):
        for group in module.GROUPS:
            app.cli.add_command(group)
    for command in (backups.backup, backups.restore, routes.routes_guards):
        app.cli.add_command(command)
