"""What is kept of passes: which there are, how far each platform knows them, who holds them.

No pass itself is kept, nor any secret of one: tokens are derived (`passes.py`).
"""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from .... import clock, tenancy
from ....database import Json, Model, UtcDateTime, belongs_to, company_table, server_now

APPLE, GOOGLE = "apple", "google"
PLATFORMS = (APPLE, GOOGLE)
LONGEST_FAULT = 200


def _a_platform() -> CheckConstraint:
    return CheckConstraint("platform IN ('apple', 'google')", name="platform")


class WalletPass(tenancy.Tenant, Model):
    """One card on one platform, from the first phone that took it.

    Marking counts `wanted` up and sets `due_at`; whoever syncs it remembers the `wanted` that it
    rendered, and clears `due_at` only where that is still the last. `tag` and `modified_at` move
    when the content (`content_hash`) does; the platform knows the content of `sent_tag`.
    """

    __tablename__ = "wallet_passes"
    __table_args__ = (
        belongs_to("loyalty_cards", "card_id"),
        belongs_to("loyalty_cards", "shows_card_id"),
        UniqueConstraint("company_id", "platform", "card_id", "link_version"),
        _a_platform(),
        CheckConstraint("wanted >= 1", name="wanted"),
        CheckConstraint("attempts BETWEEN 0 AND 1000", name="attempts"),
        Index("ix_wallet_passes_shows", "company_id", "shows_card_id"),
        # What is due of whom: nobody's crowd stands before another's passes.
        Index(
            "ix_wallet_passes_due",
            "company_id",
            "platform",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
    )

    platform: Mapped[str] = mapped_column(String(6))
    card_id: Mapped[int] = mapped_column(BigInteger)  # whose pass it is, and so its serial
    shows_card_id: Mapped[int] = mapped_column(BigInteger)  # another one after a merge
    link_version: Mapped[int] = mapped_column(SmallInteger)
    key_version: Mapped[int] = mapped_column(SmallInteger)  # of FIELD_KEY, for its token

    wanted: Mapped[int] = mapped_column(Integer, server_default="1", default=1)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rest_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the coalescing window's end
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0", default=0)
    fault: Mapped[str | None] = mapped_column(String(LONGEST_FAULT))

    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    tag: Mapped[int | None] = mapped_column(BigInteger)
    modified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # whole seconds, increasing
    sent_tag: Mapped[int | None] = mapped_column(BigInteger)

    queued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    listed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fetched_tag: Mapped[int | None] = mapped_column(BigInteger)
    resent_tag: Mapped[int | None] = mapped_column(BigInteger)  # a stale pass is sent once more
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # void for good, and told so
    # Google: when the holder was last notified, three moments at most.
    notices: Mapped[list[str]] = mapped_column(Json, server_default="[]", default=list)
    # And how many rewards waited in what it was sent last; and since when it is thrown away.
    ready_sent: Mapped[int | None] = mapped_column(SmallInteger)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, server_default=server_now
    )


class WalletDevice(tenancy.Tenant, Model):
    """A phone that has an Apple pass and wants to hear of its changes."""

    __tablename__ = "wallet_devices"
    __table_args__ = (
        belongs_to("wallet_passes", "pass_id"),
        UniqueConstraint("company_id", "pass_id", "library_id", "pass_type"),
        Index("ix_wallet_devices_library_id", "library_id"),  # what a phone asks by, unnamed
        CheckConstraint("length(library_id) BETWEEN 1 AND 64", name="library_id"),
        CheckConstraint("length(pass_type) BETWEEN 1 AND 120", name="pass_type"),
        CheckConstraint("length(push_token) BETWEEN 1 AND 200", name="push_token"),
    )

    pass_id: Mapped[int] = mapped_column(BigInteger)
    library_id: Mapped[str] = mapped_column(String(64))
    # Under which it was installed, and so the topic of its pushes: it stays when the company's
    # own credentials come or go.
    pass_type: Mapped[str] = mapped_column(String(120))
    push_token: Mapped[str] = mapped_column(String(200))
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # APNs knows no such token


class WalletChannel(tenancy.Owned, Model):
    """How a company reaches one platform: with credentials of its own, else the platform's.

    A channel that is stopped sends nothing until somebody mends its credentials.
    """

    __tablename__ = "wallet_channels"
    __table_args__ = (
        company_table(),
        _a_platform(),
        CheckConstraint("length(sealed) <= 40000", name="sealed"),
        CheckConstraint("spent >= 0", name="spent"),
    )

    platform: Mapped[str] = mapped_column(String(6), primary_key=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # own credentials, see app/sealed.py
    identifier: Mapped[str | None] = mapped_column(String(120))  # pass type, or issuer
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    warned_days: Mapped[int | None] = mapped_column(SmallInteger)  # 60, 30 or 7: the last warning
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fault: Mapped[str | None] = mapped_column(String(LONGEST_FAULT))
    # The class that all objects share: what it came to, and when the platform took it.
    design_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    design_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The budget: how much of the present minute is spent.
    spent_in: Mapped[datetime | None] = mapped_column(UtcDateTime)
    spent: Mapped[int] = mapped_column(Integer, server_default="0", default=0)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_by: Mapped[int | None] = mapped_column(BigInteger)


class UsedCode(tenancy.Owned, Model):
    """A rotating code that has been used: the step of its card's clock."""

    __tablename__ = "used_codes"
    __table_args__ = (belongs_to("loyalty_cards", "card_id"),)

    card_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class GoogleNonce(tenancy.Owned, Model):
    """A message of Google's that has been acted upon."""

    __tablename__ = "google_nonces"
    __table_args__ = (
        company_table(),
        CheckConstraint("length(nonce) BETWEEN 1 AND 120", name="nonce"),
    )

    nonce: Mapped[str] = mapped_column(String(120), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class WalletClock(Model):
    """One row, of id 1: the last tag. Taking the next ones locks it until the commit, so that tags
    are in the order of their commits and no phone that lists since one misses a smaller."""

    __tablename__ = "wallet_clock"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    tag: Mapped[int] = mapped_column(BigInteger, server_default="0")


class DeviceLog(Model):
    """What a phone complained of. It does not say whose pass it was, unless its words do: then
    `of_company` is that company, which is shown it too."""

    __tablename__ = "device_logs"
    __table_args__ = (
        CheckConstraint("length(message) BETWEEN 1 AND 500", name="message"),
        Index("ix_device_logs_of_company", "of_company", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    of_company: Mapped[int | None] = mapped_column(BigInteger)
    message: Mapped[str] = mapped_column(String(500))
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)


__all__ = [
    "APPLE",
    "GOOGLE",
    "PLATFORMS",
    "DeviceLog",
    "GoogleNonce",
    "UsedCode",
    "WalletChannel",
    "WalletClock",
    "WalletDevice",
    "WalletPass",
]
