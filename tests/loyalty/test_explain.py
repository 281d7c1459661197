"""B6: a stored decision, and a refusal, told to a cashier, to the customer and to a programmer."""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g

from app.errors import Refusal
from app.modules import loyalty
from app.modules.loyalty.ledger import explain
from app.modules.loyalty.ledger.explain import CASHIER, CUSTOMER, PROGRAMMER, say, summary
from app.modules.loyalty.ledger.explain.unavailable import REASONS
from app.modules.loyalty.rewards.rules import BelowMinimum, InsufficientPoints, RewardNotAvailable
from tests.cast import Chain

SALE = {"code": "sale", "amount_minor": 1_250, "vendor": "Kirchberg", "number": 3}
RATE = {"code": "rate", "category": None, "amount_minor": 1_250, "points": 1, "unit_minor": 100}
GOLD = {"code": "tier", "tier": "Gold", "multiplier_bp": 12_500}
ROUNDED = {"code": "rounded-down", "exact": "15.625", "points": 15}
BELOW = {"code": "below-minimum", "amount_minor": 499, "minimum_minor": 500, "missing_minor": 1}
MOVED = {"lifetime_points": 5_010, "multiplier_bp": 12_500}
BONUS = {"birthday": False, "categories": []}
RETURNED = {"code": "sale-returned", "sequence": 4, "of_minor": 1_250}
CARRIED = {"points": 40, "stamps": 3, "lifetime": 90, "purchases": 4, "status": "active"}
TAKEN = {"code": "points-taken-back", "share": 8, "of": 29}


@pytest.fixture
def at_home(app: Flask) -> Iterator[SimpleNamespace]:
    """A company's language and money, and nothing else of it."""
    with app.test_request_context():
        g.company = SimpleNamespace(currency="EUR", locale="en-GB", timezone="Europe/Luxembourg")
        yield g.company


