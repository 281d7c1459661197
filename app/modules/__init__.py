"""What the product does, module by module; each owns its nouns, pages and API."""
