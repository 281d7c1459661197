"""people: invitations to the office, who is switched off, forgotten passwords; letters by the week"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=True),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint("role IN ('admin', 'manager')", name=op.f("ck_invitations_role")),
        sa.CheckConstraint(
            "role = 'admin' OR vendor_id IS NOT NULL",
            name=op.f("ck_invitations_manager_has_vendor"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "vendor_id"],
            ["vendors.company_id", "vendors.id"],
            name=op.f("fk_invitations_company_id_vendor_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_invitations_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("company_id", "email", name=op.f("uq_invitations_company_id_email")),
    )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reset_salt", sa.LargeBinary(length=16), nullable=True))
        batch_op.add_column(sa.Column("reset_ends_at", sa.DateTime(timezone=True), nullable=True))
    # Whoever was let in twice stays what they were first.
    op.execute(
        "DELETE FROM memberships AS twice WHERE EXISTS (SELECT 1 FROM memberships AS once"
        " WHERE once.company_id = twice.company_id AND once.user_id = twice.user_id"
        " AND once.id < twice.id)"
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.add_column(sa.Column("off_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_memberships_company_id_user_id"), ["company_id", "user_id"]
        )
    with op.batch_alter_table("point_lots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("noticed_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("point_lots", schema=None) as batch_op:
        batch_op.drop_column("noticed_on")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_memberships_company_id_user_id"), type_="unique")
        batch_op.drop_column("off_at")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("reset_ends_at")
        batch_op.drop_column("reset_salt")
    op.drop_table("invitations")
