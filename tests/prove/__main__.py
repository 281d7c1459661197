"""`python -m tests.prove [part …]`: the promises at full size.

A part that passed is remembered for exactly this source: run again, and only what is left
(or what a change has put in question) runs.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
import traceback
from pathlib import Path

from config import ROOT

from .ground import ground
from .parts import PARTS

SOURCES = ("app", "migrations", "templates", "tests", "config.py", "environment.py")


def main() -> int:
    given = _arguments()
    state = State(given.state, fresh=given.fresh)
    passed, failed = 0, []
    for name in given.parts or PARTS:
        if name in state.passed and not given.parts:
            print(f"{name}: passed before ({state.passed[name]:.0f} s)")
            passed += 1
        elif _proved(name, state, given.size):
            passed += 1
        else:
            failed.append(name)
    print(f"{passed} passed, {len(failed)} failed" + (f": {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def _proved(name: str, state: "State", size: float) -> bool:
    print(f"{name}: {(PARTS[name].__doc__ or '').strip()}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="prove-") as folder:
        try:
            with ground(Path(folder), size) as its:
                PARTS[name](its)
                broken = its.broken
        except Exception:
            traceback.print_exc()
            broken = ["it did not come to its end"]
    seconds = time.monotonic() - began
    print(f"    {'passed' if not broken else 'FAILED'} after {seconds:.0f} s", flush=True)
    if not broken and size >= 1:
        state.remember(name, seconds)
    return not broken


class State:
    """Which parts have passed with this source."""

    def __init__(self, path: Path, *, fresh: bool) -> None:
        self._path, self._source = path, _source()
        kept = json.loads(path.read_text()) if path.exists() and not fresh else {}
        self.passed: dict[str, float] = kept.get(self._source, {})

    def remember(self, name: str, seconds: float) -> None:
        self.passed[name] = seconds
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps({self._source: self.passed}, indent=2))
        draft.replace(self._path)


def _source() -> str:
    """A digest of all code that a proof depends on."""
    digest = hashlib.sha256()
    for source in SOURCES:
        path = ROOT / source
        for file in sorted(path.rglob("*.[ph][yt]*")) if path.is_dir() else [path]:
            digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--fresh", action="store_true", help="forget what has passed")
    parser.add_argument("--state", type=Path, default=ROOT / "instance" / "prove.json")
    parser.add_argument(
        "--size", type=float, default=1.0, help="a part of full size; below 1 nothing is remembered"
    )
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return given


if __name__ == "__main__":
    sys.exit(main())
