"""The API's edge: one decorator that reads, checks, documents, replays, commits and answers."""

from . import docs
from .fields import Body, Query, Reference, Slug
from .operations import Answer, Api, Operation, api
from .paging import Page, Paging, page

__all__ = [
    "Answer",
    "Api",
    "Body",
    "Operation",
    "Page",
    "Paging",
    "Query",
    "Reference",
    "Slug",
    "api",
    "docs",
    "page",
]
