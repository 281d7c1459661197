"""Killed at any moment, the house forgets nothing that it said. `make prove` does it at length."""

from collections.abc import Callable
from pathlib import Path

from tests.prove import kills, stage
from tests.servers import POSTGRESQL, Databases


def test_what_was_acknowledged_before_a_kill_is_there_once(
    kind: str, databases: Databases, templates: Callable[[str], str], tmp_path: Path
) -> None:
    """Every verb, while the server, the worker and (beside PostgreSQL) Redis are killed."""
    url = databases.create(kind, like=templates(kind))
    played_on = stage.build(url, tmp_path, cards=15, **stage.EVERY_VERB)
    seen = kills.siege(
        played_on, clients=8, operations=300, rounds=1, redis=kind == POSTGRESQL, hurry=True
    )
    assert seen.breaches == []
    assert not seen.log.faults
    assert not seen.trace
    assert len(seen.log.told) == 300
    assert seen.log.resets, "no kill met a request"
    assert seen.drained
    assert seen.post.letters
    assert max(seen.longest_back.values()) <= 10
