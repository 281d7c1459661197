"""What the pages beside this file hang on."""

from flask import Blueprint

pages = Blueprint("loyalty", __name__)
