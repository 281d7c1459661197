"""C3: nobody gets past a wall. Every route of the map is tried with no one, with the wrong
role, with another company's ids and without a CSRF token; a route that this walk does not
know how to reach fails it.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import clock, surfaces, tenancy
from app.accounts import api_keys, customer_sessions, invitations, terminals, users, vendors
from app.accounts.customers import Customer
from app.accounts.users import Membership, User
from app.accounts.vendors import Vendor
from app.api.document import document
from app.database import Model
from app.extensions import db
from app.guards import Guard
from app.ids import new_id
from app.modules.loyalty import branding, cards, enrolment, notices, rewards, wallet
from app.modules.loyalty.adjustments import AdjustmentRequest
from app.modules.loyalty.cards import LoyaltyCard
from app.modules.loyalty.programs import Bonus
from app.modules.loyalty.wallet import WalletPass
from app.outbox import DEAD, OutboxEvent
from app.schedules import Schedule
from tests.cast import Browser, Chain, operator_cookie
from tests.wallet import pki

# Open to whoever comes along; a new one is declared here or fails.
PUBLIC = {
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/<path:filename>",
    "/api/v1/docs",
    "/api/v1/openapi.json",
    "/dev/mails",
    "/dev/mails/<string:name>",
    "/dev/mails/<string:name>/html",
    "/sign-in",
    "/sign-out",
    "/sign-in/forgotten",
    "/sign-in/password/<string:token>",
    "/invitations/<string:token>",
    "/companies",
    "/terminal/pair",
}
# Pages of a company that ask for nothing, and those that ask for a card's secret.
STOREFRONT = {"enrol", "look", "media", "sign-in"}
WITH_SECRET = {"card", "letters", "sign-in-link"}
# Not there for everybody, whatever one shows: off by default, or nothing of that name.
ABSENT = {"/metrics", "/dev/mails/<string:name>", "/dev/mails/<string:name>/html"}
# What a mail program presses by itself, on the strength of the address alone (RFC 8058).
ONE_CLICK = {"/s/<string:slug>/stop/<string:secret>"}
# What phones and wallets ask: no cookie proves them, and no company's page is behind it.
OF_PHONES = {"pass", "devices", "platforms"}


@dataclass
class World:
    """Two companies, and by name what the URLs of each are made of."""

    app: Flask
    own: Chain
    foreign: Chain
    ids: dict[str, dict[str, Any]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    @property
    def rules(self) -> list[tuple[str, Rule, Guard]]:
        """`(method, rule, guard)` of every route."""
        return [
            (method, rule, self.app.view_functions[rule.endpoint].guard)  # type: ignore[attr-defined]
            for rule in sorted(self.app.url_map.iter_rules(), key=str)
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]

    def url(self, rule: Rule, ids: dict[str, Any]) -> str:
        """The rule's address for these ids; fails for a parameter nobody taught it."""
        missing = rule.arguments - set(ids)
        assert not missing, f"{rule}: teach this walk the parameter {missing}"
        with self.app.test_request_context():
            built = self.app.url_map.bind("localhost").build(
                rule.endpoint, {name: ids[name] for name in rule.arguments}
            )
        assert rule.rule.startswith("/")
        return built

    def digest(self, *companies: int) -> dict[str, str]:
        """By table, a digest of these companies' rows and of what is nobody's."""
        found = {}
        with self.app.app_context(), tenancy.crossing(tenancy.OWNER):
            for table in Model.metadata.sorted_tables:
                # A live server's worker may drain the outbox meanwhile: that is no change.
                drained = {"state", "attempts", "leased_until", "last_error", "due_at"}
                kept = [c for c in table.c if table.name != "outbox" or c.name not in drained]
                query = select(*kept).order_by(*table.primary_key.columns)
                if tenancy.is_tenant(table):
                    query = query.where(table.c.company_id.in_(companies))
                elif table.name == "companies":
                    query = query.where(table.c.id.in_(companies))
                else:
                    continue
                rows = [tuple(row) for row in db.session.execute(query)]
                found[table.name] = hashlib.sha256(repr(rows).encode()).hexdigest()
        return found


