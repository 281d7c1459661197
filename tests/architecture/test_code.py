"""The house rules that a machine can read from the code.

Import layers, types and style are `scripts/lint.sh`; these are what they cannot say.
"""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Select, Update

import app
from app import tenancy
from app.errors import Refusal
from config import ROOT

LONGEST_FILE, LONGEST_FUNCTION = 250, 50
# Longer than they should be, and not to grow: each is two thoughts waiting to be parted.
TO_BE_PARTED: dict[str, int] = {}
# Who may speak raw SQL or take the connection itself: the database, the ledger, and what works
# on whole tables outside requests. Everyone else goes through the session and its guard.
RAW_SQL = {
    "app/database",
    "app/health.py",  # asks for roles and migrations before anybody acts
    "app/jobs.py",
    "app/jobs",
    "app/modules/loyalty/ledger",
    "app/demo",
    "app/backups",  # whole databases, before anybody acts
}
SOURCES = [
    *sorted((ROOT / "app").rglob("*.py")),
    *(ROOT / name for name in ("config.py", "environment.py", "wsgi.py")),
]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def _nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    for path in SOURCES:
        for node in ast.walk(_tree(path)):
            if isinstance(node, kinds):
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", node


def test_files_stay_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    limits = {name: TO_BE_PARTED.get(name, LONGEST_FILE) for name in lengths}
    assert [name for name, length in lengths.items() if length > limits[name]] == []


def test_functions_stay_short() -> None:
    long = [
        f"{where} {node.name}"
        for where, node in _nodes(ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, ast.FunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        path for path in SOURCES if path.stat().st_size and not ast.get_docstring(_tree(path))
    ]
    assert _named(silent) == []


def test_raw_sql_and_connections_stay_in_their_places() -> None:
    strays = []
    for where, node in _nodes(ast.Call):
        assert isinstance(node, ast.Call)
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        # `text(` alone is SQLAlchemy's; `text.name(` is our own module of words.
        raw = name in {"connection", "exec_driver_sql", "raw_connection", "literal_column"} or (
            name == "text" and isinstance(called, ast.Name) and not _is_schema_text(where)
        )
        if raw and not any(where.startswith(place) for place in RAW_SQL):
            strays.append(f"{where} {name}(")
    assert strays == []


def _is_schema_text(where: str) -> bool:
    """A condition of an index stands in the tables, not in a query."""
    line = (ROOT / where.partition(":")[0]).read_text().splitlines()[int(where.split(":")[1]) - 1]
    return "_where=text(" in line


def test_nobody_goes_round_the_session() -> None:
    """`db.engine` and a session of one's own pass by the guard or its one transaction."""
    allowed = {
        "app/__init__.py",  # installs the events
        "app/health.py",
        "app/accounts/companies.py",  # the slug's company is asked before anybody acts
        *RAW_SQL,
    }
    strays = [
        f"{where} {node.attr}"
        for where, node in _nodes(ast.Attribute)
        if isinstance(node, ast.Attribute)
        and node.attr in {"engine", "engines", "sessionmaker"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "db"
        and not any(where.startswith(place) for place in allowed)
    ]
    assert strays == []


def test_the_time_comes_from_the_one_clock() -> None:
    allowed = {"app/clock.py", "app/ids.py", "app/demo"}  # the demo moves the clock itself
    strays = [
        f"{where} {ast.unparse(node)}"
        for where, node in _nodes(ast.Call)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func)
        in {"datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time"}
        and not any(where.startswith(place) for place in allowed)
    ]
    assert strays == []


def test_no_floating_point_near_money_or_points() -> None:
    """T15. Machinery may divide; what counts money, points and stamps may not."""
    places = ("accrual", "rewards", "ledger", "programs", "enrolment", "money.py")
    strays = [
        where
        for where, node in _nodes(ast.Div, ast.Constant, ast.BinOp)
        if any(place in where for place in places)
        and "programs/brand.py" not in where  # contrast of colours
        and (
            (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))
            or (isinstance(node, ast.Constant) and isinstance(node.value, float))
        )
    ]
    assert strays == []


