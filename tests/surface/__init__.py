"""The portal seen from a browser that means harm: forms, headers, texts, files. Numbers: docs/security.md."""