@pytest.fixture(scope="module")
def world(app: Flask) -> World:
    """Nobody changes anything of it: a wall holds, or the test fails."""
    return _world(app)


@pytest.fixture
def worn(app: Flask) -> World:
    """One for a walk that does change what is its own."""
    return _world(app)


def _world(app: Flask) -> World:
    made = World(app, Chain.open(app), Chain.open(app))
    for name, chain in (("own", made.own), ("foreign", made.foreign)):
        made.ids[name] = _furnish(chain, name)
    foreign = made.ids["foreign"]
    made.words = [foreign["number"], foreign["secret"], foreign["vendor_slug"], "foreign"]
    return made


def _furnish(chain: Chain, word: str) -> dict[str, Any]:
    """Something behind every parameter, with this word in every name."""
    # A bonus is found by its place in the list: the foreign company has one more.
    bonuses = tuple(Bonus(f"{word} bonus", points=n) for n in range(1, 2 + (word == "foreign")))
    chain.publish(bonuses=bonuses)
    number = chain.card(email=f"{word}-{chain.slug}@example.org", first_name=f"{word.title()}")
    line = chain.stamp(number)
    with chain.acting() as session:
        for vendor in session.scalars(select(Vendor)):
            vendor.name = f"{word} shop"
        shop = vendors.create(slug=f"{word}-{chain.slug}", name=f"{word} own", timezone="UTC")
        session.flush()
        reward = rewards.catalogue.create({"name": f"{word} coffee", "stamps": 1}, by=chain.actor)
        terminal, _ = terminals.prepare(vendor_id=shop.id, name=f"{word} till")
        card = session.scalars(select(LoyaltyCard)).one()
        customer = session.scalars(select(Customer)).one()
        asked = AdjustmentRequest(
            id=new_id(),
            card_id=card.id,
            points=2_000,
            reason=f"{word} reason",
            asked_by=chain.manager.user_id,
        )
        session.add(asked)
        event = OutboxEvent(id=new_id(), kind="probe", body={}, state=DEAD, due_at=clock.now())
        event.created_at = clock.now()
        session.add(event)
        manager = session.scalars(select(Membership).where(Membership.role == "manager")).one()
        asker = chain.admin.user_id or 0
        address = f"{word}-office-{chain.slug}@example.org"
        invited = invitations.invite(address, role="admin", vendor_id=None, by=asker)
        forgetful = session.get_one(User, chain.manager.user_id)
        forgetful.reset_salt = b"walk"
        forgetful.reset_ends_at = clock.now() + timedelta(hours=1)
        session.add(Schedule(kind="expiry", next_at=clock.now() + timedelta(days=30)))
        used, still_open = (customer_sessions.ask(customer, new_id()) for _each in range(2))
        session.flush()
        cookie = customer_sessions.by_link(customer_sessions.token_of(used))
        wallet.channels.keep(wallet.APPLE, pki.told(), identifier=pki.PASS_TYPE, by=None)
        serial = wallet.passes.serial_of(card)
        phone = {"device": f"{word}-phone-{card.id}", "pass_type": pki.PASS_TYPE}
        holder = wallet.apple.service.Holder(serial, 1)
        wallet.apple.service.register(holder, **phone, push_token="push")
        taken = session.scalars(select(WalletPass.id)).one()
        session.commit()
        return {
            "slug": chain.slug,
            "vendor_slug": shop.slug,
            "number": number,
            "secret": cards.link_secret(card),
            "stop": notices.token_of(customer),
            "company_id": chain.company_id,
            "event_id": event.id,
            "kind": "expiry",
            "confirm": enrolment.confirm_secret(card, customer.email or ""),
            "customer_cookie": cookie,
            "sign-in": customer_sessions.token_of(still_open),
            "member_id": manager.id,
            "invitation_id": invited.id,
            "invitations": invitations.token_of(invited),
            "password": users.forgotten.token_of(forgetful),
            "staff_id": chain.staff.staff_id,
            "operator_id": chain.admin.user_id,
            "terminal_id": terminal.id,
            "transaction_id": int(line["transaction_id"]),
            "reward_id": reward.id,
            "request_id": asked.id,
            "customer_id": customer.id,
            "vendor_id": shop.id,
            "place": len(bonuses),
            "platform": "apple",
            "pass_id": taken,
            "size": "a4",
            "filename": "css/tokens.css",
            "name": "nothing",
            "picture": "app-192.png",
            "key": branding.pictures.look().key("app-192"),
            "serial": str(serial),
            "pass_token": wallet.passes.token(serial),
            **phone,
        }


