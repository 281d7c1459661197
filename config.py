"""Settings, read once and strictly from the environment.

A bad value stops the start with the variable's name and what was expected. In development
the three secrets are made on first use and kept in `instance/`; in production they are
demanded.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environment import Environment, SettingsError

ROOT = Path(__file__).resolve().parent
_SECRETS = ("SECRET_KEY", "PIN_PEPPER", "FIELD_KEY")
_SHORTEST_SECRET = 32


@dataclass(frozen=True, slots=True)
class Keyring:
    """A versioned secret, newest first, written `secret` or `2:newer,1:older`.

    New work uses the first; old work names the version that made it.
    """

    versions: tuple[tuple[int, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Read `secret` or `2:newer,1:older`; raises ValueError on repeated versions."""
        pairs = []
        for part in text.split(","):
            version, colon, secret = part.strip().partition(":")
            pairs.append((int(version), secret) if colon and version.isdigit() else (1, part))
        if len({version for version, _ in pairs}) != len(pairs):
            raise ValueError("each version once")
        return cls(tuple((version, secret.strip().encode()) for version, secret in pairs))

    @property
    def current(self) -> int:
        return self.versions[0][0]

    def secret(self, version: int | None = None) -> bytes:
        """The secret of a version, the newest by default; raises KeyError if it is gone."""
        return self.versions[0][1] if version is None else dict(self.versions)[version]

    def mac(self, purpose: str, message: bytes, version: int | None = None) -> bytes:
        """HMAC-SHA256 under a key derived for one purpose: 32 bytes."""
        return hmac.digest(_derived(self.secret(version), purpose), message, hashlib.sha256)

    def __repr__(self) -> str:
        return f"Keyring(versions={[version for version, _ in self.versions]})"


@lru_cache(maxsize=256)
def _derived(secret: bytes, purpose: str) -> bytes:
    """The key of one purpose; there are few, and a walk over the ledger asks a million times."""
    return hmac.digest(secret, purpose.encode(), hashlib.sha256)


