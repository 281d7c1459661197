"""The blueprints that the pages beside this file hang on."""

from flask import Blueprint

everyone = Blueprint("accounts", __name__)
admin = Blueprint("accounts", __name__)
