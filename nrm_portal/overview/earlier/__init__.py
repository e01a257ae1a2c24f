"""Figures of the years before the portal: imported as aggregates, with where each number comes from."""
