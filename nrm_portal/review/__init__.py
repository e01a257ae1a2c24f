"""Granskning: who has looked at what, what stands out, monthly samples, and whether the log was touched.

Reads the audit across the whole portal and shows no content of any case: references, people, acts and times.
"""
