"""Google: a service account, as its JSON file says it, and the issuer on whose behalf it acts."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from flask_babel import gettext as _

from .findings import FAULT, OK, UNREADABLE, Finding, of_key, shown

# What is used of the file; where the token comes from is a setting of ours.
_KEPT = ("type", "client_email", "private_key", "private_key_id", "project_id")
_ADDRESS = re.compile(r"[^@\s]{1,100}@[^@\s]{1,150}")
_ISSUER = re.compile(r"[0-9]{1,30}")


def read(content: bytes) -> dict[str, Any] | None:
    """What the file says of what is used; None where it is not a JSON object."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    return {name: told[name] for name in _KEPT if isinstance(told.get(name), str)}


def examine(account: Mapping[str, Any], issuer: str | None) -> list[Finding]:
    """Every check, in order. Without an issuer it is asked for on the way: a warning."""
    return [*_of_account(account), _of_issuer(issuer)]


def usable(account: Mapping[str, Any]) -> bool:
    """Whether a token can be asked for with it."""
    return _sound(json.dumps(account, sort_keys=True))


@lru_cache(maxsize=64)
def _sound(account: str) -> bool:
    return all(finding.state != FAULT for finding in _of_account(json.loads(account)))


def _of_account(account: Mapping[str, Any]) -> Iterator[Finding]:
    kind, address = str(account.get("type", "")), str(account.get("client_email", ""))
    if kind == "service_account":
        yield Finding("account", OK, _("It is a service account."))
    else:
        told = _("The file’s “type” is %(got)s, expected “service_account”.", got=shown(kind))
        yield Finding("account", FAULT, told)
    if _ADDRESS.fullmatch(address):
        yield Finding("account", OK, _("The account is %(address)s.", address=shown(address)))
    else:
        told = _(
            "The file’s “client_email” is %(got)s, expected the account’s address.",
            got=shown(address),
        )
        yield Finding("account", FAULT, told)
    yield _of_key(account.get("private_key"))


def _of_key(text: object) -> Finding:
    try:
        key = serialization.load_pem_private_key(str(text).encode(), None)
    except UNREADABLE:
        told = _("The file’s “private_key” cannot be read, expected PEM without a passphrase.")
        return Finding("account", FAULT, told)
    found = of_key(key)
    return Finding("account", found.state, found.sentence)


def _of_issuer(issuer: str | None) -> Finding:
    if issuer is None:
        told = _("No issuer is named: the one that the account sees is used.")
        return Finding("issuer", OK, told)
    if _ISSUER.fullmatch(issuer):
        return Finding("issuer", OK, _("The issuer is %(issuer)s.", issuer=issuer))
    told = _("The issuer is %(got)s, expected its number, digits alone.", got=shown(issuer))
    return Finding("issuer", FAULT, told)
