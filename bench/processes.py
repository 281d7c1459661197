"""What a family of processes has used, read from /proc (Linux)."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """The process and every descendant that lives."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for parent in found:  # grows while it is walked
        found.extend(children.get(parent, ()))
    return found


def cpu_seconds(pid: int) -> float:
    """CPU of the family so far, user and system, of those who have ended too."""
    ticks = 0
    for member in family(pid):
        if fields := _stat(member):
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / _TICKS


def resident_megabytes(pid: int) -> float:
    """The largest member's resident memory."""
    pages = [int(Path(f"/proc/{member}/statm").read_text().split()[1]) for member in family(pid)]
    return max(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _stat(pid: int) -> list[str]:
    """Fields after the name, which may hold anything: state, parent … utime is the 12th."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
