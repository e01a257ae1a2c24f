"""A person asks for everything about her (GDPR article 15): found, gone through, masked, approved, given out.

`catalogue` says for every field of every table whether it is in the extract, or why not; `pieces` walks it.
"""