@dataclass(frozen=True)
class Settings:
    """One installation's settings. `Settings.read()` is the way to make them."""

    app_env: str
    instance_dir: Path
    database_url: str
    secret_key: Keyring = field(repr=False)
    pin_pepper: Keyring = field(repr=False)
    field_key: Keyring = field(repr=False)
    migration_database_url: str | None = None
    redis_url: str | None = None
    media_dir: Path = ROOT / "instance" / "media"
    public_url: str = "http://127.0.0.1:8000"
    mail_url: str | None = None
    sms_url: str | None = None
    rate_limits: bool = True
    metrics: bool = False
    metrics_port: int = 0
    proxy_hops: int = 0
    clock_file: str | None = None
    apple_pass_cert: Path | None = None
    apple_pass_key: Path | None = None
    apple_wwdr_cert: Path | None = None
    apns_url: str = "https://api.push.apple.com"
    apns_ca: Path | None = None
    google_wallet_credentials: Path | None = None
    google_wallet_issuer: str | None = None
    google_wallet_api: str = "https://walletobjects.googleapis.com/walletobjects/v1"
    google_token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    google_callback_keys_url: str = "https://pay.google.com/gp/m/issuer/keys"

    @property
    def production(self) -> bool:
        return self.app_env == "production"

    @property
    def secure(self) -> bool:
        """Whether the outside speaks https: then cookies are `__Host-` and Secure."""
        return self.public_url.startswith("https://")

    @property
    def trusted_hosts(self) -> list[str] | None:
        """Names that a request may be addressed to; in development any, for tunnels and phones."""
        host = urlsplit(self.public_url).hostname or ""
        return [host, "127.0.0.1", "localhost"] if self.production else None

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read and check every variable; raises `SettingsError` naming the first bad one."""
        env = Environment(os.environ if environ is None else environ)
        app_env = env.choice("APP_ENV", ("development", "production"), "development")
        production = app_env == "production"
        if production and env.text("FLASK_DEBUG") not in (None, "0"):
            raise SettingsError("FLASK_DEBUG: set, expected unset in production")
        instance = Path(env.text("INSTANCE_DIR") or ROOT / "instance").resolve()
        keys = _demanded(env) if production else _made(env, instance)
        return cls(
            app_env=app_env,
            instance_dir=instance,
            database_url=env.database("DATABASE_URL") or f"sqlite:///{instance}/loyalty.db",
            migration_database_url=env.database("MIGRATION_DATABASE_URL"),
            redis_url=env.url("REDIS_URL", ("redis", "rediss", "unix")),
            media_dir=Path(env.text("MEDIA_DIR") or instance / "media"),
            public_url=(env.url("PUBLIC_URL", ("http", "https")) or cls.public_url).rstrip("/"),
            mail_url=env.url("MAIL_URL", ("smtp", "smtps")),
            sms_url=env.url("SMS_URL", ("http", "https")),
            rate_limits=env.switch("RATE_LIMITS", "on") or production,
            metrics=env.switch("METRICS", "off"),
            metrics_port=env.count("METRICS_PORT", 65_535),
            proxy_hops=env.count("PROXY_HOPS", 10),
            clock_file=None if production else env.text("CLOCK_FILE"),
            secret_key=keys["SECRET_KEY"],
            pin_pepper=keys["PIN_PEPPER"],
            field_key=keys["FIELD_KEY"],
            **_wallet(env),
        )


def _wallet(env: Environment) -> dict[str, Any]:
    """What passes are signed with, and where the platforms are asked; Apple's three files come
    together or not at all."""
    apple = ("APPLE_PASS_CERT", "APPLE_PASS_KEY", "APPLE_WWDR_CERT")
    files = {name: env.file(name) for name in (*apple, "APNS_CA", "GOOGLE_WALLET_CREDENTIALS")}
    missing = [name for name in apple if files[name] is None]
    if 0 < len(missing) < len(apple):
        raise SettingsError(f"{missing[0]}: not set, expected a PEM file beside the others")
    addresses = ("APNS_URL", "GOOGLE_WALLET_API", "GOOGLE_TOKEN_URL", "GOOGLE_CALLBACK_KEYS_URL")
    urls = {name: env.url(name, ("https", "http")) for name in addresses}
    issuer = env.text("GOOGLE_WALLET_ISSUER")
    if issuer and not (issuer.isascii() and issuer.isdecimal()):
        raise SettingsError(f"GOOGLE_WALLET_ISSUER: got {issuer!r}, expected the issuer's number")
    told = files | {name: url.rstrip("/") for name, url in urls.items() if url}
    return {name.lower(): value for name, value in told.items()} | {"google_wallet_issuer": issuer}


def _demanded(env: Environment) -> dict[str, Keyring]:
    return {name: _keyring(env, name, _weakness) for name in _SECRETS}


def _keyring(env: Environment, name: str, checked: Callable[[str], str | None]) -> Keyring:
    value = env.text(name)
    complaint = "not set" if value is None else checked(value)
    if value is None or complaint:
        raise SettingsError(
            f"{name}: {complaint}, expected a secret of at least {_SHORTEST_SECRET} random"
            " characters (or versions of it, newest first: 2:…,1:…)"
        )
    try:
        return Keyring.parse(value)
    except ValueError as fault:
        raise SettingsError(f"{name}: {fault}, expected versions like 2:…,1:…") from None


def _weakness(value: str) -> str | None:
    for part in value.split(","):
        secret = part.rpartition(":")[2].strip()
        if len(secret) < _SHORTEST_SECRET:
            return "too short"
        if len(set(secret)) < 8 or "change-me" in secret:
            return "a default or a pattern"
    return None


def _made(env: Environment, instance: Path) -> dict[str, Keyring]:
    """Development's secrets: from the environment, else from `instance/secrets.json`, made once."""
    kept = instance / "secrets.json"
    if not all(env.text(name) for name in _SECRETS) and not kept.exists():
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = json.dumps({name: secrets.token_hex(32) for name in _SECRETS})
        draft = kept.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(fresh)
        try:
            os.link(draft, kept)  # fails where another process was first: theirs is used then
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    values = json.loads(kept.read_text()) if kept.exists() else {}
    return {name: Keyring.parse(env.text(name) or values[name]) for name in _SECRETS}
