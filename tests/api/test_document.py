"""The OpenAPI document and its page say what the code does."""

import json
import re
from typing import Any

import pytest
from flask import Flask

from app.api import api
from app.api.fields import check
from app.guards import Guard

OPERATIONS = [(f"{each.method} {each.path}", each) for each in api.operations]


@pytest.fixture
def document(app: Flask) -> Any:
    return app.test_client().get("/api/v1/openapi.json").json


def test_every_route_of_the_api_stands_in_the_document_with_its_scope(
    app: Flask, document: Any
) -> None:
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1/"):
            continue
        guard: Guard = app.view_functions[rule.endpoint].guard  # type: ignore[attr-defined]
        if guard.audience == "anyone":
            assert rule.rule in ("/api/v1/openapi.json", "/api/v1/docs")
            continue
        assert guard.audience == "api"
        path = re.sub(r"<\w+:(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1"))
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            told = document["paths"][path][method.lower()]
            assert told["security"] == [{"key": [guard.permission]}]


def test_every_reference_in_the_document_leads_somewhere(document: Any) -> None:
    for name in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)):
        assert name in document["components"]["schemas"]


@pytest.mark.parametrize(
    "operation", [each for _, each in OPERATIONS], ids=[n for n, _ in OPERATIONS]
)
def test_every_example_passes_the_code_that_validates(operation: Any, document: Any) -> None:
    path = re.sub(r"<\w+:(\w+)>", r"{\1}", operation.path)
    told = document["paths"][path][operation.method.lower()]
    assert operation.view.__doc__.partition("\n")[0].endswith("."), "the summary is one line"
    if operation.body:
        check(operation.body, told["requestBody"]["content"]["application/json"]["example"])
    example = told["responses"][str(operation.status)]["content"]["application/json"]["example"]
    for each in example["items"] if operation.many else [example]:
        operation.answers.model_validate(each)
    needed = [each["name"] for each in told["parameters"] if each.get("required")]
    assert ("Idempotency-Key" in needed) == (operation.key == "must")


def test_the_page_shows_every_call_and_loads_nothing_from_elsewhere(app: Flask) -> None:
    page = app.test_client().get("/api/v1/docs")
    assert page.status_code == 200
    for operation in api.operations:
        assert re.sub(r"<\w+:(\w+)>", r"{\1}", operation.path) in page.text
    assert not re.search(r"""(?:src|href)="(?:https?:)?//""", page.text)
    assert 'id="cooldown"' in page.text


def test_every_shape_in_the_document_can_be_looked_up_on_the_page(
    app: Flask, document: Any
) -> None:
    page = app.test_client().get("/api/v1/docs").text
    for name in document["components"]["schemas"]:
        assert f'id="shape-{name}"' in page
    for name in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{name}"' in page, name


def test_every_operation_names_the_refusals_that_its_service_raises(document: Any) -> None:
    promised = {
        "/points/earn": {"program-inactive", "card-blocked", "points-not-enabled"},
        "/points/preview": {"program-inactive", "card-blocked", "points-not-enabled"},
        "/points/adjust": {"points-not-enabled", "insufficient-points"},
        "/rewards/redeem": {"below-minimum-redemption", "insufficient-points"},
        "/transactions/{transaction_id}/void": {"already-voided", "void-exceeds-original"},
    }
    for path, codes in promised.items():
        answers = document["paths"][path]["post"]["responses"]
        assert {f"`{code}`" for code in codes} <= set(answers["409"]["description"].split(", "))
        assert "`not-found`" in answers["404"]["description"]


def test_the_page_and_the_document_need_no_key(app: Flask) -> None:
    for path in ("/api/v1/docs", "/api/v1/openapi.json"):
        assert app.test_client().get(path).status_code == 200
