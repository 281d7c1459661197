"""What the second start must still be able to print: `instance/demo.json`, by company id.

Everything else on the sheet is in the code or in the database. Development only.
"""

import json
from pathlib import Path

from flask import current_app


def _file() -> Path:
    return Path(current_app.instance_path) / "demo.json"


def keep(company_id: int, api_key: str) -> None:
    """Remember a demo company's API key, readable by this user alone."""
    kept = {**_all(), str(company_id): {"api_key": api_key}}
    file = _file()
    file.touch(mode=0o600)
    file.write_text(json.dumps(kept, indent=2))


def api_key(company_id: int) -> str | None:
    """The key that was made with this company, if its file is still here."""
    return _all().get(str(company_id), {}).get("api_key")


def _all() -> dict[str, dict[str, str]]:
    file = _file()
    return json.loads(file.read_text()) if file.exists() else {}
