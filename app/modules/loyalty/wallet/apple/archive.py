"""A ZIP that is written once and completed many times, with no more work than its last entries.

Entries are stored as they are: pictures are packed already, and the rest is small. Source: PKWARE's
APPNOTE, 4.3; dates are that format's first day, so that equal files make equal archives.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_VERSION, _UNIX, _UTF8, _STORED, _FIRST_DAY = 20, 3 << 8, 1 << 11, 0, 0x21
_READABLE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Archive:
    """`entries` with their content, the `directory` that lists them, and how many there are."""

    entries: bytes = b""
    directory: bytes = b""
    count: int = 0

    def adding(self, files: Mapping[str, bytes]) -> "Archive":
        """With these files behind those that are there; together they stay below 4 GB."""
        entries, listed = self._written(files)
        whole, directory = b"".join((self.entries, *entries)), b"".join((self.directory, *listed))
        return Archive(whole, directory, self.count + len(files))

    def closed(self, files: Mapping[str, bytes]) -> bytes:
        """The ZIP with these files as its last; what is there is copied once."""
        entries, listed = self._written(files)
        length = len(self.entries) + sum(map(len, entries))
        directory, count = b"".join((self.directory, *listed)), self.count + len(files)
        end = _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), length, 0)
        return b"".join((self.entries, *entries, directory, end))

    def _written(self, files: Mapping[str, bytes]) -> tuple[list[bytes], list[bytes]]:
        """Their parts of the entries and of the directory."""
        entries: list[bytes] = []
        listed: list[bytes] = []
        at = len(self.entries)
        for name, raw in files.items():
            path = name.encode()
            told = (_UTF8, _STORED, 0, _FIRST_DAY, zlib.crc32(raw), len(raw), len(raw), len(path))
            local = _LOCAL.pack(b"PK\3\4", _VERSION, *told, 0)
            where = (0, 0, 0, 0, _READABLE, at)
            listed += [_CENTRAL.pack(b"PK\1\2", _UNIX | _VERSION, _VERSION, *told, *where), path]
            entries += [local, path, raw]
            at += len(local) + len(path) + len(raw)
        return entries, listed
