"""`flask loyalty verify`: each invariant is broken by hand once, and is seen to be.

The hand is the schema's owner with the triggers out of its way, on a database of its own.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app import tenancy, verify
from app.database import guards
from app.extensions import db
from tests.cast import Chain
from tests.conftest import dispose, make_app
from tests.servers import Databases


class Scene:
    """A chain with two cards: one with points, stamps, a redemption and an undo; one fresh."""

    def __init__(self, app: Flask) -> None:
        self.chain = Chain.open(
            app, loyalty_type="hybrid", cooldown_minutes=0, max_daily_stamps=None,
            welcome_bonus_points=25, stamps_target=2,
        )  # fmt: skip
        self.number, self.other = self.chain.card(), self.chain.card()
        self.chain.stamp(self.number, 3)
        self.chain.redeem(self.number)
        self.given = self.chain.stamp(self.number)
        self.card = self.chain.card_row(self.number).id
        self.other_card = self.chain.card_row(self.other).id
        self.company = self.chain.company_id

    def found(self) -> set[str]:
        """The names of the invariants that are broken."""
        with self.chain.app.app_context():
            return {breach.invariant for breach in verify.breaches(self.company)}


@pytest.fixture(scope="module")
def breakable(
    kind: str, databases: Databases, templates: Callable[[str], str], folder: Path
) -> Iterator[Flask]:
    """A database of this module's own: what is broken here stays broken."""
    application = make_app(databases.create(kind, like=templates(kind)), folder)
    yield application
    dispose(application)


@pytest.fixture
def scene(breakable: Flask) -> Scene:
    """A scene of this test's own."""
    return Scene(breakable)


def sabotage(scene: Scene, *statements: str) -> None:
    """Run these as the owner, with triggers off; `:card`, `:other`, `:company`, `:line` known."""
    values = {
        "card": scene.card,
        "other": scene.other_card,
        "company": scene.company,
        "line": int(scene.given["transaction_id"]),
    }
    with scene.chain.app.app_context(), tenancy.crossing(tenancy.OWNER):
        postgresql = db.engine.dialect.name == "postgresql"
        with db.engine.connect() as connection:
            if not postgresql:
                connection.connection.execute("PRAGMA foreign_keys=OFF")
                connection.connection.execute("PRAGMA ignore_check_constraints=ON")
            with connection.begin():
                if postgresql:
                    connection.execute(text("SET LOCAL session_replication_role = replica"))
                else:
                    for table in guards.APPEND_ONLY:
                        for verb in ("update", "delete"):
                            connection.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
                for statement in statements:
                    named = {name: values[name] for name in values if f":{name}" in statement}
                    assert connection.execute(text(statement), named).rowcount, statement
                if not postgresql:
                    guards.install_guards(connection, "")
            if not postgresql:
                connection.connection.execute("PRAGMA foreign_keys=ON")
                connection.connection.execute("PRAGMA ignore_check_constraints=OFF")


def test_a_chain_at_work_is_clean(scene: Scene) -> None:
    assert scene.found() == set()


_LAST = "company_id = :company AND id = :line"
_OF_CARD = "company_id = :company AND card_id = :card"
_ROW = "company_id = :company AND id = :card"

CASES = {
    "a card's stamps differ from its lines": (
        f"UPDATE loyalty_cards SET stamps_balance = stamps_balance + 1 WHERE {_ROW}",
        {"balances", "head"},
    ),
    "a card's lifetime points differ from its last line": (
        f"UPDATE loyalty_cards SET lifetime_points = 26 WHERE {_ROW}",
        {"head"},
    ),
    "a card's head is another": (
        f"UPDATE loyalty_cards SET head = NULL WHERE {_ROW}",
        {"head"},
    ),
    "the last line is gone": (
        f"DELETE FROM loyalty_transactions WHERE {_LAST}",
        {"balances", "head", "events", "clocks"},
    ),
    "a line in the middle is gone": (
        f"DELETE FROM loyalty_transactions WHERE {_OF_CARD} AND sequence = 3",
        {"balances", "sequence", "running", "chain", "events"},
    ),
    "a line's words were changed": (
        f"UPDATE loyalty_transactions SET reference = 'nothing to see' WHERE {_LAST}",
        {"chain"},
    ),
    "a line names somebody else": (
        f"UPDATE loyalty_transactions SET proven = false WHERE {_LAST}",
        {"chain"},
    ),
    "a line's stamps were changed": (
        f"UPDATE loyalty_transactions SET stamps = stamps + 1 WHERE {_LAST}",
        {"balances", "running", "chain"},
    ),
    "a lot has lost points": (
        f"UPDATE point_lots SET remaining = 24 WHERE {_OF_CARD}",
        {"lots"},
    ),
    "a lot is gone": (f"DELETE FROM point_lots WHERE {_OF_CARD}", {"lots"}),
    "a lot grants more than its line": (
        f"UPDATE point_lots SET granted = 30 WHERE {_OF_CARD}",
        {"lots"},
    ),
    "an event is missing": (
        "DELETE FROM outbox WHERE company_id = :company AND kind = 'stamp.redeemed'",
        {"events", "figures"},
    ),
    "an event tells of a line that is not there": (
        'UPDATE outbox SET body = replace(body, \'"transaction"\', \'"transaction":"7","was"\')'
        " WHERE company_id = :company AND kind = 'stamp.redeemed'",
        {"events"},
    ),
    "a card need not wait": (
        f"UPDATE loyalty_cards SET last_stamp_at = NULL WHERE {_ROW}",
        {"clocks"},
    ),
    "a card's day begins anew": (
        f"UPDATE loyalty_cards SET stamp_day = NULL WHERE {_ROW}",
        {"clocks"},
    ),
    "rules were changed after they were published": (
        "UPDATE program_revisions SET stamps_target = 1 WHERE company_id = :company",
        {"programme"},
    ),
    "a tier was changed after it was published": (
        "UPDATE program_tiers SET multiplier_bp = 30000 WHERE company_id = :company",
        {"programme"},
    ),
    "the programme points nowhere": (
        "UPDATE loyalty_programs SET revision_id = 7 WHERE company_id = :company",
        {"programme", "references"},
    ),
    "an older revision is in force": (
        "UPDATE loyalty_programs SET revision_id = (SELECT id FROM program_revisions"
        " WHERE company_id = :company AND number = 1) WHERE company_id = :company",
        {"programme"},
    ),
    "a line leads to no terminal": (
        "DELETE FROM terminals WHERE company_id = :company",
        {"references"},
    ),
    "a line leads to nobody of the staff": (
        "DELETE FROM staff_members WHERE company_id = :company AND vendor_id IS NULL",
        {"references"},
    ),
    "an audit entry was changed": (
        "UPDATE audit_entries SET act = 'nothing' WHERE company_id = :company AND sequence = 1",
        {"audit", "programme"},
    ),
}


