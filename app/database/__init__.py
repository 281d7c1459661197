"""The database below everything: column types, table helpers, engine events, schema guards."""

from .engine import (
    begin_reading,
    end_reading,
    engine_options,
    install,
    read_only,
    sqlite_library,
    writing,
)
from .tables import Json, Model, UtcDateTime, belongs_to, company_table, server_now
from .transactions import hot, is_away, let_go, on_postgresql, once_more

__all__ = [
    "Json",
    "Model",
    "UtcDateTime",
    "begin_reading",
    "belongs_to",
    "company_table",
    "end_reading",
    "engine_options",
    "hot",
    "install",
    "is_away",
    "let_go",
    "on_postgresql",
    "once_more",
    "read_only",
    "server_now",
    "sqlite_library",
    "writing",
]
