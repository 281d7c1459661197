"""From bytes to plain values: what hostile input meets first.

Whatever a parser, a column or a log line could choke on is refused here, so that nothing
behind this file has to think of it. Media types are not asked for: a body is read as JSON
whatever it calls itself.
"""

import json
import re
from typing import Any

from flask import request

from ..errors import Invalid, Malformed, TooLarge

DEEPEST = 20
# Strings are skipped whole; an unfinished one reaches to the end, so that the scan stays linear.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{\]}]', re.DOTALL)
_UNUSABLE = re.compile("[\0\ud800-\udfff]")


def body() -> Any:
    """The request's JSON; raises `Malformed` or `TooLarge`. Nothing at all reads as `{}`."""
    raw = request.get_data()
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    if text.count("{") + text.count("[") > DEEPEST:
        _must_be_shallow(text)
    try:
        value = _DECODER.decode(text) if text else {}
    except ValueError as fault:
        raise Malformed(f"The body is not JSON: {str(fault)[:120]}.") from None
    if "\\u" in text:
        _must_be_writable(value)
    return value


def query() -> dict[str, str]:
    """The query's parameters, each given once; raises `Malformed` and `Invalid`."""
    values = request.args.to_dict(flat=False)
    if any(_UNUSABLE.search(text) for pair in values.items() for text in (pair[0], *pair[1])):
        raise Malformed("The query holds characters that no text has.")
    twice = {name: "given more than once" for name, given in values.items() if len(given) > 1}
    if twice:
        raise Invalid(twice)
    return {name: given[0] for name, given in values.items()}


def _must_be_shallow(text: str) -> None:
    """Python's parser recurses, so depth is counted before it begins."""
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth > DEEPEST:
                raise TooLarge(f"The body is nested more than {DEEPEST} levels deep.")
        elif found[0] in "]}":
            depth -= 1


def _must_be_writable(value: Any) -> None:
    """Escapes can spell what no column takes: NUL, and half of a surrogate pair."""
    if isinstance(value, str):
        if _UNUSABLE.search(value):
            raise Malformed("A text holds NUL or half a character.")
    elif isinstance(value, list):
        for item in value:
            _must_be_writable(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            _must_be_writable(name)
            _must_be_writable(item)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Malformed("A field is given more than once.")
    return values


def _no_number(constant: str) -> None:
    raise Malformed(f"{constant} is no number.")


_DECODER = json.JSONDecoder(object_pairs_hook=_each_once, parse_constant=_no_number)