@pytest.mark.parametrize("said", CASES)
def test_a_breach_is_found(scene: Scene, said: str) -> None:
    statement, expected = CASES[said]
    sabotage(scene, statement)
    assert scene.found() == expected


def test_a_line_reversed_twice_is_found(scene: Scene) -> None:
    sabotage(
        scene,
        "UPDATE loyalty_transactions SET reverses_id = :line, reversal_part = 1"
        f" WHERE {_OF_CARD} AND sequence = 3",
    )
    assert scene.found() == {"reversals", "chain"}


def test_two_keys_of_one_effect_and_a_lost_effect_are_found(scene: Scene) -> None:
    for key in ("one", "two"):
        scene.chain.api.post("/stamps/add", {"card": scene.other, "vendor": "old-town"}, key=key)
    assert scene.found() == set()
    sabotage(
        scene,
        "UPDATE idempotency_records SET transaction_id = :line WHERE company_id = :company",
    )
    assert scene.found() == {"keys"}
    sabotage(
        scene,
        "UPDATE idempotency_records SET transaction_id = 5 WHERE company_id = :company"
        " AND key = 'one'",
    )
    assert scene.found() == {"keys"}


def test_a_second_welcome_is_found(scene: Scene) -> None:
    sabotage(
        scene,
        f"UPDATE loyalty_transactions SET type = 'welcome_bonus' WHERE {_LAST}",
    )
    assert scene.found() == {"welcome", "events", "chain", "clocks"}


def test_spending_below_zero_is_found(scene: Scene) -> None:
    taken = f"{_OF_CARD} AND type = 'stamps_redeemed'"
    sabotage(scene, f"UPDATE loyalty_transactions SET stamps_after = -1 WHERE {taken}")
    assert "spending" in scene.found()


def test_a_missing_trigger_is_found(fresh_app: Flask) -> None:
    with fresh_app.app_context(), tenancy.crossing(tenancy.OWNER), db.engine.begin() as each:
        if each.dialect.name == "postgresql":
            each.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
        else:
            each.execute(text("DROP TRIGGER audit_entries_no_delete"))
    with fresh_app.app_context():
        assert [str(breach) for breach in verify.breaches()] == [
            "append-only: audit_entries: its trigger is missing (flask db upgrade restores it)"
        ]


def test_one_company_is_checked_without_the_others(scene: Scene) -> None:
    neighbour = Chain.open(scene.chain.app)
    sabotage(scene, f"UPDATE loyalty_cards SET head = NULL WHERE {_ROW}")
    with scene.chain.app.app_context():
        assert list(verify.breaches(neighbour.company_id)) == []
        assert scene.chain.slug in {breach.company for breach in verify.breaches()}


def test_verify_says_each_breach_on_a_line_and_exits_1(scene: Scene) -> None:
    run = scene.chain.app.test_cli_runner()
    clean = run.invoke(args=["loyalty", "verify", "--company", scene.chain.slug])
    assert (clean.exit_code, clean.stdout) == (0, "")
    sabotage(scene, f"UPDATE loyalty_cards SET head = NULL WHERE {_ROW}")
    broken = run.invoke(args=["loyalty", "verify", "--company", scene.chain.slug])
    assert broken.exit_code == 1
    assert broken.stdout == (
        f"{scene.chain.slug}: head: card {scene.card}: its row differs from its last line\n"
    )
