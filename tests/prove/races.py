"""The races of tests/races at full size."""

from .ground import Ground


def run(ground: Ground, kind: str, *, rounds: int, width: int) -> None:
    raise NotImplementedError
