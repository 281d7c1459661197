"""Identifiers: ordered, never repeated by a process, nor by two neighbours at full speed."""

import multiprocessing
import threading

from app.ids import first_at, new_id, told


def _many(count: int) -> list[int]:
    return [new_id() for _ in range(count)]


def test_ids_of_a_process_rise_and_fit_in_63_bits() -> None:
    made = _many(20_000)
    assert made == sorted(set(made))
    assert 0 < made[0] < made[-1] < 2**63


def test_threads_never_share_an_id() -> None:
    made: list[int] = []
    threads = [threading.Thread(target=lambda: made.extend(_many(5_000))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 40_000


def test_neighbouring_processes_never_share_an_id() -> None:
    """Forked with the same memory, at the same moments, as the server's workers are."""
    with multiprocessing.get_context("fork").Pool(4) as pool:
        shares = pool.map(_many, [20_000] * 4)
    assert len(set().union(*shares)) == 80_000


def test_a_moment_and_an_id_find_each_other() -> None:
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    assert first_at(now - timedelta(seconds=1)) < new_id() < first_at(now + timedelta(seconds=60))
    assert told(str(2**63)) is None
