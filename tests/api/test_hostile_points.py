"""Points, rewards and returns under hostile values, and under another company's names."""

import json
from typing import Any

import pytest

from tests.api.asking import balance, earned, problem, reward, written
from tests.cast import Chain

MOST = 10**12
# Every number that counts money or points, under every path that takes one.
NUMBERS = [
    ("/points/earn", "amount_minor"),
    ("/points/preview", "amount_minor"),
    ("/points/adjust", "points"),
    ("/rewards", "points"),
    ("/rewards", "value_minor"),
    ("/transactions/{line}/void", "amount_minor"),
    ("/transactions/{line}/void/preview", "amount_minor"),
]
NO_INTEGERS = ["1.0", "1e2", '"100"', "true", "1e400", "-0.0", "[1]", '{"a": 1}', str(2**70)]
VALUES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a negative amount": ({"amount_minor": -1}, ["amount_minor"]),
    "more than there is": ({"amount_minor": MOST + 1}, ["amount_minor"]),
    "no card": ({"card": None}, ["card"]),
    "a shop that is not there": ({"vendor": "elsewhere"}, ["vendor"]),
    "an unknown category": ({"category": "wine"}, ["category"]),
    "an empty category": ({"category": ""}, ["category"]),
    "two lines of category": ({"category": "a\nb"}, ["category"]),
    "a long reference": ({"reference": "x" * 121}, ["reference"]),
    "no list": ({"lines": {}}, ["lines"]),
    "201 lines": ({"lines": [{"amount_minor": 1}] * 201}, ["lines"]),
    "lines of nothing": ({"lines": [{}]}, ["lines.0.amount_minor"]),
    "a float in a line": ({"lines": [{"amount_minor": 1.0}]}, ["lines.0.amount_minor"]),
    "a line of less than nothing": ({"lines": [{"amount_minor": -1}]}, ["lines.0.amount_minor"]),
    "more together": (
        {"amount_minor": None, "lines": [{"amount_minor": MOST}, {"amount_minor": 1}]},
        ["amount_minor"],
    ),
    "two that do not agree": ({"lines": [{"amount_minor": 1}]}, ["lines"]),
    "a field nobody knows": ({"points": 5}, ["points"]),
    "a company": ({"company_id": "1"}, ["company_id"]),
    "many at once": (
        {"card": 7, "vendor": "", "amount_minor": "1", "reference": "", "x": 1},
        ["amount_minor", "card", "reference", "vendor", "x"],
    ),
}


@pytest.fixture(scope="module")
def scene(app: Any) -> tuple[Chain, str, str]:
    """A company, a card with a sale on it, and that sale's line. Nothing here may change it."""
    chain = Chain.open(app, loyalty_type="points")
    card = chain.card()
    return chain, card, earned(chain, card, 50_000)["transaction_id"]


@pytest.mark.parametrize(("path", "field"), NUMBERS)
def test_only_integers_count_money_and_points(
    scene: tuple[Chain, str, str], path: str, field: str
) -> None:
    chain, card, line = scene
    bodies: dict[str, dict[str, Any]] = {
        "/points/earn": {"card": card, "vendor": "old-town"},
        "/points/preview": {"card": card, "vendor": "old-town"},
        "/points/adjust": {"card": card, "reason": "r"},
        "/rewards": {"name": "Coffee", "stamps": 1},
        "/transactions/{line}/void": {"reason": "r"},
    }
    body = json.dumps(bodies.get(path, {}) | {field: "NUMBER"})
    for number in NO_INTEGERS:
        raw = body.replace('"NUMBER"', number)
        answer = chain.api.post(path.format(line=line), raw.encode())
        assert list(problem(answer, 422, "validation")["errors"]) == [field], number
    assert len(chain.lines(card)) == 1


@pytest.mark.parametrize("name", VALUES)
def test_a_sale_that_does_not_fit_names_every_field_and_writes_nothing(
    scene: tuple[Chain, str, str], name: str
) -> None:
    chain, card, _ = scene
    values, fields = VALUES[name]
    body = {"card": card, "vendor": "old-town", "amount_minor": 100, "reference": "a"} | values
    for path in ("/points/earn", "/points/preview"):
        told = problem(chain.api.post(path, body), 422, "validation")
        assert sorted(told["errors"]) == fields
        assert all(isinstance(words, str) and words for words in told["errors"].values())
    assert len(chain.lines(card)) == 1


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"points": 0}, ["points"]),
        ({"points": 10**9 + 1}, ["points"]),
        ({"points": -(10**9) - 1}, ["points"]),
        ({"reason": None}, ["reason"]),
        ({"reason": ""}, ["reason"]),
        ({"reason": "\t"}, ["reason"]),
        ({"reason": "x" * 201}, ["reason"]),
        ({"card": [], "points": None, "reason": 1}, ["card", "points", "reason"]),
    ],
)
def test_an_adjustment_that_does_not_fit_is_named(
    scene: tuple[Chain, str, str], body: dict[str, Any], fields: list[str]
) -> None:
    chain, card, _ = scene
    asked = {"card": card, "points": 1, "reason": "r"} | body
    told = problem(chain.api.post("/points/adjust", asked), 422, "validation")
    assert sorted(told["errors"]) == fields
    assert len(chain.lines(card)) == 1