# step: (to the cashier, to the customer)
TOLD: list[tuple[dict[str, Any], tuple[str, str]]] = [
    (SALE, ("Sale of €12.50 at Kirchberg", "You paid €12.50 at Kirchberg")),
    (SALE | {"vendor": ""}, ("Sale of €12.50", "You paid €12.50")),
    (RATE, ("€12.50 at 1 point for every €1.00: 12.5",) * 2),
    (RATE | {"unit_minor": 300}, ("€12.50 at 1 point for every €3.00: 4.166666…",) * 2),
    (
        RATE | {"code": "category-rate", "category": "coffee", "points": 2},
        ("€12.50 of coffee at 2 points for every €1.00: 25",) * 2,
    ),
    (GOLD, ("Gold: × 1.25", "You are Gold: × 1.25")),
    (
        BONUS | {"code": "bonus-percent", "percent_bp": 2_000, "name": "birthday", "birthday": 1},
        ("Birthday: 20% more", "Happy birthday: 20% more"),
    ),
    (
        BONUS
        | {"code": "bonus-percent", "percent_bp": 1_050, "name": "Bean week"}
        | {"categories": ["coffee", "tea"]},
        ("Bean week (coffee, tea): 10.5% more",) * 2,
    ),
    (
        BONUS | {"code": "bonus-points", "points": 1_500, "name": "Tenth visit"},
        ("Tenth visit: 1,500 points more",) * 2,
    ),
    (ROUNDED, ("15.625, rounded down once: 15",) * 2),
    (ROUNDED | {"exact": "12", "points": 12}, ("This makes 12 points",) * 2),
    (
        {"code": "capped", "cap": 50, "lost": 12},
        (
            "A sale gives 50 points at most: 12 over it",
            "One sale gives 50 points at most: 12 more would have come",
        ),
    ),
    (
        {"code": "rounds-to-nothing", "needed_minor": 80},
        ("Less than one point: at the usual rate it takes €0.80",) * 2,
    ),
    (
        {"code": "rounds-to-nothing", "needed_minor": None},
        ("At the usual rate no sale gives points",) * 2,
    ),
    (BELOW, ("Points begin at €5.00: €0.01 is missing",) * 2),
    ({"code": "empty-sale"}, ("Nothing was paid, so there are no points",) * 2),
    (
        {"code": "points-counted", "before": 1_071, "after": 1_086},
        ("1,071 → 1,086 points", "You now have 1,086 points"),
    ),
    (
        {"code": "points-counted", "before": 10, "after": -30},
        ("10 → −30 points", "30 points are owed: the next ones go there"),
    ),
    (
        MOVED | {"code": "tier-reached", "from": "Bronze", "to": "Silver"},
        (
            "Silver now, with 5,010 points collected: × 1.25 from the next sale",
            "You are Silver now: × 1.25 from the next sale",
        ),
    ),
    (
        MOVED | {"code": "tier-lost", "from": "Silver", "to": "Bronze", "multiplier_bp": 10_000},
        ("Bronze now, with 5,010 points collected", "You are Bronze again"),
    ),
    (
        MOVED | {"code": "tier-lost", "from": "Silver", "to": None, "multiplier_bp": 10_000},
        ("No tier any more, with 5,010 points collected", "You are no longer Silver"),
    ),
    (
        {"code": "no-stamp", "because": "cooldown", "retry_after_seconds": 372},
        ("No stamp with it: the next one in 6 min 12 s",) * 2,
    ),
    (
        {"code": "no-stamp", "because": "daily-cap", "given_today": 5, "max_daily_stamps": 5},
        ("No stamp with it: 5 of 5 today",) * 2,
    ),
    (
        {"code": "reward-redeemed", "reward": "Breakfast", "points": 400, "stamps": 2}
        | {"value_minor": 900},
        ("Breakfast, given for 400 points and 2 stamps", "Breakfast, for 400 points and 2 stamps"),
    ),
    (
        RETURNED | {"amount_minor": 640, "before_minor": 0, "whole": False},
        ("€6.40 of €12.50 returned",) * 2,
    ),
    (
        RETURNED | {"amount_minor": 610, "before_minor": 640, "whole": True},
        ("€6.10 returned, the rest of €12.50",) * 2,
    ),
    (
        RETURNED | {"amount_minor": 1_250, "before_minor": 0, "whole": True},
        ("€12.50 returned, the whole sale",) * 2,
    ),
    (TAKEN | {"expired": 0, "taken": 8, "debt": 0}, ("8 of its 29 points go back",) * 2),
    (
        TAKEN | {"expired": 3, "taken": 5, "debt": 2},
        (
            "8 of its 29 points go back; 3 had expired and are not taken again;"
            " 2 were spent already and are owed",
        )
        * 2,
    ),
    ({"code": "redemption-cancelled", "sequence": 4, "reward": "Tea"}, ("Tea, cancelled",) * 2),
    ({"code": "adjustment-cancelled", "sequence": 4}, ("A change made by hand, cancelled",) * 2),
    (
        {"code": "points-given-back", "points": 100, "repaid": 20},
        ("100 points come back; 20 repay what was owed",) * 2,
    ),
    ({"code": "points-given-back", "points": -100, "repaid": 0}, ("100 points go back",) * 2),
    (
        {"code": "debt-forgiven", "points": 30},
        ("30 points of debt are forgiven", "You owed 30 points: they are forgiven"),
    ),
    (
        {"code": "forgiveness-ended", "points": 30},
        ("30 forgiven points go again: the debt that they lifted is gone",) * 2,
    ),
    (
        {"code": "adjusted", "points": -50, "reason": "Till mistake"},
        ("50 points taken by hand: Till mistake", "The shop took 50 points back by hand"),
    ),
    (
        CARRIED | {"code": "merged-out", "into": "ABCDEFGHJKLM", "because": "merged"},
        ("Everything went to card ABCD-EFGH-JKLM",) * 2,
    ),
    (
        CARRIED | {"code": "merged-in", "from": "ABCDEFGHJKLM", "because": "undone"},
        ("Back from card ABCD-EFGH-JKLM: the two are apart again",) * 2,
    ),
    (
        CARRIED | {"code": "merged-in", "from": "ABCDEFGHJKLM", "because": "returned"},
        ("From card ABCD-EFGH-JKLM, for a return here",) * 2,
    ),
    (
        {
            "code": "tier-reviewed",
            "on": "2027-01-31",
            "since": "2026-01-31",
            "points": 6_000,
            "lifetime_points": 20_000,
            "laid_aside": 14_000,
        },
        ("Yearly review: 6,000 points since 31 January 2026",) * 2,
    ),
    ({"code": "approved", "staff": "17"}, ("A second person agreed",) * 2),
]


@pytest.mark.parametrize(("step", "sentences"), TOLD, ids=[step["code"] for step, _ in TOLD])
def test_B6_a_step_is_told_to_the_cashier_and_to_the_customer(
    at_home: SimpleNamespace, step: dict[str, Any], sentences: tuple[str, str]
) -> None:
    assert (say(step, CASHIER), say(step, CUSTOMER)) == sentences


