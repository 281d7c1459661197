"""The command line: `flask …`."""

from flask import Flask


def install(app: Flask) -> None:
    """Attach every command group."""
