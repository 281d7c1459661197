"""The database below everything: column types, table helpers, engine events, schema guards."""

from .engine import engine_options, read_only, writing
from .tables import Json, Model, UtcDateTime, belongs_to, company_table, server_now
from .transactions import once_more

__all__ = [
    "Json",
    "Model",
    "UtcDateTime",
    "belongs_to",
    "company_table",
    "engine_options",
    "once_more",
    "read_only",
    "server_now",
    "writing",
]
