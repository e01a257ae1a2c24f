"""Forms: the shape of what comes in. Meaning is checked by the services."""
