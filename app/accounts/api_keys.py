"""API keys: `rk_<company>_<id>_<secret>`, shown once, kept as a hash, limited by scopes."""

import hashlib
import hmac
import secrets
from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary, String, and_, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from .. import clock, tenancy, text
from ..database import Model, UtcDateTime, company_table, server_now
from ..errors import Invalid
from ..extensions import db
from ..idempotency import IdempotencyRecord
from ..ids import new_id, told
from .companies import Company

SCOPES = ("read", "write", "admin")


class ApiKey(tenancy.Tenant, Model):
    """A partner's key. A secret of 256 random bits needs no slow hash."""

    __tablename__ = "api_keys"
    __table_args__ = (
        company_table(),
        CheckConstraint("length(scopes) BETWEEN 4 AND 40", name="scopes_length"),
    )

    name: Mapped[str] = mapped_column(String(80), server_default="", default="")
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    scopes: Mapped[str] = mapped_column(String(40), server_default="read")
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


_key, _record, _company = (model.__table__.c for model in (ApiKey, IdempotencyRecord, Company))
# The key of an open company, and what it did under this Idempotency-Key, in one trip.
KEY_AND_REPLAY = (
    select(
        _key.secret_hash,
        _key.scopes,
        _key.revoked_at,
        _record.request_hash,
        _record.status.label("answered"),
        _record.body,
        _record.transaction_id,
    )
    .join_from(
        ApiKey.__table__,
        Company.__table__,
        and_(_company.id == _key.company_id, _company.status == "open"),
    )
    .outerjoin(
        IdempotencyRecord.__table__,
        and_(
            _record.company_id == _key.company_id,
            _record.caller == bindparam("caller"),
            _record.key == bindparam("key"),
        ),
    )
    .where(_key.company_id == bindparam("company_id"), _key.id == bindparam("key_id"))
)


def create(*, scopes: str = "read,write", name: str = "") -> str:
    """The new key of the acting company, in clear for the only time; raises `Invalid`."""
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    if not wanted or not set(wanted) <= set(SCOPES):
        raise Invalid({"scopes": f"got {scopes[:60]!r}, expected some of {', '.join(SCOPES)}"})
    secret = secrets.token_urlsafe(32).replace("_", "-")
    key = ApiKey(
        id=new_id(),
        name=text.name(name) if name else "",
        secret_hash=digest(secret),
        scopes=",".join(sorted(set(wanted), key=SCOPES.index)),
    )
    db.session.add(key)
    return f"rk_{tenancy.company_id()}_{key.id}_{secret}"


def parse(key: str) -> tuple[int, int, str] | None:
    """`(company id, key id, secret)` of a well-formed key."""
    parts = key.split("_", 3)
    if len(parts) != 4 or parts[0] != "rk" or not 0 < len(parts[3]) <= 64:
        return None
    company, key_id = told(parts[1]), told(parts[2])
    return (company, key_id, parts[3]) if company and key_id else None


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def proves(secret: str, kept: bytes) -> bool:
    return hmac.compare_digest(digest(secret), kept)
