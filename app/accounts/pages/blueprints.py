"""The blueprints that the pages beside this file hang on."""

from flask import Blueprint

everyone = Blueprint("accounts", __name__)
admin = Blueprint("accounts", __name__)

# A URL parameter for our ids: more than 63 bits is no id, and no database is asked.
ID = "int(max=9223372036854775807)"