def _ids_for(rule: Rule, ids: dict[str, Any], *, company: str | None = None) -> dict[str, Any]:
    """Under /admin a slug is a shop's; under /s it is the company's."""
    if str(rule).startswith("/s/"):
        parts = str(rule).split("/")
        named = (name for name in ("confirm", "stop", "sign-in") if name in parts)
        secret = ids[next(named, "secret")]
        return ids | {"slug": company or ids["slug"], "secret": secret}
    token = ids["password" if "/password/" in str(rule) else "invitations"]
    return ids | {"slug": ids["vendor_slug"], "token": token}


def _send(browser: Browser, method: str, url: str, **options: Any) -> TestResponse:
    answer = browser.open(url, method=method, headers={"Accept": "text/html"}, **options)
    answer.get_data()
    answer.close()  # a static file stays open otherwise
    return answer


def _everything_foreign(world: World) -> dict[str, Any]:
    """A form that names the other company's things under every name a field may have."""
    ids = world.ids["foreign"]
    by_field = {
        "vendor": ids["vendor_id"],
        "vendor_slug": ids["vendor_slug"],
        "shop": ids["vendor_id"],
        "staff": ids["staff_id"],
        "member": ids["staff_id"],
        "terminal": ids["terminal_id"],
        "card": ids["number"],
        "code": ids["number"],
        "customer": ids["customer_id"],
        "company": world.foreign.company_id,
        "company_id": world.foreign.company_id,
        "pin": "2468",
        "quantity": 1,
        "key": "walk",
        "attempt": "walk",
        "role": "staff",
    }
    return {name: str(value) for name, value in (ids | by_field).items() if name != "name"} | {
        "name": "walker",
        "email": f"foreign-{world.foreign.slug}@example.org",
    }


# -- the map itself -------------------------------------------------------------------------------


def test_every_route_without_a_wall_is_declared(world: World) -> None:
    for _, rule, guard in world.rules:
        if guard.audience in ("anyone", "sign-in"):
            assert str(rule) in PUBLIC, f"{rule} is open to everybody: declare it, or guard it"
        if guard.audience == "storefront":
            assert guard.permission in STOREFRONT | WITH_SECRET, f"{rule}: {guard}"
            assert ("secret" in rule.arguments) == (guard.permission in WITH_SECRET), rule


def test_every_page_opens_for_whom_it_is_meant(world: World) -> None:
    """The control: what is refused below is refused for who asks, not because it is broken."""
    for method, rule, guard in world.rules:
        if method != "GET" or str(rule) in ABSENT:
            continue
        ids = _ids_for(rule, world.ids["own"])
        if guard.audience == "api":
            answer: Any = world.own.api.send("GET", world.url(rule, ids).removeprefix("/api/v1"))
        else:
            answer = _send(_rightful(world, guard), "GET", world.url(rule, ids))
        assert answer.status_code in (200, 302, 303), f"{rule}: {answer.status_code}"


def _rightful(world: World, guard: Guard) -> Browser:
    if guard.audience == "admin":
        return world.own.office()
    if guard.audience in ("staff", "device"):
        return world.own.terminal(world.own.manager)
    browser = world.own.browser()
    if guard.audience == "customer":
        browser.set_cookie(f"customer-{world.own.company_id}", world.ids["own"]["customer_cookie"])
    if guard.audience == "platform":
        browser.set_cookie("user", operator_cookie(world.app))
    if guard.audience == "pass":
        browser.environ_base["HTTP_AUTHORIZATION"] = f"ApplePass {world.ids['own']['pass_token']}"
    return browser


