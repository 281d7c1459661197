"""anchors: what each night says of every chain; and the yearly review of tiers"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "anchors",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("stamps", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.Column("acts_head", sa.LargeBinary(length=32), nullable=True),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("chain", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_anchors_number")),
        sa.CheckConstraint("lines >= 0", name=op.f("ck_anchors_lines")),
        sa.CheckConstraint("acts >= 0", name=op.f("ck_anchors_acts")),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_anchors_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "number", name=op.f("pk_anchors")),
    )
    op.create_table(
        "tier_reviews",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_tier_reviews_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "reviewed_on", name=op.f("pk_tier_reviews")),
    )
    with op.batch_alter_table("program_revisions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tier_review_on", sa.String(length=5), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_program_revisions_tier_review_on"), "length(tier_review_on) = 5"
        )
    with op.batch_alter_table("loyalty_cards", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("laid_aside", sa.BigInteger(), server_default="0", nullable=False)
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_loyalty_cards_laid_aside"), "laid_aside >= 0"
        )


def downgrade() -> None:
    with op.batch_alter_table("loyalty_cards", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_loyalty_cards_laid_aside"), type_="check")
        batch_op.drop_column("laid_aside")

    with op.batch_alter_table("program_revisions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_program_revisions_tier_review_on"), type_="check")
        batch_op.drop_column("tier_review_on")

    op.drop_table("tier_reviews")
    op.drop_table("anchors")
