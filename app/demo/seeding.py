"""Playing the story with the real services under a moved clock.

A chain is seeded in one transaction after its company's row: a seed that is stopped half-way
leaves nothing half, and the next start begins it again.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select, update

from .. import clock, outbox, tenancy
from ..accounts import api_keys, companies, staff, users, vendors
from ..accounts.actors import Actor
from ..accounts.staff import StaffMember
from ..accounts.terminals import Terminal
from ..accounts.users import Membership, User
from ..accounts.vendors import Vendor
from ..extensions import db
from ..ids import new_id
from ..modules.loyalty import adjustments, branding, enrolment, programs
from ..modules.loyalty.rewards import Reward, RewardVendor
from ..outbox import OutboxEvent
from . import keepsake
from .cast import CHAINS, OPERATOR, PASSWORD
from .counter import Counter, Regular
from .roles import ADJUST, ASK, BLOCK, JOIN, VISIT, Chain, Gift
from .story import Guest, Moment, guests, moments

API_KEY_NAME = "Demo"


def seed(tell: Callable[[str], None], chains: Sequence[Chain] = CHAINS) -> bool:
    """Seed the chains where they are missing, and who runs the installation; whether anything
    of the chains was done. `tell` hears of it."""
    _user(OPERATOR.email, OPERATOR.name, operator=True)
    done = [_seed(chain, tell) for chain in chains]
    return any(done)


def _seed(chain: Chain, tell: Callable[[str], None]) -> bool:
    company_id = _company(chain)
    with tenancy.acting_as(company_id):
        seeded = bool(vendors.every())
        db.session.rollback()
    if seeded:
        return False
    tell(f"seeding {chain.name}: {chain.customers} customers, {chain.days} days …")
    people = [(_user(each.email, each.name), each.shop) for each in chain.people]
    pins = {worker.name: staff.hash_pin(worker.pin) for worker in chain.staff}
    now = datetime.now(UTC).replace(microsecond=0)
    with tenancy.acting_as(company_id):
        with clock.at(now - timedelta(days=chain.days + 1)):
            counters = _open(chain, people, pins)
        # Of the office, whoever was named last: the first is left to decide what waits.
        office = Actor(f"user:{people[-1][0]}", user_id=people[-1][0])
        _play(chain, counters, office, now)
        key = api_keys.create(name=API_KEY_NAME)
        # Months of effects have long happened: nobody is written to about them now.
        db.session.flush()
        db.session.execute(
            update(OutboxEvent)
            .where(OutboxEvent.state == outbox.PENDING)
            .values(state=outbox.DONE)
            .execution_options(synchronize_session=False)
        )
        db.session.commit()
    keepsake.keep(company_id, key)
    return True


def _company(chain: Chain) -> int:
    """The company's id. Ids, not rows: nothing may stay open when the acting company changes."""
    with tenancy.crossing(), clock.at(clock.now() - timedelta(days=chain.days + 1)):
        company = companies.by_slug(chain.slug) or companies.create(
            slug=chain.slug,
            name=chain.name,
            currency="EUR",
            timezone=chain.timezone,
            country=chain.country,
        )
        company_id = company.id
        db.session.commit()
    return company_id


def _user(email: str, name: str, *, operator: bool = False) -> int:
    with tenancy.crossing():
        user_id = db.session.scalar(select(User.id).where(User.email == email))
        db.session.rollback()
        if user_id is None:
            user_id = users.create(email=email, name=name, password=PASSWORD, operator=operator).id
            db.session.commit()
    return user_id


def _open(
    chain: Chain,
    people: list[tuple[int, str | None]],
    pins: dict[str, tuple[str, int]],
) -> dict[str, Counter]:
    """Programme, shops, terminals and staff; the counters by their shop's slug."""
    programs.create(companies.acting())
    for kind, paint in chain.pictures.items():
        branding.keep(kind, branding.uploads.read(kind, paint()))
    shops: dict[str, Vendor] = {
        shop.slug: vendors.create(
            slug=shop.slug, name=shop.name, timezone=shop.timezone, address=shop.address
        )
        for shop in chain.shops
    }
    db.session.flush()
    for user_id, slug in people:
        role, vendor_id = ("manager", shops[slug].id) if slug else ("admin", None)
        db.session.add(Membership(user_id=user_id, role=role, vendor_id=vendor_id))
    members = {}
    for worker in chain.staff:
        vendor_id = shops[worker.shop].id if worker.shop else None
        member = staff.create(name=worker.name, vendor_id=vendor_id, role=worker.role)
        db.session.flush()
        staff.assign(member, *pins[worker.name])
        members[worker.name] = member
    gifts = [_on_the_shelf(gift, shops) for gift in chain.rewards]
    known: dict[str, Regular] = {}
    return {slug: _counter(chain, shop, members, gifts, known) for slug, shop in shops.items()}


