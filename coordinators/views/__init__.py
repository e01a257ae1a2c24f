"""Pages about regions and desks, and of work notes."""
