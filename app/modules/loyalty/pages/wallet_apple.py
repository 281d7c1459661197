"""Apple's web service for passes: the five calls of `PassKit Web Service Reference`, version 1.

`webServiceURL` is `PUBLIC_URL/wallet/apple`; phones put `/v1/…` behind it.
"""

from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.http import http_date
from werkzeug.wrappers import Response

from .... import database
from ....api import reading
from ....errors import Malformed, TooLarge
from ....extensions import db, limiter
from ....guards import answers_data, guarded
from ..wallet.apple import complaints, listing, package, service

pages = Blueprint("apple", __name__, url_prefix="/apple/v1")

LARGEST_BODY = 16_384
# By address, and many phones may share one: these stop a flood and no crowd.
PER_ADDRESS, COMPLAINTS_PER_ADDRESS = "1200 per minute", "120 per minute"
_PASSES = "/passes/<string:pass_type>/<string:serial>"
_REGISTRATIONS = "/devices/<string:device>/registrations/<string:pass_type>"


@pages.post(f"{_REGISTRATIONS}/<string:serial>")
@guarded("pass", "update")
@answers_data
@limiter.limit(PER_ADDRESS)
def register(device: str, pass_type: str, serial: str) -> Response:
    """201 for a phone that is new to the pass, 200 for one that may have another push token."""
    who = _holder(serial)
    token = _told().get("pushToken")
    if not isinstance(token, str):
        raise Malformed('Expected {"pushToken": "…"}.')
    named = {"device": device, "pass_type": pass_type, "push_token": token}
    new = database.once_more(lambda: service.register(who, **named))
    db.session.commit()
    return Response(status=201 if new else 200)


@pages.delete(f"{_REGISTRATIONS}/<string:serial>")
@guarded("pass", "update")
@answers_data
@limiter.limit(PER_ADDRESS)
def unregister(device: str, pass_type: str, serial: str) -> Response:
    """200, whether it was registered or not."""
    service.unregister(_holder(serial), device=device, pass_type=pass_type)
    db.session.commit()
    return Response(status=200)


@pages.get(_REGISTRATIONS)
@guarded("devices", "list")
@answers_data
@limiter.limit(PER_ADDRESS)
def changed(device: str, pass_type: str) -> Response:
    """The serials of this phone's passes that changed since the tag that it names; 204 for none."""
    since = listing.read_tag(request.args.get("passesUpdatedSince", ""))
    listed = listing.changed(device, pass_type, since)
    if not listed:
        return Response(status=204)
    serials = [each.serial for each in listed]
    answer = jsonify(serialNumbers=serials, lastUpdated=listing.latest(listed, since))
    if request.method == "GET":
        listing.remember(listed)
    return answer


@pages.get(_PASSES)
@guarded("pass", "update")
@answers_data
@limiter.limit(PER_ADDRESS)
def current(pass_type: str, serial: str) -> Response:
    """The pass as it is now; 304 from its row alone, where the phone has that one."""
    who = _holder(serial)
    row = service.kept(who)
    modified, known = service.modified_at(row), request.if_modified_since
    # The very moment that it was told: a later one is of a clock, or a database, that was set back.
    if row is not None and row.modified_at is not None and known == modified:
        return Response(status=304)
    if request.method == "HEAD":
        return _dated(_headed(), modified)
    answer = Response(service.current(who, pass_type), mimetype=package.MIME)
    if row is not None:
        service.remember_fetch(row)
    return _dated(answer, modified)


@pages.post("/log")
@guarded("platforms", "complain")
@answers_data
@limiter.limit(COMPLAINTS_PER_ADDRESS)
def log() -> Response:
    """What a phone complains of."""
    complaints.keep(_told())
    db.session.commit()
    return Response(status=200)


def _holder(serial: str) -> service.Holder:
    return service.holder(serial, request.headers.get("Authorization", ""))


def _told() -> dict[str, Any]:
    if (request.content_length or 0) > LARGEST_BODY:
        raise TooLarge(f"At most {LARGEST_BODY} bytes.")
    told = reading.body()
    if not isinstance(told, dict):
        raise Malformed("Expected a JSON object.")
    return told


def _headed() -> Response:
    """Nothing is signed for who only asks whether there is something new."""
    answer = Response(mimetype=package.MIME)
    answer.automatically_set_content_length = False
    return answer


def _dated(answer: Response, moment: Any) -> Response:
    answer.headers["Last-Modified"] = http_date(moment)
    return answer
