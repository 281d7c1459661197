"""Admin pages of vendors."""