def test_B6_a_programmer_is_told_the_figures_by_their_names_without_any_company() -> None:
    told = explain.told(BELOW)
    assert told["code"] == "below-minimum"
    assert told["figures"] == {"amount_minor": 499, "minimum_minor": 500, "missing_minor": 1}
    assert told["sentence"] == "amount_minor 499 < minimum_purchase_minor 500, missing 1"
    assert say(ROUNDED, PROGRAMMER) == "floor(15.625) = 15, the only rounding"


def test_B6_a_programmer_reads_no_None_where_a_sale_counts_as_no_purchase() -> None:
    assert say(SALE, PROGRAMMER) == "amount_minor 1250 at vendor Kirchberg, purchase 3"
    nothing = say(SALE | {"number": None}, PROGRAMMER)
    assert nothing == "amount_minor 1250 at vendor Kirchberg, no purchase"


def test_B6_money_and_numbers_are_the_companys(at_home: SimpleNamespace) -> None:
    at_home.locale, at_home.currency = "de-DE", "EUR"
    assert say(SALE, CUSTOMER) == "You paid 12,50\xa0€ at Kirchberg"
    assert say(ROUNDED, CUSTOMER).startswith("15,625,")
    at_home.currency = "JPY"
    assert "1.250\xa0¥" in say(SALE, CUSTOMER)


@pytest.mark.parametrize(
    ("steps", "cashier", "customer"),
    [
        (
            [SALE, RATE, GOLD, ROUNDED],
            "12.50 × 1.25 gold, rounded down once",
            "€12.50 × gold 1.25",
        ),
        ([SALE, RATE, ROUNDED | {"exact": "12"}], "12.50", "€12.50"),
        (
            [
                SALE,
                RATE | {"points": 2},
                GOLD | {"tier": "VIP"},
                BONUS | {"code": "bonus-percent", "name": "Bean week", "percent_bp": 1_000},
                BONUS | {"code": "bonus-points", "name": "Tenth visit", "points": 50},
                ROUNDED,
                {"code": "capped", "cap": 40, "lost": 9},
            ],
            "12.50 × 2 × 1.25 VIP + 10% Bean week + 50 Tenth visit, rounded down once, at most 40",
            "€12.50 × 2 × VIP 1.25 + 10% Bean week + 50 Tenth visit, at most 40",
        ),
        ([SALE, RATE | {"unit_minor": 1_000}], "12.50 ÷ 10", "€12.50 ÷ 10"),
        (
            [SALE | {"amount_minor": 499}, BELOW],
            "4.99, and points begin at €5.00",
            "€4.99, and points begin at €5.00",
        ),
        ([{"code": "debt-forgiven", "points": 1}], "1 point of debt is forgiven", None),
    ],
)
def test_B6_a_line_in_one_line(
    at_home: SimpleNamespace, steps: list[dict[str, Any]], cashier: str, customer: str | None
) -> None:
    assert summary(steps, CASHIER) == cashier
    if customer:
        assert summary(steps, CUSTOMER) == customer


# -- nothing is forgotten --------------------------------------------------------------------------


def _sources() -> Iterator[ast.Module]:
    folder = Path(str(loyalty.__file__)).parent
    for path in folder.rglob("*.py"):
        if not {"pages", "api", "explain"} & set(path.relative_to(folder).parts):
            yield ast.parse(path.read_text())


def _codes() -> set[str]:
    """Every code that a rule can write into a step: `{"code": "…"}`, whichever way it chooses
    among some, and handed to a function that makes the step."""
    return {code for tree in _sources() for code in _codes_in(tree)}


def _codes_in(tree: ast.Module) -> Iterator[str]:
    for maker in ast.walk(tree):
        if isinstance(maker, ast.FunctionDef):
            for value in _values_of_code(maker):
                yield from _words(value)
                if isinstance(value, ast.Name):
                    for call in ast.walk(tree):
                        if isinstance(call, ast.Call) and ast.unparse(call.func) == maker.name:
                            yield from (word for arg in call.args for word in _words(arg))


def _values_of_code(node: ast.AST) -> Iterator[ast.expr]:
    for made in ast.walk(node):
        if isinstance(made, ast.Dict):
            for name, value in zip(made.keys, made.values, strict=True):
                if isinstance(name, ast.Constant) and name.value == "code":
                    yield value


def _words(node: ast.AST) -> Iterator[str]:
    for word in ast.walk(node):
        if isinstance(word, ast.Constant) and isinstance(word.value, str):
            yield word.value