def test_the_largest_amount_is_counted_exactly(scene: tuple[Chain, str, str]) -> None:
    chain, _, _ = scene
    body = {"card": chain.card(), "vendor": "old-town", "amount_minor": MOST}
    told = problem(chain.api.post("/points/earn", body), 422, "validation")
    assert list(told["errors"]) == ["amount_minor"]  # ten thousand million points: no line of it
    line = written(chain.api.post("/points/earn", body | {"amount_minor": 10**11 - 1}))
    assert line["points"] == 10**9 - 1


# -- another company's names ----------------------------------------------------------------------


def test_C3_another_companys_line_reward_and_card_are_like_unknown_ones(
    chain: Chain, other_chain: Chain
) -> None:
    for each in (chain, other_chain):
        each.publish(loyalty_type="points")
    card, theirs = chain.card(), other_chain.card()
    earned(chain, card, 50_000)
    line = earned(other_chain, theirs, 50_000)["transaction_id"]
    gift = reward(other_chain)
    nobody, nothing = "0" * 11 + "1", "7"
    at = {"vendor": "old-town"}

    def asks(number: str, line: str, gift: str) -> list[Any]:
        return [
            chain.api.post("/points/earn", at | {"card": number, "amount_minor": 1}),
            chain.api.post("/points/preview", at | {"card": number, "amount_minor": 1}, key=""),
            chain.api.post("/points/adjust", {"card": number, "points": 1, "reason": "r"}),
            chain.api.post("/rewards/redeem", at | {"card": number, "reward": gift}),
            chain.api.post("/rewards/redeem", at | {"card": card, "reward": gift}),
            chain.api.get(f"/cards/{number}/rewards"),
            chain.api.post(f"/cards/{number}/replace"),
            chain.api.get(f"/transactions/{line}"),
            chain.api.post(f"/transactions/{line}/void", {"reason": "r"}),
            chain.api.post(f"/transactions/{line}/void/preview", {}, key=""),
            chain.api.get(f"/rewards/{gift}"),
            chain.api.patch(f"/rewards/{gift}", {"points": 1}),
        ]

    foreign, unknown = asks(theirs, line, gift), asks(nobody, nothing, nothing)
    for answer, like in zip(foreign, unknown, strict=True):
        problem(answer, 404, "not-found")
        assert answer.data == like.data
    assert (balance(chain, card), balance(other_chain, theirs)) == (500, 500)
    assert len(other_chain.lines(theirs)) == 1
    assert other_chain.api.get(f"/rewards/{gift}").json["points"] == 100
    assert chain.api.get("/rewards").json["items"] == []


def test_C3_another_companys_shop_is_like_an_unknown_one(chain: Chain, other_chain: Chain) -> None:
    from app.accounts import vendors

    chain.publish(loyalty_type="points")
    with other_chain.acting() as session:
        slug = vendors.create(slug=f"x-{other_chain.slug}", name="X", timezone="UTC").slug
        session.commit()
    card, gift = chain.card(), reward(chain)
    before = chain.api.get("/program").json

    def asks(slug: str) -> list[Any]:
        sale = {"card": card, "vendor": slug, "amount_minor": 1}
        bonus = {"name": "b", "points": 1, "vendors": [slug]}
        return [
            chain.api.post("/points/earn", sale),
            chain.api.post("/points/preview", sale, key=""),
            chain.api.post("/rewards/redeem", {"card": card, "vendor": slug, "reward": gift}),
            chain.api.post("/rewards", {"name": "R", "points": 1, "vendors": [slug]}),
            chain.api.patch(f"/rewards/{gift}", {"vendors": [slug]}),
            chain.api.patch("/program", {"bonuses": [bonus]}),
            chain.api.get(f"/cards/{card}/rewards", vendor=slug),
        ]

    unknown = slug.replace("x-", "y-", 1)
    for answer, like in zip(asks(slug), asks(unknown), strict=True):
        problem(answer, 422, "validation")
        assert answer.text.replace(slug, "") == like.text.replace(unknown, "")
    assert chain.lines(card) == []
    assert len(chain.api.get("/rewards").json["items"]) == 1
    assert chain.api.get("/program").json == before
