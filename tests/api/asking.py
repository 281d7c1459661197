"""What the API's tests ask in the same words."""

from typing import Any

from tests.cast import Answer, Chain


def problem(answer: Any, status: int, code: str) -> Any:
    """The problem that was answered; fails where it is another one."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    told = answer.json
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code), told
    assert told["type"].endswith(f"#{code}")
    assert told["title"]
    assert told["detail"]
    return told


def written(answer: Answer) -> Any:
    """The line that was written."""
    assert answer.status_code == 201, answer.text
    return answer.json


def earn(chain: Chain, card: str, amount: int, **more: Any) -> Any:
    """A sale at the first shop, through the API: its answer."""
    body = {"card": card, "vendor": "old-town", "amount_minor": amount, "reference": "till/1"}
    return chain.api.post("/points/earn", body | more)


def earned(chain: Chain, card: str, amount: int, **more: Any) -> Any:
    """The line of a sale."""
    return written(earn(chain, card, amount, **more))


def preview(chain: Chain, card: str, amount: int, **more: Any) -> Any:
    """What that sale would give."""
    body = {"card": card, "vendor": "old-town", "amount_minor": amount, "reference": "till/1"}
    return chain.api.post("/points/preview", body | more, key="")


def reward(chain: Chain, **values: Any) -> str:
    """A reward of the catalogue; its id."""
    made = written(chain.api.post("/rewards", {"name": "Coffee", "points": 100} | values))
    return str(made["id"])


def redeem(chain: Chain, card: str, reward: str, vendor: str = "old-town") -> Any:
    return chain.api.post("/rewards/redeem", {"card": card, "reward": reward, "vendor": vendor})


def void(chain: Chain, line: Any, amount: int | None = None, key: str | None = None) -> Any:
    """Taking a line back, a sale in part where an amount says so."""
    part = {} if amount is None else {"amount_minor": amount}
    path = f"/transactions/{line['transaction_id']}/void"
    return chain.api.post(path, {"reason": "brought back"} | part, key=key)


def codes(line: Any) -> list[str]:
    """The codes of a line's explanation."""
    return [step["code"] for step in line["explanation"]]


def balance(chain: Chain, card: str) -> int:
    return int(chain.api.get(f"/cards/{card}").json["points_balance"])