# -- no one ---------------------------------------------------------------------------------------


def test_C3_a_stranger_is_turned_away_everywhere(world: World) -> None:
    before = world.digest(world.own.company_id)
    doors = {
        "admin": "/sign-in",
        "platform": "/sign-in",
        "staff": "/terminal/",
        "device": "/terminal/pair",
        "customer": f"/s/{world.own.slug}/sign-in",
    }
    secret = world.ids["own"]["secret"]
    forged = world.ids["own"] | {"secret": secret[:20] + secret[20:][::-1]}
    forged["confirm"] = forged["stop"] = forged["sign-in"] = forged["secret"]
    for method, rule, guard in world.rules:
        if method != "GET" and guard.audience in ("anyone", "sign-in", "platforms"):
            continue
        if guard.audience == "devices":
            continue  # a phone does not say who it is: what it is told is in tests/wallet
        url = world.url(rule, _ids_for(rule, forged))
        answer = _send(world.own.browser(), method, url)
        if guard.permission in WITH_SECRET:
            assert answer.status_code == 404, f"{method} {rule}: {answer.status_code}"
        elif getattr(world.app.view_functions[rule.endpoint], "answers_data", False):
            assert answer.status_code == 401, f"{method} {rule}: {answer.status_code}"
        elif guard.audience in doors:
            assert answer.status_code == 303, f"{method} {rule}: {answer.status_code}"
            assert answer.location.startswith(doors[guard.audience]), f"{method} {rule}"
        elif guard.audience == "api":
            assert answer.status_code == 401, f"{method} {rule}: {answer.status_code}"
            assert answer.mimetype == "application/problem+json"
    assert world.digest(world.own.company_id) == before


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "rk_1_2",
        "rk_{own}_{key}_wrong",
        "rk_{foreign}_{key}_{secret}",
        "rk_0_{key}_{secret}",
        "rk_{own}_{key}_",
        "rk_²_²_{secret}",
        "rk_99999999999999999999_1_x",
    ],
)
def test_C3_a_wrong_key_opens_no_call(world: World, token: str) -> None:
    _, _, key, secret = world.own.token.split("_", 3)
    filled = token.format(
        own=world.own.company_id, foreign=world.foreign.company_id, key=key, secret=secret
    )
    before = world.digest(world.own.company_id, world.foreign.company_id)
    client = world.app.test_client()
    for method, rule, guard in world.rules:
        if guard.audience == "api":
            url = world.url(rule, _ids_for(rule, world.ids["own"]))
            headers = {"Authorization": f"Bearer {filled}".encode().decode("latin-1")}
            answer = client.open(url, method=method, json={}, headers=headers)
            assert answer.status_code == 401, f"{method} {rule}: {answer.status_code}"
    assert world.digest(world.own.company_id, world.foreign.company_id) == before


