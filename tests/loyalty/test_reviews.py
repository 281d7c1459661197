"""B3: the yearly review of tiers equals the rule worked out by hand, whatever happens between."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app import clock, tenancy, verify
from app.accounts.actors import Actor
from app.extensions import db
from app.modules.loyalty import accrual, merging, returns, reviews
from app.modules.loyalty.api.answers import Card as CardAnswer
from app.modules.loyalty.ledger.tiers import is_review
from app.modules.loyalty.programs import Tier
from app.modules.loyalty.reviews import rules, service
from app.outbox import OutboxEvent
from tests.cast import Chain
from tests.loyalty.ground import CARD, RULES
from tests.races.points import PLAIN
from tests.races.scenarios import together

LADDER = (
    Tier("Bronze", 0, 10_000),
    Tier("Silver", 50, 10_000),
    Tier("Gold", 150, 10_000),
    Tier("Platinum", 500, 10_000),
)
PLAIN_TIERS = PLAIN | {"tiers": LADDER}
OFFICE = Actor("office", user_id=1)
DAY = timedelta(days=1)


def on(day: date) -> Any:
    return clock.at(datetime.combine(day, time(11, 0), UTC))


def earn(chain: Chain, number: str, points: int, day: date) -> int:
    with on(day), chain.acting() as session:
        posted = accrual.earn(number, points, by=chain.actor, attempt=None)
        session.commit()
    return posted.transaction_id


def hold(chain: Chain, day: date, **how: Any) -> reviews.Outcome:
    with on(day), chain.acting():
        return reviews.review(**how)


def tier(chain: Chain, number: str) -> str:
    answer = chain.api.get(f"/cards/{number}").json
    CardAnswer.model_validate(answer)
    return str(answer["tier"]["name"] if isinstance(answer["tier"], dict) else answer["tier"])


def clean(chain: Chain) -> bool:
    with chain.app.app_context():
        return list(verify.breaches(chain.company_id)) == []


@pytest.fixture
def yearly(chain: Chain) -> Chain:
    """Reviewed each 31 January since long."""
    with on(date(2020, 1, 1)):
        chain.publish(**PLAIN_TIERS, tier_review_on="01-31")
    return chain


# -- the rule -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month_day", "today", "since", "reviewed_on"),
    [
        ("01-31", date(2027, 1, 31), date(2026, 1, 31), date(2027, 1, 31)),
        ("01-31", date(2027, 1, 30), date(2025, 1, 31), date(2026, 1, 31)),
        ("12-31", date(2027, 1, 1), date(2025, 12, 31), date(2026, 12, 31)),
        ("02-29", date(2024, 2, 29), date(2023, 2, 28), date(2024, 2, 29)),
        ("02-29", date(2025, 2, 27), date(2023, 2, 28), date(2024, 2, 29)),
        ("02-29", date(2025, 2, 28), date(2024, 2, 29), date(2025, 2, 28)),
        ("02-28", date(2024, 2, 29), date(2023, 2, 28), date(2024, 2, 28)),
        ("03-01", date(2024, 2, 29), date(2022, 3, 1), date(2023, 3, 1)),
    ],
)
def test_a_review_looks_at_the_twelve_months_before_its_day(
    month_day: str, today: date, since: date, reviewed_on: date
) -> None:
    assert rules.period_of(month_day, today) == rules.Period(since, reviewed_on)


@pytest.mark.parametrize(
    ("lifetime", "aside", "before", "to", "laid"),
    [
        (20_000, 0, 14_000, "Silver", 14_000),  # 6,000 in the year
        (20_000, 0, 5_000, None, 0),  # 15,000 in the year: gold stays, and nothing is laid aside
        (20_000, 0, 20_000, "Bronze", 20_000),
        (22_000, 14_000, 20_000, "Bronze", 20_000),  # silver by 8,000 since; 2,000 in the year
        (30_000, 14_000, 13_000, None, 0),  # never back up by a review
        (4_999, 0, 4_999, None, 0),
        (15_000, 0, 16_000, "Bronze", 16_000),  # returns took more than the year gave
    ],
)
def test_B3_a_review_lowers_to_the_highest_threshold_of_its_year(
    lifetime: int, aside: int, before: int, to: str | None, laid: int
) -> None:
    card = replace(CARD, lifetime_points=lifetime, laid_aside=aside)
    period = rules.Period(date(2026, 1, 1), date(2027, 1, 1))
    decision = rules.reviewed(card, before, RULES, period)
    assert (decision.steps[1]["to"] if decision else None) == to
    if decision:
        assert decision.steps[0]["laid_aside"] == laid
        assert decision.events == ("tier.changed",)
        assert (decision.points, decision.stamps, decision.lifetime) == (0, 0, 0)


# -- one card -------------------------------------------------------------------------------------


def test_B3_the_tier_falls_at_the_review_and_rises_by_earning(yearly: Chain) -> None:
    with on(date(2024, 5, 1)):
        number = yearly.card()
    earn(yearly, number, 140, date(2025, 5, 1))
    earn(yearly, number, 60, date(2026, 2, 1))
    assert hold(yearly, date(2026, 1, 31)).lowered == 0  # 140 of its year: silver by then too
    assert tier(yearly, number) == "Gold"
    foretold = hold(yearly, date(2027, 1, 31), dry_run=True)
    outcome = hold(yearly, date(2027, 1, 31))
    assert foretold == outcome
    assert (outcome.on, outcome.cards, outcome.lowered) == (date(2027, 1, 31), 1, 1)
    line = yearly.lines(number)[-1]
    assert (line.type, line.points, line.lifetime_after) == ("points_adjusted", 0, 200)
    reviewed, moved = line.steps
    assert (reviewed["since"], reviewed["points"], reviewed["laid_aside"]) == (
        "2026-01-31", 60, 140,
    )  # fmt: skip
    assert (moved["code"], moved["from"], moved["to"]) == ("tier-lost", "Gold", "Silver")
    assert tier(yearly, number) == "Silver"
    earn(yearly, number, 89, date(2027, 3, 1))
    assert tier(yearly, number) == "Silver"
    earn(yearly, number, 1, date(2027, 3, 2))
    assert tier(yearly, number) == "Gold"
    assert clean(yearly)


def told(chain: Chain) -> Counter[str]:
    """The events of tiers and adjustments, by kind."""
    kinds = ("tier.changed", "points.adjusted")
    query = select(OutboxEvent.kind, func.count()).where(OutboxEvent.kind.in_(kinds))
    with chain.acting() as session:
        return Counter(dict(session.execute(query.group_by(OutboxEvent.kind)).all()))


def test_B3_one_notice_each_and_held_once(yearly: Chain) -> None:
    with on(date(2024, 5, 1)):
        number = yearly.card()
    earn(yearly, number, 200, date(2025, 5, 1))
    before = told(yearly)
    assert hold(yearly, date(2027, 2, 3)).lowered == 1  # a few nights late
    for day in (date(2027, 2, 3), date(2027, 2, 4), date(2028, 1, 30)):
        assert hold(yearly, day) == reviews.Outcome()
    assert told(yearly) - before == Counter({"tier.changed": 1, "points.adjusted": 1})
    assert hold(yearly, date(2028, 1, 31)) == reviews.Outcome(on=date(2028, 1, 31))


def test_a_return_between_reviews_waits_for_the_next(yearly: Chain) -> None:
    """What was held is held: a card that was kept is not judged again by the same review."""
    with on(date(2026, 2, 1)):
        number = yearly.card()
    old = earn(yearly, number, 100, date(2026, 2, 1))
    earn(yearly, number, 100, date(2026, 6, 1))
    assert hold(yearly, date(2027, 1, 31)).lowered == 0
    with on(date(2027, 2, 1)), yearly.acting() as session:
        returns.void(old, by=OFFICE, attempt=None, amount_minor=40)
        session.commit()
    assert hold(yearly, date(2027, 2, 2)) == reviews.Outcome()
    assert tier(yearly, number) == "Gold"


def test_never_and_a_policy_younger_than_its_day_review_nobody(chain: Chain) -> None:
    with on(date(2024, 5, 1)):
        chain.publish(**PLAIN_TIERS)
        number = chain.card()
    earn(chain, number, 200, date(2024, 5, 1))
    assert hold(chain, date(2027, 1, 31)) == reviews.Outcome()
    with on(date(2027, 1, 31)):
        chain.publish(tier_review_on="01-31")
    assert hold(chain, date(2027, 1, 31)) == reviews.Outcome()
    with on(date(2027, 6, 1)):
        chain.publish(stamps_target=9)  # another rule: the review was announced in January
    assert hold(chain, date(2028, 1, 30)) == reviews.Outcome()
    assert hold(chain, date(2028, 1, 31)).lowered == 1


def test_a_review_is_no_adjustment_that_can_be_taken_back(yearly: Chain) -> None:
    with on(date(2024, 5, 1)):
        number = yearly.card()
    earn(yearly, number, 200, date(2024, 5, 1))
    hold(yearly, date(2027, 1, 31))
    line = yearly.lines(number)[-1]
    answer = yearly.api.post(f"/transactions/{line.id}/void", {"reason": "no"})
    assert (answer.status_code, answer.json["code"]) == (409, "not-voidable")
    office = yearly.office()
    page = office.get(f"/admin/transactions/{line.id}").text
    assert "Yearly review of the tier" in page
    assert "Cancel this adjustment" not in page


def test_merging_carries_what_a_review_laid_aside(yearly: Chain) -> None:
    with on(date(2024, 5, 1)):
        lost, kept = yearly.card(), yearly.card()
    earn(yearly, lost, 200, date(2024, 5, 1))
    earn(yearly, kept, 40, date(2026, 6, 1))
    hold(yearly, date(2027, 1, 31))
    with on(date(2027, 2, 1)), yearly.acting() as session:
        merging.merge(lost, kept, by=OFFICE, reason="one person")
        session.commit()
    row = yearly.card_row(kept)
    assert (row.lifetime_points, row.laid_aside, row.tier_points) == (240, 200, 40)
    assert tier(yearly, kept) == "Bronze"
    with on(date(2027, 2, 2)), yearly.acting() as session:
        merging.unmerge(lost, kept, by=OFFICE, reason="two after all")
        session.commit()
    assert [yearly.card_row(each).laid_aside for each in (lost, kept)] == [200, 0]
    assert clean(yearly)


# -- the job --------------------------------------------------------------------------------------


def test_one_cards_fault_stops_no_other_and_the_review_stays_open(yearly: Chain) -> None:
    with on(date(2024, 5, 1)):
        numbers = [yearly.card() for _ in range(3)]
    for number in numbers:
        earn(yearly, number, 200, date(2024, 5, 1))
    broken = yearly.card_row(numbers[1]).id
    _sequence(yearly, broken, 0)  # its next line would be a second first one
    outcome = hold(yearly, date(2027, 1, 31))
    assert (outcome.lowered, outcome.failed) == (2, [broken])
    _sequence(yearly, broken, 1)
    again = hold(yearly, date(2027, 2, 1))
    assert (again.lowered, again.failed) == (1, [])
    assert clean(yearly)


def _sequence(chain: Chain, card_id: int, sequence: int) -> None:
    with chain.app.app_context(), tenancy.crossing(tenancy.OWNER), db.engine.begin() as owner:
        move = "UPDATE loyalty_cards SET sequence = :sequence WHERE id = :card"
        owner.execute(text(move), {"sequence": sequence, "card": card_id})


@dataclass
class Card:
    """By hand: what was earned and returned on which day, and from when on the tier counts."""

    number: str
    moves: list[tuple[date, int]] = field(default_factory=list)
    sales: list[tuple[int, int]] = field(default_factory=list)
    aside: int = 0

    def counted(self) -> int:
        return max(0, sum(points for _, points in self.moves) - self.aside)

    def tier(self) -> str:
        return [rung.name for rung in LADDER if rung.min_lifetime_points <= self.counted()][-1]

    def review(self, today: date, since: date) -> bool:
        year = sum(points for day, points in self.moves if since <= day)
        reached = [rung for rung in LADDER if rung.min_lifetime_points <= max(0, year)][-1]
        if reached.name == self.tier() or LADDER.index(reached) > self.place():
            return False
        self.aside = sum(points for day, points in self.moves if day < since)
        return True

    def place(self) -> int:
        return [rung.name for rung in LADDER].index(self.tier())


class Killed(BaseException):
    pass


def kill(_cards: int) -> None:
    raise Killed


@pytest.mark.parametrize("month_day", ["02-29", "07-01"])
def test_B3_years_of_reviews_equal_the_rule_by_hand(
    chain: Chain, month_day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sales and returns on any days of four years and more; each review is killed after every
    card, or run by three at once, or a few nights late."""
    dice = random.Random(month_day)
    with on(date(2022, 1, 1)):
        chain.publish(**PLAIN_TIERS, tier_review_on=month_day)
        hand = [Card(chain.card()) for _ in range(4)]
    today, fell = date(2022, 1, 2), 0
    while today < date(2026, 9, 1):
        _live(chain, hand, today, dice)
        on_day = _review_day(month_day, today.year)
        late = on_day + dice.choice([0, 0, 3]) * DAY
        following = today + dice.randint(10, 50) * DAY
        if today < on_day <= following:
            fell += _reviewed(chain, hand, on_day, late, monkeypatch)
            following = max(following, late)
        today = following
    assert fell > 3
    for card in hand:
        assert (chain.card_row(card.number).laid_aside, tier(chain, card.number)) == (
            card.aside, card.tier(),
        )  # fmt: skip
    assert clean(chain)


