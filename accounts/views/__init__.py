"""Pages of signing in, of one's own settings, and of the administration of people and agencies."""
