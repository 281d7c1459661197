"""Google's service accounts: what they sign, and the tokens that they are given for it.

Our own jwt-bearer grant (RFC 7523). Where tokens are asked for is a setting of the installation:
the address that an uploaded file names is never called.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import httpx2
import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ..... import clock
from ..channels import GoogleKeys
from .answers import Answer, Kind, of_response, unreached

SCOPE = "https://www.googleapis.com/auth/wallet_object.issuer"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTED = timedelta(minutes=55)  # an hour at most, less what two clocks may differ by
_EARLY = timedelta(minutes=5)
_MOST = 64  # accounts whose token is remembered


class Unreadable(ValueError):
    """The account's file is not one: a name or its key is missing or cannot be read."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    ends_at: datetime


_tokens: OrderedDict[str, _Token] = OrderedDict()
_lock = threading.Lock()


def signed(keys: GoogleKeys, claims: dict[str, Any]) -> str:
    """A JWT of the account's, RS256. Raises `Unreadable`."""
    named = {"kid": keys.account["private_key_id"]} if keys.account.get("private_key_id") else {}
    return jwt.encode(claims, _key(str(keys.account.get("private_key"))), "RS256", headers=named)


def name(keys: GoogleKeys) -> str:
    """The account's e-mail address. Raises `Unreadable`."""
    email = keys.account.get("client_email")
    if not email or not isinstance(email, str):
        raise Unreadable("the account's client_email is missing")
    return email


def token(keys: GoogleKeys, http: httpx2.Client, url: str) -> str | Answer:
    """A token that is still good for a while: remembered, else asked for; or why there is none."""
    with _lock:
        known = _tokens.get(keys.fingerprint)
    if known and clock.now() < known.ends_at - _EARLY:
        return known.text
    try:
        answer = _ask(http, url, assertion(keys, url))
    except Unreadable as fault:
        return Answer(Kind.DEAD, str(fault))
    text, seconds = answer.body.get("access_token"), answer.body.get("expires_in")
    if not answer.done:
        return answer
    if not isinstance(text, str) or not isinstance(seconds, int):
        return Answer(Kind.LATER, "the token's answer held no token")
    _remember(keys.fingerprint, _Token(text, clock.now() + timedelta(seconds=seconds)))
    return text


def forget(keys: GoogleKeys, text: str) -> None:
    """This token was not accepted; another one, which somebody may have got meanwhile, stays."""
    with _lock:
        known = _tokens.get(keys.fingerprint)
        if known and known.text == text:
            del _tokens[keys.fingerprint]


def assertion(keys: GoogleKeys, url: str) -> str:
    """What the account says of itself to get a token. Raises `Unreadable`."""
    now, who = clock.now(), name(keys)
    times = {"iat": now, "exp": now + ASSERTED}
    return signed(keys, {"iss": who, "scope": SCOPE, "aud": url} | times)


def _ask(http: httpx2.Client, url: str, said: str) -> Answer:
    try:
        response = http.post(url, data={"grant_type": GRANT, "assertion": said})
    except httpx2.HTTPError as fault:
        return unreached(fault)
    answer = of_response(response)
    # Whatever is wrong with the account is said with a 400 here: invalid_grant, invalid_client.
    wrong = answer.kind in (Kind.REFUSED, Kind.GONE, Kind.CONFLICT)
    return Answer(Kind.DEAD, f"no token: {answer.fault}") if wrong else answer


def _remember(fingerprint: str, got: _Token) -> None:
    with _lock:
        _tokens[fingerprint] = got
        _tokens.move_to_end(fingerprint)
        while len(_tokens) > _MOST:
            _tokens.popitem(last=False)


@lru_cache(maxsize=32)
def _key(pem: str) -> RSAPrivateKey:
    """Read once: checking a key costs a hundred signatures."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Unreadable("the account's private_key cannot be read") from None
    if not isinstance(key, RSAPrivateKey):
        raise Unreadable("the account's private_key is no RSA key")
    return key
