"""The command line: what it makes, that twice is once, and how it refuses."""

import json
import secrets
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from app import tenancy, verify
from app.accounts import users
from app.accounts.companies import by_slug
from app.extensions import db
from app.modules.loyalty import programs
from tests.cast import Chain

PASSWORD = "a long enough secret"


def flask(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=words)


def create(app: Flask, slug: str, **values: str) -> Result:
    given = {"name": "Brot und Rad", "currency": "EUR", "timezone": "Europe/Luxembourg"} | values
    words = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    return flask(app, "company", "create", f"--slug={slug}", *words)


@pytest.fixture
def slug() -> str:
    return f"new-{secrets.token_hex(5)}"


def test_a_new_company_has_its_programme_and_its_admin_can_sign_in(app: Flask, slug: str) -> None:
    email = f"{slug}@example.org"
    assert create(app, slug, admin_email=email, admin_password=PASSWORD).exit_code == 0
    with app.app_context(), tenancy.crossing():
        company = by_slug(slug)
        assert company
        company_id = company.id
        db.session.commit()
        _, companies = users.sign_in(email, PASSWORD)
        assert list(companies) == [company_id]
    with app.app_context(), tenancy.acting_as(company_id):
        assert programs.current().loyalty_type == "points"
        assert programs.of_company().active


def test_creating_a_company_twice_is_creating_it_once(app: Flask, slug: str) -> None:
    admin = {"admin_email": f"{slug}@example.org", "admin_password": PASSWORD}
    assert create(app, slug, **admin).exit_code == 0
    assert create(app, slug, **admin).exit_code == 0


def test_other_values_for_a_company_that_exists_are_refused_by_field(app: Flask, slug: str) -> None:
    create(app, slug)
    refused = create(app, slug, currency="USD", name="Others")
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert "currency: got 'USD', but it exists with 'EUR'" in refused.stderr
    assert "name: got 'Others'" in refused.stderr


@pytest.mark.parametrize(
    ("field", "value"),
    [("currency", "EURO"), ("timezone", "Mars/Base"), ("slug", "no spaces"), ("name", "")],
)
def test_a_bad_value_is_named_and_nothing_is_made(
    app: Flask, slug: str, field: str, value: str
) -> None:
    refused = create(app, **({"slug": slug} | {field: value}))
    assert refused.exit_code == 1
    assert refused.stderr.startswith(f"Error: {field}: ")
    with app.app_context(), tenancy.crossing():
        assert by_slug(slug) is None


def test_another_password_for_a_known_admin_is_refused(app: Flask, slug: str) -> None:
    email = f"{slug}@example.org"
    create(app, slug, admin_email=email, admin_password=PASSWORD)
    refused = create(app, slug, admin_email=email, admin_password="not that one at all")
    assert refused.exit_code == 1
    assert "not that one" not in refused.output


def test_a_vendor_is_made_once_in_the_zone_of_its_company(app: Flask, chain: Chain) -> None:
    words = ("vendor", "create", f"--company={chain.slug}", "--slug=quay", "--name=The Quay")
    assert flask(app, *words).exit_code == 0
    assert flask(app, *words).exit_code == 0
    other_zone = flask(app, *words, "--timezone=Europe/Berlin")
    assert other_zone.exit_code == 1
    assert "'Europe/Luxembourg'" in other_zone.stderr
    shops = chain.api.get("/vendors").json["items"]
    assert [shop["slug"] for shop in shops if shop["slug"] == "quay"] == ["quay"]


def test_a_key_is_printed_alone_and_opens_the_api(app: Flask, chain: Chain) -> None:
    made = flask(app, "api-key", "create", f"--company={chain.slug}", "--scopes=read")
    assert made.exit_code == 0
    key = made.stdout.removesuffix("\n")
    assert key.startswith(f"rk_{chain.company_id}_")
    client = app.test_client()
    assert (
        client.get("/api/v1/vendors", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    )
    assert verify_clean(app, chain)


@pytest.mark.parametrize(
    "words",
    [
        ("api-key", "create", "--company=nobody-here"),
        ("vendor", "create", "--company=nobody-here", "--slug=a", "--name=A"),
        ("loyalty", "verify", "--company=nobody-here"),
    ],
)
def test_an_unknown_company_is_named(app: Flask, words: tuple[str, ...]) -> None:
    refused = flask(app, *words)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == (
        "Error: company: got 'nobody-here', expected the slug of a company that exists\n"
    )


def test_an_unknown_scope_is_refused(app: Flask, chain: Chain) -> None:
    refused = flask(app, "api-key", "create", f"--company={chain.slug}", "--scopes=read,all")
    assert refused.exit_code == 1
    assert "expected some of read, write, admin" in refused.stderr


def test_an_operator_is_made_once(app: Flask, slug: str) -> None:
    words = ("user", "create", f"--email={slug}@example.org", "--name=Opal Orr", "--operator")
    for _ in range(2):
        assert flask(app, *words, f"--password={PASSWORD}").exit_code == 0
    short = flask(app, *words[:2], f"--email=x{slug}@example.org", *words[3:], "--password=short")
    assert short.exit_code == 1
    assert "password: expected at least" in short.stderr


def test_every_route_is_listed_with_its_guard(app: Flask) -> None:
    listed = [json.loads(line) for line in flask(app, "routes-guards").stdout.splitlines()]
    assert len(listed) == len(list(app.url_map.iter_rules()))
    assert {tuple(route) for route in listed} == {("rule", "methods", "audience", "permission")}
    stamp: Any = next(route for route in listed if route["rule"] == "/api/v1/stamps/add")
    assert stamp["methods"] == ["POST"]
    assert (stamp["audience"], stamp["permission"]) == ("api", "write")


@pytest.mark.parametrize(
    "words",
    [
        ("company", "create"),
        ("vendor", "create"),
        ("user", "create"),
        ("api-key", "create"),
        ("demo", "seed"),
        ("demo", "up"),
        ("demo", "load"),
        ("loyalty", "verify"),
        ("jobs", "work"),
        ("routes-guards",),
    ],
)
def test_every_command_explains_itself(app: Flask, words: tuple[str, ...]) -> None:
    shown = flask(app, *words, "--help")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("Usage: ")


def verify_clean(app: Flask, chain: Chain) -> bool:
    with app.app_context():
        return not list(verify.breaches(chain.company_id))
