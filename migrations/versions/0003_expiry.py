"""expiry: the day of each lot, and the notices that were given of it"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
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
