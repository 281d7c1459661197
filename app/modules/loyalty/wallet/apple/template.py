"""The ZIP of a pass without what is the card's own: made once for a company's look and a language.

Images and words are the same in every pass of a company. They are zipped and hashed once; a pass
appends `pass.json`, `manifest.json` and `signature`. Nothing is kept of a pass itself.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from ..... import tenancy
from ... import branding
from ...programs.brand import Brand
from ..face import Face
from . import strings
from .archive import Archive

KEPT = 64  # looks; a picture of each in three sizes: some 300 kB


@dataclass(frozen=True, slots=True)
class Template:
    """An archive without the three last entries, and the SHA-1 of each that it has."""

    archive: Archive
    manifest: dict[str, str]

    def complete(self, pass_json: bytes, sign: Callable[[bytes], bytes]) -> bytes:
        """The whole pass."""
        listed = {"pass.json": _sha1(pass_json), **self.manifest}
        manifest = json.dumps(listed, separators=(",", ":")).encode()
        last = {"pass.json": pass_json, "manifest.json": manifest, "signature": sign(manifest)}
        return self.archive.closed(last)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a template follows from: where one differs, it is another template."""

    company_id: int
    language: str
    name: str
    brand: Brand
    logo: str | None
    strip: str | None


def of(face: Face) -> Template:
    """The acting company's template for this face."""
    return _made(
        _Look(
            tenancy.company_id(),
            strings.language(face.locale),
            face.company,
            face.brand,
            face.logo,
            face.strip,
        )
    )


@lru_cache(maxsize=KEPT)
def _made(look: _Look) -> Template:
    """The pictures are read in the caller's transaction, as the face was."""
    pictures = branding.pictures.for_apple(look.brand, look.name)
    return _zipped({**pictures, **strings.files(look.language)})


def _zipped(files: dict[str, bytes]) -> Template:
    return Template(Archive().adding(files), {name: _sha1(raw) for name, raw in files.items()})


def _sha1(raw: bytes) -> str:
    """What Apple's manifest is made of; the signature over it is of SHA-256."""
    return hashlib.sha1(raw, usedforsecurity=False).hexdigest()
