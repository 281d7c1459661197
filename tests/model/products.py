"""The product, as the driver asks it: over the API's wire, or by its services in this process.

A call takes a verb with the model's own arguments and answers `(refusal's code or None, body)`.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.accounts.actors import Actor
from app.errors import Refusal
from app.idempotency import Posted
from app.modules.loyalty import accrual, adjustments, programs, returns, rewards
from app.modules.loyalty.accrual.points import SaleLine
from app.modules.loyalty.programs import bonuses
from app.modules.loyalty.programs.rules import Tier
from tests.cast import Answer, Api, Chain

Told = tuple[str | None, dict[str, Any]]


@dataclass
class OverApi:
    """Each verb as the partner's request. With `twice`, every write is sent again under its key:
    the same bytes come back, and the key refuses any other request."""

    chain: Chain
    api: Api
    twice: Callable[[], bool] = lambda: False
    replayed: int = field(default=0, init=False)

    def __call__(self, verb: str, **asked: Any) -> Told:
        if verb == "publish" and "bonuses" in asked:
            asked["bonuses"] = [dict(bonus) for bonus in asked["bonuses"]]
        method, path, body = _REQUESTS[verb](**asked)
        key = secrets.token_hex(8)
        answer = self.api.send(method, path, body, key=key)
        assert answer.status_code < 500, answer.text
        if answer.status_code < 300 and verb not in ("preview", "tiers") and self.twice():
            self._again(method, path, body, key, answer)
        return _told(answer)

    def _again(self, method: str, path: str, body: Any, key: str, first: Answer) -> None:
        again = self.api.send(method, path, body, key=key)
        assert (again.status_code, again.data) == (first.status_code, first.data), again.text
        assert again.headers["Idempotent-Replay"] == "true"
        other = self.api.send("POST", "/stamps/redeem", {"card": "0", "vendor": "other"}, key=key)
        assert other.json["code"] == "idempotency-mismatch", other.text
        self.replayed += 1


def _told(answer: Answer) -> Told:
    return (None if answer.status_code < 300 else answer.json["code"]), answer.json


def _sale(number: str, shop: str, **sale: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"card": number, "vendor": shop}
    if sale.get("amount") is not None:
        body["amount_minor"] = sale["amount"]
    if sale.get("category") is not None:
        body["category"] = sale["category"]
    if sale.get("lines"):
        body["lines"] = [_line(amount, category) for amount, category in sale["lines"]]
    return body


def _line(amount: int, category: str | None) -> dict[str, Any]:
    return {"amount_minor": amount} | ({"category": category} if category else {})


_REQUESTS: dict[str, Callable[..., tuple[str, str, Any]]] = {
    "enrol": lambda shop, **person: (
        "POST",
        "/cards",
        person | {"vendor": shop, "terms_accepted": True},
    ),
    "earn": lambda number, shop, **sale: ("POST", "/points/earn", _sale(number, shop, **sale)),
    "preview": lambda number, shop, **sale: (
        "POST",
        "/points/preview",
        _sale(number, shop, **sale),
    ),
    "stamp": lambda number, shop, quantity: (
        "POST",
        "/stamps/add",
        {"card": number, "vendor": shop, "quantity": quantity},
    ),
    "redeem_stamps": lambda number, shop: (
        "POST",
        "/stamps/redeem",
        {"card": number, "vendor": shop},
    ),
    "redeem": lambda number, reward, shop: (
        "POST",
        "/rewards/redeem",
        {"card": number, "reward": reward, "vendor": shop},
    ),
    "adjust": lambda number, points: (
        "POST",
        "/points/adjust",
        {"card": number, "points": points, "reason": "model"},
    ),
    "void": lambda line, amount=None: (
        "POST",
        f"/transactions/{line}/void",
        {"reason": "model"} | ({} if amount is None else {"amount_minor": amount}),
    ),
    "block": lambda number, blocked: (
        "POST",
        f"/cards/{number}/{'block' if blocked else 'unblock'}",
        {},
    ),
    "replace": lambda number: ("POST", f"/cards/{number}/replace", {}),
    "publish": lambda **rules: ("PATCH", "/program", rules),
    "switch": lambda active, redeemable_until=None: (
        "PATCH",
        "/program",
        {"active": active}
        | ({"redeemable_until": redeemable_until.isoformat()} if redeemable_until else {}),
    ),
    "tiers": lambda tiers: ("PUT", "/tiers", tiers),
    "reward": lambda name, points, stamps=0: (
        "POST",
        "/rewards",
        {"name": name, "points": points} | ({"stamps": stamps} if stamps else {}),
    ),
}


class ByService:
    """Each verb by the services that pages and API call; the edge commits, as they do."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    def __call__(self, verb: str, **asked: Any) -> Told:
        if verb in ("enrol", "block", "replace"):
            return OverApi(self.chain, self.chain.api)(verb, **asked)
        with self.chain.acting() as session:
            try:
                found = getattr(self, f"_{verb}")(**asked)
                session.commit()
            except Refusal as no:
                return no.code, dict(no.figures)
        return None, json.loads(found.body) if isinstance(found, Posted) else found

    def _earn(self, number: str, shop: str, **sale: Any) -> Posted:
        amount, words = _words(sale)
        return accrual.earn(number, amount, by=_at(shop), attempt=None, **words)

    def _preview(self, number: str, shop: str, **sale: Any) -> dict[str, Any]:
        amount, words = _words(sale)
        return accrual.preview(number, amount, by=_at(shop), **words)[0].told

    def _stamp(self, number: str, shop: str, quantity: int) -> Posted:
        return accrual.add_stamps(number, quantity, by=_at(shop), attempt=None)

    def _redeem_stamps(self, number: str, shop: str) -> Posted:
        return rewards.redeem_stamps(number, by=_at(shop), attempt=None)

    def _redeem(self, number: str, reward: str, shop: str) -> Posted:
        return rewards.redeem(number, int(reward), by=_at(shop), attempt=None)

    def _adjust(self, number: str, points: int) -> Posted:
        return adjustments.adjust(number, points, "model", by=Actor("model"), attempt=None)

    def _void(self, line: str, amount: int | None = None) -> Posted:
        return returns.void(int(line), by=Actor("model"), attempt=None, amount_minor=amount)

    def _publish(self, **rules: Any) -> dict[str, Any]:
        if "bonuses" in rules:
            rules["bonuses"] = tuple(bonuses.of_values(bonus) for bonus in rules["bonuses"])
        return {"revision": programs.publish(rules).number}

    def _tiers(self, tiers: list[dict[str, Any]]) -> dict[str, Any]:
        return {"revision": programs.publish({"tiers": tuple(Tier(**t) for t in tiers)}).number}

    def _switch(self, **state: Any) -> dict[str, Any]:
        programs.switch(**state)
        return {}

    def _reward(self, name: str, points: int, stamps: int = 0) -> dict[str, Any]:
        asked = {"name": name, "points": points, "stamps": stamps}
        made = rewards.catalogue.create(asked, by=Actor("model"))
        return {"id": str(made.id)}


def _words(sale: dict[str, Any]) -> tuple[int | None, dict[str, Any]]:
    lines = [SaleLine(amount, category) for amount, category in sale.get("lines") or []]
    return sale.get("amount"), {"category": sale.get("category"), "lines": lines or None}


def _at(shop: str) -> Actor:
    return Actor("model", vendor_slug=shop)
