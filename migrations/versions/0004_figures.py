"""figures: what each day came to in each shop, and which lines that does not count yet"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_SUMS = (
    "lines",
    "given",
    "used",
    "taken",
    "sales",
    "sales_minor",
    "issued",
    "redeemed",
    "adjusted",
    "returned",
    "lapsed",
    "forgiven",
    "brought",
)
_OF_A_LINE = (
    "stamp.added",
    "stamp.redeemed",
    "points.earned",
    "points.redeemed",
    "points.adjusted",
    "points.expired",
    "transaction.voided",
)
# The lines there are get counted as any other is: their events say that they are not.
_LINE_ID = {
    "postgresql": "(body::json ->> 'transaction')::bigint",
    "sqlite": "CAST(json_extract(body, '$.transaction') AS INTEGER)",
}


def upgrade() -> None:
    op.create_table(
        "daily_figures",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in _SUMS),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_daily_figures_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint(
            "company_id", "business_day", "vendor_id", name=op.f("pk_daily_figures")
        ),
    )
    op.add_column("outbox", sa.Column("uncounted_line_id", sa.BigInteger(), nullable=True))
    line_id = _LINE_ID[op.get_bind().dialect.name]
    kinds = ", ".join(f"'{kind}'" for kind in _OF_A_LINE)
    op.execute(f"UPDATE outbox SET uncounted_line_id = {line_id} WHERE kind IN ({kinds})")
    op.create_index(
        "ix_outbox_uncounted",
        "outbox",
        ["company_id", "id"],
        unique=False,
        postgresql_where=sa.text("uncounted_line_id IS NOT NULL"),
        sqlite_where=sa.text("uncounted_line_id IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_dead",
        "outbox",
        ["company_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'dead'"),
        sqlite_where=sa.text("state = 'dead'"),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_dead", table_name="outbox")
    op.drop_index("ix_outbox_uncounted", table_name="outbox")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("uncounted_line_id")
    op.drop_table("daily_figures")
