"""Google's REST interface: one call, one answer of `answers.py`. No caller may be inside a
transaction, nor inside a request; threads may share a client."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import httpx2

from config import Settings

from ..channels import GoogleKeys
from . import tokens
from .answers import Answer, Kind, of_response, unreached
from .pace import Pace

_TIMEOUT = httpx2.Timeout(6, connect=3)  # of a pass's 15 seconds two calls are made, at times
_LIMITS = httpx2.Limits(max_connections=32, keepalive_expiry=20)
pace = Pace()


@dataclass(frozen=True, slots=True)
class Client:
    """One account's way to the interface; `api` and `token_url` as the settings say them."""

    keys: GoogleKeys
    api: str
    token_url: str

    @classmethod
    def of(cls, keys: GoogleKeys, settings: Settings) -> Self:
        return cls(keys, settings.google_wallet_api, settings.google_token_url)

    def get(self, path: str) -> Answer:
        """`path` is below the interface's base, as in `/loyaltyObject`."""
        return self._call("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        return self._call("POST", path, body)

    def patch(self, path: str, body: dict[str, Any]) -> Answer:
        """What the body does not name stays; null takes away."""
        return self._call("PATCH", path, body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Answer:
        """A token that is accepted no longer is renewed once."""
        answer = self._once(method, path, body)
        if answer.kind is Kind.DEAD and answer.fault.startswith("401"):
            return self._once(method, path, body)
        return answer

    def _once(self, method: str, path: str, body: dict[str, Any] | None) -> Answer:
        token = tokens.token(self.keys, http(), self.token_url)
        if isinstance(token, Answer):
            return token
        if wait := pace.take(self.keys.issuer or self.keys.fingerprint):
            return Answer(Kind.LATER, "as many requests as Google allows are under way", after=wait)
        headers = {"Authorization": f"Bearer {token}"}
        try:
            response = http().request(method, self.api + path, json=body, headers=headers)
        except httpx2.HTTPError as fault:
            return unreached(fault)
        if response.status_code == 401:
            tokens.forget(self.keys, token)
        return of_response(response)


@lru_cache(maxsize=1)
def http() -> httpx2.Client:
    """One pool of connections in each process, made at the first call: no parent process makes
    one before it forks."""
    return httpx2.Client(timeout=_TIMEOUT, limits=_LIMITS, follow_redirects=False)


def close() -> None:
    """Let every connection go."""
    http().close()
    http.cache_clear()
