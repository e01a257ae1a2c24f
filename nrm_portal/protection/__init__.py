"""The data protection officer's home: what waits for her, from every part of the portal."""