def test_C3_a_revoked_key_opens_no_call(world: World) -> None:
    from app import clock
    from app.accounts.api_keys import ApiKey

    with world.own.acting() as session:
        token = api_keys.create(scopes="read,write,admin", name="gone")
        session.flush()
        session.get_one(
            ApiKey, (world.own.company_id, int(token.split("_")[2]))
        ).revoked_at = clock.now()
        session.commit()
    answer = world.app.test_client().get(
        "/api/v1/program", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 401


# -- the wrong role -------------------------------------------------------------------------------


def test_C3_a_role_does_what_it_may_and_no_more(world: World) -> None:
    """A shop manager at the chain's rules, the counter's people in the office, and so on."""
    before = world.digest(world.own.company_id)
    operator = operator_cookie(world.app)
    for method, rule, guard in world.rules:
        url = world.url(rule, _ids_for(rule, world.ids["own"]))
        for name, browser, refused in _wrong_roles(world, guard, operator):
            answer = _send(browser, method, url)
            assert answer.status_code in refused, f"{name}: {method} {rule}: {answer.status_code}"
    assert world.digest(world.own.company_id) == _but(
        before, world, "user_sessions", "staff_sessions"
    )


def _but(before: dict[str, str], world: World, *tables: str) -> dict[str, str]:
    """The digest before, with these tables as they are now: our own walk signs in."""
    now = world.digest(world.own.company_id)
    return before | {name: now[name] for name in tables if name in now}


def _wrong_roles(
    world: World, guard: Guard, operator: str
) -> Iterator[tuple[str, Browser, set[int]]]:
    own = world.own
    if guard.audience == "admin":
        if guard.permission not in surfaces.PERMISSIONS["manager"]:
            yield "a shop manager", own.office(own.manager), {403}
        yield "the counter", own.terminal(), {303}
        yield "the operator", _with_cookie(own, "user", operator), {303}
    elif guard.audience == "platform":
        yield "the chain's admin", own.office(), {303, 403}
        yield "the counter", own.terminal(), {303}
    elif guard.audience == "staff":
        yield "a terminal with nobody at it", own.terminal(unlocked=False), {303}
        yield "the chain's admin", own.office(), {303}
        if guard.permission == "manage":
            yield "a member of staff", own.terminal(own.staff), {403}
    elif guard.audience == "device":
        yield "the chain's admin", own.office(), {303}
    elif guard.audience == "customer":
        yield "the chain's admin", own.office(), {303, 401}
        theirs = world.ids["foreign"]["customer_cookie"]
        name = f"customer-{own.company_id}"
        yield "another company's customer", _with_cookie(own, name, theirs), {303, 401}


def _with_cookie(chain: Chain, name: str, value: str) -> Browser:
    browser = chain.browser()
    browser.set_cookie(name, value)
    return browser


@pytest.mark.parametrize("scopes", ["read", "write", "admin"])
def test_C3_a_key_does_what_its_scopes_say_and_no_more(world: World, scopes: str) -> None:
    with world.own.acting() as session:
        token = api_keys.create(scopes=scopes, name=scopes)
        session.commit()
    before = world.digest(world.own.company_id)
    client = world.app.test_client()
    for method, rule, guard in world.rules:
        if guard.audience == "api" and guard.permission not in scopes.split(","):
            url = world.url(rule, _ids_for(rule, world.ids["own"]))
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "walk"}
            answer = client.open(url, method=method, json={}, headers=headers)
            assert answer.status_code == 403, f"{method} {rule}: {answer.status_code}"
            assert answer.get_json()["scope"] == guard.permission
    assert world.digest(world.own.company_id) == before


# -- another company ------------------------------------------------------------------------------


def test_C3_another_companys_ids_lead_nowhere(worn: World) -> None:
    """In the address and in every field; and what is not there answers just the same."""
    world = worn
    before = world.digest(world.foreign.company_id)
    form = _everything_foreign(world)
    for method, rule, guard in world.rules:
        if guard.audience not in ("admin", "staff", "device", "storefront", "pass"):
            continue  # the operator crosses by right: every company is theirs
        told = rule.arguments - {"platform"}  # a wallet's name is nobody's
        named = told - {"slug", "size"} or (told if not str(rule).startswith("/s/") else set())
        ids = _ids_for(rule, world.ids["foreign"], company=world.own.slug)
        data = form if method != "GET" else None
        answer = _send(_rightful(world, guard), method, world.url(rule, ids), data=data)
        if named:
            nowhere = 401 if guard.audience == "pass" else 404
            assert answer.status_code == nowhere, f"{method} {rule}: {answer.status_code}"
        assert answer.status_code < 500, f"{method} {rule}: {answer.status_code}"
        _says_nothing_foreign(world, f"{method} {rule}", answer, sent=data)
    assert world.digest(world.foreign.company_id) == before


