"""Admin pages of terminals."""
