"""Forms of the manual: its paper, its files, and its editions."""
