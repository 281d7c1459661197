"""Admin pages of staff."""
