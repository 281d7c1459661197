"""Settings: a bad value stops the start with the variable's name and what was expected."""

import json
import stat
from pathlib import Path

import pytest
from flask import request

from app import create_app
from config import Keyring, Settings, SettingsError
from tests.servers import environment

SECRET = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": SECRET,
    "PIN_PEPPER": SECRET[::-1],
    "FIELD_KEY": f"2:{SECRET[8:]}{SECRET[:8]},1:{SECRET}",
}


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("APP_ENV", "staging", "development, production"),
        ("DATABASE_URL", "mysql://root@localhost/x", "sqlite:///"),
        ("MIGRATION_DATABASE_URL", "postgres://x", r"postgresql\+psycopg://"),
        ("REDIS_URL", "http://localhost", "redis://"),
        ("PUBLIC_URL", "example.org", "https://"),
        ("MAIL_URL", "mail.example.org", "smtp://"),
        ("RATE_LIMITS", "maybe", "on, off"),
        ("METRICS", "1", "on, off"),
        ("PROXY_HOPS", "-1", "0 to 10"),
    ],
)
def test_a_bad_value_is_named_with_what_was_expected(
    tmp_path: Path, variable: str, value: str, expected: str
) -> None:
    environ = environment("sqlite:///x.db", tmp_path) | {variable: value}
    with pytest.raises(SettingsError, match=f"^{variable}: .*{expected}"):
        Settings.read(environ)


def test_a_database_address_is_refused_without_repeating_its_password(tmp_path: Path) -> None:
    environ = environment("mysql://root:hunter2@localhost/x", tmp_path)
    with pytest.raises(SettingsError) as refusal:
        Settings.read(environ)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("name", ["SECRET_KEY", "PIN_PEPPER", "FIELD_KEY"])
@pytest.mark.parametrize("value", ["", "short", "a" * 64, f"change-me-{SECRET}", f"{SECRET},1:x"])
def test_production_refuses_missing_short_and_default_secrets(
    tmp_path: Path, name: str, value: str
) -> None:
    environ = PRODUCTION | {"INSTANCE_DIR": str(tmp_path), name: value}
    with pytest.raises(SettingsError, match=f"^{name}: "):
        Settings.read(environ)
    assert list(tmp_path.iterdir()) == []


def test_production_reads_versioned_secrets_and_honours_no_toys(tmp_path: Path) -> None:
    toys = {"CLOCK_FILE": "/tmp/clock", "RATE_LIMITS": "off"}
    settings = Settings.read(PRODUCTION | toys | {"INSTANCE_DIR": str(tmp_path)})
    assert settings.production
    assert (settings.clock_file, settings.rate_limits) == (None, True)
    assert settings.field_key.current == 2
    assert settings.field_key.secret(1) == SECRET.encode()


def test_development_makes_its_secrets_once_and_keeps_them_private(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    first = Settings.read({"INSTANCE_DIR": str(instance)})
    kept = instance / "secrets.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(set(json.loads(kept.read_text()).values())) == 3
    assert list(instance.iterdir()) == [kept]
    assert Settings.read({"INSTANCE_DIR": str(instance)}).secret_key == first.secret_key


def test_defaults_are_those_of_the_contract(tmp_path: Path) -> None:
    settings = Settings.read({"INSTANCE_DIR": str(tmp_path)})
    assert settings.app_env == "development"
    assert settings.database_url == f"sqlite:///{tmp_path}/loyalty.db"
    assert settings.redis_url is None
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.media_dir == tmp_path / "media"
    assert settings.rate_limits


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    settings = Settings.read(PRODUCTION | {"INSTANCE_DIR": str(tmp_path)})
    shown = repr(settings) + repr(settings.field_key)
    assert SECRET not in shown
    assert "secret_key" not in shown


def test_a_keyring_works_by_version_and_by_purpose() -> None:
    ring = Keyring.parse("2:newer,1:older")
    assert (ring.current, ring.secret(), ring.secret(1)) == (2, b"newer", b"older")
    assert ring.mac("a", b"x") != ring.mac("b", b"x")
    assert ring.mac("a", b"x", 1) == Keyring.parse("older").mac("a", b"x")
    with pytest.raises(KeyError):
        ring.secret(3)
    with pytest.raises(ValueError, match="once"):
        Keyring.parse("1:a,1:b")


def test_an_application_can_be_made_twice_in_one_process(tmp_path: Path) -> None:
    settings = Settings.read(environment(f"sqlite:///{tmp_path}/x.db", tmp_path))
    first, second = create_app(settings), create_app(settings)
    rules = [{str(rule) for rule in app.url_map.iter_rules()} for app in (first, second)]
    assert rules[0] == rules[1]
    for app in (first, second):
        assert app.test_client().get("/healthz").status_code == 200


@pytest.mark.parametrize(("hops", "seen"), [("0", "127.0.0.1"), ("1", "203.0.113.9")])
def test_the_visitors_address_is_taken_from_as_many_proxies_as_there_are(
    tmp_path: Path, hops: str, seen: str
) -> None:
    environ = environment("sqlite:///x.db", tmp_path) | {"PROXY_HOPS": hops}
    app = create_app(Settings.read(environ))
    addresses: list[str | None] = []
    app.before_request(lambda: addresses.append(request.remote_addr))
    app.test_client().get("/healthz", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert addresses == [seen]
