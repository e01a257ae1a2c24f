"""A copy of everything that is kept (database and sealed files, never a key), and the way back from it."""
