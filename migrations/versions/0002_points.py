"""points: what sales, rewards, bonuses and returns need"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "program_drafts",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("kept_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "kept_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "based_on BETWEEN 1 AND 1000000", name=op.f("ck_program_drafts_based_on")
        ),
        sa.CheckConstraint(
            "length(typed) BETWEEN 2 AND 200000", name=op.f("ck_program_drafts_typed_length")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_program_drafts_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", name=op.f("pk_program_drafts")),
    )
    op.create_table(
        "rewards",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=500), server_default="", nullable=False),
        sa.Column("points", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stamps", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("per_card_limit", sa.SmallInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "length(description) <= 500", name=op.f("ck_rewards_description_length")
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name=op.f("ck_rewards_name_length")),
        sa.CheckConstraint(
            "per_card_limit BETWEEN 1 AND 1000", name=op.f("ck_rewards_per_card_limit")
        ),
        sa.CheckConstraint("points + stamps > 0", name=op.f("ck_rewards_has_a_price")),
        sa.CheckConstraint("points BETWEEN 0 AND 1000000000", name=op.f("ck_rewards_points")),
        sa.CheckConstraint("stamps BETWEEN 0 AND 1000", name=op.f("ck_rewards_stamps")),
        sa.CheckConstraint("stock BETWEEN 0 AND 1000000", name=op.f("ck_rewards_stock")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_rewards_validity")),
        sa.CheckConstraint(
            "value_minor BETWEEN 0 AND 1000000000000", name=op.f("ck_rewards_value_minor")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_rewards_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_rewards")),
    )
    op.create_table(
        "reward_vendors",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("reward_id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "reward_id"],
            ["rewards.company_id", "rewards.id"],
            name=op.f("fk_reward_vendors_company_id_reward_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "vendor_id"],
            ["vendors.company_id", "vendors.id"],
            name=op.f("fk_reward_vendors_company_id_vendor_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint(
            "company_id", "reward_id", "vendor_id", name=op.f("pk_reward_vendors")
        ),
    )
    op.create_table(
        "program_bonuses",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("revision_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("percent_bp", sa.Integer(), server_default="0", nullable=False),
        sa.Column("points", sa.Integer(), server_default="0", nullable=False),
        sa.Column("conditions", sa.Text(), server_default="{}", nullable=False),
        sa.CheckConstraint(
            "(percent_bp = 0) <> (points = 0)", name=op.f("ck_program_bonuses_gives_one")
        ),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 80", name=op.f("ck_program_bonuses_name_length")
        ),
        sa.CheckConstraint(
            "percent_bp BETWEEN 0 AND 1000000", name=op.f("ck_program_bonuses_percent_bp")
        ),
        sa.CheckConstraint("points BETWEEN 0 AND 1000000", name=op.f("ck_program_bonuses_points")),
        sa.CheckConstraint("position BETWEEN 1 AND 50", name=op.f("ck_program_bonuses_position")),
        sa.ForeignKeyConstraint(
            ["company_id", "revision_id"],
            ["program_revisions.company_id", "program_revisions.id"],
            name=op.f("fk_program_bonuses_company_id_revision_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_program_bonuses")),
        sa.UniqueConstraint(
            "company_id",
            "revision_id",
            "position",
            name=op.f("uq_program_bonuses_company_id_revision_id_position"),
        ),
    )
    op.create_table(
        "adjustment_requests",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("card_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column(
            "asked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("state", sa.String(length=8), server_default="waiting", nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'given') = (transaction_id IS NOT NULL)",
            name=op.f("ck_adjustment_requests_given"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'given', 'declined')", name=op.f("ck_adjustment_requests_state")
        ),
        sa.CheckConstraint(
            "decided_by <> asked_by", name=op.f("ck_adjustment_requests_two_people")
        ),
        sa.CheckConstraint(
            "length(reason) BETWEEN 1 AND 200", name=op.f("ck_adjustment_requests_reason_length")
        ),
        sa.CheckConstraint("points <> 0", name=op.f("ck_adjustment_requests_points")),
        sa.CheckConstraint(
            "points BETWEEN -1000000000 AND 1000000000",
            name=op.f("ck_adjustment_requests_points_range"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "card_id"],
            ["loyalty_cards.company_id", "loyalty_cards.id"],
            name=op.f("fk_adjustment_requests_company_id_card_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "transaction_id"],
            ["loyalty_transactions.company_id", "loyalty_transactions.id"],
            name=op.f("fk_adjustment_requests_company_id_transaction_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_adjustment_requests")),
    )
    with op.batch_alter_table("adjustment_requests", schema=None) as batch_op:
        batch_op.create_index(
            "ix_adjustment_requests_waiting",
            ["company_id", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "point_draws",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points <> 0", name=op.f("ck_point_draws_points")),
        sa.ForeignKeyConstraint(
            ["company_id", "lot_id"],
            ["point_lots.company_id", "point_lots.id"],
            name=op.f("fk_point_draws_company_id_lot_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "transaction_id"],
            ["loyalty_transactions.company_id", "loyalty_transactions.id"],
            name=op.f("fk_point_draws_company_id_transaction_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint(
            "company_id", "transaction_id", "lot_id", name=op.f("pk_point_draws")
        ),
    )
    with op.batch_alter_table("loyalty_cards", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("purchases", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(
            sa.Column("purchases_peak", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("birthday_year", sa.SmallInteger(), nullable=True))
        batch_op.add_column(sa.Column("welcome_due", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_loyalty_cards_company_id_merged_into_id"),
            "loyalty_cards",
            ["company_id", "merged_into_id"],
            ["company_id", "id"],
            ondelete="RESTRICT",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_loyalty_cards_merged"), "merged_into_id IS NULL OR status = 'closed'"
        )
        batch_op.create_check_constraint(batch_op.f("ck_loyalty_cards_purchases"), "purchases >= 0")
        batch_op.create_check_constraint(
            batch_op.f("ck_loyalty_cards_purchases_peak"), "purchases_peak >= 0"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_loyalty_cards_welcome_due"), "welcome_due IN ('verified', 'first_visit')"
        )

    with op.batch_alter_table("loyalty_transactions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("amount_minor", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("reward_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.String(length=200), nullable=True))
        batch_op.create_index(
            "ix_loyalty_transactions_by_reward",
            ["company_id", "card_id", "reward_id"],
            unique=False,
            postgresql_where=sa.text("reward_id IS NOT NULL"),
            sqlite_where=sa.text("reward_id IS NOT NULL"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_loyalty_transactions_company_id_reward_id"),
            "rewards",
            ["company_id", "reward_id"],
            ["company_id", "id"],
            ondelete="RESTRICT",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_loyalty_transactions_amount_minor"),
            "amount_minor BETWEEN 0 AND 1000000000000",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_loyalty_transactions_reason_length"), "length(reason) BETWEEN 1 AND 200"
        )

    with op.batch_alter_table("point_lots", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("expired", sa.BigInteger(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("keep_until", sa.Date(), nullable=True))
        batch_op.drop_index(batch_op.f("ix_point_lots_by_card"))
        batch_op.drop_constraint(
            batch_op.f("uq_point_lots_company_id_transaction_id"), type_="unique"
        )
        batch_op.create_index(
            "ix_point_lots_open",
            ["company_id", "card_id", "granted_on", "id"],
            unique=False,
            postgresql_where=sa.text("remaining > 0"),
            sqlite_where=sa.text("remaining > 0"),
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_point_lots_company_id_transaction_id_granted_on"),
            ["company_id", "transaction_id", "granted_on"],
        )
        batch_op.drop_constraint(batch_op.f("ck_point_lots_remaining"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_point_lots_remaining"), "remaining >= 0")
        batch_op.create_check_constraint(
            batch_op.f("ck_point_lots_expired"), "expired >= 0 AND remaining + expired <= granted"
        )

    with op.batch_alter_table("program_revisions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("bonus_stacking", sa.String(length=4), server_default="sum", nullable=False)
        )
        batch_op.add_column(
            sa.Column("stamps_per_sale", sa.SmallInteger(), server_default="0", nullable=False)
        )
        batch_op.add_column(
            sa.Column("void_alone_minutes", sa.SmallInteger(), server_default="10", nullable=False)
        )
        batch_op.add_column(
            sa.Column("void_days", sa.SmallInteger(), server_default="30", nullable=True)
        )
        batch_op.add_column(sa.Column("redemption_alone_points", sa.BigInteger(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "adjustment_alone_points", sa.BigInteger(), server_default="1000", nullable=True
            )
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_program_revisions_bonus_stacking"), "bonus_stacking IN ('sum', 'best')"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_program_revisions_stamps_per_sale"), "stamps_per_sale BETWEEN 0 AND 100"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_program_revisions_void_alone_minutes"),
            "void_alone_minutes BETWEEN 0 AND 1440",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_program_revisions_void_days"), "void_days BETWEEN 0 AND 3650"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_program_revisions_redemption_alone_points"),
            "redemption_alone_points BETWEEN 0 AND 1000000000",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_program_revisions_adjustment_alone_points"),
            "adjustment_alone_points BETWEEN 0 AND 1000000000",
        )


def downgrade() -> None:
    with op.batch_alter_table("program_revisions", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("ck_program_revisions_adjustment_alone_points"), type_="check"
        )
        batch_op.drop_constraint(
            batch_op.f("ck_program_revisions_redemption_alone_points"), type_="check"
        )
        batch_op.drop_constraint(batch_op.f("ck_program_revisions_void_days"), type_="check")
        batch_op.drop_constraint(
            batch_op.f("ck_program_revisions_void_alone_minutes"), type_="check"
        )
        batch_op.drop_constraint(batch_op.f("ck_program_revisions_stamps_per_sale"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_program_revisions_bonus_stacking"), type_="check")
        batch_op.drop_column("adjustment_alone_points")
        batch_op.drop_column("redemption_alone_points")
        batch_op.drop_column("void_days")
        batch_op.drop_column("void_alone_minutes")
        batch_op.drop_column("stamps_per_sale")
        batch_op.drop_column("bonus_stacking")

    with op.batch_alter_table("point_lots", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_point_lots_expired"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_point_lots_remaining"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_point_lots_remaining"), "remaining BETWEEN 0 AND granted"
        )
        batch_op.drop_constraint(
            batch_op.f("uq_point_lots_company_id_transaction_id_granted_on"), type_="unique"
        )
        batch_op.drop_index(
            "ix_point_lots_open",
            postgresql_where=sa.text("remaining > 0"),
            sqlite_where=sa.text("remaining > 0"),
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_point_lots_company_id_transaction_id"), ["company_id", "transaction_id"]
        )
        batch_op.create_index(
            batch_op.f("ix_point_lots_by_card"),
            ["company_id", "card_id", "granted_on"],
            unique=False,
        )
        batch_op.drop_column("keep_until")
        batch_op.drop_column("expired")

    with op.batch_alter_table("loyalty_transactions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_loyalty_transactions_reason_length"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_loyalty_transactions_amount_minor"), type_="check")
        batch_op.drop_constraint(
            batch_op.f("fk_loyalty_transactions_company_id_reward_id"), type_="foreignkey"
        )
        batch_op.drop_index(
            "ix_loyalty_transactions_by_reward",
            postgresql_where=sa.text("reward_id IS NOT NULL"),
            sqlite_where=sa.text("reward_id IS NOT NULL"),
        )
        batch_op.drop_column("reason")
        batch_op.drop_column("reward_id")
        batch_op.drop_column("amount_minor")

    with op.batch_alter_table("loyalty_cards", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_loyalty_cards_welcome_due"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_loyalty_cards_purchases_peak"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_loyalty_cards_purchases"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_loyalty_cards_merged"), type_="check")
        batch_op.drop_constraint(
            batch_op.f("fk_loyalty_cards_company_id_merged_into_id"), type_="foreignkey"
        )
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("welcome_due")
        batch_op.drop_column("birthday_year")
        batch_op.drop_column("purchases_peak")
        batch_op.drop_column("purchases")

    op.drop_table("point_draws")
    with op.batch_alter_table("adjustment_requests", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_adjustment_requests_waiting",
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )

    op.drop_table("adjustment_requests")
    op.drop_table("program_bonuses")
    op.drop_table("reward_vendors")
    op.drop_table("rewards")
    op.drop_table("program_drafts")
