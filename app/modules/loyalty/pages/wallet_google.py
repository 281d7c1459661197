"""What Google tells us: somebody saved a card to a phone, or threw it away."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from .... import tenancy
from ....errors import Unauthenticated, Unavailable
from ....guards import answers_data, guarded
from ..wallet.google import callback, events, roots

pages = Blueprint("google", __name__)


@pages.post("/google/callback")
@guarded("platforms", "callback")
@answers_data
def called_back() -> Response:
    """Believed where Google signed it for us, and acted upon once. Whoever else writes is told
    that it is not, and no more."""
    request.max_content_length = callback.LARGEST
    try:
        envelope, event = callback.claimed(request.get_data())
        with tenancy.acting_as(event.company_id):
            events.heard(envelope, event)
    except callback.NotAccepted:
        raise Unauthenticated("This message is not accepted here.") from None
    except roots.Unreachable:
        raise Unavailable("What would prove this message cannot be read now.") from None
    return Response(status=204)
