"""What the product does, module by module; each owns its nouns, pages and API.

Importing this package hangs every module's pages on the surfaces: one line a module.
"""

from . import loyalty

ALL = (loyalty,)

__all__ = ["ALL", "loyalty"]
