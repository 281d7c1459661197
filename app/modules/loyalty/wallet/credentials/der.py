"""What a sealed file would cost to open, told before it is opened.

Keys under a passphrase and .p12 files name how often the passphrase is hashed: a number that
whoever made the file chose, and which nobody limits (RFC 7292, RFC 8018: a salt, then the rounds).
"""

from collections.abc import Iterator

MOST_ROUNDS = 1_000_000  # of a whole file, in all: half a second
_SCRYPT = bytes.fromhex("06092b06010401da47040b")  # hungry for memory besides
_INTEGER, _OCTETS, _CONSTRUCTED, _OPEN = 0x02, 0x04, 0x20, 0x80
_DEEPEST = 24


def affordable(content: bytes) -> bool:
    """Whether the passphrase is hashed a bearable number of times, all in all."""
    try:
        rounds = sum(_rounds(content, _DEEPEST))
    except _Malformed:
        return False
    return rounds <= MOST_ROUNDS and _SCRYPT not in content


class _Malformed(ValueError):
    pass


def _rounds(content: bytes, deepest: int) -> Iterator[int]:
    """Each number that stands right after a string of bytes, as the rounds do after their salt."""
    after_bytes = False
    for tag, inner in _elements(content, deepest):
        if tag == _INTEGER and after_bytes:
            yield int.from_bytes(inner, "big")
        after_bytes = tag & ~_CONSTRUCTED == _OCTETS
        if after_bytes:
            try:  # it holds further elements, or anything else: then there is no more to tell
                yield from _rounds(_joined(tag, inner, deepest - 1), deepest - 1)
            except _Malformed:
                continue
        elif tag & _CONSTRUCTED:
            yield from _rounds(inner, deepest - 1)


def _joined(tag: int, inner: bytes, deepest: int) -> bytes:
    """A string of bytes, which may come in pieces."""
    if not tag & _CONSTRUCTED:
        return inner
    return b"".join(_joined(each, piece, deepest - 1) for each, piece in _elements(inner, deepest))


def _elements(content: bytes, deepest: int) -> Iterator[tuple[int, bytes]]:
    """`(tag, what is in it)`, side by side."""
    at = 0
    while at < len(content):
        start, end, after = _element(content, at, deepest)
        yield content[at], content[start:end]
        at = after


def _element(content: bytes, at: int, deepest: int) -> tuple[int, int, int]:
    """`(start, end, where the next one begins)`; a length may be left open, as BER allows."""
    if deepest == 0 or at + 2 > len(content) or content[at] & 0x1F == 0x1F:
        raise _Malformed
    start, length = at + 2, content[at + 1]
    if length == _OPEN:
        end = start
        while content[end : end + 2] != b"\0\0":
            end = _element(content, end, deepest - 1)[2]
        return start, end, end + 2
    if length > _OPEN:
        start += length - _OPEN
        length = int.from_bytes(content[at + 2 : start], "big")
    if start + length > len(content):
        raise _Malformed
    return start, start + length, start + length
