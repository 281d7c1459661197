"""Routes and templates keep the rules of the house: read from the url map and the files."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app import surfaces
from app.guards import Guard
from config import ROOT
from tests.conftest import make_app

TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
KEBAB = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")
PARAMETER = re.compile(r"<([a-z]+)(?:\([^)]*\))?:([a-z_]+)>")


@pytest.fixture(scope="module")
def application(folder: Path) -> Flask:
    """Routes need no database."""
    return make_app("sqlite:///never-opened.db", folder)


def _rules(application: Flask) -> list[Rule]:
    return list(application.url_map.iter_rules())


def test_every_view_wears_its_guard_as_data(application: Flask) -> None:
    for rule in _rules(application):
        guard = getattr(application.view_functions[rule.endpoint], "guard", None)
        assert isinstance(guard, Guard), f"{rule} has no guard"
        assert guard.audience in surfaces.AUDIENCES, f"{rule}: nobody enforces {guard.audience}"


def test_every_permission_of_the_admin_is_somebodys(application: Flask) -> None:
    known = set().union(*surfaces.PERMISSIONS.values())
    for view in application.view_functions.values():
        guard: Guard = view.guard  # type: ignore[attr-defined]
        if guard.audience in ("admin", "platform"):
            assert guard.permission in known, guard


def test_a_view_without_a_guard_is_turned_away(folder: Path) -> None:
    careless = make_app("sqlite:///never-opened.db", folder)
    careless.add_url_rule("/careless", view_func=lambda: "hello")
    assert careless.test_client().get("/careless").status_code == 500


def test_the_prefix_says_the_audience(application: Flask) -> None:
    prefixes = {
        "/admin/": {"admin"},
        "/platform/": {"platform"},
        "/terminal/": {"staff", "device", "sign-in"},
        "/s/": {"storefront", "customer"},
        "/api/v1/": {"api", "anyone"},
        "/wallet/": {"pass", "devices", "platforms"},
    }
    for rule in _rules(application):
        audience = application.view_functions[rule.endpoint].guard.audience  # type: ignore[attr-defined]
        for prefix, allowed in prefixes.items():
            if str(rule).startswith(prefix):
                assert audience in allowed, rule


def test_every_url_parameter_is_typed(application: Flask) -> None:
    for rule in _rules(application):
        written = re.findall(r"<[^>]*>", str(rule))
        assert all(PARAMETER.fullmatch(part) for part in written), rule


def test_paths_are_in_kebab_case(application: Flask) -> None:
    for rule in _rules(application):
        for part in PARAMETER.sub("", str(rule)).split("/"):
            assert not part or KEBAB.fullmatch(part), rule


def test_reading_and_changing_do_not_share_a_view(application: Flask) -> None:
    """The method decides whether the transaction can write: one view, one intent."""
    for rule in _rules(application):
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        assert len(methods) == 1, f"{rule} {methods}"


def test_the_command_line_lists_the_guards(application: Flask) -> None:
    answer = application.test_cli_runner().invoke(args=["routes-guards"])
    lines = [json.loads(line) for line in answer.output.splitlines()]
    assert {line["rule"] for line in lines} == {str(rule) for rule in _rules(application)}
    assert all(set(line) == {"rule", "methods", "audience", "permission"} for line in lines)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_hold_no_code_of_their_own(path: Path) -> None:
    source = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    email = "emails" in path.parts  # mail programs know nothing but style attributes
    for script in re.findall(r"<script\b[^>]*>", source):
        assert "src=" in script, f"inline script: {script}"
    assert not re.search(r"<style\b", source) or email, "inline style"
    assert not re.search(r"\sstyle\s*=", source) or email, "style attribute"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"'{]", source), "event attribute"
    assert not re.search(r"javascript:", source), "javascript: address"
    assert not re.search(r"\|\s*safe\b", source), "|safe"
    assert not re.search(r"autoescape\s+false", source), "autoescape switched off"
    assert not re.search(r"(?:src|href)\s*=\s*[\"']https?://", source), "somebody else's host"


def test_no_markup_is_made_by_hand() -> None:
    """`Markup(` trusts whatever it is given; generated SVG is the one case, each named here."""
    allowed: set[str] = set()
    strays = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "app").rglob("*.py")
        if re.search(r"\bMarkup\(|\|safe\b|\bsafe=True", path.read_text())
    ]
    assert set(strays) - allowed == set()


def test_every_page_is_escaped(application: Flask) -> None:
    for path in TEMPLATES:
        name = str(path.relative_to(ROOT / "templates"))
        if path.suffix in (".html", ".svg", ".xml"):
            assert application.jinja_env.autoescape is True or application.jinja_env.autoescape(
                name
            )  # type: ignore[operator]