def test_C3_another_companys_ids_lead_nowhere_in_the_api(worn: World) -> None:
    """Every operation's own example, with the other company's ids wherever one fits."""
    world = worn
    before = world.digest(world.foreign.company_id)
    ids = world.ids["foreign"]
    for method, rule, guard in world.rules:
        if guard.audience != "api":
            continue
        path = world.url(rule, ids).removeprefix("/api/v1")
        body = _example(method, rule, world) if method != "GET" else None
        answer = world.own.api.send(method, path, body)
        named = body if isinstance(body, dict) else {}
        foreign = bool(rule.arguments) or bool({"card", "vendor"} & set(named))
        assert answer.status_code in ({404, 422} if foreign else {200, 201}), (
            f"{method} {rule}: {answer.status_code} {answer.text[:200]}"
        )
        _says_nothing_foreign(world, f"{method} {rule}", answer, sent=body)
    assert world.digest(world.foreign.company_id) == before


def test_C3_lists_asked_for_another_companys_things_are_empty(world: World) -> None:
    ids = world.ids["foreign"]
    asked = {
        "/cards": {"email": f"foreign-{world.foreign.slug}@example.org"},
        "/transactions": {"card": ids["number"]},
    }
    for path, query in asked.items():
        answer = world.own.api.get(path, **query)
        assert answer.status_code == 404 or answer.json["items"] == [], path
    unknown = world.own.api.get("/cards/0000-0000-0000")
    foreign = world.own.api.get(f"/cards/{ids['number']}")
    assert (unknown.status_code, unknown.data) == (foreign.status_code, foreign.data)


def _example(method: str, rule: Rule, world: World) -> Any:
    """The documented example of the operation's body, pointed at the other company."""
    path = "/" + "/".join(
        f"{{{part[1:-1].partition(':')[2]}}}" if part.startswith("<") else part
        for part in str(rule).removeprefix("/api/v1/").split("/")
    )
    operation = document()["paths"][path][method.lower()]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    ids = world.ids["foreign"]
    foreign = {
        "card": ids["number"],
        "vendor": ids["vendor_slug"],
        "vendors": [ids["vendor_slug"]],
        "reward": str(ids["reward_id"]),
    }
    body = content.get("example", {})
    if isinstance(body, list):
        return body
    return {name: foreign.get(name, value) for name, value in body.items()}


def _says_nothing_foreign(world: World, where: str, answer: Any, sent: Any = None) -> None:
    """Not a byte of the other company, but what the asker sent themselves."""
    text = answer.data.decode(errors="replace")  # pictures too
    for word in world.words:
        if word not in str(sent) and word not in (getattr(answer, "location", "") or ""):
            assert word not in text, f"{where}: shows {word!r}"


def test_C3_each_page_shows_the_own_company_alone(world: World) -> None:
    for method, rule, guard in world.rules:
        if method == "GET" and guard.audience != "anyone":
            ids = _ids_for(rule, world.ids["own"])
            url = world.url(rule, ids)
            answer: Any = (
                world.own.api.send("GET", url.removeprefix("/api/v1"))
                if guard.audience == "api"
                else _send(_rightful(world, guard), "GET", url)
            )
            _says_nothing_foreign(world, str(rule), answer)


def test_C3_cookies_of_one_company_do_not_serve_another(world: World) -> None:
    """The company stands in clear at the head of a cookie: changing it must not change sides."""
    own, foreign = world.own, world.foreign
    _, _, rest = own.user_cookie(own.admin).partition(".")
    office = _with_cookie(own, "user", f"{foreign.company_id}.{rest}")
    assert _send(office, "GET", "/admin/").status_code == 303
    _, _, rest = own.terminal_cookie.partition(".")
    till = _with_cookie(own, "terminal", f"{foreign.company_id}.{rest}")
    assert _send(till, "GET", "/terminal/unlock").location == "/terminal/pair"
    till = foreign.terminal(unlocked=False)
    till.set_cookie("staff", own.staff_cookie(own.staff))
    assert _send(till, "GET", "/terminal/").status_code == 303


# -- without a CSRF token -------------------------------------------------------------------------


