"""Which issuer an account acts for: what was said, else the only one that it sees."""

from collections import OrderedDict

from ..channels import GoogleKeys
from .answers import Answer, Kind
from .client import Client

_MOST = 64
_found: OrderedDict[str, str] = OrderedDict()  # by the account's fingerprint


def known(keys: GoogleKeys) -> str | None:
    """The issuer, where nobody need be asked: a setting, the file's own word, or found before."""
    said = keys.issuer or keys.account.get("issuer_id") or _found.get(keys.fingerprint)
    return str(said) if said else None


def of(client: Client) -> str | Answer:
    """The issuer's number; or why there is none. Asks Google at most once in each process."""
    if issuer := known(client.keys):
        return issuer
    answer = client.get("/issuer")
    if not answer.done:
        return answer
    seen = [each for each in answer.body.get("resources") or [] if isinstance(each, dict)]
    numbers = sorted({str(each["issuerId"]) for each in seen if each.get("issuerId")})
    if len(numbers) != 1:
        return Answer(Kind.DEAD, _which(numbers))
    _found[client.keys.fingerprint] = numbers[0]
    while len(_found) > _MOST:
        _found.popitem(last=False)
    return numbers[0]


def _which(numbers: list[str]) -> str:
    if not numbers:
        return "this account sees no issuer: invite it in the Google Pay & Wallet Console"
    return (
        f"this account sees {len(numbers)} issuers: say which in GOOGLE_WALLET_ISSUER, or as"
        " issuer_id in its file"
    )