def _on_the_shelf(gift: Gift, shops: dict[str, Vendor]) -> Reward:
    reward = Reward(
        id=new_id(),
        name=gift.name,
        description=gift.description,
        points=gift.points,
        stamps=gift.stamps,
        value_minor=gift.value_minor,
        stock=gift.stock,
        per_card_limit=gift.per_card_limit,
    )
    db.session.add(reward)
    db.session.flush()
    for slug in gift.shops:
        db.session.add(RewardVendor(reward_id=reward.id, vendor_id=shops[slug].id))
    return reward


def _counter(
    chain: Chain,
    shop: Vendor,
    members: dict[str, StaffMember],
    gifts: list[Reward],
    known: dict[str, Regular],
) -> Counter:
    till = Terminal(
        vendor_id=shop.id,
        name=f"Till, {shop.name}",
        # Paired when the shop opened; the browser is long gone, so nobody holds this secret.
        secret_hash=secrets.token_bytes(32),
        paired_at=clock.now(),
    )
    db.session.add(till)
    db.session.flush()
    here = [worker for worker in chain.staff if worker.shop == shop.slug]
    manager = next(worker for worker in here if worker.role == "manager")
    _, rules = chain.revisions[0]
    return Counter(
        shop,
        till,
        [members[worker.name].id for worker in here],
        members[manager.name].id,
        rules["loyalty_type"],
        chain.basket,
        gifts,
        known,
    )


def _play(chain: Chain, counters: dict[str, Counter], office: Actor, now: datetime) -> None:
    """Everything in the order of time, each thing at its moment."""
    chance = Random(chain.slug)  # noqa: S311 - a story, not a secret
    cast = guests(chain, now, chance)
    revisions = _revisions(chain, now)
    changes = next(revisions)
    numbers: dict[int, str] = {}
    for moment in moments(chain, cast, now, chance):
        while changes and changes[0] <= moment.at:
            with clock.at(changes[0]):
                programs.publish(changes[1])
            changes = next(revisions, None)
        counter, guest = counters[moment.shop], cast[moment.guest]
        if moment.what == JOIN:
            numbers[moment.guest] = _join(chain, counter, guest, moment, chance)
        elif moment.what == VISIT:
            counter.visit(numbers[moment.guest], moment.at, chance, guest.appetite)
        else:
            _act(counter, numbers[moment.guest], moment, office, chance)


def _join(chain: Chain, counter: Counter, guest: Guest, moment: Moment, chance: Random) -> str:
    """Somebody enrols, at the counter or at the poster: the new card's number."""
    by = counter.actor(chance) if chance.random() < 0.6 else counter.poster
    with clock.at(moment.at):
        card = enrolment.join(guest.person(chain.country), vendor_id=counter.vendor.id, by=by).card
    counter.known[card.number] = Regular(points=card.points_balance)
    return card.number


def _act(counter: Counter, number: str, moment: Moment, office: Actor, chance: Random) -> None:
    """A block, what the office does, and what the owner of a shown card does."""
    with clock.at(moment.at):
        if moment.what == BLOCK:
            counter.block(number)
        elif moment.what == ADJUST:
            adjustments.adjust(number, moment.figure, moment.name, by=office, attempt=None)
        elif moment.what == ASK:
            adjustments.ask(number, moment.figure, moment.name, by=office)
        else:
            counter.act(number, moment, chance)


def _revisions(chain: Chain, now: datetime) -> Iterator[Any]:
    for days_ago, changes in chain.revisions:
        yield now - timedelta(days=days_ago, hours=3), changes
