"""Whatever is sent: an answer below 500, an explanation, and nothing changed."""

import json
from typing import Any

import pytest

from tests.cast import Chain

ADD = "/stamps/add"
DEEP = b'{"card":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BODIES: dict[str, tuple[bytes, int, str]] = {
    "no JSON": (b"card=1", 400, "malformed"),
    "half of it": (b'{"card": "x', 400, "malformed"),
    "a byte order mark": (b"\xef\xbb\xbf{}", 400, "malformed"),
    "not UTF-8": (b'{"card": "\xff"}', 400, "malformed"),
    "UTF-16": ('{"card": "x"}'.encode("utf-16"), 400, "malformed"),
    "NUL as it is": (b'{"card": "\x00"}', 400, "malformed"),
    "NUL as an escape": (rb'{"card": "\u0000"}', 400, "malformed"),
    "NUL in a name": (rb'{"\u0000": 1}', 400, "malformed"),
    "half of a surrogate pair": (rb'{"card": ["\ud800"]}', 400, "malformed"),
    "a field twice": (b'{"card": "a", "card": "b"}', 400, "malformed"),
    "NaN": (b'{"quantity": NaN}', 400, "malformed"),
    "a number of 5,000 digits": (b'{"quantity": ' + b"9" * 5_000 + b"}", 400, "malformed"),
    "deep": (DEEP, 413, "too-large"),
    "deep and unfinished": (b'{"a":' * 21, 413, "too-large"),
    "an endless string": (b'"' + b'\\"' * 100_000, 400, "malformed"),
    "large": (b'{"card": "' + b"x" * 300_000 + b'"}', 413, "too-large"),
    "a list": (b"[]", 422, "validation"),
    "a word": (b'"card"', 422, "validation"),
    "null": (b"null", 422, "validation"),
    "nothing": (b"", 422, "validation"),
}
VALUES: dict[str, tuple[dict[str, Any], str]] = {
    "a float": ({"quantity": 1.0}, "quantity"),
    "infinity": ({"quantity": 1e400}, "quantity"),
    "a truth": ({"quantity": True}, "quantity"),
    "a word": ({"quantity": "1"}, "quantity"),
    "nothing": ({"quantity": None}, "quantity"),
    "zero": ({"quantity": 0}, "quantity"),
    "beyond 64 bit": ({"quantity": 2**70}, "quantity"),
    "below 64 bit": ({"quantity": -(2**70)}, "quantity"),
    "a list": ({"quantity": [1]}, "quantity"),
    "a long reference": ({"reference": "x" * 121}, "reference"),
    "two lines": ({"reference": "a\nb"}, "reference"),
    "an unknown field": ({"quantitiy": 1}, "quantitiy"),
    "a company": ({"company_id": "1"}, "company_id"),
    "a card that is a number": ({"card": 7}, "card"),
    "no shop": ({"vendor": ""}, "vendor"),
    "another's shop": ({"vendor": "elsewhere"}, "vendor"),
    "a long shop": ({"vendor": "x" * 300}, "vendor"),
}
QUERIES = [
    "/cards?limit=0",
    "/cards?limit=201",
    "/cards?limit=1.5",
    "/cards?limit=-1",
    "/cards?limit=" + "9" * 400,
    "/cards?limit=%D9%A1",
    "/cards?limit=1&limit=2",
    "/cards?cursor=%ff",
    "/cards?cursor=~1",
    "/cards?cursor=" + "A" * 41,
    "/cards?cursor=fjk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk",
    "/cards?email=%00",
    "/cards?%00=1",
    "/cards?email=%ed%a0%80",
    "/cards?email=nobody",
    "/cards?phone=x",
    "/transactions?type=nothing",
    "/transactions?from=yesterday",
    "/transactions?from=0001-01-01T00:00:00%2B14:00",
    "/transactions?to=9999-12-31T23:59:59-14:00",
    "/transactions?vendor=%27%20OR%201=1--",
    "/transactions?card=%00",
    "/cards/000000000000/transactions?after=99999999999999999999",
    "/cards/000000000000/transactions?after=2147483648",
    "/nowhere%00",
    "/cards/%ff",
    "/cards/%00/transactions",
    "/cards/..%2f..%2fprogram",
]


@pytest.fixture(scope="module")
def chain(app: Any) -> Chain:
    """One company for the whole table: nothing here may change it."""
    return Chain.open(app)


def refused(answer: Any) -> Any:
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Traceback" not in answer.text
    return answer.json


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_read_is_refused(chain: Chain, name: str) -> None:
    raw, status, code = BODIES[name]
    answer = chain.api.post(ADD, raw)
    assert (answer.status_code, refused(answer)["code"]) == (status, code)


@pytest.mark.parametrize("name", VALUES)
def test_a_value_that_does_not_fit_is_named_and_writes_nothing(chain: Chain, name: str) -> None:
    values, field = VALUES[name]
    card = chain.card()
    body = json.dumps({"card": card, "vendor": "old-town"} | values).replace("Infinity", "1e400")
    told = refused(chain.api.post(ADD, body.encode()))
    assert told["code"] == "validation"
    assert list(told["errors"]) == [field]
    assert chain.lines(card) == []


@pytest.mark.parametrize("path", QUERIES)
def test_a_query_or_path_that_does_not_fit_is_refused(chain: Chain, path: str) -> None:
    refused(chain.api.get(path))


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "\xe9;;=", ""]
)
def test_a_body_is_json_whatever_it_calls_itself(chain: Chain, media_type: str) -> None:
    body = {"card": chain.card(), "vendor": "old-town"}
    assert chain.api.post(ADD, body, Content_Type=media_type).status_code == 201


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Basic eDp5",
        "Bearer rk_1_2_3",
        "Bearer rk_" + "9" * 30 + "_1_x",
        "Bearer \xe9",
    ],
)
def test_without_a_good_key_even_bad_bodies_hear_401_alone(
    chain: Chain, authorization: str
) -> None:
    answer = chain.api.post(ADD, DEEP, Authorization=authorization)
    assert (answer.status_code, refused(answer)["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_of_a_closed_company_opens_nothing(app: Any) -> None:
    closed = Chain.open(app)
    with closed.acting() as session:
        from app.accounts.companies import Company

        company = session.get(Company, closed.company_id)
        assert company
        company.status = "closed"
        session.commit()
    assert closed.api.get("/program").status_code == 401


def test_a_key_without_the_scope_is_told_which(app: Any) -> None:
    chain = Chain.open(app)
    with chain.acting() as session:
        from app.accounts import api_keys

        chain.token = api_keys.create(scopes="read")
        session.commit()
    assert chain.api.get("/program").status_code == 200
    for answer, scope in (
        (chain.api.post(ADD, DEEP), "write"),
        (chain.api.patch("/program", {}), "admin"),
    ):
        assert answer.status_code == 403
        assert refused(answer)["scope"] == scope
