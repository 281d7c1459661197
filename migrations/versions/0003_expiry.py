"""expiry: the day of each lot, its notices, the schedules, who wants no letters"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "company_loyalty_settings",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("self_enrolment", sa.Boolean(), nullable=True),
        sa.Column("require_staff_pin", sa.Boolean(), nullable=True),
        sa.Column("staff_voids", sa.Boolean(), nullable=True),
        sa.Column("redeem_across_vendors", sa.Boolean(), nullable=True),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_company_loyalty_settings_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", name=op.f("pk_company_loyalty_settings")),
    )
    op.create_table(
        "schedules",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lasted_ms", sa.Integer(), nullable=True),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("outcome", sa.String(length=200), nullable=True),
        sa.CheckConstraint("failures BETWEEN 0 AND 1000", name=op.f("ck_schedules_failures")),
        sa.CheckConstraint("lasted_ms >= 0", name=op.f("ck_schedules_lasted_ms")),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_schedules_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "kind", name=op.f("pk_schedules")),
    )
    with op.batch_alter_table("schedules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schedules_next_at"), ["next_at"], unique=False)
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("notices_off_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("point_lots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("expires_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("noticed", sa.SmallInteger(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("noticed_for", sa.Date(), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_point_lots_noticed"), "noticed BETWEEN 0 AND 10"
        )
        batch_op.create_index(
            "ix_point_lots_expiring",
            ["company_id", "expires_on", "card_id"],
            unique=False,
            postgresql_where=sa.text("remaining > 0 AND expires_on IS NOT NULL"),
            sqlite_where=sa.text("remaining > 0 AND expires_on IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("point_lots", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_point_lots_expiring",
            postgresql_where=sa.text("remaining > 0 AND expires_on IS NOT NULL"),
            sqlite_where=sa.text("remaining > 0 AND expires_on IS NOT NULL"),
        )
        batch_op.drop_constraint(batch_op.f("ck_point_lots_noticed"), type_="check")
        batch_op.drop_column("noticed_for")
        batch_op.drop_column("noticed")
        batch_op.drop_column("expires_on")

    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.drop_column("notices_off_at")

    with op.batch_alter_table("schedules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schedules_next_at"))

    op.drop_table("schedules")
    op.drop_table("company_loyalty_settings")
