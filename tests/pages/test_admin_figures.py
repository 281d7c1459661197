"""The overview's figures: they equal what a plain loop over the ledger finds."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import event, select

from app import clock
from app.accounts.actors import Actor
from app.errors import Refusal
from app.extensions import db
from app.modules.loyalty import accrual, adjustments, reports, returns, rewards
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.ledger import LoyaltyTransaction
from app.modules.loyalty.reports import VISITS
from app.modules.loyalty.reports.sums import SUMMED
from tests.cast import Chain

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
# Where the points of a type of line are counted, and with which sign.
POINTS = {
    "points_earned": ("issued", 1),
    "welcome_bonus": ("issued", 1),
    "points_redeemed": ("redeemed", -1),
    "points_adjusted": ("adjusted", 1),
    "voided": ("returned", 1),
    "points_expired": ("lapsed", -1),
    "points_reinstated": ("lapsed", -1),
    "points_forgiven": ("forgiven", 1),
    "imported": ("brought", 1),
}
SATURDAY = MONDAY + timedelta(days=5, hours=6)


@pytest.fixture
def busy(chain: Chain) -> Chain:
    """Two weeks at two shops: joining, stamping, undoing, redeeming; near midnight too."""
    chain.publish(
        stamps_target=3, cooldown_minutes=0, max_daily_stamps=None, stamps_reward_value_minor=250
    )
    there = Actor(
        caller=chain.actor.caller, vendor_id=chain.second_vendor.id, staff_id=chain.staff.staff_id
    )
    with clock.at(MONDAY - timedelta(days=6, hours=10)):
        cards = [chain.card() for _ in range(5)]
    moments = [-6.4, -5.0, -3.2, -1.0, -0.4, 0.0, 0.6, 1.1, 2.65, 4.0, 5.2]
    for turn, days in enumerate(moments):
        with clock.at(MONDAY + timedelta(days=days)):
            for place, number in enumerate(cards[: 1 + turn % 5]):
                chain.stamp(number, 1 + place % 2, by=there if (turn + place) % 3 else None)
    with clock.at(MONDAY + timedelta(days=2)):
        cards.append(chain.card())
        undone = chain.stamp(cards[-1], 2)
        with chain.acting() as session:
            returns.void(int(undone["transaction_id"]), by=chain.actor, attempt=None)
            session.commit()
        chain.redeem(cards[0])
        chain.redeem(cards[1], by=there)
    return chain


def counted(chain: Chain, first: date, last: date) -> dict[str, int]:
    """The same figures, by the plainest of loops."""
    with chain.acting() as session:
        lines = list(session.scalars(select(LoyaltyTransaction)))
        cards = list(session.scalars(select(LoyaltyCard)))
    figures: Counter[str] = Counter(dict.fromkeys(SUMMED, 0))
    came = set()
    for line in lines:
        if not first <= line.business_day <= last:
            continue
        back = line.type == "voided"
        figures["lines"] += 1
        if line.amount_minor is not None and line.type in ("points_earned", "voided"):
            figures["sales"] += not back
            figures["sales_minor"] += -line.amount_minor if back else line.amount_minor
        if line.type in ("stamps_added", "points_earned") or (back and line.stamps < 0):
            figures["given"] += line.stamps
        if line.type in ("stamps_redeemed", "points_redeemed"):
            figures["taken"] += 1
            figures["used"] -= line.stamps
        if back and (line.stamps > 0 or line.reward_id):
            figures["taken"] -= 1
            figures["used"] -= line.stamps
        name, sign = POINTS.get(line.type, ("", 0))
        if name:
            figures[name] += sign * line.points
        if line.type in VISITS:
            came.add(line.card_id)
    zone = clock.zone("Europe/Luxembourg")
    joined = sum(first <= card.created_at.astimezone(zone).date() <= last for card in cards)
    return dict(figures) | {"came_by": len(came), "joined": joined}


def as_counted(figures: reports.Figures) -> dict[str, int]:
    names = (*SUMMED, "came_by", "joined")
    return {name: getattr(figures, name) for name in names}


def test_figures_equal_the_sums_of_the_ledger(busy: Chain) -> None:
    with clock.at(SATURDAY), busy.acting():
        week = reports.week_of(SATURDAY.date(), "Europe/Luxembourg")
        seen = reports.overview(week, stamps_target=3)
    first, last = date(2026, 3, 2), date(2026, 3, 7)
    assert as_counted(seen.now) == counted(busy, first, last)
    week_earlier = timedelta(days=7)
    assert as_counted(seen.before) == counted(busy, first - week_earlier, last - week_earlier)
    assert seen.now.given > 0
    assert seen.now.taken == 2
    for day, now, before in seen.days:
        assert now.given == counted(busy, day, day)["given"]
        assert before.given == counted(busy, day - week_earlier, day - week_earlier)["given"]


def test_shops_add_up_to_the_whole_and_cards_seen_twice_are_named(busy: Chain) -> None:
    with clock.at(SATURDAY), busy.acting():
        week = reports.week_of(SATURDAY.date(), "Europe/Luxembourg")
        seen = reports.overview(week, stamps_target=3)
    for name in (*SUMMED, "joined"):
        assert sum(getattr(shop.figures, name) for shop in seen.shops) == getattr(seen.now, name)
    visits = sum(shop.figures.came_by for shop in seen.shops)
    assert visits == seen.now.came_by + seen.in_several_shops
    assert seen.in_several_shops > 0


def test_a_managers_overview_is_of_their_own_shop_alone(busy: Chain) -> None:
    with clock.at(SATURDAY):
        with busy.acting():
            week = reports.week_of(SATURDAY.date(), "Europe/Luxembourg")
            every = reports.overview(week, stamps_target=3)
            ours = reports.overview(week, stamps_target=3, vendor_id=busy.vendor.id)
        page, whole = (busy.office(who).get("/admin/").text for who in (busy.manager, busy.admin))
    here = {shop.name: shop.figures for shop in every.shops}[busy.vendor.name]
    assert as_counted(ours.now) == as_counted(here) != as_counted(every.now)
    assert (ours.shops, ours.standing) == ((), None)
    for told in ("You owe", "Rewards waiting", "All together", busy.second_vendor.name):
        assert told in whole
        assert told not in page


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("policy", ["debt", "forgive"])
def test_points_of_any_history_are_counted_once_and_sum_to_what_the_balances_moved(
    chain: Chain, policy: str, seed: int
) -> None:
    random = Random(seed)
    chain.publish(
        loyalty_type="hybrid",
        welcome_bonus_points=7,
        stamps_per_sale=1,
        cooldown_minutes=0,
        max_daily_stamps=None,
        stamps_target=3,
        minimum_redemption_points=10,
        void_policy=policy,
    )
    with clock.at(MONDAY - timedelta(days=5)):
        cards = [chain.card() for _ in range(3)]
    with chain.acting() as session:
        prices = ({"points": 20, "stamps": 1}, {"points": 12})
        cakes = [
            rewards.catalogue.create({"name": "Cake"} | price, by=chain.actor).id
            for price in prices
        ]
        session.commit()
    for _step in range(30):
        with clock.at(MONDAY + timedelta(minutes=random.randrange(-7 * 1440, 6 * 1440))):
            live_one_step(chain, random, random.choice(cards), cakes)
    with clock.at(MONDAY), chain.acting() as session:  # chance may leave this one out
        accrual.earn(cards[0], 500_00, by=chain.actor, attempt=None)
        taken = rewards.redeem(cards[0], cakes[1], by=chain.actor, attempt=None)
        returns.void(taken.transaction_id or 0, by=chain.actor, attempt=None)
        session.commit()
    with clock.at(SATURDAY), chain.acting():
        week = reports.week_of(SATURDAY.date(), "Europe/Luxembourg")
        seen = reports.overview(week, stamps_target=3)
    first, last, ago = date(2026, 3, 2), date(2026, 3, 7), timedelta(days=7)
    assert as_counted(seen.now) == counted(chain, first, last)
    assert as_counted(seen.before) == counted(chain, first - ago, last - ago)
    for name in SUMMED:
        assert sum(getattr(shop.figures, name) for shop in seen.shops) == getattr(seen.now, name)
    every = counted(chain, date(2000, 1, 1), date(2100, 1, 1))
    balances = [chain.card_row(number).points_balance for number in cards]
    assert sum(balances) == (
        every["issued"]
        - every["redeemed"]
        + every["adjusted"]
        + every["returned"]
        - every["lapsed"]
        + every["forgiven"]
        + every["brought"]
    )
    assert seen.standing.open_points == sum(max(0, balance) for balance in balances)
    assert seen.standing.owed_points == sum(max(0, -balance) for balance in balances)


def live_one_step(chain: Chain, random: Random, number: str, cakes: list[int]) -> None:
    """Something that happens to a card, or is refused."""
    there = Actor(caller=chain.actor.caller, vendor_id=chain.second_vendor.id)
    by = random.choice((chain.actor, there, Actor(caller="user:1", user_id=chain.admin.user_id)))
    kind = random.choice(("earn", "earn", "redeem", "stamps", "adjust", "void", "void"))
    with chain.acting() as session, suppress(Refusal):
        if kind == "earn":
            accrual.earn(number, random.randrange(1, 40_00), by=by, attempt=None)
        elif kind == "redeem":
            rewards.redeem(number, random.choice(cakes), by=by, attempt=None)
        elif kind == "stamps":
            rewards.redeem_stamps(number, by=by, attempt=None)
        elif kind == "adjust":
            adjustments.adjust(number, random.randrange(-9, 30), "Why", by=by, attempt=None)
        else:
            lines = session.scalars(select(LoyaltyTransaction.id)).all()
            office = Actor(caller="user:1", user_id=chain.admin.user_id)
            returns.void(random.choice(lines), by=office, attempt=None)
        session.commit()


@pytest.mark.parametrize(
    ("value_bp", "said"), [(500, "€0.06"), (None, "what a point is worth is not set")]
)
def test_open_points_are_owed_at_their_value_or_at_an_unknown_one(
    chain: Chain, value_bp: int | None, said: str
) -> None:
    chain.publish(loyalty_type="points", point_value_bp=value_bp, unit_minor=1)
    number = chain.card()
    with chain.acting() as session:
        accrual.earn(number, 139, by=chain.actor, attempt=None)
        session.commit()
    page = chain.office().get("/admin/").text
    assert "<dd>139</dd>" in page
    assert said in page
    assert ("<dd>unknown</dd>" in page) == (value_bp is None)


@pytest.mark.parametrize(
    ("counts", "points", "stamps"),
    [("points", True, False), ("stamps", False, True), ("hybrid", True, True)],
)
def test_C4_the_overview_speaks_of_what_the_programme_counts(
    chain: Chain, counts: str, points: bool, stamps: bool
) -> None:
    chain.publish(loyalty_type=counts)
    page = chain.office().get("/admin/").text
    assert ("Points by day" in page, "Points issued" in page) == (points, points)
    assert ("Stamps by day" in page, "Stamps given" in page) == (stamps, stamps)
    assert "the counters give no stamps" not in page


def test_rewards_that_wait_are_counted_whole_and_valued(busy: Chain) -> None:
    with busy.acting() as session:
        balances = list(session.scalars(select(LoyaltyCard.stamps_balance)))
    waiting = sum(balance // 3 for balance in balances if balance > 0)
    assert waiting > 1
    with clock.at(SATURDAY):
        page = busy.office().get("/admin/").text
    assert f"<dd>{waiting}</dd>" in page
    assert f"€{waiting * 250 // 100}.{waiting * 250 % 100:02d}" in page


def test_the_overview_agrees_with_itself_for_every_week(busy: Chain) -> None:
    with clock.at(SATURDAY + timedelta(days=7)):
        page = busy.office().get("/admin/?week=2026-03-04").text
    given = counted(busy, date(2026, 3, 2), date(2026, 3, 8))["given"]
    assert "2 Mar to 8 Mar 2026" in page
    assert f"<dd>{given}</dd>" in page
    assert f'<td class="n" data-label="Stamps given">{given}</td>' in page


def test_in_production_the_key_narrows_the_reading_and_changes_no_figure(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.publish(cooldown_minutes=0, max_daily_stamps=None, stamps_target=3)
    numbers = [chain.card() for _ in range(3)]
    for number in (*numbers, *numbers[:2]):
        chain.stamp(number, 2)
    chain.redeem(numbers[0])
    seen = []
    production = replace(chain.app.config["SETTINGS"], app_env="production")
    for settings in (chain.app.config["SETTINGS"], production):
        monkeypatch.setitem(chain.app.config, "SETTINGS", settings)
        with chain.acting():
            today = clock.business_day(clock.now(), "Europe/Luxembourg")
            week = reports.week_of(today, "Europe/Luxembourg")
            seen.append(reports.overview(week, stamps_target=3))
    assert seen[0] == seen[1]
    assert seen[1].now.given == 10


def test_a_week_that_nobody_can_mean_reads_as_this_one(chain: Chain) -> None:
    office = chain.office()
    for nonsense in ("", "yesterday", "2026-13-45", "9999-12-31", "0001-01-01"):
        assert office.get(f"/admin/?week={nonsense}").status_code == 200


def statements(chain: Chain, path: str) -> int:
    """How many statements one page asks of the database, its session's included."""
    office, seen = chain.office(), []
    office.get(path)  # what is kept in memory is in memory now
    with chain.app.app_context():
        engine = db.engine
    listen = lambda *details: seen.append(details[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", listen)
    try:
        assert office.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    return len(seen)


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/cards", "/admin/staff", "/admin/terminals", "/admin/adjustments"]
)
def test_pages_ask_as_much_of_a_thousand_rows_as_of_ten(chain: Chain, path: str) -> None:
    fill(chain, 10)
    few = statements(chain, path)
    fill(chain, 990)
    assert statements(chain, path) == few <= 20


def test_a_cards_page_asks_as_much_of_a_long_history_as_of_a_short_one(chain: Chain) -> None:
    chain.publish(cooldown_minutes=0, max_daily_stamps=None)
    number = chain.card()
    chain.stamp(number)
    few = statements(chain, f"/admin/cards/{number}")
    for _ in range(30):
        chain.stamp(number)
    assert statements(chain, f"/admin/cards/{number}") == few <= 16


def fill(chain: Chain, number: int) -> None:
    """So many more customers with cards, people and counters, by plain rows."""
    from app.accounts.customers import Customer
    from app.accounts.staff import StaffMember
    from app.accounts.terminals import Terminal
    from app.ids import new_id
    from app.modules.loyalty.cards import new_number

    with chain.acting() as session:
        company, shop = chain.company_id, chain.vendor.id
        ids = [new_id() for _ in range(number)]
        session.execute(
            Customer.__table__.insert(), [{"company_id": company, "id": i} for i in ids]
        )
        session.execute(
            LoyaltyCard.__table__.insert(),
            [
                {
                    "company_id": company,
                    "id": new_id(),
                    "customer_id": i,
                    "number": new_number(),
                    "enrolled_vendor_id": shop,
                }
                for i in ids
            ],
        )
        people = [
            {"company_id": company, "id": i, "name": f"P {i}", "vendor_id": shop} for i in ids[:100]
        ]
        session.execute(StaffMember.__table__.insert(), people)
        session.execute(Terminal.__table__.insert(), people)
        session.commit()