def test_every_change_of_a_page_asks_for_its_csrf_token(world: World) -> None:
    before = world.digest(world.own.company_id)
    changing = 0
    for method, rule, guard in world.rules:
        if method == "GET" or guard.audience == "api" or str(rule) in ONE_CLICK:
            continue
        if guard.audience in OF_PHONES:
            continue
        changing += 1
        url = world.url(rule, _ids_for(rule, world.ids["own"]))
        for headers in ({}, {"X-CSRFToken": "forged"}):
            browser = _rightful(world, guard)
            answer = browser.open(url, method=method, csrf=False, headers=headers)
            assert answer.status_code == 400, f"{method} {rule}: {answer.status_code}"
    assert changing >= 15
    now = _but(before, world, "user_sessions", "staff_sessions")
    assert world.digest(world.own.company_id) == now


def test_the_api_asks_for_no_cookie_and_takes_none(world: World) -> None:
    """A browser that is signed in everywhere is nobody to the API: no CSRF to be had there."""
    office = world.own.office()
    for method, rule, guard in world.rules:
        if guard.audience == "api":
            answer = _send(office, method, world.url(rule, _ids_for(rule, world.ids["own"])))
            assert answer.status_code == 401, f"{method} {rule}"


# -- hostile ids and cookies ----------------------------------------------------------------------

HOSTILE = ["0", "²", "-1", str(2**63), str(10**30), "%00", "'--", "..", "a" * 300, "é", "<script>"]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_address_is_not_found_and_breaks_nothing(world: World, value: str) -> None:
    for method, rule, guard in world.rules:
        if not rule.arguments or guard.audience == "anyone":
            continue
        path = str(rule)
        for name in rule.arguments:
            own = _ids_for(rule, world.ids["own"])
            shown = own[name] if name == "slug" and path.startswith("/s/") else value
            path = _filled(path, name, str(shown))
        if guard.audience == "api":
            answer: Any = world.own.api.send(method, path.removeprefix("/api/v1"), {})
        else:
            answer = _send(_rightful(world, guard), method, path)
        refused = (400, 404, 405, 308) if rule.arguments != {"slug"} else range(200, 500)
        if guard.audience in OF_PHONES:  # unknown phones have no passes, unknown passes no phones
            refused = (204, 401, 404, 405, 308)
        assert answer.status_code in (*refused, 422), f"{method} {path}: {answer.status_code}"


def _filled(path: str, name: str, value: str) -> str:
    head, _, tail = path.partition(f":{name}>")
    return head[: head.rindex("<")] + value + tail


COOKIES = [
    "²",
    "².².x",
    "1.².x",
    f"{2**63}.1.x",
    f"1.{2**63}.x",
    "9999999999999999999.9999999999999999999.x",
    "-1.-1.x",
    "0.0.0",
    "....",
    "1.1.é",
    "x" * 4_000,
]


@pytest.mark.parametrize("value", COOKIES)
@pytest.mark.parametrize("cookie", ["user", "terminal", "staff"])
def test_a_hostile_cookie_is_nobody(world: World, cookie: str, value: str) -> None:
    browser = world.own.browser()
    if cookie == "staff":
        browser = world.own.terminal()
    # As a browser would send bytes: the server reads a cookie header as latin-1.
    browser.set_cookie(cookie, value)
    for page in ("/admin/", "/terminal/", "/terminal/unlock", "/companies"):
        status = _send(browser, "GET", page).status_code
        assert status in (200, 303), f"{page}: {status}"
        if cookie == "user":
            assert status == 303 or page != "/admin/"


def test_the_walk_sees_every_table(world: World) -> None:
    """The digests above would notice a change in any of them."""
    assert set(world.digest(world.own.company_id)) == {
        table.name
        for table in Model.metadata.sorted_tables
        if tenancy.is_tenant(table) or table.name == "companies"
    }
    first = world.digest(world.own.company_id)
    world.own.stamp(world.own.card())
    changed = {
        name for name, digest in world.digest(world.own.company_id).items() if digest != first[name]
    }
    assert changed >= {"loyalty_cards", "loyalty_transactions", "customers", "outbox"}
