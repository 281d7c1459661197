"""Whether JSON is what Google's own discovery document says it takes, and what its reference says
besides: ids, required fields, labels, balances."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient

ID = re.compile(r"\d{1,20}\.[A-Za-z0-9._-]{1,64}")
REQUIRED = {
    "LoyaltyClass": ("id", "issuerName", "programName", "programLogo", "reviewStatus"),
    "LoyaltyObject": ("id", "classId", "state"),
}
KINDS_OF_BALANCE = ("string", "int", "double", "money")
LONGEST_LABEL = 9


@cache
def schemas() -> dict[str, Any]:
    """The discovery document's schemas, by name."""
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    document = json.loads((folder / "walletobjects.v1.json").read_text())
    found: dict[str, Any] = document["schemas"]
    return found


def faults(name: str, body: Any) -> list[str]:
    """What is wrong with a whole LoyaltyClass or LoyaltyObject: the names of fields."""
    found = list(_typed(name, {"$ref": name}, body))
    if not isinstance(body, dict):
        return found
    found += [f"{name}.{field}: required" for field in REQUIRED[name] if not body.get(field)]
    found += [f"{name}.{at}: no id" for at in ("id", "classId") if _is_no_id(body.get(at))]
    for at in ("loyaltyPoints", "secondaryLoyaltyPoints"):
        if points := body.get(at):
            found += _points(f"{name}.{at}", points)
    totp = (body.get("rotatingBarcode") or {}).get("totpDetails") or {}
    for parameter in totp.get("parameters") or []:
        if not re.fullmatch(r"([0-9A-Fa-f]{2})+", str(parameter.get("key"))):
            found.append(f"{name}.rotatingBarcode: the key is not Base16")
    return found


def _is_no_id(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and ID.fullmatch(value))


def _points(at: str, points: dict[str, Any]) -> list[str]:
    labels = [points.get("label"), *_translations(points.get("localizedLabel"))]
    balance = points.get("balance") or {}
    found = [f"{at}.label: {label!r}" for label in labels if not 0 < len(label or "") <= 9]
    if len([kind for kind in KINDS_OF_BALANCE if kind in balance]) != 1:
        found.append(f"{at}.balance: one kind")
    return found


def _translations(localized: dict[str, Any] | None) -> list[str]:
    if not localized:
        return []
    told = [localized.get("defaultValue"), *(localized.get("translatedValues") or [])]
    return [str((each or {}).get("value", "")) for each in told]


def _typed(at: str, schema: dict[str, Any], value: Any) -> list[str]:
    """Unknown fields, wrong types, words that are in no enumeration; all the way down."""
    if named := schema.get("$ref"):
        schema = schemas()[named]
    if schema.get("type") == "object":
        return _object(at, schema, value)
    if schema.get("type") == "array":
        if not isinstance(value, list):
            return [f"{at}: no list"]
        return [f for each in value for f in _typed(f"{at}[]", schema["items"], each)]
    return _plain(at, schema, value)


def _object(at: str, schema: dict[str, Any], value: Any) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at}: no object"]
    known = schema.get("properties", {})
    found = [f"{at}.{name}: unknown" for name in value if name not in known]
    for name in value:
        if name in known:
            found += _typed(f"{at}.{name}", known[name], value[name])
    return found


def _plain(at: str, schema: dict[str, Any], value: Any) -> list[str]:
    types = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}
    wanted: Any = types[schema["type"]]
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        return [f"{at}: no {schema['type']}"]
    if schema.get("format") in ("int64", "uint64") and not re.fullmatch(r"-?\d{1,20}", str(value)):
        return [f"{at}: no int64"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r} is in no enumeration"]
    return []
