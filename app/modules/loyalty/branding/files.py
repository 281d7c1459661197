"""Made pictures, kept in memory and in `MEDIA_DIR/<company>/<key>/<name>.png`.

Files are a convenience: they can be made again on any machine, so a full or read-only disk costs
time and nothing else, and whoever wipes the directory loses nothing.
"""

import logging
import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path

from flask import current_app

from .... import tenancy

log = logging.getLogger(__name__)

MOST_IN_MEMORY = 32 * 1024 * 1024  # bytes
KEPT = 6  # a company's directories: the three of now, and three from before for what is on its way
_BEGINS, _ENDS = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"

Held = tuple[int, str, str]


class _Shelf:
    """Pictures in memory, the least asked for thrown out first; threads share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Held, bytes] = OrderedDict()
        self._held = 0
        self._keeping = threading.Lock()

    def get(self, key: Held) -> bytes | None:
        with self._keeping:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Held, content: bytes) -> None:
        with self._keeping:
            self._held += len(content) - len(self._kept.pop(key, b""))
            self._kept[key] = content
            while self._held > MOST_IN_MEMORY:
                self._held -= len(self._kept.popitem(last=False)[1])

    def clear(self) -> None:
        with self._keeping:
            self._kept.clear()
            self._held = 0


in_memory = _Shelf()


def read(key: str, name: str) -> bytes | None:
    """The acting company's picture of that key, if it was made here and is whole."""
    held = (tenancy.company_id(), key, name)
    if found := in_memory.get(held):
        return found
    try:
        content = _path(key, name).read_bytes()
    except OSError:
        return None
    if not (content.startswith(_BEGINS) and content.endswith(_ENDS)):
        return None  # cut off by a crash: it is made again
    in_memory.put(held, content)
    return content


def write(key: str, name: str, content: bytes) -> None:
    """Keep a picture; of two who make the same, either's stays, whole."""
    in_memory.put((tenancy.company_id(), key, name), content)
    path = _path(key, name)
    try:
        fresh = not path.parent.is_dir()
        path.parent.mkdir(parents=True, exist_ok=True)
        _put(path, content)
        if fresh:
            _forget_the_old(path.parent)
    except OSError as fault:
        log.warning("a picture was not kept in MEDIA_DIR: %s", fault.strerror)


def _put(path: Path, content: bytes) -> None:
    """Under its name only once it is whole and on the disk."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, 0o640)
        os.replace(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)  # it is there only where something went wrong


def _forget_the_old(present: Path) -> None:
    """All but the newest: what is replaced is not to be had for ever."""
    others = [each for each in present.parent.iterdir() if each.is_dir() and each != present]
    newest_first = sorted(others, key=lambda each: each.stat().st_mtime_ns, reverse=True)
    for old in newest_first[KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def _path(key: str, name: str) -> Path:
    """Key and name are checked by who calls: hex, and a name of the list."""
    media: Path = current_app.config["SETTINGS"].media_dir
    return media / str(tenancy.company_id()) / key / f"{name}.png"