def test_nothing_broad_swallows_a_fault() -> None:
    """`except Exception` is for the edge of a worker or a process, each named here."""
    allowed = {
        "app/health.py",  # whatever keeps Redis from answering
        "app/jobs",  # one job's fault does not stop the others
        "app/schedules.py",  # nor does one night's
        "app/workers.py",  # nor one look's
        "app/modules/loyalty/ledger/alone.py",  # nor one card's
        "app/modules/loyalty/wallet/sync/",  # nor one pass's, or one company's
        "app/database/engine.py",  # gives the writer lock back, and raises on
    }
    broad = {"Exception", "BaseException", "None"}
    strays = [
        where
        for where, node in _nodes(ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in broad)
        and not any(where.startswith(place) for place in allowed)
    ]
    assert strays == []


def test_a_refusal_is_only_caught_where_it_is_shown_or_judged() -> None:
    allowed = {
        "app/cli",  # shows it
        "app/modules/loyalty/expiry/service.py",  # raises it on, past one card's fault
        "app/demo",  # counts it
        "app/api/operations.py",  # shows it after the key's replay had its turn
        "app/idempotency.py",  # finds the answer of a twin, else raises on
        "app/modules/loyalty/rewards/choices.py",  # shows what stands in a reward's way
        "app/modules/loyalty/ledger/writing.py",  # finds the replay of a twin, else raises on
        "app/modules/loyalty/accrual/sales.py",  # a sale stands without its stamp, and says why
        "app/modules/loyalty/pages/terminal/sales.py",  # shows it beside the amount being typed
        "app/modules/loyalty/pages/terminal/taking_back.py",  # the same
    }
    strays = [
        where
        for where, node in _nodes(ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler)
        and node.type is not None
        and ast.unparse(node.type) == "Refusal"
        and not any(where.startswith(place) for place in allowed)
    ]
    assert strays == []


@cache
def _modules() -> list[str]:
    found = [each.name for each in pkgutil.walk_packages(app.__path__, "app.")]
    for name in found:
        importlib.import_module(name)
    return found


def _refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield child
        yield from _refusals(child)


def test_every_refusal_has_a_stable_code_of_its_own() -> None:
    _modules()
    codes: dict[str, type[Refusal]] = {}
    for refusal in _refusals():
        assert "code" in vars(refusal), f"{refusal.__name__} has no code of its own"
        assert refusal.code not in codes, f"{refusal.__name__} and {codes[refusal.code].__name__}"
        assert refusal.code == refusal.code.lower().replace("_", "-").strip("-")
        assert 400 <= refusal.status <= 503
        codes[refusal.code] = refusal
    assert len(codes) >= 20


# The contract's codes and statuses, to the letter.
PROMISED = {
    "cooldown": 409,
    "daily-cap": 409,
    "insufficient-stamps": 409,
    "program-inactive": 409,
    "card-blocked": 409,
    "stamps-not-enabled": 409,
    "enrolment-closed": 409,
    "already-voided": 409,
    "pin-invalid": 401,
    "pin-locked": 423,
    "forbidden": 403,
    "not-found": 404,
    "validation": 422,
    "malformed": 400,
    "too-large": 413,
    "rate-limited": 429,
    "idempotency-key-required": 400,
    "idempotency-mismatch": 422,
    "idempotency-in-flight": 409,
}


@pytest.mark.parametrize("code", PROMISED)
def test_the_promised_codes_keep_their_status(code: str) -> None:
    _modules()
    assert {refusal.code: refusal.status for refusal in _refusals()}[code] == PROMISED[code]


def test_every_constant_statement_names_its_company() -> None:
    """What runs past the unit of work is judged here already, not at its first use."""
    judged = 0
    for name in _modules():
        for key, value in vars(importlib.import_module(name)).items():
            each = value.values() if isinstance(value, dict) else [value]
            for statement in each if key.isupper() else ():
                if isinstance(statement, Select | Update) and tenancy.reach.reached(statement):
                    judged += 1
                    assert tenancy.unscoped(statement, _is_company) == [], f"{name}.{key}"
    assert judged >= 6


def _is_company(bind: object) -> bool:
    return str(getattr(bind, "key", "")).endswith("company_id")