@pytest.mark.parametrize("voice", explain.VOICES)
def test_B6_every_step_that_a_rule_can_write_has_a_sentence_in_each_voice(voice: str) -> None:
    codes = _codes()
    assert {"sale", "tier-lost", "category-rate", "stamps-given", "debt-forgiven"} <= codes
    assert not codes - explain.VOICES[voice].keys()


def test_B6_no_sentence_waits_for_a_step_that_nobody_writes() -> None:
    assert not {code for voice in explain.VOICES.values() for code in voice} - _codes()


def _refusals() -> Iterator[type[Refusal]]:
    """Those of the verbs on a card."""
    found = [Refusal]
    for refusal in found:
        found += refusal.__subclasses__()
    for refusal in found:
        module = refusal.__module__.removeprefix(f"{loyalty.__name__}.")
        if module != refusal.__module__ and module.split(".")[0] not in ("pages", "programs"):
            yield refusal


def test_B6_every_refusal_of_a_card_has_its_words_and_what_would_make_it_a_yes() -> None:
    from app.modules.loyalty.ledger.explain.refusals import VOICES

    refusals = list(_refusals())
    assert len(refusals) >= 15
    for refusal in refusals:
        assert refusal.remedy, f"{refusal.code} has no remedy for a programmer"
        for voice in (CASHIER, CUSTOMER):
            assert refusal.code in VOICES[voice], f"{refusal.code} is not told to a {voice}"


def test_B6_a_refusal_says_why_and_what_would_make_it_a_yes(at_home: SimpleNamespace) -> None:
    no = InsufficientPoints("29 more to go.", needed=1_200, available=1_171, missing=29)
    assert explain.refused(no, CASHIER) == (
        "1,171 of 1,200 points are on the card.",
        "29 more points make it possible.",
    )
    assert explain.refused(no, PROGRAMMER) == (
        "29 more to go.",
        "Let the card collect the missing points.",
    )
    owed = InsufficientPoints("", needed=100, available=-30, missing=130)
    assert explain.refused(owed, CUSTOMER).why == "The card owes 30 points."
    below = BelowMinimum("", price=80, minimum_redemption_points=100)
    assert explain.refused(below, CASHIER) == (
        "It costs 80 points; redeeming begins at 100 points.",
        "A reward from 100 points on can be taken.",
    )
    unknown = Refusal("Something else.")
    assert explain.refused(unknown, CASHIER) == ("Something else.", "")


def test_B6_the_apis_problem_says_what_would_make_it_a_yes(chain: Chain) -> None:
    body = {"card": chain.card(), "vendor": chain.vendor.slug}
    chain.api.post("/stamps/add", body, key="1")
    problem = chain.api.post("/stamps/add", body, key="2").json
    assert problem["code"] == "cooldown"
    assert problem["remedy"] == "Wait retry_after_seconds, then send it again."
    assert "remedy" not in chain.api.get("/cards/none").json, "nothing would"


FIGURES = {
    "cooldown_minutes": 15,
    "retry_after_seconds": 372,
    "given_today": 3,
    "max_daily_stamps": 5,
    "available": 2,
    "requested": 3,
    "needed": 10,
    "missing": 8,
    "price": 80,
    "minimum_redemption_points": 100,
    "available_minor": 640,
    "original_minor": 1_250,
    "void_days": 30,
    "redeemable_until": "2026-12-31",
}


def test_B6_each_refusal_speaks_to_each_person_from_its_figures(at_home: SimpleNamespace) -> None:
    for refusal in _refusals():
        if refusal is not RewardNotAvailable:
            for voice in explain.VOICES:
                why, remedy = explain.refused(refusal("A sentence.", **FIGURES), voice)
                assert (why[-1:], remedy[-1:]) == (".", "."), refusal.code


@pytest.mark.parametrize("reason", REASONS)
def test_B6_a_reward_that_cannot_be_had_says_which_of_the_reasons_it_is(
    at_home: SimpleNamespace, reason: str
) -> None:
    days = {"valid_from": "2026-12-01", "valid_until": "2026-12-31"}
    no = RewardNotAvailable("", reason=reason, per_card_limit=1, had=1, **days)
    why, remedy = explain.refused(no, CASHIER)
    assert remedy
    others = {name: told(no.figures)[0] for name, told in REASONS.items() if name != reason}
    assert why not in others.values()


def test_B6_every_reason_of_an_unavailable_reward_is_told() -> None:
    raised = {
        keyword.value.value
        for tree in _sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "RewardNotAvailable"
        for keyword in node.keywords
        if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant)
    }
    assert raised == REASONS.keys()
