"""Everybody who can ask for anything, and everything that can be asked for: `world` and `table`."""
