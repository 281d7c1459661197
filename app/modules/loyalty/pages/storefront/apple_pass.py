"""`/s/<slug>/cards/<secret>/pass.pkpass`: the card for Apple's wallet."""

from werkzeug.wrappers import Response

from .....guards import guarded
from ...cards import by_secret
from ...wallet.apple import package, service
from .blueprint import pages


@pages.get("/cards/<string:secret>/pass.pkpass")
@guarded("storefront", "card")
def apple_pass(secret: str) -> Response:
    """Signed for whoever has the link; 404 where no passes are offered."""
    answer = Response(service.of_card(by_secret(secret)), mimetype=package.MIME)
    answer.headers["Content-Disposition"] = 'attachment; filename="card.pkpass"'
    return answer
