"""Environment variables, read strictly: a bad one is named, with what was expected."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(SystemExit):
    """The start is refused; the message names the variable and what was expected."""


class Environment:
    """Reads variables and knows how to refuse them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        return self._values.get(name, "").strip() or None

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(name) or default
        if value not in allowed:
            raise SettingsError(f"{name}: got {value!r}, expected one of {', '.join(allowed)}")
        return value

    def switch(self, name: str, default: str) -> bool:
        return self.choice(name, ("on", "off"), default) == "on"

    def count(self, name: str, most: int) -> int:
        value = self.text(name) or "0"
        if not (value.isascii() and value.isdecimal() and int(value) <= most):
            raise SettingsError(f"{name}: got {value!r}, expected a whole number from 0 to {most}")
        return int(value)

    def url(self, name: str, schemes: tuple[str, ...]) -> str | None:
        value = self.text(name)
        if value and urlsplit(value).scheme not in schemes:
            expected = " or ".join(f"{scheme}://…" for scheme in schemes)
            raise SettingsError(f"{name}: got {value!r}, expected {expected}")
        return value

    def file(self, name: str) -> Path | None:
        value = self.text(name)
        if value is None:
            return None
        path = Path(value).resolve()
        if not (path.is_file() and os.access(path, os.R_OK)):
            raise SettingsError(f"{name}: got {value!r}, expected a file that can be read")
        return path

    def database(self, name: str) -> str | None:
        value = self.text(name)
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            # The value may hold a password, so it is not repeated here.
            raise SettingsError(f"{name}: expected sqlite:///… or postgresql+psycopg://…")
        return value
