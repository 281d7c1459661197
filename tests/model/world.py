"""Product and model side by side: each verb is played to both, and every figure compared."""

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app import clock
from app.accounts.vendors import Vendor
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.ledger import PointLot
from tests.cast import Chain

from .books import SHOWN, Card, No
from .products import Told
from .programme import Programme

Clock = Callable[[datetime], AbstractContextManager[None]]


class World:
    """`play` raises AssertionError with the story so far where the two differ. The product may
    live `late` by so many seconds: then waits that it tells may be as much shorter."""

    def __init__(
        self, chain: Chain, product: Callable[..., Told], *, at: Clock = clock.at, late: int = 0
    ) -> None:
        with chain.acting() as session:  # two shops whose days begin half a day apart
            shop = session.get_one(Vendor, (chain.company_id, chain.second_vendor.id))
            shop.timezone = chain.second_vendor.timezone = "Pacific/Auckland"
            session.commit()
        shown = chain.api.get("/program").json
        rules = {"bonuses": []} | shown
        shops = [chain.vendor, chain.second_vendor]
        zones = {shop.slug: shop.timezone for shop in shops}
        self.chain, self.product, self.at, self.late = chain, product, at, late
        self.model = Programme(zones, chain.vendor.timezone, rules, shown["revision"])
        self.ids: dict[tuple[str, int], str] = {}
        self.seed: int | None = None
        self.story: list[str] = []
        self.verdicts: dict[str, int] = {}

    def play(self, verb: str, now: datetime, **asked: Any) -> str | None:
        """The refusal both gave, or None; the whole state of the card is compared after it."""
        self.story.append(f"{now:%Y-%m-%dT%H:%M:%S.%f} {verb} {asked}")
        with self.at(now):
            code = getattr(self, f"_play_{verb}", self._play_verb)(verb, now, **asked)
        told = f"{verb}: {code or 'done'}"
        self.verdicts[told] = self.verdicts.get(told, 0) + 1
        return code

    # -- verbs ------------------------------------------------------------------------------------

    def _play_verb(self, verb: str, now: datetime, number: str, **asked: Any) -> str | None:
        """One that is about a card, at a shop."""
        got = self.product(verb, number=number, **asked)
        code = self._same(got, lambda: getattr(self.model, verb)(number, now=now, **asked))
        if verb != "preview":
            self._same_card(number)
        return code

    def _play_adjust(self, verb: str, now: datetime, number: str, points: int) -> str | None:
        got = self.product(verb, number=number, points=points)
        code = self._same(got, lambda: self.model.adjust(number, points, now))
        self._same_card(number)
        return code

    def _play_void(
        self, verb: str, now: datetime, number: str, sequence: int, amount: int | None = None
    ) -> str | None:
        got = self.product(verb, line=self.ids[number, sequence], amount=amount)
        code = self._same(got, lambda: self.model.void(number, sequence, now, amount))
        self._same_card(number)
        return code

    def _play_enrol(
        self, verb: str, now: datetime, shop: str, born: date | None = None
    ) -> str | None:
        person = {"email": f"m-{secrets.token_hex(6)}@example.org"}
        if born:
            person["birthday"] = born.isoformat()
        code, body = self.product(verb, shop=shop, **person)
        if self._same((code, {}), self.model.may_enrol) is None:
            self.model.enrol(body["number"], shop, now, born)
            self._same_card(body["number"])
        return code

    def _play_block(self, verb: str, now: datetime, number: str, blocked: bool) -> str | None:
        got = self.product(verb, number=number, blocked=blocked)
        code = self._same(got, lambda: self.model.block(number, blocked))
        self._same_card(number)
        return code

    def _play_replace(self, verb: str, now: datetime, number: str) -> str | None:
        code, body = self.product(verb, number=number)
        assert code is None, self._told(f"replace was refused: {code}")
        new = body["number"]
        self.model.replace(number, new)
        for card, sequence in [key for key in self.ids if key[0] == number]:
            self.ids[new, sequence] = self.ids.pop((card, sequence))
        assert self.chain.api.get(f"/cards/{number}").status_code == 404
        self._same_card(new)
        return None

    def _play_publish(self, verb: str, now: datetime, **rules: Any) -> str | None:
        return self._same(self.product(verb, **rules), lambda: self.model.publish(**rules))

    def _play_tiers(self, verb: str, now: datetime, tiers: list[dict[str, Any]]) -> str | None:
        code, _ = self.product(verb, tiers=tiers)
        return self._same((code, {}), lambda: self.model.publish(tiers=tiers))

    def _play_switch(self, verb: str, now: datetime, **state: Any) -> str | None:
        code, _ = self.product(verb, **state)
        return self._same((code, {}), lambda: self.model.switch(**state))

    def _play_reward(self, verb: str, now: datetime, name: str, points: int, stamps: int) -> None:
        code, body = self.product(verb, name=name, points=points, stamps=stamps)
        assert code is None, self._told(f"a reward was refused: {code}")
        self.model.rewards[body["id"]] = {"points": points, "stamps": stamps}

    # -- comparing --------------------------------------------------------------------------------

    def _same(self, got: Told, expect: Callable[[], Any]) -> str | None:
        """The refusal's code where both refuse alike; the answers' figures are compared."""
        code, body = got
        try:
            expected, wanted = expect() or {}, None
        except No as no:
            expected, wanted = no.figures, no.code
        assert code == wanted, self._told(f"product: {code or body}, model: {wanted or expected}")
        shown = {name: body.get(name) for name in expected}
        if wait := expected.get("retry_after_seconds"):
            assert abs(wait - shown.pop("retry_after_seconds")) <= self.late, self._told(str(body))
            expected = {}
        assert shown == expected, self._told(f"product: {shown}, model: {expected}")
        return code

    def _same_card(self, number: str) -> None:
        """The card as it is shown, the lines that were written, and the lots."""
        if number not in self.model.cards:
            return
        card = self.model.cards[number]
        shown, expected = self.chain.api.get(f"/cards/{number}").json, self.model.card(number)
        got = {name: shown.get(name) for name in expected}
        assert got == expected, self._told(f"card: product {got}, model {expected}")
        known = max((n for own, n in self.ids if own == number), default=0)
        path = f"/cards/{number}/transactions"
        lines = self.chain.api.get(path, after=known, limit=200).json["items"]
        wanted = [line.told() for line in card.lines[known:]]
        written = [{name: line[name] for name in (*SHOWN, "business_day")} for line in lines]
        assert written == wanted, self._told(f"lines: product {written}, model {wanted}")
        self.ids |= {(number, line["sequence"]): line["transaction_id"] for line in lines}
        lots = [(lot.granted, lot.left) for lot in card.lots]
        assert self._lots(card) == lots, self._told(f"lots: {self._lots(card)}, model {lots}")

    def _lots(self, card: Card) -> list[tuple[int, int]]:
        with self.chain.acting() as session:
            rows = session.execute(
                select(PointLot.granted, PointLot.remaining)
                .join(LoyaltyCard, LoyaltyCard.id == PointLot.card_id)
                .where(LoyaltyCard.number == card.number)
                .order_by(PointLot.granted_on, PointLot.id)
            )
            return [(granted, left) for granted, left in rows]

    def _told(self, difference: str) -> str:
        return "\n".join([f"seed {self.seed}: {difference}", "after:", *self.story[-12:]])
