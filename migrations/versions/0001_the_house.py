"""the house"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:

    op.create_table(
        "companies",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.String(length=48), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=16), server_default="en-GB", nullable=False),
        sa.Column("status", sa.String(length=8), server_default="open", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_companies_status")),
        sa.CheckConstraint("length(country) = 2", name=op.f("ck_companies_country_length")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_companies_currency_length")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name=op.f("ck_companies_name_length")),
        sa.CheckConstraint("length(slug) BETWEEN 1 AND 48", name=op.f("ck_companies_slug_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
        sa.UniqueConstraint("slug", name=op.f("uq_companies_slug")),
    )
    op.create_table(
        "idempotency_records",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("caller", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "length(key) BETWEEN 1 AND 255", name=op.f("ck_idempotency_records_key_length")
        ),
        sa.CheckConstraint(
            "status BETWEEN 200 AND 499", name=op.f("ck_idempotency_records_status")
        ),
        sa.PrimaryKeyConstraint("company_id", "caller", "key", name=op.f("pk_idempotency_records")),
    )
    op.create_table(
        "outbox",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="pending", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint("state IN ('pending', 'done', 'dead')", name=op.f("ck_outbox_state")),
        sa.CheckConstraint("attempts BETWEEN 0 AND 1000", name=op.f("ck_outbox_attempts")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_due",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        )

    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=72), nullable=False),
        sa.Column("pepper_version", sa.SmallInteger(), nullable=False),
        sa.Column("is_operator", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint("failures BETWEEN 0 AND 1000", name=op.f("ck_users_failures")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "api_keys",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), server_default="", nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scopes", sa.String(length=40), server_default="read", nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "length(scopes) BETWEEN 4 AND 40", name=op.f("ck_api_keys_scopes_length")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_api_keys_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_api_keys")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("chain", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_audit_entries_sequence")),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_audit_entries_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint(
            "company_id", "sequence", name=op.f("uq_audit_entries_company_id_sequence")
        ),
    )
    op.create_table(
        "customers",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=True),
        sa.Column("last_name", sa.String(length=80), nullable=True),
        sa.Column("search_name", sa.String(length=170), server_default="", nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("locale", sa.String(length=16), nullable=True),
        sa.Column("terms_accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint("length(first_name) <= 80", name=op.f("ck_customers_first_name_length")),
        sa.CheckConstraint("length(last_name) <= 80", name=op.f("ck_customers_last_name_length")),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_customers_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_customers")),
        sa.UniqueConstraint("company_id", "email", name=op.f("uq_customers_company_id_email")),
        sa.UniqueConstraint("company_id", "phone", name=op.f("uq_customers_company_id_phone")),
    )
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_customers_company_id_search_name",
            ["company_id", "search_name"],
            unique=False,
            postgresql_ops={"search_name": "text_pattern_ops"},
        )

    op.create_table(
        "loyalty_programs",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("redeemable_until", sa.Date(), nullable=True),
        sa.Column("revision_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "active = false OR activated_at IS NOT NULL", name=op.f("ck_loyalty_programs_activated")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_loyalty_programs_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_loyalty_programs")),
        sa.UniqueConstraint("company_id", name=op.f("uq_loyalty_programs_company_id")),
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
    )
    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "vendors",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.String(length=48), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=200), server_default="", nullable=False),
        sa.Column("status", sa.String(length=8), server_default="open", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_vendors_status")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name=op.f("ck_vendors_name_length")),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_vendors_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_vendors")),
        sa.UniqueConstraint("company_id", "slug", name=op.f("uq_vendors_company_id_slug")),
    )
    op.create_table(
        "welcome_marks",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_welcome_marks_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "contact_hash", name=op.f("pk_welcome_marks")),
    )
    op.create_table(
        "loyalty_cards",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=8), server_default="active", nullable=False),
        sa.Column("points_balance", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stamps_balance", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lifetime_points", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("head", sa.LargeBinary(length=32), nullable=True),
        sa.Column("last_stamp_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stamp_day", sa.Date(), nullable=True),
        sa.Column("stamp_day_count", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("stamp_eve_count", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_version", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("enrolled_vendor_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('active', 'blocked', 'closed')", name=op.f("ck_loyalty_cards_status")
        ),
        sa.CheckConstraint("length(number) = 12", name=op.f("ck_loyalty_cards_number_length")),
        sa.CheckConstraint("lifetime_points >= 0", name=op.f("ck_loyalty_cards_lifetime_points")),
        sa.CheckConstraint("link_version >= 1", name=op.f("ck_loyalty_cards_link_version")),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_loyalty_cards_sequence")),
        sa.CheckConstraint("stamp_day_count >= 0", name=op.f("ck_loyalty_cards_stamp_day_count")),
        sa.CheckConstraint("stamp_eve_count >= 0", name=op.f("ck_loyalty_cards_stamp_eve_count")),
        sa.ForeignKeyConstraint(
            ["company_id", "customer_id"],
            ["customers.company_id", "customers.id"],
            name=op.f("fk_loyalty_cards_company_id_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "enrolled_vendor_id"],
            ["vendors.company_id", "vendors.id"],
            name=op.f("fk_loyalty_cards_company_id_enrolled_vendor_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_loyalty_cards")),
        sa.UniqueConstraint(
            "company_id", "customer_id", name=op.f("uq_loyalty_cards_company_id_customer_id")
        ),
        sa.UniqueConstraint(
            "company_id", "number", name=op.f("uq_loyalty_cards_company_id_number")
        ),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_table(
        "memberships",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "role = 'admin' OR vendor_id IS NOT NULL",
            name=op.f("ck_memberships_manager_has_vendor"),
        ),
        sa.CheckConstraint("role IN ('admin', 'manager')", name=op.f("ck_memberships_role")),
        sa.ForeignKeyConstraint(
            ["company_id", "vendor_id"],
            ["vendors.company_id", "vendors.id"],
            name=op.f("fk_memberships_company_id_vendor_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_memberships_company_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_memberships_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_memberships")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_user_id"), ["user_id"], unique=False)

    op.create_table(
        "program_revisions",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("loyalty_type", sa.String(length=8), server_default="points", nullable=False),
        sa.Column("unit_minor", sa.BigInteger(), nullable=False),
        sa.Column("stamps_target", sa.SmallInteger(), server_default="10", nullable=False),
        sa.Column(
            "stamps_reward_name", sa.String(length=80), server_default="Free item", nullable=False
        ),
        sa.Column("stamps_reward_value_minor", sa.BigInteger(), nullable=True),
        sa.Column("cooldown_minutes", sa.Integer(), server_default="15", nullable=False),
        sa.Column("max_daily_stamps", sa.SmallInteger(), server_default="5", nullable=True),
        sa.Column("points_per_unit", sa.Integer(), server_default="1", nullable=False),
        sa.Column("max_points_per_order", sa.BigInteger(), nullable=True),
        sa.Column("minimum_purchase_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "minimum_redemption_points", sa.BigInteger(), server_default="100", nullable=False
        ),
        sa.Column("point_value_bp", sa.BigInteger(), nullable=True),
        sa.Column("max_points_per_checkout", sa.BigInteger(), nullable=True),
        sa.Column("welcome_bonus_points", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "welcome_bonus_when", sa.String(length=12), server_default="enrolment", nullable=False
        ),
        sa.Column("birthday_bonus_bp", sa.Integer(), server_default="0", nullable=False),
        sa.Column("category_rates", sa.Text(), server_default="{}", nullable=False),
        sa.Column("require_staff_pin", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("expiry", sa.Text(), server_default='{"policy":"never"}', nullable=False),
        sa.Column("expiry_notice_days", sa.Text(), server_default="[30,7]", nullable=False),
        sa.Column("void_policy", sa.String(length=8), server_default="debt", nullable=False),
        sa.Column("card_name", sa.String(length=80), server_default="Loyalty card", nullable=False),
        sa.Column("card_color", sa.String(length=7), server_default="#4F46E5", nullable=False),
        sa.Column("terms_text", sa.Text(), server_default="", nullable=False),
        sa.Column("privacy_url", sa.String(length=500), nullable=True),
        sa.Column("published_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "loyalty_type IN ('stamps', 'points', 'hybrid')",
            name=op.f("ck_program_revisions_loyalty_type"),
        ),
        sa.CheckConstraint(
            "void_policy IN ('debt', 'forgive')", name=op.f("ck_program_revisions_void_policy")
        ),
        sa.CheckConstraint(
            "welcome_bonus_when IN ('enrolment', 'verified', 'first_visit')",
            name=op.f("ck_program_revisions_welcome_bonus_when"),
        ),
        sa.CheckConstraint(
            "birthday_bonus_bp BETWEEN 0 AND 1000000",
            name=op.f("ck_program_revisions_birthday_bonus_bp"),
        ),
        sa.CheckConstraint(
            "cooldown_minutes BETWEEN 0 AND 10080",
            name=op.f("ck_program_revisions_cooldown_minutes"),
        ),
        sa.CheckConstraint("length(card_color) = 7", name=op.f("ck_program_revisions_card_color")),
        sa.CheckConstraint(
            "length(card_name) BETWEEN 1 AND 80", name=op.f("ck_program_revisions_card_name")
        ),
        sa.CheckConstraint(
            "length(stamps_reward_name) BETWEEN 1 AND 80",
            name=op.f("ck_program_revisions_stamps_reward_name"),
        ),
        sa.CheckConstraint(
            "length(terms_text) BETWEEN 0 AND 20000", name=op.f("ck_program_revisions_terms_text")
        ),
        sa.CheckConstraint(
            "max_daily_stamps BETWEEN 1 AND 1000",
            name=op.f("ck_program_revisions_max_daily_stamps"),
        ),
        sa.CheckConstraint(
            "max_points_per_checkout BETWEEN 1 AND 1000000000",
            name=op.f("ck_program_revisions_max_points_per_checkout"),
        ),
        sa.CheckConstraint(
            "max_points_per_order BETWEEN 1 AND 1000000000",
            name=op.f("ck_program_revisions_max_points_per_order"),
        ),
        sa.CheckConstraint(
            "minimum_purchase_minor BETWEEN 0 AND 1000000000000",
            name=op.f("ck_program_revisions_minimum_purchase_minor"),
        ),
        sa.CheckConstraint(
            "minimum_redemption_points BETWEEN 0 AND 1000000000",
            name=op.f("ck_program_revisions_minimum_redemption_points"),
        ),
        sa.CheckConstraint(
            "number BETWEEN 1 AND 1000000", name=op.f("ck_program_revisions_number")
        ),
        sa.CheckConstraint(
            "point_value_bp BETWEEN 1 AND 1000000000000",
            name=op.f("ck_program_revisions_point_value_bp"),
        ),
        sa.CheckConstraint(
            "points_per_unit BETWEEN 0 AND 1000000",
            name=op.f("ck_program_revisions_points_per_unit"),
        ),
        sa.CheckConstraint(
            "stamps_reward_value_minor BETWEEN 0 AND 1000000000000",
            name=op.f("ck_program_revisions_stamps_reward_value_minor"),
        ),
        sa.CheckConstraint(
            "stamps_target BETWEEN 1 AND 100", name=op.f("ck_program_revisions_stamps_target")
        ),
        sa.CheckConstraint(
            "unit_minor BETWEEN 1 AND 1000000000000", name=op.f("ck_program_revisions_unit_minor")
        ),
        sa.CheckConstraint(
            "welcome_bonus_points BETWEEN 0 AND 1000000",
            name=op.f("ck_program_revisions_welcome_bonus_points"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "program_id"],
            ["loyalty_programs.company_id", "loyalty_programs.id"],
            name=op.f("fk_program_revisions_company_id_program_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_program_revisions")),
        sa.UniqueConstraint(
            "company_id", "number", name=op.f("uq_program_revisions_company_id_number")
        ),
    )
    op.create_table(
        "staff_members",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=8), server_default="staff", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint("role IN ('staff', 'manager')", name=op.f("ck_staff_members_role")),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 80", name=op.f("ck_staff_members_name_length")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "vendor_id"],
            ["vendors.company_id", "vendors.id"],
            name=op.f("fk_staff_members_company_id_vendor_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_staff_members_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_staff_members")),
    )
    op.create_table(
        "terminals",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("code_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pin_failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("pin_failures_on", sa.Date(), nullable=True),
        sa.Column("misses", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("misses_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name=op.f("ck_terminals_name_length")),
        sa.CheckConstraint("misses >= 0", name=op.f("ck_terminals_misses")),
        sa.CheckConstraint("pin_failures >= 0", name=op.f("ck_terminals_pin_failures")),
        sa.ForeignKeyConstraint(
            ["company_id", "vendor_id"],
            ["vendors.company_id", "vendors.id"],
            name=op.f("fk_terminals_company_id_vendor_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_terminals")),
        sa.UniqueConstraint(
            "company_id", "code_hash", name=op.f("uq_terminals_company_id_code_hash")
        ),
    )
    with op.batch_alter_table("terminals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_terminals_code_hash"), ["code_hash"], unique=False)

    op.create_table(
        "loyalty_transactions",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("card_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("points", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stamps", sa.Integer(), server_default="0", nullable=False),
        sa.Column("points_after", sa.BigInteger(), nullable=False),
        sa.Column("stamps_after", sa.Integer(), nullable=False),
        sa.Column("lifetime_after", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("terminal_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("api_key_id", sa.BigInteger(), nullable=True),
        sa.Column("proven", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("revision_id", sa.BigInteger(), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("reversal_part", sa.SmallInteger(), nullable=True),
        sa.Column("reference", sa.String(length=120), nullable=True),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("chain", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint(
            "type IN ('welcome_bonus', 'stamps_added', 'stamps_redeemed', 'points_earned', 'points_redeemed', 'points_adjusted', 'points_expired', 'points_reinstated', 'points_forgiven', 'voided', 'imported')",
            name=op.f("ck_loyalty_transactions_type"),
        ),
        sa.CheckConstraint(
            "(reverses_id IS NULL) = (reversal_part IS NULL)",
            name=op.f("ck_loyalty_transactions_reversal"),
        ),
        sa.CheckConstraint(
            "points BETWEEN -1000000000 AND 1000000000", name=op.f("ck_loyalty_transactions_points")
        ),
        sa.CheckConstraint("reversal_part > 0", name=op.f("ck_loyalty_transactions_reversal_part")),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_loyalty_transactions_sequence")),
        sa.CheckConstraint(
            "stamps BETWEEN -1000 AND 1000", name=op.f("ck_loyalty_transactions_stamps")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "card_id"],
            ["loyalty_cards.company_id", "loyalty_cards.id"],
            name=op.f("fk_loyalty_transactions_company_id_card_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "revision_id"],
            ["program_revisions.company_id", "program_revisions.id"],
            name=op.f("fk_loyalty_transactions_company_id_revision_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "staff_id"],
            ["staff_members.company_id", "staff_members.id"],
            name=op.f("fk_loyalty_transactions_company_id_staff_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "vendor_id"],
            ["vendors.company_id", "vendors.id"],
            name=op.f("fk_loyalty_transactions_company_id_vendor_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_loyalty_transactions")),
        sa.UniqueConstraint(
            "company_id",
            "card_id",
            "sequence",
            name=op.f("uq_loyalty_transactions_company_id_card_id_sequence"),
        ),
        sa.UniqueConstraint(
            "company_id",
            "reverses_id",
            "reversal_part",
            name=op.f("uq_loyalty_transactions_company_id_reverses_id_reversal_part"),
        ),
    )
    with op.batch_alter_table("loyalty_transactions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_loyalty_transactions_by_terminal",
            ["company_id", "terminal_id", "business_day", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_loyalty_transactions_by_vendor", ["company_id", "vendor_id", "id"], unique=False
        )

    op.create_table(
        "program_tiers",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("revision_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("min_lifetime_points", sa.BigInteger(), nullable=False),
        sa.Column("multiplier_bp", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 40", name=op.f("ck_program_tiers_name_length")
        ),
        sa.CheckConstraint(
            "min_lifetime_points BETWEEN 0 AND 1000000000",
            name=op.f("ck_program_tiers_min_lifetime_points"),
        ),
        sa.CheckConstraint(
            "multiplier_bp BETWEEN 0 AND 1000000", name=op.f("ck_program_tiers_multiplier_bp")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "revision_id"],
            ["program_revisions.company_id", "program_revisions.id"],
            name=op.f("fk_program_tiers_company_id_revision_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_program_tiers")),
        sa.UniqueConstraint(
            "company_id",
            "revision_id",
            "min_lifetime_points",
            name=op.f("uq_program_tiers_company_id_revision_id_min_lifetime_points"),
        ),
    )
    op.create_table(
        "staff_pins",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("pin_hash", sa.String(length=72), nullable=False),
        sa.Column("pepper_version", sa.SmallInteger(), nullable=False),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "set_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.CheckConstraint("failures BETWEEN 0 AND 10", name=op.f("ck_staff_pins_failures")),
        sa.ForeignKeyConstraint(
            ["company_id", "staff_id"],
            ["staff_members.company_id", "staff_members.id"],
            name=op.f("fk_staff_pins_company_id_staff_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_staff_pins")),
        sa.UniqueConstraint(
            "company_id", "staff_id", name=op.f("uq_staff_pins_company_id_staff_id")
        ),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("terminal_id", sa.BigInteger(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("proven", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "staff_id"],
            ["staff_members.company_id", "staff_members.id"],
            name=op.f("fk_staff_sessions_company_id_staff_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "terminal_id"],
            ["terminals.company_id", "terminals.id"],
            name=op.f("fk_staff_sessions_company_id_terminal_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_staff_sessions")),
    )
    op.create_table(
        "point_lots",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("card_id", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.CheckConstraint("granted > 0", name=op.f("ck_point_lots_granted")),
        sa.CheckConstraint("remaining BETWEEN 0 AND granted", name=op.f("ck_point_lots_remaining")),
        sa.ForeignKeyConstraint(
            ["company_id", "card_id"],
            ["loyalty_cards.company_id", "loyalty_cards.id"],
            name=op.f("fk_point_lots_company_id_card_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "transaction_id"],
            ["loyalty_transactions.company_id", "loyalty_transactions.id"],
            name=op.f("fk_point_lots_company_id_transaction_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_point_lots")),
        sa.UniqueConstraint(
            "company_id", "transaction_id", name=op.f("uq_point_lots_company_id_transaction_id")
        ),
    )
    with op.batch_alter_table("point_lots", schema=None) as batch_op:
        batch_op.create_index(
            "ix_point_lots_by_card", ["company_id", "card_id", "granted_on"], unique=False
        )


def downgrade() -> None:

    with op.batch_alter_table("point_lots", schema=None) as batch_op:
        batch_op.drop_index("ix_point_lots_by_card")

    op.drop_table("point_lots")
    op.drop_table("staff_sessions")
    op.drop_table("staff_pins")
    op.drop_table("program_tiers")
    with op.batch_alter_table("loyalty_transactions", schema=None) as batch_op:
        batch_op.drop_index("ix_loyalty_transactions_by_vendor")
        batch_op.drop_index("ix_loyalty_transactions_by_terminal")

    op.drop_table("loyalty_transactions")
    with op.batch_alter_table("terminals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_terminals_code_hash"))

    op.drop_table("terminals")
    op.drop_table("staff_members")
    op.drop_table("program_revisions")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_memberships_user_id"))

    op.drop_table("memberships")
    op.drop_table("loyalty_cards")
    op.drop_table("welcome_marks")
    op.drop_table("vendors")
    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_sessions_user_id"))

    op.drop_table("user_sessions")
    op.drop_table("loyalty_programs")
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_customers_company_id_search_name",
            postgresql_ops={"search_name": "text_pattern_ops"},
        )

    op.drop_table("customers")
    op.drop_table("audit_entries")
    op.drop_table("api_keys")
    op.drop_table("users")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_due",
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        )

    op.drop_table("outbox")
    op.drop_table("idempotency_records")
    op.drop_table("companies")
