"""`media/<key>/<name>.png`: a company's pictures, for its pages, for mails and for Google.

Public, and kept for ever: another picture has another address.
"""

import hashlib
import re

from flask import make_response, request
from werkzeug.wrappers import Response

from .....errors import NotFound
from .....guards import guarded
from ...branding import files, pictures
from .blueprint import pages

_KEY = re.compile("[0-9a-f]{64}")
_FOR_EVER = "public, max-age=31536000, immutable"


@pages.get("/media/<string:key>/<string:picture>")
@guarded("storefront", "media")
def media(key: str, picture: str) -> Response:
    """One picture of the company's present look, or one of an earlier look that is still here."""
    name, _dot, kind = picture.rpartition(".")
    if name not in pictures.NAMES or kind != "png" or not _KEY.fullmatch(key):
        raise NotFound
    response = make_response(_found(key, name))
    response.mimetype = "image/png"
    response.set_etag(hashlib.sha256(response.data).hexdigest()[:20])
    response.headers["Cache-Control"] = _FOR_EVER
    return response.make_conditional(request)


def _found(key: str, name: str) -> bytes:
    """Raises `NotFound`; what a company took away stays only as long as its file."""
    if kept := files.read(key, name):
        return kept
    look = pictures.look()
    if not look.has(name) or look.key(name) != key:
        raise NotFound
    return pictures.png(look, name)
