"""wallet: passes, the phones that hold them, and a company's pictures"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "device_logs",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("of_company", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(message) BETWEEN 1 AND 500", name=op.f("ck_device_logs_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_logs")),
    )
    with op.batch_alter_table("device_logs", schema=None) as batch_op:
        batch_op.create_index("ix_device_logs_of_company", ["of_company", "id"], unique=False)

    op.create_table(
        "wallet_clock",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_clock")),
    )
    op.execute("INSERT INTO wallet_clock (id, tag) VALUES (1, 0)")
    op.create_table(
        "brand_images",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.SmallInteger(), nullable=False),
        sa.Column("height", sa.SmallInteger(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('logo', 'strip')", name=op.f("ck_brand_images_kind")),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_brand_images_digest")),
        sa.CheckConstraint("length(png) <= 2000000", name=op.f("ck_brand_images_size")),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_brand_images_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "kind", name=op.f("pk_brand_images")),
    )
    op.create_table(
        "google_nonces",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.String(length=120), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(nonce) BETWEEN 1 AND 120", name=op.f("ck_google_nonces_nonce")),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_google_nonces_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "nonce", name=op.f("pk_google_nonces")),
    )
    op.create_table(
        "wallet_channels",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.String(length=6), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("identifier", sa.String(length=120), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_days", sa.SmallInteger(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(length=200), nullable=True),
        sa.Column("design_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("design_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spent_in", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "platform IN ('apple', 'google')", name=op.f("ck_wallet_channels_platform")
        ),
        sa.CheckConstraint("length(sealed) <= 40000", name=op.f("ck_wallet_channels_sealed")),
        sa.CheckConstraint("spent >= 0", name=op.f("ck_wallet_channels_spent")),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_wallet_channels_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "platform", name=op.f("pk_wallet_channels")),
    )
    op.create_table(
        "used_codes",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("card_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "card_id"],
            ["loyalty_cards.company_id", "loyalty_cards.id"],
            name=op.f("fk_used_codes_company_id_card_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "card_id", "step", name=op.f("pk_used_codes")),
    )
    op.create_table(
        "wallet_passes",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.String(length=6), nullable=False),
        sa.Column("card_id", sa.BigInteger(), nullable=False),
        sa.Column("shows_card_id", sa.BigInteger(), nullable=False),
        sa.Column("link_version", sa.SmallInteger(), nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("wanted", sa.Integer(), server_default="1", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rest_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("fault", sa.String(length=200), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("tag", sa.BigInteger(), nullable=True),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_tag", sa.BigInteger(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_tag", sa.BigInteger(), nullable=True),
        sa.Column("resent_tag", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notices", sa.Text(), server_default="[]", nullable=False),
        sa.Column("ready_sent", sa.SmallInteger(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "platform IN ('apple', 'google')", name=op.f("ck_wallet_passes_platform")
        ),
        sa.CheckConstraint("attempts BETWEEN 0 AND 1000", name=op.f("ck_wallet_passes_attempts")),
        sa.CheckConstraint("wanted >= 1", name=op.f("ck_wallet_passes_wanted")),
        sa.ForeignKeyConstraint(
            ["company_id", "card_id"],
            ["loyalty_cards.company_id", "loyalty_cards.id"],
            name=op.f("fk_wallet_passes_company_id_card_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "shows_card_id"],
            ["loyalty_cards.company_id", "loyalty_cards.id"],
            name=op.f("fk_wallet_passes_company_id_shows_card_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_wallet_passes")),
        sa.UniqueConstraint(
            "company_id",
            "platform",
            "card_id",
            "link_version",
            name=op.f("uq_wallet_passes_company_id_platform_card_id_link_version"),
        ),
    )
    with op.batch_alter_table("wallet_passes", schema=None) as batch_op:
        batch_op.create_index(
            "ix_wallet_passes_due",
            ["company_id", "platform", "due_at"],
            unique=False,
            postgresql_where=sa.text("due_at IS NOT NULL"),
            sqlite_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_wallet_passes_shows", ["company_id", "shows_card_id"], unique=False
        )

    op.create_table(
        "wallet_devices",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("pass_id", sa.BigInteger(), nullable=False),
        sa.Column("library_id", sa.String(length=64), nullable=False),
        sa.Column("pass_type", sa.String(length=120), nullable=False),
        sa.Column("push_token", sa.String(length=200), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "length(library_id) BETWEEN 1 AND 64", name=op.f("ck_wallet_devices_library_id")
        ),
        sa.CheckConstraint(
            "length(pass_type) BETWEEN 1 AND 120", name=op.f("ck_wallet_devices_pass_type")
        ),
        sa.CheckConstraint(
            "length(push_token) BETWEEN 1 AND 200", name=op.f("ck_wallet_devices_push_token")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "pass_id"],
            ["wallet_passes.company_id", "wallet_passes.id"],
            name=op.f("fk_wallet_devices_company_id_pass_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_wallet_devices")),
        sa.UniqueConstraint(
            "company_id",
            "pass_id",
            "library_id",
            "pass_type",
            name=op.f("uq_wallet_devices_company_id_pass_id_library_id_pass_type"),
        ),
    )
    with op.batch_alter_table("wallet_devices", schema=None) as batch_op:
        batch_op.create_index("ix_wallet_devices_library_id", ["library_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("wallet_devices", schema=None) as batch_op:
        batch_op.drop_index("ix_wallet_devices_library_id")

    op.drop_table("wallet_devices")
    with op.batch_alter_table("wallet_passes", schema=None) as batch_op:
        batch_op.drop_index("ix_wallet_passes_shows")
        batch_op.drop_index(
            "ix_wallet_passes_due",
            postgresql_where=sa.text("due_at IS NOT NULL"),
            sqlite_where=sa.text("due_at IS NOT NULL"),
        )

    op.drop_table("wallet_passes")
    op.drop_table("used_codes")
    op.drop_table("wallet_channels")
    op.drop_table("google_nonces")
    op.drop_table("brand_images")
    op.drop_table("wallet_clock")
    with op.batch_alter_table("device_logs", schema=None) as batch_op:
        batch_op.drop_index("ix_device_logs_of_company")

    op.drop_table("device_logs")
