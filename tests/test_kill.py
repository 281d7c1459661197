"""Killed at any moment, the house forgets nothing that it said. `make prove` does it at length."""

from collections.abc import Callable
from pathlib import Path

from tests.prove import kills, stage
from tests.servers import Databases


def test_what_was_acknowledged_before_a_kill_is_there_once(
    kind: str, databases: Databases, templates: Callable[[str], str], tmp_path: Path
) -> None:
    played_on = stage.build(databases.create(kind, like=templates(kind)), tmp_path, cards=20)
    seen = kills.siege(played_on, clients=8, operations=400, kills=3)
    assert seen.breaches == []
    assert not seen.faults
    assert len(seen.acknowledged) == 400
    assert seen.resets, "no kill met a request"
    assert max(seen.back_seconds) <= 10