def _review_day(month_day: str, year: int) -> date:
    leap = year % 4 == 0
    return date.fromisoformat(f"{year}-{month_day if leap or month_day != '02-29' else '02-28'}")


def _live(chain: Chain, hand: list[Card], today: date, dice: random.Random) -> None:
    card = dice.choice(hand)
    points = dice.choice([20, 60, 160, 400])
    card.sales.append((earn(chain, card.number, points, today), points))
    card.moves.append((today, points))
    if dice.random() < 0.2:
        line, points = card.sales.pop(dice.randrange(len(card.sales)))
        with on(today), chain.acting() as session:
            returns.void(line, by=OFFICE, attempt=None)
            session.commit()
        card.moves.append((today, -points))


def _reviewed(
    chain: Chain, hand: list[Card], on_day: date, late: date, monkeypatch: pytest.MonkeyPatch
) -> int:
    since = _review_day(f"{on_day:%m-%d}", on_day.year - 1)
    if on_day.month == 2:
        since = _review_day("02-29", on_day.year - 1)
    before = {card.number: len(chain.lines(card.number)) for card in hand}
    falls = {card.number for card in hand if card.review(late, since)}
    if on_day.year % 2:
        monkeypatch.setattr(service, "BATCH", 1)
        for _ in range(2):
            with pytest.raises(Killed):
                hold(chain, late, advance=kill)
        hold(chain, late)
        monkeypatch.undo()
    else:
        together(chain, [partial(_review_at, late)] * 3)
    assert hold(chain, late) == reviews.Outcome()
    for card in hand:
        lines = chain.lines(card.number)[before[card.number] :]
        assert [is_review(line.steps) for line in lines] == [True] * (card.number in falls)
        assert tier(chain, card.number) == card.tier()
    return len(falls)


def _review_at(day: date) -> reviews.Outcome:
    with on(day):
        return reviews.review()


def test_the_review_shows_on_every_history(yearly: Chain) -> None:
    with on(date(2024, 5, 1)):
        number = yearly.card()
    earn(yearly, number, 200, date(2024, 5, 1))
    hold(yearly, date(2027, 1, 31))
    told = yearly.api.get(f"/cards/{number}/transactions").json["items"][-1]["explanation"]
    assert [step["code"] for step in told] == ["tier-reviewed", "tier-lost"]
    assert "since 2026-01-31" in told[0]["sentence"]
    assert "tier Gold -> Bronze" in told[1]["sentence"]


def test_the_command_says_what_a_review_would_do_and_does_it(yearly: Chain) -> None:
    with on(date(2024, 5, 1)):
        number = yearly.card()
    earn(yearly, number, 200, date(2024, 5, 1))
    run, command = yearly.app.test_cli_runner(), ["loyalty", "review", "--company", yearly.slug]
    said = []
    for more in (["--dry-run"], [], []):
        with on(date(2027, 1, 31)):
            said.append(run.invoke(args=[*command, *more]).stdout.partition(": ")[2].strip())
    assert said == [
        "the review of 2027-01-31: 1 of 1 tiers would fall",
        "the review of 2027-01-31: 1 of 1 tiers fell",
        "no review is due",
    ]
